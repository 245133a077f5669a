-- +goose Up

-- Complaints, questions and requests of merchants: cases, from filing to their
-- end.

-- By which calendar and policy cases count their time. A case keeps the versions
-- that it was filed under.
create table calendars (
    version  integer primary key not null check (version >= 1),
    calendar text not null, -- a JSON object
    note     text not null,
    set_at   timestamptz not null,
    set_by   text not null
);
insert into calendars (version, calendar, note, set_at, set_by) values (1,
    '{"week":{"fri":["09:00-12:00","13:30-18:00"],"mon":["09:00-12:00","13:30-18:00"],"thu":["09:00-12:00","13:30-18:00"],"tue":["09:00-12:00","13:30-18:00"],"wed":["09:00-12:00","13:30-18:00"]},"closed":["2026-01-01","2026-01-02","2026-01-03","2026-02-15","2026-02-16","2026-02-17","2026-02-18","2026-02-19","2026-02-20","2026-02-21","2026-02-22","2026-02-23","2026-04-04","2026-04-05","2026-04-06","2026-05-01","2026-05-02","2026-05-03","2026-05-04","2026-05-05","2026-06-19","2026-06-20","2026-06-21","2026-09-25","2026-09-26","2026-09-27","2026-10-01","2026-10-02","2026-10-03","2026-10-04","2026-10-05","2026-10-06","2026-10-07"],"open":["2026-01-04","2026-02-14","2026-02-28","2026-05-09","2026-09-20","2026-10-10"]}',
    '', '2026-01-01 00:00:00+00:00', 'shipped');

create table case_policies (
    version               integer primary key not null check (version >= 1),
    first_contact_minutes integer not null,
    resolution_minutes    integer not null,
    reply_days            integer not null,
    reply_max_days        integer not null,
    review_days           integer not null,
    reopen_days           integer not null,
    second_above_fen      bigint not null check (second_above_fen >= 0), -- a refund of more takes two people
    set_at                timestamptz not null,
    set_by                text not null
);
insert into case_policies (version, first_contact_minutes, resolution_minutes, reply_days, reply_max_days, review_days, reopen_days, second_above_fen, set_at, set_by)
values (1, 450, 2250, 15, 60, 14, 14, 50000, '2026-01-01 00:00:00+00:00', 'shipped');

-- How many cases were filed on a day.
create table case_days (
    on_date date primary key not null,
    cases   integer not null
);

-- A case. What it was filed as stays; from state on, what follows from its log,
-- written in the transaction that adds to it.
create table cases (
    id               text collate "C" primary key not null, -- c_…
    number           text collate "C" not null unique,
    merchant_id      bigint not null references merchants (id),
    kind             text not null check (kind in ('complaint', 'question', 'callback', 'invoice', 'stop')),
    subject          text not null check (subject in ('deduction', 'notice', 'terminal', 'none')),
    subject_ref      text collate "C" not null, -- a line of the bill, a letter or a terminal's serial number
    terminal_id      bigint references terminals (id),
    plan_id          bigint,
    item             text not null, -- empty: no fee in particular
    cycle            integer,
    reason           text not null,
    channel          text not null check (channel in ('portal', 'phone', 'letter', 'authority', 'itself')),
    authority        text not null, -- who passed it on
    authority_number text not null, -- under which number
    authority_due_on date, -- and by when they want an answer
    filed_at         timestamptz not null,
    filed_kind       text not null,
    filed_by         text collate "C" not null,
    filed_name       text not null,
    calendar         integer not null references calendars (version),
    policy           integer not null references case_policies (version),
    merged_into      text collate "C" references cases (id),
    owner_id         text collate "C" not null default '', -- empty: nobody
    owner_name       text not null default '',
    reopened         boolean not null default false,
    dispute          integer not null default 0, -- how many it has opened about the fee
    state            text not null,
    under_way        boolean not null, -- a decision is still to come
    breached         boolean not null default false,
    next_due_at      timestamptz not null, -- far away where no clock is due
    alarm_at         timestamptz, -- when a clock warns or is breached next
    close_on         date -- last day on which the merchant may speak before it closes
);
create index cases_of_merchant on cases (merchant_id, filed_at desc, id desc);
create index cases_of_subject on cases (merchant_id, subject_ref) where subject_ref <> '';
create index cases_of_cycle on cases (terminal_id, item, cycle) where terminal_id is not null;
create index cases_queue on cases (next_due_at, id) where under_way;
create index cases_of_owner on cases (owner_id, next_due_at, id) where under_way;
create index cases_breached on cases (next_due_at, id) where under_way and breached;
create index cases_waiting on cases (next_due_at, id) where under_way and state = 'awaiting_merchant';
create index cases_reopened on cases (next_due_at, id) where under_way and reopened;
create index cases_to_warn on cases (alarm_at, id) where alarm_at is not null;
create index cases_to_close on cases (close_on, id) where close_on is not null;
create index cases_alike on cases (item, reason, filed_at desc);
create index cases_merged on cases (merged_into) where merged_into is not null;

-- Forms that filed a case or added to one: sent twice, they do so once.
create table case_forms (
    token   text collate "C" primary key not null,
    case_id text collate "C" not null references cases (id)
);
create index case_forms_of_case on case_forms (case_id);

-- What happened to a case, in order. None is ever changed.
create table case_events (
    case_id    text collate "C" not null references cases (id),
    seq        integer not null check (seq >= 1),
    kind       text not null,
    at         timestamptz not null,
    days       integer not null default 0, -- that an extended deadline has in all
    actor_kind text not null,
    actor_id   text collate "C" not null,
    actor_name text not null,
    remark     text not null default '',
    primary key (case_id, seq)
);

