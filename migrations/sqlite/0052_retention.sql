-- +goose Up

-- For how long what is kept stays, and what was removed once that was over.

-- Terms, as somebody proposed them and somebody else put them in force. What
-- holds lies in settings.
create table retention_proposals (
    number        integer primary key not null, -- 1, 2, …
    value         text not null, -- the terms, a JSON object
    was           text not null, -- what held when it was proposed
    reason        text not null,
    state         text not null check (state in ('open', 'on', 'withdrawn')),
    proposed_at   timestamp not null,
    proposed_by   text not null,
    proposed_name text not null,
    ended_at      timestamp, -- put in force or withdrawn
    ended_by      text,
    ended_name    text
);
create unique index retention_proposals_open on retention_proposals (state) where state = 'open';

-- Each time that what is over was removed.
create table retention_runs (
    id      text primary key not null, -- rt_…
    at      timestamp not null,
    done_at timestamp, -- absent: under way, or broken off
    removed integer not null default 0
);

create table retention_counts (
    run_id  text not null references retention_runs (id),
    rule    text not null,
    before  text not null, -- the first day of which nothing is over yet
    removed integer not null, -- rows
    months  integer not null, -- partitions that went at once
    coming  integer not null, -- rows that will be over in the next thirty days
    primary key (run_id, rule)
);

-- Accounts that somebody closed: of one person, or of a merchant with all who see
-- it. Until its time it can be had back.
create table closings (
    id          text primary key not null, -- cl_…
    kind        text not null check (kind in ('user', 'merchant')),
    user_id     text not null references users (id), -- who closed it
    merchant_id integer references merchants (id), -- of a merchant's
    at          timestamp not null,
    erase_at    timestamp not null, -- from then on for good
    warned_at   timestamp, -- told that the time is nearly over
    undone_at   timestamp,
    undone_by   text,
    erased_at   timestamp,
    check ((kind = 'merchant') = (merchant_id is not null)),
    check (undone_at is null or erased_at is null)
);
create index closings_open on closings (erase_at) where undone_at is null and erased_at is null;
create index closings_of_user on closings (user_id);
create index closings_of_merchant on closings (merchant_id) where merchant_id is not null;

-- Who saw which account until it was closed.
create table closing_members (
    closing_id  text not null references closings (id),
    user_id     text not null references users (id),
    merchant_id integer not null references merchants (id),
    role        text not null,
    primary key (closing_id, user_id, merchant_id)
);
create index closing_members_of_user on closing_members (user_id);

-- What points to a row that goes is found without looking at all.
create index fee_change_answered_of_enrolment on fee_change_answered (enrolment_id);
create index service_ending_terminals_of_enrolment on service_ending_terminals (enrolment_id);
create index messages_again on messages (again_for) where again_for is not null;

-- What is only ever added to stays until its time is over: what is younger than
-- has to be kept can't be removed, whatever a program says and whatever is set.
drop trigger acceptance_denials_refuse_delete;
-- +goose StatementBegin
create trigger acceptance_denials_refuse_delete before delete on acceptance_denials when old.recorded_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'acceptance_denials is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger acceptances_refuse_delete;
-- +goose StatementBegin
create trigger acceptances_refuse_delete before delete on acceptances when old.recorded_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'acceptances is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger case_alarms_removal_is_refused;
-- +goose StatementBegin
create trigger case_alarms_removal_is_refused before delete on case_alarms when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'case_alarms is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger case_decisions_removal_is_refused;
-- +goose StatementBegin
create trigger case_decisions_removal_is_refused before delete on case_decisions when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'case_decisions is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger case_events_removal_is_refused;
-- +goose StatementBegin
create trigger case_events_removal_is_refused before delete on case_events when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'case_events is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger case_evidence_removal_is_refused;
-- +goose StatementBegin
create trigger case_evidence_removal_is_refused before delete on case_evidence when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'case_evidence is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger case_posts_removal_is_refused;
-- +goose StatementBegin
create trigger case_posts_removal_is_refused before delete on case_posts when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'case_posts is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger disclosure_opinion_answers_refuse_delete;
-- +goose StatementBegin
create trigger disclosure_opinion_answers_refuse_delete before delete on disclosure_opinion_answers when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'disclosure_opinion_answers is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger disclosure_opinions_refuse_delete;
-- +goose StatementBegin
create trigger disclosure_opinions_refuse_delete before delete on disclosure_opinions when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')
begin
    select raise(abort, 'disclosure_opinions is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger evidence_exports_refuse_delete;
-- +goose StatementBegin
create trigger evidence_exports_refuse_delete before delete on evidence_exports when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'evidence_exports is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger evidence_packs_refuse_delete;
-- +goose StatementBegin
create trigger evidence_packs_refuse_delete before delete on evidence_packs when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'evidence_packs is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger fee_change_answered_refuse_delete;
-- +goose StatementBegin
create trigger fee_change_answered_refuse_delete before delete on fee_change_answered when coalesce((select at from fee_change_answers where id = old.answer_id), '9') >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'fee_change_answered is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger fee_change_answers_refuse_delete;
-- +goose StatementBegin
create trigger fee_change_answers_refuse_delete before delete on fee_change_answers when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'fee_change_answers is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger fee_change_views_refuse_delete;
-- +goose StatementBegin
create trigger fee_change_views_refuse_delete before delete on fee_change_views when old.seen_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'fee_change_views is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger gate_decisions_removal_is_refused;
-- +goose StatementBegin
create trigger gate_decisions_removal_is_refused before delete on gate_decisions when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'gate_decisions is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger gate_steps_removal_is_refused;
-- +goose StatementBegin
create trigger gate_steps_removal_is_refused before delete on gate_steps when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'gate_steps is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger messages_refuse_delete;
-- +goose StatementBegin
create trigger messages_refuse_delete before delete on messages when old.content_hash <> '' and old.created_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', case when old.merchant_id is null then '-6 months' else '-5 years' end)
begin
    select raise(abort, 'messages are kept: delete refused');
end;
-- +goose StatementEnd
drop trigger own_limits_refuse_delete;
-- +goose StatementBegin
create trigger own_limits_refuse_delete before delete on own_limits when old.set_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'own_limits is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger service_ending_terminals_refuse_delete;
-- +goose StatementBegin
create trigger service_ending_terminals_refuse_delete before delete on service_ending_terminals when coalesce((select decided_at from service_endings where id = old.ending_id), '9') >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'service_ending_terminals is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger stop_answers_refuse_delete;
-- +goose StatementBegin
create trigger stop_answers_refuse_delete before delete on stop_answers when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'stop_answers is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger stop_requests_refuse_delete;
-- +goose StatementBegin
create trigger stop_requests_refuse_delete before delete on stop_requests when old.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'stop_requests is append-only: delete refused');
end;
-- +goose StatementEnd
drop trigger top_ups_refuse_delete;
-- +goose StatementBegin
create trigger top_ups_refuse_delete before delete on top_ups when old.recorded_at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')
begin
    select raise(abort, 'top_ups is append-only: delete refused');
end;
-- +goose StatementEnd
