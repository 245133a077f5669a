-- +goose Up

-- What staff need beside the cases themselves.

create index case_ratings_by_time on case_ratings (at);
create index cases_of_authorities on cases (next_due_at, id) where under_way and authority <> '';

-- Since when somebody has a case open.
alter table case_locks add column opened_at timestamptz;

-- Replies that staff write often, in both languages. One that was removed is kept
-- for those who look at the record.
create table canned_replies (
    id         text collate "C" primary key not null, -- cr_…
    name       text not null, -- by which staff know it
    zh         text not null,
    en         text not null,
    version    integer not null check (version >= 1),
    changed_at timestamptz not null,
    changed_by text not null, -- name
    removed_at timestamptz
);
create unique index canned_replies_by_name on canned_replies (name) where removed_at is null;

-- Cases that were drawn for a second look once they had closed.
create table case_samples (
    case_id       text collate "C" primary key not null references cases (id),
    drawn_at      timestamptz not null,
    facts         integer check (facts between 1 and 5), -- were they looked into
    words         integer check (words between 1 and 5), -- were they clear
    outcome       integer check (outcome between 1 and 5), -- was it fair
    remark        text not null default '',
    reviewed_at   timestamptz,
    reviewer_id   text collate "C",
    reviewer_name text
);
create index case_samples_to_review on case_samples (drawn_at, case_id) where reviewed_at is null;
create index case_samples_reviewed on case_samples (reviewed_at desc, case_id) where reviewed_at is not null;

-- Another number to sign in with takes two people: who checked it first.
alter table phone_changes add column first_by text collate "C";
alter table phone_changes add column first_name text;
alter table phone_changes add column first_at timestamptz;
create index phone_changes_waiting on phone_changes (requested_at, id) where state = 'received';

-- By what staff find a merchant who calls.
create index merchants_by_name on merchants (name);
create index merchants_by_phone_tail on merchants (substr(phone, length(phone) - 3));
create index users_by_phone_tail on users (substr(phone, length(phone) - 3));
