-- +goose Up

-- What was found wrong in one case, and is put right wherever else it went wrong:
-- proposed by one person, approved by another, worked line by line.
create table root_causes (
    id            text primary key not null, -- rc_…
    number        text not null unique, -- R2026-1123-01: as people call it
    token         text not null unique, -- of the form: sent twice, it proposes once
    case_id       text not null references cases (id), -- that it was found in
    plan_id       integer not null, -- what the lines have in common; 0 or empty: not asked for
    version       integer not null, -- of the plan; 0: any
    agent_ref     text not null,
    batch_id      text not null,
    rule          text not null,
    from_on       text not null,
    to_on         text not null,
    refund        boolean not null, -- what is done about it
    stop          boolean not null,
    tell          boolean not null, -- all of them are told, not only for whom something was done
    reason        text not null, -- the root cause, for staff
    words         text not null, -- the same for the merchants
    state         text not null check (state in ('proposed', 'refused', 'working', 'halted', 'done')),
    proposed_by   text not null,
    proposed_name text not null,
    proposed_at   timestamp not null,
    second_by     text, -- who approved or refused
    second_name   text,
    answered_at   timestamp,
    remark        text not null default '', -- of who refused
    halted_name   text, -- who halted it last
    halted_at     timestamp,
    done_at       timestamp
);
create index root_causes_of_case on root_causes (case_id, proposed_at);
create index root_causes_in_order on root_causes (proposed_at desc, id desc);
create index root_causes_open on root_causes (proposed_at, id) where state in ('proposed', 'working', 'halted');

-- One thing each that is to be done: a line of the bill given back, a fee of a
-- terminal stopped, a merchant told. They are worked in the order of their key.
create table root_cause_lines (
    cause_id    text not null references root_causes (id),
    what        text not null check (what in ('refund', 'stop', 'tell')),
    merchant_id integer not null references merchants (id),
    subject     text not null, -- the line of the bill, the enrolment, or the merchant's own id
    terminal_id integer, -- absent: of a merchant who is told
    plan_id     integer,
    taken_fen   integer not null, -- of a line of the bill
    amount_fen  integer not null, -- to be given back by the fee rules; of what is done, what was
    state       text not null check (state in ('pending', 'done', 'skipped')),
    why         text not null, -- it is skipped
    case_number text not null default '', -- by which it is given back
    worked_at   timestamp,
    primary key (cause_id, what, merchant_id, subject)
);
create index root_cause_lines_pending on root_cause_lines (cause_id, what, merchant_id, subject) where state = 'pending';
create index root_cause_lines_by_state on root_cause_lines (cause_id, what, state, why);
create index root_cause_lines_of_merchant on root_cause_lines (merchant_id, cause_id);

-- Whether something was given back of a line, or is to be.
create index refund_proposals_of_line on refund_proposals (line_id, state) where line_id <> '';

create index terminals_of_agent on terminals (agent_ref) where agent_ref <> '';
