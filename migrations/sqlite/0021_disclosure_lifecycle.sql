-- +goose Up

-- How a disclosure comes about: drafted, opened for opinions, approved by
-- someone else, published, perhaps withdrawn. Everything but the draft itself
-- is only ever added.

-- A text under its hash, exactly as it was hashed.
create table disclosure_contents (
    hash       text not null primary key, -- SHA-256 of the body, in hexadecimal
    body       text not null,
    created_at timestamp not null
);

create table disclosure_drafts (
    id            text not null primary key, -- dr_…
    slug          text not null,
    disclosure_id integer references disclosures (id), -- null: the first version of a new one
    base_version  integer check (base_version >= 1),  -- of the disclosure, from which it began
    state         text not null check (state in ('draft', 'in_review', 'approved', 'published', 'dropped')),
    revision      integer not null check (revision >= 1),   -- rises with each change
    submission    integer not null check (submission >= 0), -- how often it was submitted
    content       text not null,
    content_hash  text not null,
    version_id    integer unique references disclosure_versions (id),
    created_at    timestamp not null,
    updated_at    timestamp not null,
    updated_by    text not null, -- name
    check ((state = 'published') = (version_id is not null))
);
create unique index disclosure_drafts_open on disclosure_drafts (slug) where state in ('draft', 'in_review', 'approved');

-- Who changed or submitted a draft. They can't approve it.
create table disclosure_draft_authors (
    draft_id   text not null references disclosure_drafts (id),
    staff_id   text not null,
    staff_name text not null,
    at         timestamp not null,
    primary key (draft_id, staff_id)
);

create table disclosure_reviews (
    id            integer primary key autoincrement,
    draft_id      text not null references disclosure_drafts (id),
    submission    integer not null check (submission >= 1),
    content_hash  text not null references disclosure_contents (hash),
    decision      text not null check (decision in ('approved', 'sent_back')),
    comment       text not null,
    reviewer_id   text not null,
    reviewer_name text not null,
    at            timestamp not null,
    unique (draft_id, submission) -- of two who decide at once, one does
);

-- +goose StatementBegin
create trigger disclosure_reviews_need_another before insert on disclosure_reviews
when new.decision = 'approved' and exists (
    select 1 from disclosure_draft_authors a where a.draft_id = new.draft_id and a.staff_id = new.reviewer_id)
begin
    select raise(abort, 'an author can not approve');
end;
-- +goose StatementEnd

create table disclosure_publications (
    version_id     integer primary key references disclosure_versions (id),
    draft_id       text not null unique references disclosure_drafts (id),
    review_id      integer not null unique references disclosure_reviews (id), -- that approved it
    body           text not null, -- exactly what the version's content_hash is of
    policy_version integer not null check (policy_version >= 0),
    staff_id       text not null,
    staff_name     text not null,
    at             timestamp not null
);

-- When merchants were asked what they think, and of which text.
create table disclosure_openings (
    id           integer primary key autoincrement,
    draft_id     text not null references disclosure_drafts (id),
    content_hash text not null references disclosure_contents (hash),
    until_on     text not null, -- the last day, in Shanghai
    staff_id     text not null,
    staff_name   text not null,
    at           timestamp not null
);
create index disclosure_openings_of_draft on disclosure_openings (draft_id, id);

create table disclosure_closings (
    opening_id integer primary key references disclosure_openings (id),
    staff_id   text not null,
    at         timestamp not null
);

create table disclosure_opinions (
    id          text not null primary key, -- op_…
    opening_id  integer not null references disclosure_openings (id),
    merchant_id integer not null references merchants (id),
    user_id     text not null,
    user_name   text not null,
    body        text not null,
    at          timestamp not null
);
create index disclosure_opinions_of_merchant on disclosure_opinions (merchant_id, at);
create index disclosure_opinions_of_opening on disclosure_opinions (opening_id, id);

create table disclosure_opinion_answers (
    opinion_id text not null primary key references disclosure_opinions (id),
    body       text not null,
    staff_id   text not null,
    staff_name text not null,
    at         timestamp not null
);

