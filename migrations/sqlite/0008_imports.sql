-- +goose Up

-- Files that were taken in.

create table imports (
    id        text primary key not null, -- i_…
    kind      text not null,
    file_name text not null,
    sha256    blob not null,
    rows      integer not null check (rows >= 0),
    added     integer not null check (added >= 0),
    changed   integer not null check (changed >= 0),
    unchanged integer not null check (unchanged >= 0),
    by_kind   text not null,
    by_id     text not null,
    at        timestamp not null
);
create index imports_by_time on imports (at);
