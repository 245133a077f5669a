-- +goose Up

-- Each mark locked its terminal's row and wrote that down, twice the work of the
-- mark itself. Every mark is taken from terminals in the statement that makes it,
-- and no terminal is ever deleted.
alter table judge_pending drop constraint judge_pending_terminal_id_fkey;
