-- +goose Up

-- What staff and everybody else read of cases in figures: counted by a job, so
-- that a page costs the same however many cases there are.

-- Where a merchant is, as the core system says. Empty: it does not say.
alter table merchants add column region text not null default '';

-- Cases of which something has changed that figures count, until they are counted
-- again.
create table figure_changes (
    case_id text collate "C" primary key not null
);
insert into figure_changes (case_id) select id from cases;

-- +goose StatementBegin
create function note_case_for_figures() returns trigger language plpgsql as $$
begin
    -- A note that is there already is written again: who counts waits for this
    -- transaction, and then sees what it did.
    insert into figure_changes (case_id) values (new.id) on conflict (case_id) do update set case_id = excluded.case_id;
    return null;
end
$$;
-- +goose StatementEnd
create trigger cases_change_figures after insert on cases
    for each row execute function note_case_for_figures();
create trigger case_steps_change_figures after update on cases
    for each row when (old.state <> new.state or old.merged_into is distinct from new.merged_into)
    execute function note_case_for_figures();

-- +goose StatementBegin
create function note_rating_for_figures() returns trigger language plpgsql as $$
begin
    insert into figure_changes (case_id) values (new.case_id) on conflict (case_id) do update set case_id = excluded.case_id;
    return null;
end
$$;
-- +goose StatementEnd
create trigger ratings_change_figures after insert on case_ratings
    for each row execute function note_rating_for_figures();

-- A case as figures count it. One that was merged into another is none.
create table figure_cases (
    case_id     text collate "C" primary key not null,
    merchant_id bigint not null,
    filed_on    date not null, -- in Shanghai
    kind        text not null,
    reason      text not null,
    channel     text not null,
    region      text not null, -- of the merchant; empty: not known
    speed       text not null check (speed in ('within_1', 'within_3', 'over_3', 'withdrawn', 'open')), -- by working days of its own calendar
    finding     text not null, -- empty: none
    cause       text not null, -- empty: none
    stars       integer not null -- that the merchant gave; 0: none
);
create index figure_cases_by_day on figure_cases (filed_on);

-- How many there were on a day, by whatever they are counted by.
create table figure_days (
    on_date date not null, -- in Shanghai
    measure text collate "C" not null, -- such as reason
    name    text collate "C" not null, -- such as too_much
    n       bigint not null,
    primary key (on_date, measure, name)
);

-- How far each count has come.
create table figure_marks (
    name  text collate "C" primary key not null,
    up_to text collate "C" not null, -- the last one that was counted; empty: nothing that has an order
    at    timestamptz not null
);
