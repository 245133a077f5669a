-- +goose Up

-- Who may sign in, for which merchants, from which devices.

create table users (
    id            text collate "C" primary key, -- u_…
    phone         text collate "C" not null unique, -- E.164
    name          text not null,
    email         text,
    locale        text check (locale in ('zh-CN', 'en')),
    password_hash text,
    created_at    timestamptz not null
);

create table memberships (
    user_id     text collate "C" not null references users (id),
    merchant_id bigint not null references merchants (id),
    role        text not null check (role in ('owner', 'finance', 'viewer')),
    created_at  timestamptz not null,
    ended_at    timestamptz,
    primary key (user_id, merchant_id)
);
create index memberships_of_merchant on memberships (merchant_id);

create table sessions (
    id           text collate "C" primary key, -- ss_…
    token_hash   bytea not null unique,
    user_id      text collate "C" not null references users (id),
    merchant_id  bigint references merchants (id), -- the one that is looked at
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    device       text not null,
    address      text not null
);
create index sessions_of_user on sessions (user_id, created_at);

create table sign_in_codes (
    id         text collate "C" primary key, -- sc_…
    phone      text collate "C" not null,
    code_hash  bytea not null,
    sent_at    timestamptz not null,
    expires_at timestamptz not null,
    tries      integer not null default 0 check (tries >= 0),
    used_at    timestamptz
);
create index sign_in_codes_of_phone on sign_in_codes (phone, sent_at);

-- One row for each attempt that a limit counts, under the number or address
-- that it counts for.
create table attempts (
    key text collate "C" not null,
    at  timestamptz not null
);
create index attempts_of_key on attempts (key, at);
create index attempts_by_age on attempts (at);

create table devices (
    user_id       text collate "C" not null references users (id),
    device_hash   bytea not null,
    first_seen_at timestamptz not null,
    primary key (user_id, device_hash)
);

-- A request to change the number that signs in, with evidence that staff check.
create table phone_changes (
    id           text collate "C" primary key, -- pc_…
    user_id      text collate "C" references users (id), -- absent where nobody could sign in
    merchant_id  bigint not null references merchants (id),
    old_phone    text collate "C" not null,
    new_phone    text collate "C" not null,
    reason       text not null,
    state        text not null check (state in ('received', 'approved', 'refused', 'withdrawn')),
    requested_at timestamptz not null,
    decided_at   timestamptz,
    decided_by   text,
    note         text,
    check ((state = 'received') = (decided_at is null))
);
create index phone_changes_of_merchant on phone_changes (merchant_id, requested_at);

create table phone_change_files (
    id              text collate "C" primary key, -- pf_…
    phone_change_id text collate "C" not null references phone_changes (id),
    name            text not null,
    media_type      text not null,
    size            bigint not null check (size >= 0),
    sha256          bytea not null,
    content         bytea not null
);
create index phone_change_files_of_change on phone_change_files (phone_change_id);
