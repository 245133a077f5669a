-- +goose Up

-- Which terminal pays by which plan, and what the merchant agreed to.

create table enrolments (
    id            integer primary key autoincrement,
    merchant_id   integer not null references merchants (id),
    terminal_id   integer not null references terminals (id),
    plan_id       integer not null references plans (id),
    anchor_on     text not null,
    cancelled_on  text,
    own_limit_fen integer check (own_limit_fen >= 0), -- a calendar month; 0 is a stop
    unique (terminal_id, plan_id)
);
create index enrolments_of_merchant on enrolments (merchant_id);

create table acceptances (
    id           integer primary key autoincrement,
    enrolment_id integer not null references enrolments (id),
    merchant_id  integer not null references merchants (id),
    version      integer not null check (version >= 1), -- of the plan
    accepted_on  text not null,
    accepted_by  text not null,
    via          text not null check (via in ('app', 'portal', 'paper', 'sms', 'agent')),
    recorded_at  timestamp not null,
    unique (enrolment_id, version, accepted_on, via)
);
create index acceptances_of_merchant on acceptances (merchant_id);

-- +goose StatementBegin
create trigger acceptances_refuse_update before update on acceptances
begin
    select raise(abort, 'acceptances is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger acceptances_refuse_delete before delete on acceptances
begin
    select raise(abort, 'acceptances is append-only: delete refused');
end;
-- +goose StatementEnd
