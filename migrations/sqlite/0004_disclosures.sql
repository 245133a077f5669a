-- +goose Up

-- Published fees. A price exists only because a version of a disclosure states
-- it; what is published is never altered.

create table disclosures (
    id    integer primary key autoincrement,
    slug  text not null unique,
    title text not null -- a text for each language
);

create table disclosure_versions (
    id              integer primary key autoincrement,
    disclosure_id   integer not null references disclosures (id),
    version         integer not null check (version >= 1),
    published_on    text not null,
    effective_on    text not null,
    disclosure_days integer not null check (disclosure_days >= 0),
    taken_over      boolean not null, -- from before this product; not reviewed here
    content_hash    text not null,
    created_at      timestamp not null,
    unique (disclosure_id, version)
);

create table plans (
    id            integer primary key autoincrement,
    code          text not null unique,
    disclosure_id integer not null references disclosures (id),
    item          text not null check (item in ('sim_data', 'device_deposit', 'activation', 'service', 'transaction', 'withdrawal', 'insurance', 'overage')),
    method        text check (method in ('credit', 'debit', 'card', 'qr')),
    cap_12m_fen   integer not null default 0 check (cap_12m_fen >= 0)
);

create table plan_versions (
    id                    integer primary key autoincrement,
    plan_id               integer not null references plans (id),
    version               integer not null check (version >= 1),
    disclosure_version_id integer not null references disclosure_versions (id),
    published_on          text not null,
    effective_on          text not null,
    disclosure_days       integer not null check (disclosure_days >= 0),
    kind                  text not null check (kind in ('recurring', 'one_off', 'per_item', 'rate')),
    amount_fen            integer check (amount_fen >= 0),
    cycle_months          integer check (cycle_months >= 1),
    free_days             integer check (free_days >= 0),
    free_months           integer check (free_months >= 0),
    idle                  text check (idle in ('accrue', 'skip')),
    ppm                   integer check (ppm >= 0),
    min_fen               integer check (min_fen >= 0),
    cap_fen               integer check (cap_fen >= 0),
    texts                 text not null, -- title, clause, recipient, priced_by, refund, stop
    unique (plan_id, version),
    check (free_days is null or free_months is null),
    check ((kind = 'rate') = (ppm is not null)),
    check ((kind = 'rate') = (amount_fen is null)),
    check ((kind = 'recurring') = (cycle_months is not null)),
    check ((kind = 'recurring') = (idle is not null))
);
create index plan_versions_of_disclosure_version on plan_versions (disclosure_version_id);
