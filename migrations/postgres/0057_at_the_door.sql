-- +goose Up

-- Staff's browsers are known again, as merchants' are: one in which a person has
-- shown a second factor does not wait for what strangers try at their name.
alter table staff_sessions add column device_hash bytea;
