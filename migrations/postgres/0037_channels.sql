-- +goose Up

-- How messages leave the house, each part with every version that it had. The
-- latest is in force.
create table channel_settings (
    part    text collate "C" not null check (part in ('email', 'hook', 'aliyun', 'wechat', 'order')),
    version integer not null check (version >= 1),
    value   jsonb not null, -- without secrets
    sealed  bytea, -- its secrets, closed with a key that is not in the database; absent: none
    changed text collate "C" not null, -- fields that are not as in the version before, joined by spaces
    set_at  timestamptz not null,
    set_by  text collate "C" not null,
    primary key (part, version)
);
create trigger channel_settings_are_kept before update or delete on channel_settings
    for each row execute function refuse_change();
create trigger channel_settings_stay before truncate on channel_settings
    for each statement execute function refuse_change();

create index messages_failed on messages (channel, failed_at desc, id desc) where failed_at is not null;
