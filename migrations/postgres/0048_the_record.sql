-- +goose Up

-- The record is looked through by who did it and by what was done.
create index audit_entries_of_actor on audit_entries (actor_id, at);
create index audit_entries_of_action on audit_entries (action, at);
create index audit_seals_by_last on audit_seals (last_id);

-- Each time that the whole record was worked out again.
create table audit_checks (
    id       text collate "C" primary key not null, -- ac_…
    asked_at timestamptz not null,
    asked_by text not null, -- name; empty: it came up by itself
    done_at  timestamptz, -- null: under way
    sound    boolean,
    head     bigint, -- number of the seal that it led to
    entries  bigint,
    unsealed bigint,
    kept     bigint, -- heads from outside that it was compared with
    flaws    text -- a JSON list
);
create index audit_checks_done on audit_checks (done_at);

-- Up to which seal each place outside the database has the heads.
create table audit_anchors (
    place text collate "C" primary key not null,
    seq   bigint not null,
    at    timestamptz not null
);

-- A record that is not sound has to be looked into.
alter table alarms drop constraint alarms_kind_check;
alter table alarms add constraint alarms_kind_check
    check (kind in ('ungated', 'spike', 'batch_held', 'schedule_differs', 'settlement_differs', 'webhook_dead', 'tampered'));

-- Packs about a complaint, a merchant or a deduction that were handed out.
create table evidence_packs (
    id            text collate "C" primary key not null, -- ev_…
    kind          text collate "C" not null check (kind in ('case', 'merchant', 'deduction')),
    subject       text collate "C" not null, -- number of a case, reference of a merchant, id of a deduction
    merchant_id   bigint not null,
    from_on       date, -- of a merchant's: the period
    to_on         date,
    reason        text not null,
    manifest_hash text collate "C" not null, -- SHA-256 of manifest.json, in hexadecimal
    files         integer not null check (files >= 1),
    bytes         bigint not null check (bytes >= 1), -- of the archive
    staff_id      text collate "C" not null,
    staff_name    text not null,
    at            timestamptz not null
);
create index evidence_packs_of_subject on evidence_packs (kind, subject, id);

create trigger evidence_packs_are_kept before update or delete on evidence_packs
    for each row execute function refuse_change();
create trigger evidence_packs_stay before truncate on evidence_packs
    for each statement execute function refuse_change();
