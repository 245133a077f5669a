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
