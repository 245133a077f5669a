-- +goose Up

-- What a terminal's page shows of its fees and its bill, in one piece: a read
-- model, written when the terminal is judged and made again from the tables it
-- comes from at any time. Whatever changes one of them takes the sheet away in
-- the same transaction, by the triggers below, and the page reads the tables
-- themselves until the terminal is judged again.
create table terminal_sheets (
    merchant_id bigint not null,
    terminal_id bigint not null,
    changes     bigint not null default 0, -- how often what it comes from has changed: who writes a sheet has read this before
    sheet       bytea, -- absent: what it comes from has changed since
    primary key (merchant_id, terminal_id)
) with (fillfactor = 70);
alter table terminal_sheets alter column sheet set storage main; -- beside its key where it can be

-- +goose StatementBegin
create function drop_sheets() returns trigger language plpgsql as $$
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    select distinct merchant_id, terminal_id, 1 from changed order by 1, 2
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = terminal_sheets.changes + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger enrolments_drop_sheets after insert on enrolments
    referencing new table as changed for each statement execute function drop_sheets();
create trigger enrolment_changes_drop_sheets after update on enrolments
    referencing new table as changed for each statement execute function drop_sheets();
create trigger enrolment_removals_drop_sheets after delete on enrolments
    referencing old table as changed for each statement execute function drop_sheets();
create trigger notices_drop_sheets after insert on delivered_notices
    referencing new table as changed for each statement execute function drop_sheets();
create trigger notice_changes_drop_sheets after update on delivered_notices
    referencing new table as changed for each statement execute function drop_sheets();
create trigger notice_removals_drop_sheets after delete on delivered_notices
    referencing old table as changed for each statement execute function drop_sheets();

-- +goose StatementBegin
create function drop_sheets_of_acceptances() returns trigger language plpgsql as $$
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    select distinct e.merchant_id, e.terminal_id, 1 from changed join enrolments e on e.id = changed.enrolment_id order by 1, 2
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = terminal_sheets.changes + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger acceptances_drop_sheets after insert on acceptances
    referencing new table as changed for each statement execute function drop_sheets_of_acceptances();

-- +goose StatementBegin
create function drop_sheet_of_terminal() returns trigger language plpgsql as $$
begin
    update terminal_sheets set sheet = null, changes = changes + 1
    where merchant_id = old.merchant_id and terminal_id = old.id;
    return null;
end
$$;
-- +goose StatementEnd
create trigger terminals_drop_sheets after update on terminals for each row
    when (old.merchant_id <> new.merchant_id or old.shop_id <> new.shop_id or old.replaces_sn is distinct from new.replaces_sn)
    execute function drop_sheet_of_terminal();

-- +goose StatementBegin
create function drop_sheets_of_shop() returns trigger language plpgsql as $$
begin
    update terminal_sheets s set sheet = null, changes = s.changes + 1
    from terminals t where t.shop_id = new.id and s.merchant_id = t.merchant_id and s.terminal_id = t.id;
    return null;
end
$$;
-- +goose StatementEnd
create trigger shops_drop_sheets after update on shops for each row
    when (old.name <> new.name) execute function drop_sheets_of_shop();

-- +goose StatementBegin
create function drop_sheets_of_merchant() returns trigger language plpgsql as $$
begin
    update terminal_sheets set sheet = null, changes = changes + 1 where merchant_id = new.id;
    return null;
end
$$;
-- +goose StatementEnd
create trigger merchants_drop_sheets after update on merchants for each row
    when (old.closed_on is distinct from new.closed_on) execute function drop_sheets_of_merchant();
