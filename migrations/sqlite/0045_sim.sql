-- +goose Up

-- SIMs: what is left of their month, what the merchant lets be taken beyond it,
-- what was paid into them; and links that let somebody in.

-- What a merchant lets be taken of a fee in a calendar month, each time it was
-- set. enrolments.own_limit_fen is the latest.
create table own_limits (
    id           integer primary key autoincrement,
    enrolment_id integer not null references enrolments (id),
    merchant_id  integer not null references merchants (id),
    limit_fen    integer not null check (limit_fen >= 0), -- 0 is a stop
    set_at       timestamp not null, -- from then on it counts
    set_by       text, -- u_…; absent: it began so
    name         text not null -- of who set it, as it was then; empty: it began so
);
create index own_limits_of_enrolment on own_limits (merchant_id, enrolment_id, set_at, id);
-- +goose StatementBegin
create trigger own_limits_refuse_update before update on own_limits
begin
    select raise(abort, 'own_limits is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger own_limits_refuse_delete before delete on own_limits
begin
    select raise(abort, 'own_limits is append-only: delete refused');
end;
-- +goose StatementEnd

-- Data beyond the allowance costs nothing until the merchant turns it on.
insert into own_limits (enrolment_id, merchant_id, limit_fen, set_at, name)
select e.id, e.merchant_id, 0, strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'), ''
from enrolments e join plans p on p.id = e.plan_id
where p.item = 'overage' and e.own_limit_fen is null;
update enrolments set own_limit_fen = 0
where own_limit_fen is null and plan_id in (select id from plans where item = 'overage');

-- What was paid into a terminal's SIM, as the payment page said.
create table top_ups (
    id          text not null primary key, -- tu_…
    merchant_id integer not null references merchants (id),
    terminal_id integer not null references terminals (id),
    payment_ref text not null unique, -- the payment page's number
    amount_fen  integer not null check (amount_fen > 0),
    paid_at     timestamp not null,
    recorded_at timestamp not null
);
create index top_ups_of_terminal on top_ups (merchant_id, terminal_id, paid_at desc, id desc);
-- +goose StatementBegin
create trigger top_ups_refuse_update before update on top_ups
begin
    select raise(abort, 'top_ups is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger top_ups_refuse_delete before delete on top_ups
begin
    select raise(abort, 'top_ups is append-only: delete refused');
end;
-- +goose StatementEnd

-- One-time links that sign a merchant's user in.
create table entry_links (
    id          text not null primary key, -- el_…
    token_hash  blob not null unique, -- SHA-256
    user_id     text not null references users (id),
    merchant_id integer not null references merchants (id),
    to_path     text not null, -- where it leads; empty: to the first page
    made_by     text not null, -- k_…
    made_at     timestamp not null,
    expires_at  timestamp not null,
    used_at     timestamp
);
create index entry_links_by_time on entry_links (made_at);

-- Of a month the latest that is known of allowance and balance counts, not the
-- largest and the least: both may rise and fall within it. How many days were
-- reported tells how far what is left can be foreseen.
drop trigger usage_adds_up;
drop trigger usage_changes_add_up;
drop trigger usage_removals_add_up;
drop table usage_months;
create table usage_months (
    merchant_id  integer not null,
    terminal_id  integer not null,
    month        text not null, -- its first day
    used_mb      integer not null,
    days         integer not null, -- that were reported
    allowance_mb integer, -- the latest that was reported
    allowance_on text, -- on this day
    balance_fen  integer, -- the latest that was reported
    balance_on   text, -- on this day
    last_on      text not null, -- the last day reported
    primary key (merchant_id, terminal_id, month)
);

insert into usage_months (merchant_id, terminal_id, month, used_mb, days, allowance_mb, allowance_on, balance_fen, balance_on, last_on)
select m.merchant_id, m.terminal_id, m.month, m.used_mb, m.days, a.allowance_mb, a.used_on, b.balance_fen, b.used_on, m.last_on
from (
    select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01' as month, sum(used_mb) as used_mb, count(*) as days, max(used_on) as last_on,
        max(case when allowance_mb is not null then used_on end) as allowance_on, max(case when balance_fen is not null then used_on end) as balance_on
    from sim_usage group by 1, 2, 3
) m
left join sim_usage a on a.merchant_id = m.merchant_id and a.terminal_id = m.terminal_id and a.used_on = m.allowance_on
left join sim_usage b on b.merchant_id = m.merchant_id and b.terminal_id = m.terminal_id and b.used_on = m.balance_on;

-- +goose StatementBegin
create trigger usage_adds_up after insert on sim_usage
begin
    insert into usage_months (merchant_id, terminal_id, month, used_mb, days, allowance_mb, allowance_on, balance_fen, balance_on, last_on)
    values (new.merchant_id, new.terminal_id, substr(new.used_on, 1, 7) || '-01', new.used_mb, 1,
        new.allowance_mb, case when new.allowance_mb is not null then new.used_on end,
        new.balance_fen, case when new.balance_fen is not null then new.used_on end, new.used_on)
    on conflict (merchant_id, terminal_id, month) do update set
        used_mb = used_mb + excluded.used_mb, days = days + excluded.days,
        allowance_mb = case when excluded.allowance_on > coalesce(allowance_on, '') then excluded.allowance_mb else allowance_mb end,
        allowance_on = case when excluded.allowance_on > coalesce(allowance_on, '') then excluded.allowance_on else allowance_on end,
        balance_fen = case when excluded.balance_on > coalesce(balance_on, '') then excluded.balance_fen else balance_fen end,
        balance_on = case when excluded.balance_on > coalesce(balance_on, '') then excluded.balance_on else balance_on end,
        last_on = max(last_on, excluded.last_on);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger usage_changes_add_up after update on sim_usage
begin
    delete from usage_months
    where merchant_id = new.merchant_id and terminal_id = new.terminal_id and month = substr(new.used_on, 1, 7) || '-01';
    insert into usage_months (merchant_id, terminal_id, month, used_mb, days, allowance_mb, allowance_on, balance_fen, balance_on, last_on)
    select m.merchant_id, m.terminal_id, m.month, m.used_mb, m.days, a.allowance_mb, a.used_on, b.balance_fen, b.used_on, m.last_on
    from (
        select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01' as month, sum(used_mb) as used_mb, count(*) as days, max(used_on) as last_on,
            max(case when allowance_mb is not null then used_on end) as allowance_on, max(case when balance_fen is not null then used_on end) as balance_on
        from sim_usage
        where merchant_id = new.merchant_id and terminal_id = new.terminal_id
            and used_on >= substr(new.used_on, 1, 7) || '-01' and used_on <= substr(new.used_on, 1, 7) || '-31'
        group by 1, 2, 3
    ) m
    left join sim_usage a on a.merchant_id = m.merchant_id and a.terminal_id = m.terminal_id and a.used_on = m.allowance_on
    left join sim_usage b on b.merchant_id = m.merchant_id and b.terminal_id = m.terminal_id and b.used_on = m.balance_on;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger usage_removals_add_up after delete on sim_usage
begin
    delete from usage_months
    where merchant_id = old.merchant_id and terminal_id = old.terminal_id and month = substr(old.used_on, 1, 7) || '-01';
    insert into usage_months (merchant_id, terminal_id, month, used_mb, days, allowance_mb, allowance_on, balance_fen, balance_on, last_on)
    select m.merchant_id, m.terminal_id, m.month, m.used_mb, m.days, a.allowance_mb, a.used_on, b.balance_fen, b.used_on, m.last_on
    from (
        select merchant_id, terminal_id, substr(used_on, 1, 7) || '-01' as month, sum(used_mb) as used_mb, count(*) as days, max(used_on) as last_on,
            max(case when allowance_mb is not null then used_on end) as allowance_on, max(case when balance_fen is not null then used_on end) as balance_on
        from sim_usage
        where merchant_id = old.merchant_id and terminal_id = old.terminal_id
            and used_on >= substr(old.used_on, 1, 7) || '-01' and used_on <= substr(old.used_on, 1, 7) || '-31'
        group by 1, 2, 3
    ) m
    left join sim_usage a on a.merchant_id = m.merchant_id and a.terminal_id = m.terminal_id and a.used_on = m.allowance_on
    left join sim_usage b on b.merchant_id = m.merchant_id and b.terminal_id = m.terminal_id and b.used_on = m.balance_on;
end;
-- +goose StatementEnd
