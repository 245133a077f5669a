-- +goose Up

-- Where somebody wants to be called back, if not at the number that they sign in
-- with: apart from their words, so that it is masked as other numbers are.
alter table cases add column call_phone text collate "C" not null default ''; -- E.164; empty: none was given
create index cases_call_phone on cases (filed_by) where call_phone <> '';
