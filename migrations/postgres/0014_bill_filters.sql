-- +goose Up

-- What a filter of the bill lets through, however many lines lie between: those
-- that came to nothing or can't be checked, those of a fee that is not for sales,
-- and those of an amount. Queries repeat the conditions word for word.
create index bill_lines_not_taken on bill_lines (merchant_id, at desc, id desc) where state not in ('posted', 'authorized', 'refunded');
create index bill_lines_unchecked on bill_lines (merchant_id, at desc, id desc) where reasons like '%not_itemised%';
create index bill_lines_beside_sales on bill_lines (merchant_id, item, at desc, id desc) where item <> 'transaction';
create index bill_lines_of_amount on bill_lines (merchant_id, amount_fen);
