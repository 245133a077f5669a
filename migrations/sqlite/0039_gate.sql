-- +goose Up

-- The gate: what may be taken is asked before it is.

-- A deduction may be one that was asked for and never taken, and given back in
-- part.
create table new_deductions (
    id             text not null, -- d_…
    merchant_id    integer not null,
    terminal_id    integer not null,
    plan_id        integer, -- absent where the terminal has no enrolment of the item
    item           text not null check (item in ('sim_data', 'device_deposit', 'activation', 'service', 'transaction', 'withdrawal', 'insurance', 'overage')),
    ref            text not null,
    amount_fen     integer not null,
    at             timestamp not null,
    period_from    text,
    state          text not null check (state in ('authorized', 'posted', 'reversed', 'refunded', 'waived', 'held', 'denied', 'voided')),
    origin         text not null check (origin <> ''),
    sale_fen       integer,
    settlement_ref text,
    order_ref      text,
    seq            integer not null, -- order of arrival: microseconds since 1970 when it came, plus its row in its file
    recorded_at    timestamp not null,
    refunded_fen   integer not null default 0, -- the part given back so far
    method         text check (method in ('credit', 'debit', 'card', 'qr')),
    sale_count     integer,
    sale_net_fen   integer,
    gate           integer not null default 0 check (gate in (0, 1, 2)), -- 0: history from before it; 1: asked first, and the verdict stands; 2: taken without asking
    verdict        text, -- of what was asked first, as JSON
    primary key (merchant_id, id, at)
);
insert into new_deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, period_from, state, origin, sale_fen, settlement_ref, order_ref, seq, recorded_at)
select id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, period_from, state, origin, sale_fen, settlement_ref, order_ref, seq, recorded_at from deductions;
drop table deductions;
alter table new_deductions rename to deductions;
create index deductions_of_terminal on deductions (terminal_id, at, seq);

alter table bill_lines add column gate integer not null default 0 check (gate in (0, 1, 2));

-- The deductions on which later verdicts of their plan may rest, out of all
-- months in one place: those of plans with cycles or a ceiling, and of orders
-- with a number. The triggers below keep it.
create table plan_charges (
    terminal_id  integer not null,
    plan_id      integer not null,
    deduction_id text not null,
    merchant_id  integer not null,
    item         text not null,
    amount_fen   integer not null,
    refunded_fen integer not null,
    at           timestamp not null,
    period_from  text,
    state        text not null,
    origin       text not null,
    sale_fen     integer,
    order_ref    text,
    seq          integer not null,
    gate         integer not null,
    verdict      text,
    primary key (merchant_id, terminal_id, plan_id, deduction_id)
);

-- +goose StatementBegin
create trigger deductions_keep_plan_charges after insert on deductions when new.plan_id is not null and new.state not in ('held', 'denied')
begin
    insert into plan_charges (terminal_id, plan_id, deduction_id, merchant_id, item, amount_fen, refunded_fen, at, period_from, state, origin,
        sale_fen, order_ref, seq, gate, verdict)
    select new.terminal_id, new.plan_id, new.id, new.merchant_id, new.item, new.amount_fen, new.refunded_fen, new.at, new.period_from, new.state, new.origin,
        new.sale_fen, new.order_ref, new.seq, new.gate, new.verdict
    from plans p
    where p.id = new.plan_id and (new.order_ref is not null or p.cap_12m_fen > 0
        or exists (select 1 from plan_versions v where v.plan_id = p.id and v.kind in ('recurring', 'one_off')))
    on conflict (merchant_id, terminal_id, plan_id, deduction_id) do update
    set amount_fen = excluded.amount_fen, refunded_fen = excluded.refunded_fen, at = excluded.at, state = excluded.state, seq = excluded.seq,
        gate = excluded.gate, verdict = excluded.verdict;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger deduction_changes_keep_plan_charges after update on deductions when new.plan_id is not null and new.state not in ('held', 'denied')
begin
    insert into plan_charges (terminal_id, plan_id, deduction_id, merchant_id, item, amount_fen, refunded_fen, at, period_from, state, origin,
        sale_fen, order_ref, seq, gate, verdict)
    select new.terminal_id, new.plan_id, new.id, new.merchant_id, new.item, new.amount_fen, new.refunded_fen, new.at, new.period_from, new.state, new.origin,
        new.sale_fen, new.order_ref, new.seq, new.gate, new.verdict
    from plans p
    where p.id = new.plan_id and (new.order_ref is not null or p.cap_12m_fen > 0
        or exists (select 1 from plan_versions v where v.plan_id = p.id and v.kind in ('recurring', 'one_off')))
    on conflict (merchant_id, terminal_id, plan_id, deduction_id) do update
    set amount_fen = excluded.amount_fen, refunded_fen = excluded.refunded_fen, at = excluded.at, state = excluded.state, seq = excluded.seq,
        gate = excluded.gate, verdict = excluded.verdict;
end;
-- +goose StatementEnd
insert into plan_charges (terminal_id, plan_id, deduction_id, merchant_id, item, amount_fen, refunded_fen, at, period_from, state, origin,
    sale_fen, order_ref, seq, gate, verdict)
