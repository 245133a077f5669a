-- +goose Up

-- The gate: what may be taken is asked before it is.

-- A deduction may be one that was asked for and never taken, and given back in
-- part.
alter table deductions drop constraint deductions_state_check, drop constraint deductions_origin_check;
-- +goose StatementBegin
do $$
declare
    part regclass;
begin
    for part in select inhrelid from pg_inherits where inhparent = 'deductions'::regclass loop
        execute format('alter table %s drop constraint if exists deductions_state_check, drop constraint if exists deductions_origin_check', part);
    end loop;
end $$;
-- +goose StatementEnd
alter table deductions
    add constraint deductions_state_check check (state in ('authorized', 'posted', 'reversed', 'refunded', 'waived', 'held', 'denied', 'voided')),
    add constraint deductions_origin_check check (origin <> ''),
    add column refunded_fen bigint not null default 0, -- the part given back so far
    add column method text check (method in ('credit', 'debit', 'card', 'qr')),
    add column sale_count bigint,
    add column sale_net_fen bigint,
    add column gate integer not null default 0 check (gate in (0, 1, 2)), -- 0: history from before it; 1: asked first, and the verdict stands; 2: taken without asking
    add column verdict text; -- of what was asked first, as JSON

alter table bill_lines add column gate integer not null default 0 check (gate in (0, 1, 2));

-- The deductions on which later verdicts of their plan may rest, out of all
-- months in one place: those of plans with cycles or a ceiling, and of orders
-- with a number. The triggers below keep it.
create table plan_charges (
    terminal_id  bigint not null,
    plan_id      bigint not null,
    deduction_id text collate "C" not null,
    merchant_id  bigint not null,
    item         text not null,
    amount_fen   bigint not null,
    refunded_fen bigint not null,
    at           timestamptz not null,
    period_from  date,
    state        text not null,
    origin       text not null,
    sale_fen     bigint,
    order_ref    text collate "C",
    seq          bigint not null,
    gate         integer not null,
    verdict      text,
    primary key (merchant_id, terminal_id, plan_id, deduction_id)
);

-- +goose StatementBegin
create function keep_plan_charges() returns trigger language plpgsql as $$
begin
    insert into plan_charges (terminal_id, plan_id, deduction_id, merchant_id, item, amount_fen, refunded_fen, at, period_from, state, origin,
        sale_fen, order_ref, seq, gate, verdict)
    select c.terminal_id, c.plan_id, c.id, c.merchant_id, c.item, c.amount_fen, c.refunded_fen, c.at, c.period_from, c.state, c.origin,
        c.sale_fen, c.order_ref, c.seq, c.gate, c.verdict
    from changed c join plans p on p.id = c.plan_id
    where c.state not in ('held', 'denied') and (c.order_ref is not null or p.cap_12m_fen > 0
        or exists (select 1 from plan_versions v where v.plan_id = p.id and v.kind in ('recurring', 'one_off')))
    on conflict (merchant_id, terminal_id, plan_id, deduction_id) do update
    set amount_fen = excluded.amount_fen, refunded_fen = excluded.refunded_fen, at = excluded.at, state = excluded.state, seq = excluded.seq,
        gate = excluded.gate, verdict = excluded.verdict;
    return null;
end
$$;
-- +goose StatementEnd
create trigger deductions_keep_plan_charges after insert on deductions
    referencing new table as changed for each statement execute function keep_plan_charges();
create trigger deduction_changes_keep_plan_charges after update on deductions
    referencing new table as changed for each statement execute function keep_plan_charges();
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
    deduction_id text collate "C" primary key, -- d_…
    merchant_id  bigint not null,
    terminal_id  bigint not null references terminals (id),
    plan_id      bigint,
    item         text not null,
    ref          text collate "C" not null unique, -- the core system's number
    digest       bytea not null, -- of what was asked
    amount_fen   bigint not null,
    origin       text not null,
    at           timestamptz not null, -- of the deduction
    cycle        integer, -- that it holds or held
    state        text not null check (state in ('authorized', 'posted', 'reversed', 'refunded', 'held', 'denied', 'voided')),
    refunded_fen bigint not null default 0,
    expires_at   timestamptz, -- when the permission ends; absent: none was given
    ungated_at   timestamptz, -- when money was said to have moved without a permission; absent: it didn't
    batch_id     text collate "C",
    asked_kind   text not null, -- who asked
    asked_by     text collate "C" not null,
    asked_at     timestamptz not null,
    changed_at   timestamptz not null
);
create index gate_requests_of_merchant on gate_requests (merchant_id, asked_at desc);
create index gate_requests_held on gate_requests (asked_at, deduction_id) where state = 'held';
create index gate_requests_to_expire on gate_requests (expires_at) where state = 'authorized';
create index gate_requests_of_batch on gate_requests (batch_id) where batch_id is not null;

