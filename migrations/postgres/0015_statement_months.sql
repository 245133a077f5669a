-- +goose Up

-- What statements add up, a few rows a terminal and month however many days and
-- sales there were. Both are made with the bill, when a terminal is judged.

-- What a terminal's settlements of a month come to.
create table settled_months (
    merchant_id    bigint not null,
    terminal_id    bigint not null,
    month          date not null, -- its first day
    settlements    bigint not null,
    card_count     bigint not null,
    card_fen       bigint not null,
    card_fee_fen   bigint not null,
    qr_count       bigint not null,
    qr_fen         bigint not null,
    qr_fee_fen     bigint not null,
    payout_count   bigint not null,
    payout_fee_fen bigint not null,
    other_fee_fen  bigint not null,
    paid_out_fen   bigint not null,
    gaps           bigint not null, -- settlements that do not add up
    gap_fen        bigint not null, -- their differences together
    primary key (merchant_id, month, terminal_id)
);
create index settled_months_of_terminal on settled_months (terminal_id, month);

-- What a terminal's sales of a month were charged, by the price that was in force.
create table charged_months (
    merchant_id  bigint not null,
    terminal_id  bigint not null,
    month        date not null, -- its first day
    kind         text not null,
    plan_id      bigint not null, -- 0: no plan
    version      integer not null, -- 0: none was in force
    expected_fen bigint not null,
    sale_fen     bigint not null,
    sale_count   bigint not null,
    unstated     bigint not null, -- charges that do not say their sale
    primary key (merchant_id, month, terminal_id, kind, plan_id, version)
);
create index charged_months_of_terminal on charged_months (terminal_id, month);

insert into settled_months (merchant_id, terminal_id, month, settlements, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen,
    payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, gaps, gap_fen)
select merchant_id, terminal_id, cast(date_trunc('month', settled_on) as date), count(*), sum(card_count), sum(card_fen), sum(card_fee_fen), sum(qr_count), sum(qr_fen), sum(qr_fee_fen),
    sum(payout_count), sum(payout_fee_fen), sum(other_fee_fen), sum(paid_out_fen),
    count(case when paid_out_fen - (card_fen + qr_fen - card_fee_fen - qr_fee_fen - payout_fee_fen - other_fee_fen) <> 0 then 1 end),
    sum(paid_out_fen - (card_fen + qr_fen - card_fee_fen - qr_fee_fen - payout_fee_fen - other_fee_fen))
from settlements group by 1, 2, 3;

insert into charged_months (merchant_id, terminal_id, month, kind, plan_id, version, expected_fen, sale_fen, sale_count, unstated)
select merchant_id, terminal_id, cast(date_trunc('month', on_date) as date), kind, coalesce(plan_id, 0), coalesce(version, 0), sum(expected_fen),
    sum(coalesce(sale_fen, 0)), sum(coalesce(sale_count, 1)), count(case when sale_fen is null then 1 end)
from bill_lines where item = 'transaction' and state in ('posted', 'authorized', 'refunded') group by 1, 2, 3, 4, 5, 6;

-- The few settlements that do not add up, found without looking at the others.
-- Queries repeat the condition word for word.
create index settlements_with_gaps on settlements (merchant_id, settled_on desc, id desc)
    where (paid_out_fen - (card_fen + qr_fen - card_fee_fen - qr_fee_fen - payout_fee_fen - other_fee_fen)) <> 0;
