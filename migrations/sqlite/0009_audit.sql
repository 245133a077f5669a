-- +goose Up

-- Who did what, when. Entries are only ever added; batches of them are sealed
-- by a hash that includes the seal before.

create table audit_entries (
    id          text not null, -- a_…
    at          timestamp not null,
    actor_kind  text not null check (actor_kind in ('user', 'staff', 'system', 'cli', 'api')),
    actor_id    text not null,
    merchant_id integer,
    action      text not null,
    subject     text not null,
    details     text not null,
    request_id  text,
    primary key (id, at)
);
create index audit_entries_by_time on audit_entries (at);
create index audit_entries_of_merchant on audit_entries (merchant_id, at) where merchant_id is not null;
create index audit_entries_of_subject on audit_entries (subject, at);

-- +goose StatementBegin
create trigger audit_entries_refuse_update before update on audit_entries
begin
    select raise(abort, 'audit_entries is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_entries_refuse_delete before delete on audit_entries
begin
    select raise(abort, 'audit_entries is append-only: delete refused');
end;
-- +goose StatementEnd

create table audit_seals (
    seq       integer primary key check (seq >= 1),
    first_id  text not null,
    last_id   text not null,
    count     integer not null check (count >= 1),
    hash      blob not null unique,
    previous  blob not null, -- the hash of the seal before; zeros for the first
    sealed_at timestamp not null,
    check (first_id <= last_id)
);

-- +goose StatementBegin
create trigger audit_seals_refuse_update before update on audit_seals
begin
    select raise(abort, 'audit_seals is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_seals_refuse_delete before delete on audit_seals
begin
    select raise(abort, 'audit_seals is append-only: delete refused');
end;
-- +goose StatementEnd
