-- +goose Up

-- What of a terminal is not as agreed, however many sales lie between.
create index bill_lines_not_allowed_of_terminal on bill_lines (terminal_id, at) where decision <> 'allow';