-- Who holds which cycle. Its key is what keeps two from being allowed.
create table gate_claims (
    terminal_id  bigint not null,
    plan_id      bigint not null,
    cycle        integer not null,
    deduction_id text collate "C" not null,
    primary key (terminal_id, plan_id, cycle)
);

-- Each decision with all the facts it was made on. None is ever changed.
create table gate_decisions (
    deduction_id text collate "C" not null,
    number       integer not null check (number >= 1),
    merchant_id  bigint not null,
    at           timestamptz not null,
    rules        text collate "C" not null, -- the version of the rules
    decision     text not null check (decision in ('allow', 'hold', 'deny')),
    reasons      text collate "C" not null, -- codes, joined by spaces
    answer       text not null, -- of the rules alone, a JSON object
    facts        text not null, -- a JSON object
    primary key (merchant_id, deduction_id, number)
);

-- What became of each, step by step. None is ever changed.
create table gate_steps (
    deduction_id text collate "C" not null,
    number       integer not null check (number >= 1),
    merchant_id  bigint not null,
    at           timestamptz not null,
    step         text not null check (step in ('authorized', 'held', 'denied', 'released', 'voided', 'expired', 'posted', 'ungated', 'reversed', 'refunded')),
    amount_fen   bigint, -- given back by it
    reason       text not null,
    by_kind      text not null,
    by_id        text collate "C" not null,
    primary key (merchant_id, deduction_id, number)
);

-- Requests that came together.
create table gate_batches (
    id           text collate "C" primary key, -- gb_…
    like_key     text collate "C" not null, -- batches with the same one are compared
    asked_kind   text not null,
    asked_by     text collate "C" not null,
    at           timestamptz not null,
    requests     bigint not null,
    total_fen    bigint not null,
    denied       bigint not null,
    held         boolean not null, -- as a whole
    band         text not null, -- what was expected, a JSON object
    answer       text check (answer in ('release', 'deny')), -- of staff, to one that is held; absent: it waits
    answered_at  timestamptz,
    answered_by  text collate "C",
    reason       text
);
create index gate_batches_alike on gate_batches (like_key, at desc);
create index gate_batches_held on gate_batches (at, id) where held and answer is null;

-- Releases of what is held, of a request or of a batch.
create table gate_releases (
    id          text collate "C" primary key, -- gr_…
    subject     text collate "C" not null, -- the deduction or the batch
    reason      text not null,
    waived      text collate "C" not null, -- the holds that were lifted, joined by spaces
    first_id    text collate "C" not null,
    first_name  text not null,
    first_at    timestamptz not null,
    second_id   text collate "C",
    second_name text,
    second_at   timestamptz,
    ended_at    timestamptz -- came to nothing
);
create unique index gate_releases_open on gate_releases (subject) where second_at is null and ended_at is null;

-- What staff have to look into.
create table gate_alarms (
    id           text collate "C" primary key, -- ga_…
    kind         text not null check (kind in ('ungated')),
    deduction_id text collate "C" not null,
    at           timestamptz not null,
    seen_at      timestamptz,
    seen_by      text collate "C"
);
create index gate_alarms_open on gate_alarms (at, id) where seen_at is null;

-- +goose StatementBegin
do $$
declare
    kept text;
begin
    foreach kept in array array['gate_decisions', 'gate_steps'] loop
        execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', kept || '_are_kept', kept);
        execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', kept || '_stay', kept);
    end loop;
end $$;
-- +goose StatementEnd
