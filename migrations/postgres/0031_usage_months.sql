-- +goose Up

-- What a terminal's SIM used in a month, added up as the days come in: a page
-- reads one row of it, where the days are a month's rows of a split table.
create table usage_months (
    merchant_id  bigint not null,
    terminal_id  bigint not null,
    month        date not null, -- its first day
    used_mb      bigint not null,
    allowance_mb bigint, -- the largest of its days
    balance_fen  bigint, -- the least of its days
    last_on      date not null, -- the last day reported
    primary key (merchant_id, terminal_id, month)
) with (fillfactor = 80);
insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
select merchant_id, terminal_id, cast(date_trunc('month', used_on) as date), sum(used_mb), max(allowance_mb), min(balance_fen), max(used_on)
from sim_usage group by 1, 2, 3;

-- +goose StatementBegin
create function add_usage() returns trigger language plpgsql as $$
begin
    insert into usage_months as m (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
    select merchant_id, terminal_id, cast(date_trunc('month', used_on) as date), sum(used_mb), max(allowance_mb), min(balance_fen), max(used_on)
    from changed group by 1, 2, 3 order by 1, 2, 3
    on conflict (merchant_id, terminal_id, month) do update set
        used_mb = m.used_mb + excluded.used_mb, allowance_mb = greatest(m.allowance_mb, excluded.allowance_mb),
        balance_fen = least(m.balance_fen, excluded.balance_fen), last_on = greatest(m.last_on, excluded.last_on);
    return null;
end
$$;
-- +goose StatementEnd
create trigger usage_adds_up after insert on sim_usage
    referencing new table as changed for each statement execute function add_usage();

-- +goose StatementBegin
create function add_usage_anew() returns trigger language plpgsql as $$
begin
    delete from usage_months m
    using (select distinct merchant_id, terminal_id, cast(date_trunc('month', used_on) as date) as month from changed) c
    where m.merchant_id = c.merchant_id and m.terminal_id = c.terminal_id and m.month = c.month;
    insert into usage_months (merchant_id, terminal_id, month, used_mb, allowance_mb, balance_fen, last_on)
    select u.merchant_id, u.terminal_id, c.month, sum(u.used_mb), max(u.allowance_mb), min(u.balance_fen), max(u.used_on)
    from (select distinct merchant_id, terminal_id, cast(date_trunc('month', used_on) as date) as month from changed) c
    join sim_usage u on u.merchant_id = c.merchant_id and u.terminal_id = c.terminal_id
        and u.used_on >= c.month and u.used_on < c.month + interval '1 month'
    group by u.merchant_id, u.terminal_id, c.month;
    return null;
end
$$;
-- +goose StatementEnd
create trigger usage_changes_add_up after update on sim_usage
    referencing new table as changed for each statement execute function add_usage_anew();
create trigger usage_removals_add_up after delete on sim_usage
    referencing old table as changed for each statement execute function add_usage_anew();
