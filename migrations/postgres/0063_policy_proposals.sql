-- +goose Up

-- Policies, as somebody proposed them and somebody else put them in force. Those
-- that hold or will lie in policies.
create table policy_proposals (
    number        integer primary key not null, -- 1, 2, …
    value         text not null, -- the rules, a JSON object
    was           text not null, -- those in whose place they were to come
    in_force_on   date not null, -- the day on which they were to begin
    reason        text not null,
    state         text not null check (state in ('open', 'on', 'withdrawn')),
    proposed_at   timestamptz not null,
    proposed_by   text collate "C" not null,
    proposed_name text not null,
    ended_at      timestamptz, -- put in force or withdrawn
    ended_by      text collate "C",
    ended_name    text,
    version       integer references policies (version) -- that they became
);
create unique index policy_proposals_open on policy_proposals (state) where state = 'open';
