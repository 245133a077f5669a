-- +goose Up

-- Links by which a calendar program reads what is to be charged. The link itself
-- is not kept.
create table calendar_feeds (
    id           text collate "C" primary key not null, -- cf_…
    merchant_id  bigint not null references merchants (id),
    token_hash   bytea not null unique, -- SHA-256 of what the link ends in
    locale       text not null check (locale in ('zh-CN', 'en')),
    created_at   timestamptz not null,
    created_by   text not null,
    last_used_at timestamptz,
    ended_at     timestamptz
);
create unique index calendar_feeds_of_merchant on calendar_feeds (merchant_id) where ended_at is null;

-- Deductions written out for somebody who is to believe them: the words as they
-- were handed out, with a code by which anyone may check them.
create table deduction_receipts (
    code         text collate "C" primary key not null,
    merchant_id  bigint not null references merchants (id),
    line_id      text collate "C" not null,
    on_date      date not null, -- of the deduction
    item         text not null,
    locale       text not null check (locale in ('zh-CN', 'en')),
    body         text not null,
    content_hash text not null, -- SHA-256 of the body, in hexadecimal
    made_at      timestamptz not null,
    made_by      text not null,
    unique (merchant_id, line_id, locale, content_hash)
);

-- What lies in the portal and nobody has read.
create index messages_unread on messages (merchant_id) where channel = 'inbox' and read_at is null;

-- What was sent to a merchant and belongs to no letter.
create index messages_alone on messages (merchant_id, created_at desc, id desc) where letter_id is null and merchant_id is not null;
