-- +goose Up

-- The acquirer's own people: who may sign in, with what, and what they may do.

create table staff (
    id            text primary key not null, -- st_…
    login         text not null unique, -- what they sign in with, in lower case
    name          text not null,
    locale        text check (locale in ('zh-CN', 'en')),
    password_hash text not null,
    given_until   timestamp, -- the password was given by someone else and serves until then; absent: their own
    created_at    timestamp not null,
    disabled_at   timestamp
);

-- Which role someone got or lost. Whoever has a role got it last.
create table staff_role_changes (
    seq      integer primary key autoincrement,
    staff_id text not null references staff (id),
    role     text not null check (role in ('support', 'lead', 'compliance', 'auditor', 'operator')),
    granted  boolean not null,
    at       timestamp not null,
    by_kind  text not null check (by_kind in ('staff', 'system', 'cli')),
    by_id    text not null
);
create index staff_role_changes_of_staff on staff_role_changes (staff_id, role, seq);

-- +goose StatementBegin
create trigger staff_role_changes_refuse_update before update on staff_role_changes
begin
    select raise(abort, 'staff_role_changes is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger staff_role_changes_refuse_delete before delete on staff_role_changes
begin
    select raise(abort, 'staff_role_changes is append-only: delete refused');
end;
-- +goose StatementEnd

-- Apps that show a code which changes every half minute.
create table staff_totps (
    id         text primary key not null, -- tf_…
    staff_id   text not null references staff (id),
    name       text not null,
    secret     blob not null, -- sealed with a key that is not in the database
    last_step  integer not null check (last_step >= 0), -- of the code that served last: none serves twice
    added_at   timestamp not null,
    removed_at timestamp
);
create index staff_totps_of_staff on staff_totps (staff_id, added_at);

create table staff_passkeys (
    id            text primary key not null, -- pk_…
    staff_id      text not null references staff (id),
    name          text not null,
    credential_id blob not null unique,
    credential    text not null, -- public key, counter and what the device said of itself
    added_at      timestamp not null,
    used_at       timestamp,
    removed_at    timestamp
);
create index staff_passkeys_of_staff on staff_passkeys (staff_id, added_at);

create table staff_recovery_codes (
    code_hash blob primary key not null,
    staff_id  text not null references staff (id),
    made_at   timestamp not null,
    used_at   timestamp
);
create index staff_recovery_codes_of_staff on staff_recovery_codes (staff_id);

create table staff_sessions (
    id           text primary key not null, -- sf_…
    token_hash   blob not null unique,
    staff_id     text not null references staff (id),
    created_at   timestamp not null,
    last_seen_at timestamp not null,
    expires_at   timestamp not null,
    verified_at  timestamp, -- when a second factor was shown; absent: the session opens nothing
    ended_at     timestamp,
    device       text not null,
    address      text not null,
    challenge    text -- what a passkey was asked to sign, until it answers
);
create index staff_sessions_of_staff on staff_sessions (staff_id, created_at);
