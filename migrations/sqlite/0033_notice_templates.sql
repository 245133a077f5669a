-- +goose Up

-- The words of notices where staff replaced those that come with the program: a
-- template for each kind and channel, in both languages. What was once sent by a
-- version is never altered; a change is a new one.
create table notice_templates (
    id           integer primary key autoincrement,
    kind         text not null,
    channel      text not null check (channel in ('sms', 'email', 'wechat', 'inbox')),
    version      integer not null check (version >= 1),
    state        text not null check (state in ('draft', 'in_review', 'live', 'replaced', 'discarded')),
    words        text not null,
    content_hash text not null,
    revision     integer not null check (revision >= 1),
    live_at      timestamp, -- sent from then on
    created_at   timestamp not null,
    updated_at   timestamp not null,
    unique (kind, channel, version),
    check ((state in ('live', 'replaced')) = (live_at is not null))
);
create unique index notice_templates_at_work on notice_templates (kind, channel) where state in ('draft', 'in_review');
create unique index notice_templates_live on notice_templates (kind, channel) where state = 'live';

-- +goose StatementBegin
create trigger notice_templates_refuse_update before update on notice_templates when
    old.state in ('replaced', 'discarded')
    or old.state = 'live' and (new.state <> 'replaced' or new.words <> old.words or new.content_hash <> old.content_hash)
    or new.kind <> old.kind or new.channel <> old.channel or new.version <> old.version or new.created_at <> old.created_at
    or old.live_at is not null and new.live_at is not old.live_at
begin
    select raise(abort, 'notice_templates is append-only once sent: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger notice_templates_refuse_delete before delete on notice_templates
begin
    select raise(abort, 'notice_templates is append-only: delete refused');
end;
-- +goose StatementEnd

-- What was done with a version, by whom. Whoever changed its words is an author
-- and can't be its reviewer.
create table notice_template_events (
    id          integer primary key autoincrement,
    template_id integer not null references notice_templates (id),
    at          timestamp not null,
    kind        text not null check (kind in ('created', 'changed', 'restored', 'submitted', 'sent_back', 'withdrawn', 'approved', 'discarded')),
    staff_id    text not null,
    name        text not null,
    comment     text not null
);
create index notice_template_events_of_version on notice_template_events (template_id, id);

-- +goose StatementBegin
create trigger notice_template_events_refuse_update before update on notice_template_events
begin
    select raise(abort, 'notice_template_events is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger notice_template_events_refuse_delete before delete on notice_template_events
begin
    select raise(abort, 'notice_template_events is append-only: delete refused');
end;
-- +goose StatementEnd
