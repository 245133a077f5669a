-- +goose Up

-- Other systems name a deduction by its number alone, ours or theirs, and not by
-- its merchant.
create index deductions_by_id on deductions (id);

-- How much one key may ask.
alter table api_keys add column per_minute integer not null default 60000 check (per_minute >= 1); -- requests, of one server

-- Up to where other systems have read the events: who asks for what comes after
-- one has that one, and all before it.
create table api_event_readers (
    key_id text collate "C" primary key,
    place  bigint not null, -- of the last event that it has
    at     timestamptz not null
);
create index api_events_of_refunds on api_events (subject) where kind = 'refund.approved';

-- What the gate reads of a terminal, in one piece: enrolments with their
-- acceptances, charges, notices and disputes of all items. It is written when the
-- terminal is judged. It counts while nothing has changed since: enrolments,
-- acceptances, notices, disputes and the merchant's end count terminal_sheets'
-- changes up, in the same transaction, and whatever changes a deduction has the
-- terminal wait in judge_pending.
create table terminal_asks (
    terminal_id bigint primary key,
    merchant_id bigint not null,
    changes     bigint not null, -- terminal_sheets' when it was read
    facts       bytea not null
) with (fillfactor = 70);
alter table terminal_asks alter column facts set storage main; -- beside its key where it can be

-- +goose StatementBegin
create function count_sheet_changes() returns trigger language plpgsql as $$
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    select distinct merchant_id, terminal_id, 1 from changed order by 1, 2
    on conflict (merchant_id, terminal_id) do update set changes = terminal_sheets.changes + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger disputes_count_changes after insert on disputes
    referencing new table as changed for each statement execute function count_sheet_changes();
create trigger dispute_changes_count_changes after update on disputes
    referencing new table as changed for each statement execute function count_sheet_changes();
create trigger dispute_removals_count_changes after delete on disputes
    referencing old table as changed for each statement execute function count_sheet_changes();
create trigger plan_charge_removals_count_changes after delete on plan_charges
    referencing old table as changed for each statement execute function count_sheet_changes();
create trigger acceptance_removals_drop_sheets after delete on acceptances
    referencing old table as changed for each statement execute function drop_sheets_of_acceptances();
