-- +goose Up

-- What staff have to look into. One thing is raised once: kind and subject tell
-- which.
create table alarms (
    id            text collate "C" primary key, -- al_…
    kind          text not null check (kind in ('ungated', 'spike', 'batch_held', 'schedule_differs', 'settlement_differs', 'webhook_dead')),
    subject       text collate "C" not null,
    ref           text collate "C" not null, -- where it is looked into: of a deduction, a batch, a file, an endpoint
    facts         text not null, -- a JSON object
    at            timestamptz not null,
    answered_at   timestamptz,
    answered_by   text collate "C",
    answered_name text,
    remark        text,
    unique (kind, subject)
);
create index alarms_open on alarms (id) where answered_at is null;

insert into alarms (id, kind, subject, ref, facts, at, answered_at, answered_by)
select 'al_' || substr(min(id), 4), 'ungated', deduction_id, deduction_id, '{}', min(at), max(seen_at), max(seen_by) from gate_alarms group by deduction_id;
drop table gate_alarms;

-- How many deductions of an agent's terminals there were of a plan on a day, but
-- for those that were denied when they were asked for. The sum over all parts
-- counts; parts are there so that few wait for each other.
create table agent_days (
    agent_ref  text collate "C" not null,
    on_date    date not null,
    plan_id    bigint not null,
    part       integer not null,
    deductions bigint not null,
    primary key (agent_ref, on_date, plan_id, part)
);
insert into agent_days (agent_ref, on_date, plan_id, part, deductions)
select t.agent_ref, cast(d.at at time zone 'Asia/Shanghai' as date), d.plan_id, 8, count(*)
from deductions d join terminals t on t.id = d.terminal_id
where t.agent_ref <> '' and d.plan_id is not null and d.state not in ('denied', 'waived')
group by 1, 2, 3;

-- The figures by which the gate holds what it does, as somebody proposed them and
-- somebody else switched them on. What holds lies in settings.
create table gate_proposals (
    number        integer primary key, -- 1, 2, …
    value         text not null, -- the figures, a JSON object
    was           text not null, -- what held when it was proposed
    reason        text not null,
    state         text not null check (state in ('open', 'on', 'withdrawn')),
    proposed_at   timestamptz not null,
    proposed_by   text collate "C" not null,
    proposed_name text not null,
    ended_at      timestamptz, -- switched on or withdrawn
    ended_by      text collate "C",
    ended_name    text,
    since         timestamptz not null, -- of the first decision that it is tried on
    tried_to      text collate "C" not null, -- up to which decision it was tried
    batches_to    text collate "C" not null, -- and up to which batch
    tried_at      timestamptz -- when there was last nothing left to try it on
);
create unique index gate_proposals_open on gate_proposals (state) where state = 'open';

-- What a proposal would have done, day by day and rule by rule.
create table gate_trial_days (
    proposal integer not null references gate_proposals (number),
    rule     text collate "C" not null check (rule in ('spike', 'batch_band', 'second')),
    on_date  date not null,
    tried    bigint not null, -- so many could be tried
    caught   bigint not null, -- so many did what the rule says
    gained   bigint not null, -- so many more it would have been
    lost     bigint not null, -- and so many that would not have been any more
    primary key (proposal, rule, on_date)
);

-- Some of those that would have come out otherwise.
create table gate_trial_examples (
    proposal integer not null references gate_proposals (number),
    rule     text collate "C" not null,
    gained   boolean not null,
    place    integer not null check (place between 1 and 20),
    ref      text collate "C" not null, -- the deduction, or the batch
    at       timestamptz not null,
    primary key (proposal, rule, gained, place)
);

-- What was taken lately, and how much of it without asking.
create index bill_lines_taken on bill_lines (at) where kind = 'deduction' and state in ('posted', 'refunded');
create index gate_requests_ungated on gate_requests (ungated_at) where ungated_at is not null;
