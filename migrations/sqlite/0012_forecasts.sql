-- +goose Up

-- What is to come of each fee that has cycles: foreseen by the rules whenever
-- its terminal is judged, so that a merchant with thousands of terminals reads
-- the next weeks as a few rows.
create table forecasts (
    merchant_id integer not null,
    terminal_id integer not null references terminals (id),
    plan_id     integer not null references plans (id),
    cycle_index integer not null,
    due_on      text not null, -- the cycle's first day
    amount_fen  integer not null,
    version     integer not null,
    holds       text not null, -- codes, joined by spaces
    primary key (merchant_id, due_on, terminal_id, plan_id)
);
create index forecasts_of_terminal on forecasts (terminal_id, due_on);

-- The day on which a terminal's forecasts have to be made again, even if no fact
-- changes until then.
create table forecast_days (
    terminal_id integer primary key references terminals (id),
    again_on    text not null
);
create index forecast_days_in_order on forecast_days (again_on);

-- The deductions of a merchant, however many sales lie between them.
create index bill_lines_of_deductions on bill_lines (merchant_id, at desc, id desc) where kind = 'deduction';

-- A deduction for a period that the fee does not have belongs to its account
-- too.
drop index bill_lines_of_cycles;
create index bill_lines_of_cycles on bill_lines (terminal_id, at) where cycle_index is not null or period_from is not null;

-- What an agent ticked for a merchant, who is to confirm or deny it.
create index acceptances_by_agents on acceptances (merchant_id, enrolment_id, version) where via = 'agent';
