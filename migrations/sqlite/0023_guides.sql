-- +goose Up

-- Guides: short texts that answer a merchant's question, in both languages. A
-- published version is never altered; a change is a new one.

create table guides (
    id         integer primary key autoincrement,
    slug       text not null unique,
    created_at timestamp not null
);

create table guide_versions (
    id           integer primary key autoincrement,
    guide_id     integer not null references guides (id),
    version      integer not null check (version >= 1),
    state        text not null check (state in ('draft', 'in_review', 'published', 'discarded')),
    content      text not null,
    content_hash text not null,
    shipped      boolean not null, -- came with the program
    revision     integer not null check (revision >= 1),
    reviewed_on  text,
    published_at timestamp,
    created_at   timestamp not null,
    updated_at   timestamp not null,
    unique (guide_id, version),
    check ((state = 'published') = (published_at is not null and reviewed_on is not null))
);
create unique index guide_versions_at_work on guide_versions (guide_id) where state in ('draft', 'in_review');

-- +goose StatementBegin
create trigger guide_versions_refuse_update before update on guide_versions when old.state in ('published', 'discarded')
begin
    select raise(abort, 'guide_versions is append-only once published: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger guide_versions_refuse_delete before delete on guide_versions
begin
    select raise(abort, 'guide_versions is append-only: delete refused');
end;
-- +goose StatementEnd

-- What was done with a version, by whom. Whoever changed its text is an author
-- and can't be its reviewer.
create table guide_events (
    id         integer primary key autoincrement,
    version_id integer not null references guide_versions (id),
    at         timestamp not null,
    kind       text not null check (kind in ('created', 'changed', 'submitted', 'sent_back', 'withdrawn', 'published', 'discarded')),
    staff_id   text not null,
    name       text not null,
    comment    text not null
);
create index guide_events_of_version on guide_events (version_id, id);

-- +goose StatementBegin
create trigger guide_events_refuse_update before update on guide_events
begin
    select raise(abort, 'guide_events is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger guide_events_refuse_delete before delete on guide_events
begin
    select raise(abort, 'guide_events is append-only: delete refused');
end;
-- +goose StatementEnd

-- Whether a version helped its readers: one answer a reader, who is known by a
-- keyed hash alone.
create table guide_votes (
    version_id integer not null references guide_versions (id),
    voter      text not null,
    origin     text not null, -- keyed hash of the address and the day
    locale     text not null check (locale in ('zh-CN', 'en')),
    helped     boolean not null,
    reason     text not null,
    at         timestamp not null,
    primary key (version_id, voter)
);
create index guide_votes_of_origin on guide_votes (origin);

-- What readers searched for and did not find, counted by day.
create table search_misses (
    day    text not null,
    locale text not null check (locale in ('zh-CN', 'en')),
    words  text not null,
    count  integer not null check (count >= 1),
    primary key (day, locale, words)
);
