-- +goose Up

-- All that is kept about a merchant, as a file that its owners asked for. What is
-- in it lies in the store of files, in parts, until it is removed.
create table data_exports (
    id            text collate "C" primary key not null, -- dx_…
    merchant_id   bigint not null references merchants (id),
    user_id       text collate "C" not null, -- who asked
    locale        text collate "C" not null check (locale in ('zh-CN', 'en')),
    state         text collate "C" not null check (state in ('waiting', 'working', 'ready', 'failed', 'removed')),
    asked_at      timestamptz not null,
    next_at       timestamptz not null, -- one that waits is begun from then on; one at work, taken up by another
    attempt       integer not null default 0, -- how often it was begun
    failures      integer not null default 0, -- how many attempts came to nothing
    parts         integer not null default 0, -- that the latest attempt has put into the store, or is about to
    files         integer,
    bytes         bigint,
    manifest_hash text collate "C", -- SHA-256 of manifest.json, in hexadecimal
    ended_at      timestamptz, -- made, or given up
    until_at      timestamptz, -- it can be fetched before
    check ((state in ('waiting', 'working')) = (ended_at is null))
);
create unique index data_exports_under_way on data_exports (merchant_id) where state in ('waiting', 'working');
create index data_exports_of_merchant on data_exports (merchant_id, asked_at desc, id desc);
create index data_exports_to_make on data_exports (next_at, id) where state in ('waiting', 'working');
create index data_exports_to_remove on data_exports (until_at) where state = 'ready';
