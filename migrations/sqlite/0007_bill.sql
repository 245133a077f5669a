-- +goose Up

-- The merchant's bill, judged: one row for each deduction and for each fee
-- column of a settlement. Every page reads this; it can be made again from the
-- tables it comes from.

create table bill_lines (
    merchant_id    integer not null,
    id             text not null, -- the deduction's, or the settlement's with -card, -qr, -payout or -other
    terminal_id    integer not null,
    kind           text not null check (kind in ('deduction', 'card', 'qr', 'payout', 'other')),
    item           text not null,
    plan_id        integer,
    method         text check (method in ('credit', 'debit', 'card', 'qr')),
    at             timestamp not null,
    on_date        text not null,
    seq            integer not null,
    amount_fen     integer not null,
    refunded_fen   integer not null default 0,
    sale_fen       integer,
    sale_count     integer,
    state          text not null,
    origin         text not null,
    order_ref      text,
    settlement_ref text,
    period_from    text,
    decision       text not null check (decision in ('allow', 'hold', 'deny')),
    reasons        text not null, -- codes, joined by spaces
    expected_fen   integer not null,
    version        integer,
    cycle_index    integer,
    cycle_from     text,
    cycle_to       text,
    settles        boolean not null, -- its cycle is settled by it
    judged_at      timestamp not null,
    rules          text not null, -- the version of the rules that judged it
    primary key (merchant_id, id)
);
create index bill_lines_of_merchant on bill_lines (merchant_id, at desc, id desc);
create index bill_lines_of_terminal on bill_lines (terminal_id, at desc, id desc);
create index bill_lines_not_allowed on bill_lines (merchant_id, at desc, id desc) where decision <> 'allow';

-- Terminals whose lines have to be judged again, from which day on.
create table judge_pending (
    terminal_id integer primary key references terminals (id),
    since       text not null
);
