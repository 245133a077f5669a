-- +goose Up

-- What a terminal's SIM used in a month, added up as the days come in: a page
-- reads one row of it.
create table usage_months (
    merchant_id  integer not null,
    terminal_id  integer not null,
    month        text not null, -- its first day
    used_mb      integer not null,
    allowance_mb integer, -- the largest of its days
    balance_fen  integer, -- the least of its days
    last_on      text not null, -- the last day reported
    primary key (merchant_id, terminal_id, month)
);
insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01', sum(used_mb), max(allowance_mb), min(balance_fen), max(used_on)
from sim_usage group by 1, 2, 3;

-- +goose StatementBegin
create trigger usage_adds_up after insert on sim_usage
begin
    insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
    values (new.merchant_id, new.terminal_id, substr(new.used_on, 1, 7) || '-01', new.used_mb, new.allowance_mb, new.balance_fen, new.used_on)
    on conflict (merchant_id, terminal_id, month) do update set
        used_mb = used_mb + excluded.used_mb,
        allowance_mb = max(coalesce(allowance_mb, excluded.allowance_mb), coalesce(excluded.allowance_mb, allowance_mb)),
        balance_fen = min(coalesce(balance_fen, excluded.balance_fen), coalesce(excluded.balance_fen, balance_fen)),
        last_on = max(last_on, excluded.last_on);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger usage_changes_add_up after update on sim_usage
begin
    delete from usage_months
    where merchant_id = new.merchant_id and terminal_id = new.terminal_id and month = substr(new.used_on, 1, 7) || '-01';
    insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
    select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01', sum(used_mb), max(allowance_mb), min(balance_fen), max(used_on)
    from sim_usage
    where merchant_id = new.merchant_id and terminal_id = new.terminal_id
        and used_on >= substr(new.used_on, 1, 7) || '-01' and used_on <= substr(new.used_on, 1, 7) || '-31'
    group by 1, 2, 3;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger usage_removals_add_up after delete on sim_usage
begin
    delete from usage_months
    where merchant_id = old.merchant_id and terminal_id = old.terminal_id and month = substr(old.used_on, 1, 7) || '-01';
    insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
    select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01', sum(used_mb), max(allowance_mb), min(balance_fen), max(used_on)
    from sim_usage
    where merchant_id = old.merchant_id and terminal_id = old.terminal_id
        and used_on >= substr(old.used_on, 1, 7) || '-01' and used_on <= substr(old.used_on, 1, 7) || '-31'
    group by 1, 2, 3;
end;
-- +goose StatementEnd
