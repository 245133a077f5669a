-- +goose Up

-- Prices that rise, what the merchants concerned say to them, and what ends.

-- What was ended here is known before the core system says so, and stays so
-- until it does.
alter table enrolments add column cancelled_here boolean not null default false;
alter table terminals add column inactive_here boolean not null default false;

-- A published version that costs a merchant more than the one they pay by.
create table fee_changes (
    id                    text primary key not null, -- fc_…
    merchant_id           bigint not null references merchants (id),
    plan_id               bigint not null references plans (id),
    from_version          integer not null, -- what was in force without it when it was opened
    to_version            integer not null,
    disclosure_version_id bigint not null references disclosure_versions (id),
    effective_on          date not null,
    opened_at             timestamptz not null,
    unique (merchant_id, plan_id, from_version, to_version)
);
create index fee_changes_of_version on fee_changes (disclosure_version_id, id);

-- The terminals that a change is about, and what they would have paid by its
-- price for what was taken in the twelve months before.
create table fee_change_terminals (
    change_id    text not null references fee_changes (id),
    enrolment_id bigint not null references enrolments (id),
    merchant_id  bigint not null,
    terminal_id  bigint not null references terminals (id),
    reckoned_to  date, -- the last day of the twelve months; absent: not reckoned yet
    taken_fen    bigint, -- and not given back
    agreed_fen   bigint, -- of that, by the price that was agreed
    would_fen    bigint,
    lines        bigint, -- of the bill
    not_checked  bigint, -- lines that can't be told by the new price
    primary key (change_id, enrolment_id)
);
create index fee_change_terminals_of_merchant on fee_change_terminals (merchant_id, change_id);
create index fee_change_terminals_of_enrolment on fee_change_terminals (enrolment_id);
create index fee_change_terminals_to_reckon on fee_change_terminals (terminal_id, enrolment_id) where reckoned_to is null;

-- When somebody of the merchant's first saw a change.
create table fee_change_views (
    change_id   text primary key not null references fee_changes (id),
    merchant_id bigint not null,
    user_id     text not null,
    seen_at     timestamptz not null
);
create index fee_change_views_of_merchant on fee_change_views (merchant_id, seen_at);

-- What the merchant said, each time.
create table fee_change_answers (
    id           text primary key not null, -- fa_…
    change_id    text not null references fee_changes (id),
    merchant_id  bigint not null,
    answer       text not null check (answer in ('accepted', 'objected')),
    terminals    bigint not null check (terminals >= 1),
    user_id      text not null,
    name         text not null, -- of who answered, as it was then
    address      text not null, -- the answer came from
    content_hash text not null, -- of what was published, as it was answered
    words        text not null, -- of an objection
    at           timestamptz not null
);
create index fee_change_answers_of_change on fee_change_answers (change_id, at);
create index fee_change_answers_of_merchant on fee_change_answers (merchant_id, at);
create index fee_change_answers_in_order on fee_change_answers (answer, at desc, id desc);

create table fee_change_answered (
    answer_id    text not null references fee_change_answers (id),
    enrolment_id bigint not null references enrolments (id),
    primary key (answer_id, enrolment_id)
);

-- Service that ends for a merchant who objects.
create table service_endings (
    id             text primary key not null, -- se_…
    change_id      text not null unique references fee_changes (id),
    merchant_id    bigint not null references merchants (id),
    staff_id       text not null,
    staff_name     text not null,
    reason         text not null check (reason <> ''),
    decided_at     timestamptz not null,
    ends_on        date not null, -- the first day without it
    carried_out_at timestamptz
);
create index service_endings_to_carry_out on service_endings (ends_on) where carried_out_at is null;
create index service_endings_of_merchant on service_endings (merchant_id);

create table service_ending_terminals (
    ending_id    text not null references service_endings (id),
    enrolment_id bigint not null references enrolments (id),
    primary key (ending_id, enrolment_id)
);

