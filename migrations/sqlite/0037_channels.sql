-- +goose Up

-- How messages leave the house, each part with every version that it had. The
-- latest is in force.
create table channel_settings (
    part    text not null check (part in ('email', 'hook', 'aliyun', 'wechat', 'order')),
    version integer not null check (version >= 1),
    value   text not null, -- without secrets
    sealed  blob, -- its secrets, closed with a key that is not in the database; absent: none
    changed text not null, -- fields that are not as in the version before, joined by spaces
    set_at  timestamp not null,
    set_by  text not null,
    primary key (part, version)
);

create index messages_failed on messages (channel, failed_at desc, id desc) where failed_at is not null;

-- +goose StatementBegin
create trigger channel_settings_refuse_update before update on channel_settings
begin
    select raise(abort, 'channel_settings is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger channel_settings_refuse_delete before delete on channel_settings
begin
    select raise(abort, 'channel_settings is append-only: delete refused');
end;
-- +goose StatementEnd
