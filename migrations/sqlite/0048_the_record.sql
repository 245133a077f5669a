-- +goose Up

-- The record is looked through by who did it and by what was done.
create index audit_entries_of_actor on audit_entries (actor_id, at);
create index audit_entries_of_action on audit_entries (action, at);
create index audit_seals_by_last on audit_seals (last_id);

-- Each time that the whole record was worked out again.
create table audit_checks (
    id       text primary key not null, -- ac_…
    asked_at timestamp not null,
    asked_by text not null, -- name; empty: it came up by itself
    done_at  timestamp, -- null: under way
    sound    boolean,
    head     integer, -- number of the seal that it led to
    entries  integer,
    unsealed integer,
    kept     integer, -- heads from outside that it was compared with
    flaws    text -- a JSON list
);
create index audit_checks_done on audit_checks (done_at);

-- Up to which seal each place outside the database has the heads.
create table audit_anchors (
    place text primary key not null,
    seq   integer not null,
    at    timestamp not null
);

-- A record that is not sound has to be looked into.
create table alarms_new (
    id            text not null primary key, -- al_…
    kind          text not null check (kind in ('ungated', 'spike', 'batch_held', 'schedule_differs', 'settlement_differs', 'webhook_dead', 'tampered')),
    subject       text not null,
    ref           text not null, -- where it is looked into: of a deduction, a batch, a file, an endpoint, a check of the record
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

-- Packs about a complaint, a merchant or a deduction that were handed out.
create table evidence_packs (
    id            text primary key not null, -- ev_…
    kind          text not null check (kind in ('case', 'merchant', 'deduction')),
    subject       text not null, -- number of a case, reference of a merchant, id of a deduction
    merchant_id   integer not null,
    from_on       text, -- of a merchant's: the period
    to_on         text,
    reason        text not null,
    manifest_hash text not null, -- SHA-256 of manifest.json, in hexadecimal
    files         integer not null check (files >= 1),
    bytes         integer not null check (bytes >= 1), -- of the archive
    staff_id      text not null,
    staff_name    text not null,
    at            timestamp not null
);
create index evidence_packs_of_subject on evidence_packs (kind, subject, id);

-- +goose StatementBegin
create trigger evidence_packs_refuse_update before update on evidence_packs
begin
    select raise(abort, 'evidence_packs is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger evidence_packs_refuse_delete before delete on evidence_packs
begin
    select raise(abort, 'evidence_packs is append-only: delete refused');
end;
-- +goose StatementEnd
