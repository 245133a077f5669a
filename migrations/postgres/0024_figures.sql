-- +goose Up

-- The figures of a quarter that everybody may read: ordered by one person,
-- worked out once, released by another. Each is only ever added; a correction is
-- another edition beside the one it corrects.

create table figure_orders (
    id         text collate "C" primary key, -- fg_…
    quarter    text collate "C" not null,    -- such as 2026-Q3
    reason     jsonb not null,    -- of a correction, a text for each language
    staff_id   text collate "C" not null,
    staff_name text not null,
    at         timestamptz not null
);
create index figure_orders_of_quarter on figure_orders (quarter, id);

create table figure_editions (
    order_id    text collate "C" primary key references figure_orders (id),
    quarter     text collate "C" not null,
    number      integer not null check (number >= 1), -- of the quarter
    figures     text not null, -- as they are shown, small numbers held back
    hash        text collate "C" not null,  -- SHA-256 of figures, in hexadecimal
    reckoned    text not null, -- as they were counted; for staff alone
    reckoned_at timestamptz not null,
    unique (quarter, number)
);

create table figure_releases (
    order_id   text collate "C" primary key references figure_editions (order_id),
    hash       text collate "C" not null, -- of what was released
    staff_id   text collate "C" not null,
    staff_name text not null,
    at         timestamptz not null
);

-- Packs of evidence that were handed out.
create table evidence_exports (
    id            text collate "C" primary key, -- ev_…
    kind          text collate "C" not null check (kind in ('disclosure')),
    subject       text collate "C" not null, -- slug and version of a disclosure, as fees/2
    manifest_hash text collate "C" not null, -- SHA-256 of manifest.json, in hexadecimal
    files         integer not null check (files >= 1),
    bytes         bigint not null check (bytes >= 1), -- of the archive
    staff_id      text collate "C" not null,
    staff_name    text not null,
    at            timestamptz not null
);
create index evidence_exports_of_subject on evidence_exports (kind, subject, id);

-- Who had figures worked out can't release them, whatever their roles.
-- +goose StatementBegin
create function refuse_own_figures() returns trigger language plpgsql as $$
begin
    if exists (select 1 from figure_orders o where o.id = new.order_id and o.staff_id = new.staff_id) then
        raise exception 'figures are released by another person' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
-- +goose StatementEnd

create trigger figure_releases_need_another before insert on figure_releases
    for each row execute function refuse_own_figures();

create trigger figure_orders_are_kept before update or delete on figure_orders
    for each row execute function refuse_change();
create trigger figure_orders_stay before truncate on figure_orders
    for each statement execute function refuse_change();
create trigger figure_editions_are_kept before update or delete on figure_editions
    for each row execute function refuse_change();
create trigger figure_editions_stay before truncate on figure_editions
    for each statement execute function refuse_change();
create trigger figure_releases_are_kept before update or delete on figure_releases
    for each row execute function refuse_change();
create trigger figure_releases_stay before truncate on figure_releases
    for each statement execute function refuse_change();
create trigger evidence_exports_are_kept before update or delete on evidence_exports
    for each row execute function refuse_change();
create trigger evidence_exports_stay before truncate on evidence_exports
    for each statement execute function refuse_change();
