-- +goose Up

-- Other systems name a deduction by its number alone, ours or theirs, and not by
-- its merchant.
create index deductions_by_id on deductions (id);

-- How much one key may ask.
alter table api_keys add column per_minute integer not null default 60000 check (per_minute >= 1); -- requests, of one server

-- Up to where other systems have read the events: who asks for what comes after
-- one has that one, and all before it.
create table api_event_readers (
    key_id text primary key not null,
    place  integer not null, -- of the last event that it has
    at     timestamp not null
);
create index api_events_of_refunds on api_events (subject) where kind = 'refund.approved';

-- What the gate reads of a terminal, in one piece: enrolments with their
-- acceptances, charges, notices and disputes of all items. It is written when the
-- terminal is judged. It counts while nothing has changed since: enrolments,
-- acceptances, notices, disputes and the merchant's end count terminal_sheets'
-- changes up, in the same transaction, and whatever changes a deduction has the
-- terminal wait in judge_pending.
create table terminal_asks (
    terminal_id integer primary key not null,
    merchant_id integer not null,
    changes     integer not null, -- terminal_sheets' when it was read
    facts       blob not null
);

-- +goose StatementBegin
create trigger disputes_count_changes after insert on disputes
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dispute_changes_count_changes after update on disputes
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dispute_removals_count_changes after delete on disputes
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (old.merchant_id, old.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plan_charge_removals_count_changes after delete on plan_charges
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (old.merchant_id, old.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acceptance_removals_drop_sheets after delete on acceptances
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    select merchant_id, terminal_id, 1 from enrolments where id = old.enrolment_id
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
