-- +goose Up

-- Published guides that were taken away from readers, and why. A version
-- published later shows the guide again.
create table guide_withdrawals (
    version_id bigint primary key references guide_versions (id),
    at         timestamptz not null,
    staff_id   text collate "C" not null,
    name       text not null,
    reason     text not null check (reason <> '')
);
create trigger guide_withdrawals_are_kept before update or delete on guide_withdrawals
    for each row execute function refuse_change();
create trigger guide_withdrawals_stay before truncate on guide_withdrawals
    for each statement execute function refuse_change();
