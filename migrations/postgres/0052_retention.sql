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
    proposed_at   timestamptz not null,
    proposed_by   text collate "C" not null,
    proposed_name text not null,
    ended_at      timestamptz, -- put in force or withdrawn
    ended_by      text collate "C",
    ended_name    text
);
create unique index retention_proposals_open on retention_proposals (state) where state = 'open';

-- Each time that what is over was removed.
create table retention_runs (
    id      text collate "C" primary key not null, -- rt_…
    at      timestamptz not null,
    done_at timestamptz, -- absent: under way, or broken off
    removed bigint not null default 0
);

create table retention_counts (
    run_id  text collate "C" not null references retention_runs (id),
    rule    text collate "C" not null,
    before  date not null, -- the first day of which nothing is over yet
    removed bigint not null, -- rows
    months  bigint not null, -- partitions that went at once
    coming  bigint not null, -- rows that will be over in the next thirty days
    primary key (run_id, rule)
);

-- Accounts that somebody closed: of one person, or of a merchant with all who see
-- it. Until its time it can be had back.
create table closings (
    id          text collate "C" primary key not null, -- cl_…
    kind        text not null check (kind in ('user', 'merchant')),
    user_id     text collate "C" not null references users (id), -- who closed it
    merchant_id bigint references merchants (id), -- of a merchant's
    at          timestamptz not null,
    erase_at    timestamptz not null, -- from then on for good
    warned_at   timestamptz, -- told that the time is nearly over
    undone_at   timestamptz,
    undone_by   text collate "C",
    erased_at   timestamptz,
    check ((kind = 'merchant') = (merchant_id is not null)),
    check (undone_at is null or erased_at is null)
);
create index closings_open on closings (erase_at) where undone_at is null and erased_at is null;
create index closings_of_user on closings (user_id);
create index closings_of_merchant on closings (merchant_id) where merchant_id is not null;

-- Who saw which account until it was closed.
create table closing_members (
    closing_id  text collate "C" not null references closings (id),
    user_id     text collate "C" not null references users (id),
    merchant_id bigint not null references merchants (id),
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
-- +goose StatementBegin
create or replace function refuse_change() returns trigger language plpgsql as $$
declare
    since timestamptz;
    lasts interval := '5 years';
begin
    if tg_op = 'DELETE' and tg_level = 'ROW' then
        case
        when tg_table_name in ('evidence_exports', 'evidence_packs', 'fee_change_answers', 'gate_decisions', 'gate_steps', 'stop_answers', 'stop_requests') then
            since := to_jsonb(old) ->> 'at';
        when tg_table_name in ('case_alarms', 'case_decisions', 'case_events', 'case_evidence', 'case_posts', 'disclosure_opinion_answers', 'disclosure_opinions') then
            since := to_jsonb(old) ->> 'at';
            lasts := '3 years';
        when tg_table_name in ('acceptances', 'acceptance_denials', 'top_ups') then
            since := to_jsonb(old) ->> 'recorded_at';
        when tg_table_name = 'fee_change_views' then
            since := to_jsonb(old) ->> 'seen_at';
        when tg_table_name = 'own_limits' then
            since := to_jsonb(old) ->> 'set_at';
        when tg_table_name = 'fee_change_answered' then
            select at into since from fee_change_answers where id = to_jsonb(old) ->> 'answer_id';
        when tg_table_name = 'service_ending_terminals' then
            select decided_at into since from service_endings where id = to_jsonb(old) ->> 'ending_id';
        when tg_table_name = 'messages' then
            since := to_jsonb(old) ->> 'created_at';
            if to_jsonb(old) ->> 'merchant_id' is null then -- about somebody's own sign-in
                lasts := '6 months';
            end if;
        else
            since := null; -- stays for good
        end case;
        if since < now() - lasts then
            return old;
        end if;
    end if;
    raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end
$$;
-- +goose StatementEnd

-- Takes away a month of a table that is split by months, whose time is over: for a
-- role that owns nothing, and never a younger one.
-- +goose StatementBegin
create function drop_month(parent regclass, month date) returns boolean language plpgsql security definer as $$
declare
    whole name;
    part regclass;
    lasts interval;
begin
    select relname into strict whole from pg_class where oid = parent;
    lasts := case whole when 'deductions' then interval '5 years' when 'settlements' then interval '5 years' when 'sim_usage' then interval '3 years' end;
    if lasts is null then
        raise exception '% is not removed by months', whole using errcode = 'restrict_violation';
    end if;
    month := date_trunc('month', month);
    if month + interval '1 month' + lasts > now() at time zone 'Asia/Shanghai' then
        raise exception '% of % has to be kept', whole, month using errcode = 'restrict_violation';
    end if;
    part := to_regclass(quote_ident(whole || to_char(month, '_YYYY_MM')));
    if part is null or not exists (select from pg_inherits where inhrelid = part and inhparent = parent) then
        return false;
    end if;
    execute format('drop table %s', part);
    return true;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
do $$
begin
    execute format('alter function drop_month(regclass, date) set search_path = %I, pg_temp', current_schema());
end $$;
-- +goose StatementEnd
revoke all on function drop_month(regclass, date) from public;
