-- +goose Up

-- What a merchant says was never agreed: an acceptance that an agent entered.
create table acceptance_denials (
    acceptance_id bigint primary key, -- of acceptances, from which nothing is removed
    merchant_id   bigint not null references merchants (id),
    denied_on     date not null,
    denied_by     text not null,
    recorded_at   timestamptz not null
);
create index acceptance_denials_of_merchant on acceptance_denials (merchant_id);

create trigger acceptance_denials_are_kept before update or delete on acceptance_denials
    for each row execute function refuse_change();
create trigger acceptance_denials_stay before truncate on acceptance_denials
    for each statement execute function refuse_change();

-- What a statement asks of the bill: what a settlement's other fees were for,
-- and what was given back. Both are few, however many sales lie between them.
create index bill_lines_of_other_fees on bill_lines (merchant_id, settlement_ref)
    where kind = 'deduction' and settlement_ref is not null and item not in ('transaction', 'withdrawal');
create index bill_lines_returned on bill_lines (merchant_id, at) where state = 'refunded' or refunded_fen > 0;