-- A version that will not take effect: one proposes, another confirms.
create table disclosure_withdrawal_proposals (
    id         integer primary key autoincrement,
    version_id integer not null references disclosure_versions (id),
    reason     text not null, -- a text for each language
    staff_id   text not null,
    staff_name text not null,
    at         timestamp not null
);
create index disclosure_withdrawal_proposals_of_version on disclosure_withdrawal_proposals (version_id, id);

create table disclosure_withdrawals (
    version_id  integer primary key references disclosure_versions (id),
    proposal_id integer not null unique references disclosure_withdrawal_proposals (id),
    staff_id    text not null,
    staff_name  text not null,
    at          timestamp not null
);

-- What is published, and how it came about, is never altered: not by a program
-- that goes wrong, and not by one that means to.
-- +goose StatementBegin
create trigger disclosures_refuse_update before update on disclosures
begin
    select raise(abort, 'disclosures is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosures_refuse_delete before delete on disclosures
begin
    select raise(abort, 'disclosures is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_versions_refuse_update before update on disclosure_versions
begin
    select raise(abort, 'disclosure_versions is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_versions_refuse_delete before delete on disclosure_versions
begin
    select raise(abort, 'disclosure_versions is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plans_refuse_update before update on plans
begin
    select raise(abort, 'plans is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plans_refuse_delete before delete on plans
begin
    select raise(abort, 'plans is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plan_versions_refuse_update before update on plan_versions
begin
    select raise(abort, 'plan_versions is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger plan_versions_refuse_delete before delete on plan_versions
begin
    select raise(abort, 'plan_versions is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_contents_refuse_update before update on disclosure_contents
begin
    select raise(abort, 'disclosure_contents is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_contents_refuse_delete before delete on disclosure_contents
begin
    select raise(abort, 'disclosure_contents is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_draft_authors_refuse_update before update on disclosure_draft_authors
begin
    select raise(abort, 'disclosure_draft_authors is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_draft_authors_refuse_delete before delete on disclosure_draft_authors
begin
    select raise(abort, 'disclosure_draft_authors is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_reviews_refuse_update before update on disclosure_reviews
begin
    select raise(abort, 'disclosure_reviews is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_reviews_refuse_delete before delete on disclosure_reviews
begin
    select raise(abort, 'disclosure_reviews is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_publications_refuse_update before update on disclosure_publications
begin
    select raise(abort, 'disclosure_publications is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_publications_refuse_delete before delete on disclosure_publications
begin
    select raise(abort, 'disclosure_publications is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_openings_refuse_update before update on disclosure_openings
begin
    select raise(abort, 'disclosure_openings is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_openings_refuse_delete before delete on disclosure_openings
begin
    select raise(abort, 'disclosure_openings is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_closings_refuse_update before update on disclosure_closings
begin
    select raise(abort, 'disclosure_closings is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_closings_refuse_delete before delete on disclosure_closings
begin
    select raise(abort, 'disclosure_closings is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_opinions_refuse_update before update on disclosure_opinions
begin
    select raise(abort, 'disclosure_opinions is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_opinions_refuse_delete before delete on disclosure_opinions
begin
    select raise(abort, 'disclosure_opinions is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_opinion_answers_refuse_update before update on disclosure_opinion_answers
begin
    select raise(abort, 'disclosure_opinion_answers is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_opinion_answers_refuse_delete before delete on disclosure_opinion_answers
begin
    select raise(abort, 'disclosure_opinion_answers is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_withdrawal_proposals_refuse_update before update on disclosure_withdrawal_proposals
begin
    select raise(abort, 'disclosure_withdrawal_proposals is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_withdrawal_proposals_refuse_delete before delete on disclosure_withdrawal_proposals
begin
    select raise(abort, 'disclosure_withdrawal_proposals is append-only: delete refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_withdrawals_refuse_update before update on disclosure_withdrawals
begin
    select raise(abort, 'disclosure_withdrawals is append-only: update refused');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger disclosure_withdrawals_refuse_delete before delete on disclosure_withdrawals
begin
    select raise(abort, 'disclosure_withdrawals is append-only: delete refused');
end;
-- +goose StatementEnd
