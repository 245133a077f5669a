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

-- What files said was taken since the gate is asked, row by row, as they said it.
create table settled_deductions (
    ref            text not null primary key, -- the core system's number
    on_date        text not null, -- of its settlement, or else its own
    sn             text not null,
    item           text not null,
    amount_fen     integer not null,
    at             timestamp not null,
    state          text not null check (state in ('posted', 'reversed', 'refunded')),
    settlement_ref text,
    digest         blob not null,
    recorded_at    timestamp not null
);
create index settled_deductions_by_day on settled_deductions (on_date, ref);

-- Those that have not been matched yet.
create table settled_news (
    ref text not null primary key
);

-- Settlements whose sales less fees are not what was paid out.
create table settlement_gaps (
    ref         text not null primary key,
    on_date     text not null,
    merchant_id integer not null,
    terminal_id integer not null,
    due_fen     integer not null, -- sales less fees
    paid_fen    integer not null,
    recorded_at timestamp not null
);
create index settlement_gaps_by_day on settlement_gaps (on_date, ref);

-- How each of them goes with what the gate was asked for; and what the gate let
-- through that no file has said was taken.
create table gate_settled (
    ref            text not null primary key,
    on_date        text not null,
    merchant_id    integer not null,
    terminal_id    integer not null, -- that the gate was asked for, or else that the file names
    deduction_id   text not null,
    item           text not null,
    file_fen       integer, -- absent: in no file
    gate_fen       integer, -- absent: never asked for
    settlement_ref text,
    standing       text not null check (standing in ('matched', 'amount', 'ungated', 'terminal', 'settlement', 'not_posted', 'missing')),
    at             timestamp not null -- when it was found
);
create index gate_settled_by_day on gate_settled (on_date, ref);
create index gate_requests_settling on gate_requests (changed_at) where state in ('posted', 'refunded') and ungated_at is null;

-- Counts what is published, plans and policies, so that whoever keeps that in
-- memory is told by one row when it is out of date.
create table published_marks (
    one   integer primary key check (one = 1),
    state integer not null
);
insert into published_marks (one, state) values (1, 0);
-- +goose StatementBegin
create trigger plan_versions_are_marked after insert on plan_versions begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plan_versions_changes_are_marked after update on plan_versions begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plan_versions_removals_are_marked after delete on plan_versions begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plans_are_marked after insert on plans begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plans_changes_are_marked after update on plans begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plans_removals_are_marked after delete on plans begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawals_are_marked after insert on disclosure_withdrawals begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawals_changes_are_marked after update on disclosure_withdrawals begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger withdrawals_removals_are_marked after delete on disclosure_withdrawals begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger policies_are_marked after insert on policies begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger policies_changes_are_marked after update on policies begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger policies_removals_are_marked after delete on policies begin
    update published_marks set state = state + 1;
end;
-- +goose StatementEnd
