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

-- What files said was taken since the gate is asked, row by row, as they said it.
create table settled_deductions (
    ref            text collate "C" primary key, -- the core system's number
    on_date        date not null, -- of its settlement, or else its own
    sn             text collate "C" not null,
    item           text not null,
    amount_fen     bigint not null,
    at             timestamptz not null,
    state          text not null check (state in ('posted', 'reversed', 'refunded')),
    settlement_ref text collate "C",
    digest         bytea not null,
    recorded_at    timestamptz not null
);
create index settled_deductions_by_day on settled_deductions (on_date, ref);

-- Those that have not been matched yet.
create table settled_news (
    ref text collate "C" primary key
);

-- Settlements whose sales less fees are not what was paid out.
create table settlement_gaps (
    ref         text collate "C" primary key,
    on_date     date not null,
    merchant_id bigint not null,
    terminal_id bigint not null,
    due_fen     bigint not null, -- sales less fees
    paid_fen    bigint not null,
    recorded_at timestamptz not null
);
create index settlement_gaps_by_day on settlement_gaps (on_date, ref);

-- How each of them goes with what the gate was asked for; and what the gate let
-- through that no file has said was taken.
create table gate_settled (
    ref            text collate "C" primary key,
    on_date        date not null,
    merchant_id    bigint not null,
    terminal_id    bigint not null, -- that the gate was asked for, or else that the file names
    deduction_id   text collate "C" not null,
    item           text not null,
    file_fen       bigint, -- absent: in no file
    gate_fen       bigint, -- absent: never asked for
    settlement_ref text collate "C",
    standing       text not null check (standing in ('matched', 'amount', 'ungated', 'terminal', 'settlement', 'not_posted', 'missing')),
    at             timestamptz not null -- when it was found
);
create index gate_settled_by_day on gate_settled (on_date, ref);
create index gate_requests_settling on gate_requests (changed_at) where state in ('posted', 'refunded') and ungated_at is null;

-- Counts what is published, plans and policies, so that whoever keeps that in
-- memory is told by one row when it is out of date.
create table published_marks (
    one   integer primary key check (one = 1),
    state bigint not null
);
insert into published_marks (one, state) values (1, 0);
-- +goose StatementBegin
create function mark_published() returns trigger language plpgsql as $$
begin
    update published_marks set state = state + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger plan_versions_are_marked after insert or update or delete on plan_versions for each statement execute function mark_published();
create trigger plans_are_marked after insert or update or delete on plans for each statement execute function mark_published();
create trigger withdrawals_are_marked after insert or update or delete on disclosure_withdrawals for each statement execute function mark_published();
create trigger policies_are_marked after insert or update or delete on policies for each statement execute function mark_published();
