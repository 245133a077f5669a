-- +goose Up

-- Looks of staff at the pages of a merchant, as it sees them. Each is one browser's,
-- and lasts as long as the session that it was begun from, half an hour at most.
create table merchant_looks (
    id          text collate "C" primary key not null, -- lk_…
    token_hash  bytea not null unique,
    staff_id    text collate "C" not null references staff (id),
    session_id  text collate "C" not null, -- of the member of staff
    merchant_id bigint not null references merchants (id),
    reason      text not null,
    began_at    timestamptz not null,
    until       timestamptz not null,
    ended_at    timestamptz -- absent: nobody has ended it
);
create index merchant_looks_of_staff on merchant_looks (staff_id, began_at);