-- What is owed back to merchants, for whoever pays it out.
create table refund_dues (
    id          text primary key not null, -- rd_…
    merchant_id bigint not null references merchants (id),
    terminal_id bigint not null references terminals (id),
    plan_id     bigint not null references plans (id),
    cause       text not null check (cause in ('service_ended')),
    subject     text not null, -- id of what caused it
    cycle       integer not null,
    cycle_from  date not null,
    cycle_to    date not null,
    paid_fen    bigint not null check (paid_fen > 0),
    days        integer not null check (days >= 1), -- of the cycle
    days_left   integer not null check (days_left >= 1 and days_left <= days),
    amount_fen  bigint not null check (amount_fen >= 1 and amount_fen <= paid_fen),
    due_since   date not null,
    created_at  timestamptz not null,
    unique (terminal_id, plan_id, cycle, cause)
);
create index refund_dues_of_merchant on refund_dues (merchant_id, created_at);

-- What merchants asked to have stopped, and terminals that they say are gone.
create table stop_requests (
    id           text primary key not null, -- sr_…
    number       text collate "C" not null unique,
    merchant_id  bigint not null references merchants (id),
    terminal_id  bigint not null references terminals (id),
    kind         text not null check (kind in ('fee', 'returned', 'lost', 'unused')),
    plan_id      bigint references plans (id), -- of a fee
    on_date      date not null, -- the first day without the fee, or since when the terminal is gone
    paid_through date, -- last day of the cycle of the fee that is paid and goes on
    remark       text not null,
    user_id      text not null,
    name         text not null,
    address      text not null,
    at           timestamptz not null,
    check ((kind = 'fee') = (plan_id is not null))
);
create index stop_requests_of_terminal on stop_requests (terminal_id, at);
create index stop_requests_of_merchant on stop_requests (merchant_id, at);
create index stop_requests_in_order on stop_requests (at desc, id desc);

create table stop_answers (
    request_id  text primary key not null references stop_requests (id),
    merchant_id bigint not null,
    confirmed   boolean not null,
    gone_from   date, -- where it was confirmed
    reason      text not null, -- where it was not
    staff_id    text not null,
    staff_name  text not null,
    at          timestamptz not null,
    check (confirmed = (gone_from is not null)),
    check (confirmed or reason <> '')
);
create index stop_answers_of_merchant on stop_answers (merchant_id, at);

-- What proposed prices would have made of the last twelve months, by the hash of
-- the text that proposes them.
create table change_impacts (
    content_hash text primary key not null,
    prices       jsonb not null,
    asked_at     timestamptz not null,
    reckoned_at  timestamptz,
    reckoned_to  date,
    result       jsonb
);

create trigger fee_change_views_are_kept before update or delete on fee_change_views
    for each row execute function refuse_change();
create trigger fee_change_views_stay before truncate on fee_change_views
    for each statement execute function refuse_change();

create trigger fee_change_answers_are_kept before update or delete on fee_change_answers
    for each row execute function refuse_change();
create trigger fee_change_answers_stay before truncate on fee_change_answers
    for each statement execute function refuse_change();

create trigger fee_change_answered_are_kept before update or delete on fee_change_answered
    for each row execute function refuse_change();
create trigger fee_change_answered_stay before truncate on fee_change_answered
    for each statement execute function refuse_change();

create trigger service_ending_terminals_are_kept before update or delete on service_ending_terminals
    for each row execute function refuse_change();
create trigger service_ending_terminals_stay before truncate on service_ending_terminals
    for each statement execute function refuse_change();

create trigger stop_requests_are_kept before update or delete on stop_requests
    for each row execute function refuse_change();
create trigger stop_requests_stay before truncate on stop_requests
    for each statement execute function refuse_change();

create trigger stop_answers_are_kept before update or delete on stop_answers
    for each row execute function refuse_change();
create trigger stop_answers_stay before truncate on stop_answers
    for each statement execute function refuse_change();
