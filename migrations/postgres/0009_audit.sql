-- +goose Up

-- Who did what, when. Entries are only ever added; batches of them are sealed
-- by a hash that includes the seal before.

create table audit_entries (
    id          text collate "C" not null, -- a_…
    at          timestamptz not null,
    actor_kind  text not null check (actor_kind in ('user', 'staff', 'system', 'cli', 'api')),
    actor_id    text collate "C" not null,
    merchant_id bigint,
    action      text not null,
    subject     text collate "C" not null,
    details     jsonb not null,
    request_id  text collate "C",
    primary key (id, at)
) partition by range (at);
create table audit_entries_default partition of audit_entries default;
create index audit_entries_by_time on audit_entries (at);
create index audit_entries_of_merchant on audit_entries (merchant_id, at) where merchant_id is not null;
create index audit_entries_of_subject on audit_entries (subject, at);

create trigger audit_entries_are_kept before update or delete on audit_entries
    for each row execute function refuse_change();
create trigger audit_entries_stay before truncate on audit_entries
    for each statement execute function refuse_change();

create table audit_seals (
    seq       bigint primary key check (seq >= 1),
    first_id  text collate "C" not null,
    last_id   text collate "C" not null,
    count     bigint not null check (count >= 1),
    hash      bytea not null unique,
    previous  bytea not null, -- the hash of the seal before; zeros for the first
    sealed_at timestamptz not null,
    check (first_id <= last_id)
);

create trigger audit_seals_are_kept before update or delete on audit_seals
    for each row execute function refuse_change();
create trigger audit_seals_stay before truncate on audit_seals
    for each statement execute function refuse_change();
