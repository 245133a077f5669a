-- +goose Up

-- What happens around the money: when the core system means to take it, and
-- whether what it settled is what was asked for.

-- A charge may be scheduled for a later day than the first on which it may be
-- taken.
alter table forecasts
    add column period_from date, -- its cycle's first day, where it is scheduled; absent: that is due_on
    drop constraint forecasts_pkey,
    add primary key (merchant_id, due_on, terminal_id, plan_id, cycle_index);

-- The days on which the core system means to take money.
create table scheduled_charges (
    merchant_id bigint not null,
    terminal_id bigint not null references terminals (id),
    plan_id     bigint not null references plans (id),
    cycle_index integer not null, -- 0: nothing that is foreseen
    on_date     date not null,
    amount_fen  bigint not null, -- that it means to take
    at          timestamptz not null, -- when it said so
    by_kind     text not null,
    by_id       text collate "C" not null,
    primary key (merchant_id, terminal_id, plan_id, cycle_index)
);
create index scheduled_charges_of_terminal on scheduled_charges (terminal_id);
