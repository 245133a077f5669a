-- +goose Up

-- A file has one owner, and no partitions.
select 1;
