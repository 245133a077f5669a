-- +goose Up

-- What the acquirer chose.

create table settings (
    key        text primary key not null,
    value      text not null,
    updated_at timestamp not null,
    updated_by text not null
);

-- The policy by which deductions are judged, each version in force until the
-- next one's time.
create table policies (
    version         integer primary key check (version >= 1),
    notice_hours    integer not null check (notice_hours >= 0),
    notice_max_days integer not null check (notice_max_days >= 1),
    disclosure_days integer not null check (disclosure_days >= 0),
    in_force_from   timestamp not null unique,
    set_by          text not null
);
