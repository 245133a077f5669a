-- +goose Up

-- Somebody looks who has messages sent, once as many went to numbers that were
-- given as may in an hour.
create table alarms_new (
    id            text not null primary key, -- al_…
    kind          text not null check (kind in ('ungated', 'spike', 'batch_held', 'schedule_differs', 'settlement_differs', 'webhook_dead', 'texts_stopped', 'tampered')),
    subject       text not null,
    ref           text not null, -- where it is looked into: of a deduction, a batch, a file, an endpoint, a check of the record; a day
    facts         text not null, -- a JSON object
    at            timestamp not null,
    answered_at   timestamp,
    answered_by   text,
    answered_name text,
    remark        text,
    unique (kind, subject)
);
insert into alarms_new select * from alarms;
drop table alarms;
alter table alarms_new rename to alarms;
create index alarms_open on alarms (id) where answered_at is null;
