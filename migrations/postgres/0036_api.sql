-- +goose Up

-- Keys of other systems. Of a key's secrets only the hashes are kept; while a
-- new one takes over, two of them count.
create table api_keys (
    id           text collate "C" primary key, -- k_…
    name         text not null,
    scopes       text collate "C" not null, -- words with a space between
    networks     text collate "C" not null, -- CIDR with a space between; empty: from anywhere
    created_at   timestamptz not null,
    created_by   text not null,
    revoked_at   timestamptz,
    last_used_at timestamptz -- to the minute
);

create table api_key_secrets (
    hash       bytea primary key, -- SHA-256 of the secret
    key_id     text collate "C" not null references api_keys (id),
    hint       text collate "C" not null, -- how the secret begins
    created_at timestamptz not null,
    ends_at    timestamptz -- from when on it counts no more
);
create index api_key_secrets_of_key on api_key_secrets (key_id, created_at);

-- The first answer to each request that bore an idempotency key.
create table api_answers (
    key_id          text collate "C" not null references api_keys (id),
    idempotency_key text collate "C" not null,
    fingerprint     bytea not null, -- SHA-256 of method, address and body
    status          integer not null,
    location        text collate "C" not null,
    body            text not null,
    at              timestamptz not null,
    primary key (key_id, idempotency_key)
);
create index api_answers_by_time on api_answers (at);

-- What was asked and answered, for those who build against the API: no bodies
-- and nothing personal.
create table api_requests (
    key_id     text collate "C" not null references api_keys (id),
    id         text collate "C" not null, -- rq_…
    at         timestamptz not null,
    method     text collate "C" not null,
    route      text collate "C" not null,
    status     integer not null,
    took_us    bigint not null,
    problem    text collate "C" not null, -- its code; empty: none
    request_id text collate "C" not null,
    primary key (key_id, id)
);
create index api_requests_by_time on api_requests (at);

-- Files that were sent and wait to be taken in. The parts go once that is over.
create table uploads (
    id         text collate "C" primary key, -- up_…
    kind       text collate "C" not null,
    file_name  text not null,
    sha256     bytea not null,
    bytes      bigint not null,
    read_bytes bigint not null, -- of these, so far
    by_kind    text collate "C" not null,
    by_id      text collate "C" not null,
    state      text collate "C" not null check (state in ('waiting', 'working', 'done', 'refused', 'failed')),
    rows       bigint not null,
    added      bigint not null,
    changed    bigint not null,
    unchanged  bigint not null,
    errors     text not null, -- what is wrong, a JSON array
    more       bigint not null, -- how much more is wrong than listed
    at         timestamptz not null,
    ended_at   timestamptz
);
create index uploads_of_sender on uploads (by_kind, by_id, id);
create index uploads_by_time on uploads (at);

create table upload_parts (
    upload_id text collate "C" not null references uploads (id),
    number    integer not null,
    content   bytea not null,
    primary key (upload_id, number)
);
