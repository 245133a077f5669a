-- +goose Up

-- Published guides that were taken away from readers, and why. A version
-- published later shows the guide again.
create table guide_withdrawals (
    version_id integer primary key references guide_versions (id),
    at         timestamp not null,
    staff_id   text not null,
    name       text not null,
    reason     text not null check (reason <> '')
);

-- +goose StatementBegin
create trigger guide_withdrawals_refuse_update before update on guide_withdrawals
begin
    select raise(abort, 'guide_withdrawals is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger guide_withdrawals_refuse_delete before delete on guide_withdrawals
begin
    select raise(abort, 'guide_withdrawals is append-only: delete refused');
end;
-- +goose StatementEnd
