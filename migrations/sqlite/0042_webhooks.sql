-- +goose Up

-- What other systems are told. Who writes an event does so in the transaction of
-- what happened, and knows nothing of others who write at the same time; its
-- place in the order that readers see is given once it is committed, by one
-- process at a time.
create table api_events (
    number       integer primary key autoincrement, -- in the order of writing
    id           text not null unique, -- ev_…
    kind         text not null,
    subject      text not null, -- what it is about: an id or a number
    at           timestamp not null, -- when it happened
    merchant     integer not null, -- ids of what it is about; 0: none
    terminal     integer not null,
    plan         integer not null,
    data         text not null, -- what else is told, a JSON object
    only_for     text, -- the one endpoint that it is for; absent: for all
    place        integer -- in the order of readers, from 1; absent: not given yet
);
create unique index api_events_in_order on api_events (place) where place is not null;
create index api_events_without_place on api_events (number) where place is null;
create index api_events_by_time on api_events (at);

-- The last place that was given: one row, which whoever gives places holds.
create table api_event_places (
    name text not null primary key,
    last integer not null
);
insert into api_event_places (name, last) values ('events', 0);

-- Where other systems want to be told.
create table webhook_endpoints (
    id            text not null primary key, -- we_…
    url           text not null,
    description   text not null,
    kinds         text not null, -- words with a space between; empty: all
    created_at    timestamp not null,
    created_by    text not null,
    disabled_at   timestamp, -- absent: it is told
    disabled_why  text not null check (disabled_why in ('', 'staff', 'gone', 'failing')),
    failing_since timestamp, -- nothing arrived since; absent: the last that was sent did
    rests_until   timestamp, -- nothing is sent before; absent: at once
    taken_until   timestamp  -- a process sends to it; absent: none does
);

-- The secrets with which messages to an endpoint are signed, closed with a key
-- that is not in the database. While a new one takes over, two of them count.
create table webhook_secrets (
    id          text not null primary key, -- wk_…
    endpoint_id text not null references webhook_endpoints (id),
    sealed      blob not null,
    created_at  timestamp not null,
    ends_at     timestamp -- from when on it counts no more
);
create index webhook_secrets_of_endpoint on webhook_secrets (endpoint_id, created_at);

-- What became of an event at an endpoint.
create table webhook_deliveries (
    endpoint_id text not null references webhook_endpoints (id),
    place       integer not null, -- of the event
    state       text not null check (state in ('waiting', 'delivered', 'dead')),
    attempts    integer not null,
    queued_at   timestamp not null, -- it is tried since then
    next_at     timestamp not null, -- of one that waits
    tried_at    timestamp, -- the last time
    status      integer not null, -- of the last answer; 0: there was none
    problem     text not null, -- what was wrong with the last try; empty: nothing
    primary key (endpoint_id, place)
);
create index webhook_deliveries_waiting on webhook_deliveries (endpoint_id, place) where state = 'waiting';
create index webhook_deliveries_dead on webhook_deliveries (endpoint_id, place) where state = 'dead';

-- How much of a refund the core system has said that it gave back.
alter table refund_proposals add column paid_fen integer not null default 0;
update refund_proposals set paid_fen = amount_fen where state = 'paid';
create index refund_proposals_to_pay on refund_proposals (line_id) where state in ('approved', 'sent');
