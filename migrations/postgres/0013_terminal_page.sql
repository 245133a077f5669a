-- +goose Up

-- What a terminal's page adds up, read from the index alone.
drop index bill_months_of_terminal;
create index bill_months_of_terminal on bill_months (terminal_id, month) include (amount_fen);

-- What of a terminal is not as agreed, however many sales lie between.
create index bill_lines_not_allowed_of_terminal on bill_lines (terminal_id, at) where decision <> 'allow';
