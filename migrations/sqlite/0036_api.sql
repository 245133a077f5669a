-- +goose Up

-- Keys of other systems. Of a key's secrets only the hashes are kept; while a
-- new one takes over, two of them count.
create table api_keys (
    id           text not null primary key, -- k_…
    name         text not null,
    scopes       text not null, -- words with a space between
    networks     text not null, -- CIDR with a space between; empty: from anywhere
    created_at   timestamp not null,
    created_by   text not null,
    revoked_at   timestamp,
    last_used_at timestamp -- to the minute
);

create table api_key_secrets (
    hash       blob not null primary key, -- SHA-256 of the secret
    key_id     text not null references api_keys (id),
    hint       text not null, -- how the secret begins
    created_at timestamp not null,
    ends_at    timestamp -- from when on it counts no more
);
create index api_key_secrets_of_key on api_key_secrets (key_id, created_at);

-- The first answer to each request that bore an idempotency key.
create table api_answers (
    key_id          text not null references api_keys (id),
    idempotency_key text not null,
    fingerprint     blob not null, -- SHA-256 of method, address and body
    status          integer not null,
    location        text not null,
    body            text not null,
    at              timestamp not null,
    primary key (key_id, idempotency_key)
);
create index api_answers_by_time on api_answers (at);

-- What was asked and answered, for those who build against the API: no bodies
-- and nothing personal.
create table api_requests (
    key_id     text not null references api_keys (id),
    id         text not null, -- rq_…
    at         timestamp not null,
    method     text not null,
    route      text not null,
    status     integer not null,
    took_us    integer not null,
    problem    text not null, -- its code; empty: none
    request_id text not null,
    primary key (key_id, id)
);
create index api_requests_by_time on api_requests (at);

-- Files that were sent and wait to be taken in. The parts go once that is over.
create table uploads (
    id         text not null primary key, -- up_…
    kind       text not null,
    file_name  text not null,
    sha256     blob not null,
    bytes      integer not null,
    read_bytes integer not null, -- of these, so far
    by_kind    text not null,
    by_id      text not null,
    state      text not null check (state in ('waiting', 'working', 'done', 'refused', 'failed')),
    rows       integer not null,
    added      integer not null,
    changed    integer not null,
    unchanged  integer not null,
    errors     text not null, -- what is wrong, a JSON array
    more       integer not null, -- how much more is wrong than listed
    at         timestamp not null,
    ended_at   timestamp
);
create index uploads_of_sender on uploads (by_kind, by_id, id);
create index uploads_by_time on uploads (at);

create table upload_parts (
    upload_id text not null references uploads (id),
    number    integer not null,
    content   blob not null,
    primary key (upload_id, number)
);
