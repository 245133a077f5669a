-- +goose Up

-- The figures of a quarter that everybody may read: ordered by one person,
-- worked out once, released by another. Each is only ever added; a correction is
-- another edition beside the one it corrects.

create table figure_orders (
    id         text not null primary key, -- fg_…
    quarter    text not null,    -- such as 2026-Q3
    reason     text not null,    -- of a correction, a text for each language
    staff_id   text not null,
    staff_name text not null,
    at         timestamp not null
);
create index figure_orders_of_quarter on figure_orders (quarter, id);

create table figure_editions (
    order_id    text not null primary key references figure_orders (id),
    quarter     text not null,
    number      integer not null check (number >= 1), -- of the quarter
    figures     text not null, -- as they are shown, small numbers held back
    hash        text not null,  -- SHA-256 of figures, in hexadecimal
    reckoned    text not null, -- as they were counted; for staff alone
    reckoned_at timestamp not null,
    unique (quarter, number)
);

create table figure_releases (
    order_id   text not null primary key references figure_editions (order_id),
    hash       text not null, -- of what was released
    staff_id   text not null,
    staff_name text not null,
    at         timestamp not null
);

-- Packs of evidence that were handed out.
create table evidence_exports (
    id            text not null primary key, -- ev_…
    kind          text not null check (kind in ('disclosure')),
    subject       text not null, -- slug and version of a disclosure, as fees/2
    manifest_hash text not null, -- SHA-256 of manifest.json, in hexadecimal
    files         integer not null check (files >= 1),
    bytes         integer not null check (bytes >= 1), -- of the archive
    staff_id      text not null,
    staff_name    text not null,
    at            timestamp not null
);
create index evidence_exports_of_subject on evidence_exports (kind, subject, id);

-- Who had figures worked out can't release them, whatever their roles.
-- +goose StatementBegin
create trigger figure_releases_need_another before insert on figure_releases
when exists (select 1 from figure_orders o where o.id = new.order_id and o.staff_id = new.staff_id)
begin
    select raise(abort, 'figures are released by another person');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_orders_refuse_update before update on figure_orders
begin
    select raise(abort, 'figure_orders is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_orders_refuse_delete before delete on figure_orders
begin
    select raise(abort, 'figure_orders is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_editions_refuse_update before update on figure_editions
begin
    select raise(abort, 'figure_editions is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_editions_refuse_delete before delete on figure_editions
begin
    select raise(abort, 'figure_editions is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_releases_refuse_update before update on figure_releases
begin
    select raise(abort, 'figure_releases is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger figure_releases_refuse_delete before delete on figure_releases
begin
    select raise(abort, 'figure_releases is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger evidence_exports_refuse_update before update on evidence_exports
begin
    select raise(abort, 'evidence_exports is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger evidence_exports_refuse_delete before delete on evidence_exports
begin
    select raise(abort, 'evidence_exports is append-only: delete refused');
end;
-- +goose StatementEnd
