-- +goose Up

-- Who may sign in, for which merchants, from which devices.

create table users (
    id            text primary key not null, -- u_…
    phone         text not null unique, -- E.164
    name          text not null,
    email         text,
    locale        text check (locale in ('zh-CN', 'en')),
    password_hash text,
    created_at    timestamp not null
);

create table memberships (
    user_id     text not null references users (id),
    merchant_id integer not null references merchants (id),
    role        text not null check (role in ('owner', 'finance', 'viewer')),
    created_at  timestamp not null,
    ended_at    timestamp,
    primary key (user_id, merchant_id)
);
create index memberships_of_merchant on memberships (merchant_id);

create table sessions (
    id           text primary key not null, -- ss_…
    token_hash   blob not null unique,
    user_id      text not null references users (id),
    merchant_id  integer references merchants (id), -- the one that is looked at
    created_at   timestamp not null,
    last_seen_at timestamp not null,
    expires_at   timestamp not null,
    ended_at     timestamp,
    device       text not null,
    address      text not null
);
create index sessions_of_user on sessions (user_id, created_at);

create table sign_in_codes (
    id         text primary key not null, -- sc_…
    phone      text not null,
    code_hash  blob not null,
    sent_at    timestamp not null,
    expires_at timestamp not null,
    tries      integer not null default 0 check (tries >= 0),
    used_at    timestamp
);
create index sign_in_codes_of_phone on sign_in_codes (phone, sent_at);

-- One row for each attempt that a limit counts, under the number or address
-- that it counts for.
create table attempts (
    key text not null,
    at  timestamp not null
);
create index attempts_of_key on attempts (key, at);
create index attempts_by_age on attempts (at);

create table devices (
    user_id       text not null references users (id),
    device_hash   blob not null,
    first_seen_at timestamp not null,
    primary key (user_id, device_hash)
);

-- A request to change the number that signs in, with evidence that staff check.
create table phone_changes (
    id           text primary key not null, -- pc_…
    user_id      text references users (id), -- absent where nobody could sign in
    merchant_id  integer not null references merchants (id),
    old_phone    text not null,
    new_phone    text not null,
    reason       text not null,
    state        text not null check (state in ('received', 'approved', 'refused', 'withdrawn')),
    requested_at timestamp not null,
    decided_at   timestamp,
    decided_by   text,
    note         text,
    check ((state = 'received') = (decided_at is null))
);
create index phone_changes_of_merchant on phone_changes (merchant_id, requested_at);

create table phone_change_files (
    id              text primary key not null, -- pf_…
    phone_change_id text not null references phone_changes (id),
    name            text not null,
    media_type      text not null,
    size            integer not null check (size >= 0),
    sha256          blob not null,
    content         blob not null
);
create index phone_change_files_of_change on phone_change_files (phone_change_id);
