-- +goose Up

-- What was taken from a merchant, and the days it was settled in. PostgreSQL
-- splits both by calendar month in Shanghai; uniqueness of references, which a
-- split table can't hold, lives in claim tables beside them.

create table deductions (
    id             text not null, -- d_…
    merchant_id    integer not null,
    terminal_id    integer not null,
    plan_id        integer, -- absent where the terminal has no enrolment of the item
    item           text not null check (item in ('sim_data', 'device_deposit', 'activation', 'service', 'transaction', 'withdrawal', 'insurance', 'overage')),
    ref            text not null,
    amount_fen     integer not null,
    at             timestamp not null,
    period_from    text,
    state          text not null check (state in ('authorized', 'posted', 'reversed', 'refunded', 'waived')),
    origin         text not null check (origin in ('core', 'agent', 'import')),
    sale_fen       integer,
    settlement_ref text,
    order_ref      text,
    seq            integer not null, -- order of arrival: microseconds since 1970 when it came, plus its row in its file
    recorded_at    timestamp not null,
    primary key (merchant_id, id, at)
);
create index deductions_of_terminal on deductions (terminal_id, at, seq);

create table deduction_refs (
    ref          text primary key not null,
    deduction_id text not null,
    at           timestamp not null,
    digest       blob not null -- of the row's values: the same row again is no news, another under its name is refused
);

create table settlements (
    id             text not null, -- s_…
    merchant_id    integer not null,
    terminal_id    integer not null,
    ref            text not null,
    settled_on     text not null,
    card_count     integer not null check (card_count >= 0),
    card_fen       integer not null,
    card_fee_fen   integer not null,
    qr_count       integer not null check (qr_count >= 0),
    qr_fen         integer not null,
    qr_fee_fen     integer not null,
    payout_count   integer not null check (payout_count >= 0),
    payout_fee_fen integer not null,
    other_fee_fen  integer not null,
    paid_out_fen   integer not null,
    recorded_at    timestamp not null,
    primary key (merchant_id, id, settled_on)
);
create index settlements_of_terminal on settlements (terminal_id, settled_on);
create index settlements_of_merchant on settlements (merchant_id, settled_on);

create table settlement_refs (
    ref           text primary key not null,
    settlement_id text not null,
    settled_on    text not null,
    digest        blob not null
);

-- Announcements that reached the merchant, as handed over by whoever sent them.
create table delivered_notices (
    id           integer primary key autoincrement,
    merchant_id  integer not null references merchants (id),
    terminal_id  integer not null references terminals (id),
    item         text not null,
    plan_id      integer not null references plans (id),
    period_from  text not null,
    amount_fen   integer not null,
    channel      text not null,
    delivered_at timestamp not null,
    recorded_at  timestamp not null,
    unique (terminal_id, plan_id, period_from, channel, delivered_at)
);
create index delivered_notices_of_merchant on delivered_notices (merchant_id);

-- Open questions about a fee, as handed over by the complaints.
create table disputes (
    id          text primary key not null,
    merchant_id integer not null references merchants (id),
    terminal_id integer not null references terminals (id),
    item        text not null,
    cycle       integer, -- absent: the item as a whole
    opened_at   timestamp not null,
    closed_at   timestamp check (closed_at >= opened_at)
);
create index disputes_of_terminal on disputes (terminal_id, item);
create index disputes_of_merchant on disputes (merchant_id);
