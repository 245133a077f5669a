-- +goose Up

-- Every mark is taken from terminals in the statement that makes it, and no
-- terminal is ever deleted: looking for each was work for nothing.
create table marks (
    terminal_id integer primary key,
    since       text not null
);
insert into marks select terminal_id, since from judge_pending;
drop table judge_pending;
alter table marks rename to judge_pending;
