-- +goose Up

-- The merchant's bill, judged: one row for each deduction and for each fee
-- column of a settlement. Every page reads this; it can be made again from the
-- tables it comes from.

create table bill_lines (
    merchant_id    bigint not null,
    id             text collate "C" not null, -- the deduction's, or the settlement's with -card, -qr, -payout or -other
    terminal_id    bigint not null,
    kind           text not null check (kind in ('deduction', 'card', 'qr', 'payout', 'other')),
    item           text not null,
    plan_id        bigint,
    method         text check (method in ('credit', 'debit', 'card', 'qr')),
    at             timestamptz not null,
    on_date        date not null,
    seq            bigint not null,
    amount_fen     bigint not null,
    refunded_fen   bigint not null default 0,
    sale_fen       bigint,
    sale_count     bigint,
    state          text not null,
    origin         text not null,
    order_ref      text collate "C",
    settlement_ref text collate "C",
    period_from    date,
    decision       text not null check (decision in ('allow', 'hold', 'deny')),
    reasons        text collate "C" not null, -- codes, joined by spaces
    expected_fen   bigint not null,
    version        integer,
    cycle_index    integer,
    cycle_from     date,
    cycle_to       date,
    settles        boolean not null, -- its cycle is settled by it
    judged_at      timestamptz not null,
    rules          text not null, -- the version of the rules that judged it
    primary key (merchant_id, id)
);
create index bill_lines_of_merchant on bill_lines (merchant_id, at desc, id desc)
    include (terminal_id, kind, item, plan_id, method, amount_fen, refunded_fen, state, decision, reasons, cycle_from, cycle_to, settlement_ref);
create index bill_lines_of_terminal on bill_lines (terminal_id, at desc, id desc)
    include (merchant_id, kind, item, plan_id, method, amount_fen, refunded_fen, state, decision, reasons, cycle_from, cycle_to, settlement_ref);
create index bill_lines_not_allowed on bill_lines (merchant_id, at desc, id desc) where decision <> 'allow';

-- The few lines of a fee that has cycles, however many sales lie between them.
create index bill_lines_of_cycles on bill_lines (terminal_id, at) where cycle_index is not null;

-- What each fee of a terminal came to in a month: added up when the lines are
-- judged, so that a month or a year costs a page a few rows.
create table bill_months (
    merchant_id  bigint not null,
    terminal_id  bigint not null,
    month        date not null, -- its first day
    kind         text not null,
    item         text not null,
    plan_id      bigint not null default 0, -- 0: no plan
    lines        bigint not null,
    not_allowed  bigint not null, -- lines whose decision is not allow
    amount_fen   bigint not null, -- taken and not given back
    expected_fen bigint not null,
    sale_fen     bigint not null,
    sale_count   bigint not null,
    primary key (merchant_id, month, terminal_id, kind, item, plan_id)
);
create index bill_months_of_terminal on bill_months (terminal_id, month);

-- Terminals whose lines have to be judged again, from which day on.
create table judge_pending (
    terminal_id bigint primary key references terminals (id),
    since       date not null
);
