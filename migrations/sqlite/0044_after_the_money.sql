-- +goose Up

-- What happens around the money: when the core system means to take it, and
-- whether what it settled is what was asked for.

-- A charge may be scheduled for a later day than the first on which it may be
-- taken.
create table forecasts_of_days (
    merchant_id integer not null,
    terminal_id integer not null references terminals (id),
    plan_id     integer not null references plans (id),
    cycle_index integer not null,
    due_on      text not null,
    amount_fen  integer not null,
    version     integer not null,
    holds       text not null, -- codes, joined by spaces
    period_from text, -- its cycle's first day, where it is scheduled; absent: that is due_on
    primary key (merchant_id, due_on, terminal_id, plan_id, cycle_index)
);
insert into forecasts_of_days (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds)
select merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds from forecasts;
drop table forecasts;
alter table forecasts_of_days rename to forecasts;
create index forecasts_of_terminal on forecasts (terminal_id, due_on);
create index forecasts_in_order on forecasts (due_on);

-- The days on which the core system means to take money.
create table scheduled_charges (
    merchant_id integer not null,
    terminal_id integer not null references terminals (id),
    plan_id     integer not null references plans (id),
    cycle_index integer not null, -- 0: nothing that is foreseen
    on_date     text not null,
    amount_fen  integer not null, -- that it means to take
    at          timestamp not null, -- when it said so
    by_kind     text not null,
    by_id       text not null,
    primary key (merchant_id, terminal_id, plan_id, cycle_index)
);
create index scheduled_charges_of_terminal on scheduled_charges (terminal_id);
