-- +goose Up

-- Merchants, their shops and terminals, as the acquirer's core system knows them.

create table merchants (
    id         integer primary key autoincrement,
    ref        text not null unique, -- the core system's number
    name       text not null check (name <> ''),
    contact    text not null,
    phone      text not null,
    email      text not null,
    opened_on  text not null,
    closed_on  text check (closed_on >= opened_on),
    updated_at timestamp not null
);

create table shops (
    id          integer primary key autoincrement,
    merchant_id integer not null references merchants (id),
    name        text not null check (name <> ''),
    unique (merchant_id, name)
);

create table terminals (
    id               integer primary key autoincrement,
    merchant_id      integer not null references merchants (id),
    shop_id          integer not null references shops (id),
    sn               text not null unique,
    alias            text not null,
    own_alias        text check (own_alias <> ''), -- the merchant's own name for it
    model            text not null,
    type             text not null,
    activated_on     text,
    inactive_from    text,
    inactive_reason  text check (inactive_reason in ('returned', 'lost', 'unbound', 'broken')),
    reported_gone_on text, -- by the merchant; there as long as staff have not answered
    iccid            text not null,
    carrier          text not null,
    replaces_sn      text,
    agent_ref        text not null,
    updated_at       timestamp not null
);
create index terminals_of_merchant on terminals (merchant_id, sn);
create index terminals_of_shop on terminals (shop_id);

-- What a terminal's SIM used on a day.
create table sim_usage (
    merchant_id  integer not null,
    terminal_id  integer not null,
    used_on      text not null,
    used_mb      integer not null check (used_mb >= 0),
    allowance_mb integer check (allowance_mb >= 0),
    balance_fen  integer,
    primary key (merchant_id, terminal_id, used_on),
    unique (terminal_id, used_on)
);