select d.terminal_id, d.plan_id, d.id, d.merchant_id, d.item, d.amount_fen, d.refunded_fen, d.at, d.period_from, d.state, d.origin,
    d.sale_fen, d.order_ref, d.seq, d.gate, d.verdict
from deductions d join plans p on p.id = d.plan_id
where d.order_ref is not null or p.cap_12m_fen > 0
    or exists (select 1 from plan_versions v where v.plan_id = p.id and v.kind in ('recurring', 'one_off'));

create index terminals_by_replaced on terminals (replaces_sn) where replaces_sn is not null;

-- Every deduction that was asked for at the gate or reported to it, and how it
-- stands.
create table gate_requests (
    deduction_id text primary key not null, -- d_…
    merchant_id  integer not null,
    terminal_id  integer not null references terminals (id),
    plan_id      integer,
    item         text not null,
    ref          text not null unique, -- the core system's number
    digest       blob not null, -- of what was asked
    amount_fen   integer not null,
    origin       text not null,
    at           timestamp not null, -- of the deduction
    cycle        integer, -- that it holds or held
    state        text not null check (state in ('authorized', 'posted', 'reversed', 'refunded', 'held', 'denied', 'voided')),
    refunded_fen integer not null default 0,
    expires_at   timestamp, -- when the permission ends; absent: none was given
    ungated_at   timestamp, -- when money was said to have moved without a permission; absent: it didn't
    batch_id     text,
    asked_kind   text not null, -- who asked
    asked_by     text not null,
    asked_at     timestamp not null,
    changed_at   timestamp not null
);
create index gate_requests_of_merchant on gate_requests (merchant_id, asked_at desc);
create index gate_requests_held on gate_requests (asked_at, deduction_id) where state = 'held';
create index gate_requests_to_expire on gate_requests (expires_at) where state = 'authorized';
create index gate_requests_of_batch on gate_requests (batch_id) where batch_id is not null;

-- Who holds which cycle. Its key is what keeps two from being allowed.
create table gate_claims (
    terminal_id  integer not null,
    plan_id      integer not null,
    cycle        integer not null,
    deduction_id text not null,
    primary key (terminal_id, plan_id, cycle)
);

-- Each decision with all the facts it was made on. None is ever changed.
create table gate_decisions (
    deduction_id text not null,
    number       integer not null check (number >= 1),
    merchant_id  integer not null,
    at           timestamp not null,
    rules        text not null, -- the version of the rules
    decision     text not null check (decision in ('allow', 'hold', 'deny')),
    reasons      text not null, -- codes, joined by spaces
    answer       text not null, -- of the rules alone, a JSON object
    facts        text not null, -- a JSON object
    primary key (merchant_id, deduction_id, number)
);

-- What became of each, step by step. None is ever changed.
create table gate_steps (
    deduction_id text not null,
    number       integer not null check (number >= 1),
    merchant_id  integer not null,
    at           timestamp not null,
    step         text not null check (step in ('authorized', 'held', 'denied', 'released', 'voided', 'expired', 'posted', 'ungated', 'reversed', 'refunded')),
    amount_fen   integer, -- given back by it
    reason       text not null,
    by_kind      text not null,
    by_id        text not null,
    primary key (merchant_id, deduction_id, number)
);

-- Requests that came together.
create table gate_batches (
    id           text primary key not null, -- gb_…
    like_key     text not null, -- batches with the same one are compared
    asked_kind   text not null,
    asked_by     text not null,
    at           timestamp not null,
    requests     integer not null,
    total_fen    integer not null,
    denied       integer not null,
    held         boolean not null, -- as a whole
    band         text not null, -- what was expected, a JSON object
    answer       text check (answer in ('release', 'deny')), -- of staff, to one that is held; absent: it waits
    answered_at  timestamp,
    answered_by  text,
    reason       text
);
create index gate_batches_alike on gate_batches (like_key, at desc);
create index gate_batches_held on gate_batches (at, id) where held and answer is null;

-- Releases of what is held, of a request or of a batch.
create table gate_releases (
    id          text primary key not null, -- gr_…
    subject     text not null, -- the deduction or the batch
    reason      text not null,
    waived      text not null, -- the holds that were lifted, joined by spaces
    first_id    text not null,
    first_name  text not null,
    first_at    timestamp not null,
    second_id   text,
    second_name text,
    second_at   timestamp,
    ended_at    timestamp -- came to nothing
);
create unique index gate_releases_open on gate_releases (subject) where second_at is null and ended_at is null;

-- What staff have to look into.
create table gate_alarms (
    id           text primary key not null, -- ga_…
    kind         text not null check (kind in ('ungated')),
    deduction_id text not null,
    at           timestamp not null,
    seen_at      timestamp,
    seen_by      text
);
create index gate_alarms_open on gate_alarms (at, id) where seen_at is null;

-- +goose StatementBegin
create trigger gate_decisions_change_is_refused before update on gate_decisions
begin
    select raise(abort, 'gate_decisions is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger gate_decisions_removal_is_refused before delete on gate_decisions
begin
    select raise(abort, 'gate_decisions is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger gate_steps_change_is_refused before update on gate_steps
begin
    select raise(abort, 'gate_steps is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger gate_steps_removal_is_refused before delete on gate_steps
begin
    select raise(abort, 'gate_steps is append-only: delete refused');
end;
-- +goose StatementEnd
