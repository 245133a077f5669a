-- +goose Up

-- Files that were taken in.

create table imports (
    id        text collate "C" primary key, -- i_…
    kind      text not null,
    file_name text not null,
    sha256    bytea not null,
    rows      bigint not null check (rows >= 0),
    added     bigint not null check (added >= 0),
    changed   bigint not null check (changed >= 0),
    unchanged bigint not null check (unchanged >= 0),
    by_kind   text not null,
    by_id     text not null,
    at        timestamptz not null
);
create index imports_by_time on imports (at);