-- What was said. None is ever changed.
create table case_posts (
    id          text collate "C" primary key not null, -- cp_…
    case_id     text collate "C" not null references cases (id),
    merchant_id bigint not null,
    kind        text not null check (kind in ('message', 'reply', 'question', 'note')), -- a note stays in the house
    at          timestamptz not null,
    author_id   text collate "C" not null,
    author_name text not null,
    body        text not null
);
create index case_posts_in_order on case_posts (merchant_id, case_id, at, id);

-- What a carrier, an agent or another department was asked.
create table case_inquiries (
    id          text collate "C" primary key not null, -- ci_…
    case_id     text collate "C" not null references cases (id),
    whom        text not null check (whom in ('carrier', 'agent', 'department')),
    name        text not null,
    body        text not null,
    due_on      date not null,
    asked_at    timestamptz not null,
    asked_by    text collate "C" not null,
    asked_name  text not null, -- who follows it up
    answer      text,
    answered_at timestamptz,
    answered_by text collate "C"
);
create index case_inquiries_of_case on case_inquiries (case_id, asked_at);

-- Files; what is in them lies in the store of files under the same id.
create table case_files (
    id          text collate "C" primary key not null, -- cf_…
    case_id     text collate "C" not null references cases (id),
    merchant_id bigint not null,
    name        text not null,
    type        text not null check (type in ('image/jpeg', 'image/png', 'application/pdf')),
    bytes       bigint not null,
    sum         bytea not null, -- SHA-256
    at          timestamptz not null,
    by_id       text collate "C" not null,
    by_name     text not null
);
create index case_files_of_case on case_files (merchant_id, case_id, at, id);

-- What was known of the subject at a moment. None is ever changed.
create table case_evidence (
    case_id     text collate "C" not null references cases (id),
    number      integer not null check (number >= 1),
    merchant_id bigint not null,
    at          timestamptz not null,
    hash        text collate "C" not null, -- SHA-256 of the facts, in hexadecimal
    facts       text not null, -- a JSON object
    primary key (merchant_id, case_id, number)
);

-- Decisions. None is ever changed.
create table case_decisions (
    case_id       text collate "C" not null references cases (id),
    number        integer not null check (number >= 1),
    round         integer not null check (round >= 1),
    finding       text not null check (finding in ('upheld', 'partly_upheld', 'not_upheld', 'answered')),
    root_cause    text not null,
    reason        text not null, -- in the merchant's words
    amount_fen    bigint not null check (amount_fen >= 0),
    suggested_fen bigint not null, -- by the fee rules
    staff_id      text collate "C" not null,
    staff_name    text not null,
    at            timestamptz not null,
    primary key (case_id, number)
);
create index case_decisions_by_time on case_decisions (at);

create table refund_proposals (
    id            text collate "C" primary key not null, -- rp_…
    case_id       text collate "C" not null references cases (id),
    merchant_id   bigint not null,
    line_id       text collate "C" not null, -- of the bill; empty: none
    amount_fen    bigint not null check (amount_fen > 0),
    state         text not null check (state in ('proposed', 'approved', 'refused', 'sent', 'paid')),
    proposed_by   text collate "C" not null,
    proposed_name text not null,
    proposed_at   timestamptz not null,
    second_by     text collate "C", -- who approved or refused; absent: nobody had to
    second_name   text,
    answered_at   timestamptz,
    remark        text not null default '',
    sent_at       timestamptz,
    paid_at       timestamptz
);
create index refund_proposals_of_case on refund_proposals (merchant_id, case_id, proposed_at, id);
create index refund_proposals_open on refund_proposals (proposed_at, id) where state = 'proposed';
create index refund_proposals_to_send on refund_proposals (proposed_at, id) where state = 'approved';

-- What somebody has begun to write, on whichever device.
create table case_drafts (
    merchant_id bigint not null references merchants (id),
    user_id     text collate "C" not null,
    subject     text not null,
    subject_ref text collate "C" not null,
    content     text not null, -- a JSON object
    updated_at  timestamptz not null,
    primary key (merchant_id, user_id, subject, subject_ref)
);

create table case_ratings (
    case_id text collate "C" primary key not null references cases (id),
    stars   integer not null check (stars between 1 and 5),
    remark  text not null,
    user_id text collate "C" not null,
    at      timestamptz not null
);

create table case_links (
    case_id  text collate "C" not null references cases (id),
    other_id text collate "C" not null references cases (id), -- the earlier one
    kind     text not null check (kind in ('again', 'merged', 'split', 'reopened')),
    at       timestamptz not null,
    primary key (case_id, other_id, kind)
);
create index case_links_back on case_links (other_id);

-- Who has a case open.
create table case_locks (
    case_id    text collate "C" not null references cases (id),
    staff_id   text collate "C" not null,
    staff_name text not null,
    until      timestamptz not null,
    primary key (case_id, staff_id)
);

-- Clocks that have warned or were breached, once each for a length that a clock
-- had. None is ever changed.
create table case_alarms (
    case_id text collate "C" not null references cases (id),
    round   integer not null,
    clock   text not null,
    kind    text not null check (kind in ('warning', 'breach')),
    seconds bigint not null, -- the length of the clock
    at      timestamptz not null, -- when it was noticed
    due_at  timestamptz, -- of the clock
    primary key (case_id, round, clock, kind, seconds)
);
create index case_alarms_by_time on case_alarms (at desc, case_id);

-- +goose StatementBegin
do $$
declare
    kept text;
begin
    foreach kept in array array['calendars', 'case_policies', 'case_events', 'case_posts', 'case_evidence', 'case_decisions', 'case_alarms'] loop
        execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', kept || '_are_kept', kept);
        execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', kept || '_stay', kept);
    end loop;
end $$;
-- +goose StatementEnd
