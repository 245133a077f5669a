-- +goose Up

-- What a merchant says was never agreed: an acceptance that an agent entered.
create table acceptance_denials (
    acceptance_id integer primary key, -- of acceptances, from which nothing is removed
    merchant_id   integer not null references merchants (id),
    denied_on     text not null,
    denied_by     text not null,
    recorded_at   timestamp not null
);
create index acceptance_denials_of_merchant on acceptance_denials (merchant_id);

-- +goose StatementBegin
create trigger acceptance_denials_refuse_update before update on acceptance_denials
begin
    select raise(abort, 'acceptance_denials is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acceptance_denials_refuse_delete before delete on acceptance_denials
begin
    select raise(abort, 'acceptance_denials is append-only: delete refused');
end;
-- +goose StatementEnd

-- What a statement asks of the bill: what a settlement's other fees were for,
-- and what was given back. Both are few, however many sales lie between them.
create index bill_lines_of_other_fees on bill_lines (merchant_id, settlement_ref)
    where kind = 'deduction' and settlement_ref is not null and item not in ('transaction', 'withdrawal');
create index bill_lines_returned on bill_lines (merchant_id, at) where state = 'refunded' or refunded_fen > 0;
