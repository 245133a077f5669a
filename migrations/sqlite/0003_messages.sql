-- +goose Up

-- The outbox: every message that is to leave the house, and what became of it.

create table messages (
    id          text primary key not null, -- m_…
    kind        text not null,
    channel     text not null check (channel in ('sms')),
    recipient   text not null,
    locale      text not null check (locale in ('zh-CN', 'en')),
    body        text not null,
    created_at  timestamp not null,
    state       text not null check (state in ('queued', 'sending', 'accepted', 'failed', 'dead')),
    attempts    integer not null default 0 check (attempts >= 0),
    next_at     timestamp not null, -- not tried again before
    last_error  text,
    provider_id text,
    accepted_at timestamp
);
create index messages_to_send on messages (state, next_at) where state in ('queued', 'sending');
create index messages_to_recipient on messages (recipient, created_at);
