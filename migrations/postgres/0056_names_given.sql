-- +goose Up

-- How a merchant's people call somebody whom they asked in or whom it was handed to.
-- It is not theirs to use elsewhere; empty: they are called as they call themselves.
alter table memberships add column name text not null default '';
