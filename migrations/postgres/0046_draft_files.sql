-- +goose Up

-- Files of what somebody has begun to write to us; what is in them lies in the
-- store of files under the same id, which they keep once they belong to a case.
create table case_draft_files (
    id          text collate "C" primary key not null, -- cf_…
    merchant_id bigint not null references merchants (id),
    user_id     text collate "C" not null,
    subject     text not null,
    subject_ref text collate "C" not null,
    name        text not null,
    type        text not null check (type in ('image/jpeg', 'image/png', 'application/pdf')),
    bytes       bigint not null,
    sum         bytea not null, -- SHA-256
    at          timestamptz not null
);
create index case_draft_files_of_draft on case_draft_files (merchant_id, user_id, subject, subject_ref, at, id);
