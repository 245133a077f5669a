-- +goose Up

-- What a terminal's page shows of its fees and its bill, in one piece: a read
-- model, written when the terminal is judged and made again from the tables it
-- comes from at any time. Whatever changes one of them takes the sheet away in
-- the same transaction, by the triggers below, and the page reads the tables
-- themselves until the terminal is judged again.
create table terminal_sheets (
    merchant_id integer not null,
    terminal_id integer not null,
    changes     integer not null default 0, -- how often what it comes from has changed: who writes a sheet has read this before
    sheet       blob, -- absent: what it comes from has changed since
    primary key (merchant_id, terminal_id)
);

-- +goose StatementBegin
create trigger enrolments_drop_sheets after insert on enrolments
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger enrolment_changes_drop_sheets after update on enrolments
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger enrolment_removals_drop_sheets after delete on enrolments
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (old.merchant_id, old.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger notices_drop_sheets after insert on delivered_notices
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger notice_changes_drop_sheets after update on delivered_notices
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (new.merchant_id, new.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger notice_removals_drop_sheets after delete on delivered_notices
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    values (old.merchant_id, old.terminal_id, 1)
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acceptances_drop_sheets after insert on acceptances
begin
    insert into terminal_sheets (merchant_id, terminal_id, changes)
    select merchant_id, terminal_id, 1 from enrolments where id = new.enrolment_id
    on conflict (merchant_id, terminal_id) do update set sheet = null, changes = changes + 1;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger terminals_drop_sheets after update on terminals
    when old.merchant_id <> new.merchant_id or old.shop_id <> new.shop_id or old.replaces_sn is distinct from new.replaces_sn
begin
    update terminal_sheets set sheet = null, changes = changes + 1
    where merchant_id = old.merchant_id and terminal_id = old.id;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger shops_drop_sheets after update on shops when old.name <> new.name
begin
    update terminal_sheets set sheet = null, changes = changes + 1
    where merchant_id = new.merchant_id and terminal_id in (select id from terminals where shop_id = new.id);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger merchants_drop_sheets after update on merchants when old.closed_on is distinct from new.closed_on
begin
    update terminal_sheets set sheet = null, changes = changes + 1 where merchant_id = new.id;
end;
-- +goose StatementEnd
