-- +goose Up

-- What merchants are told, by whichever way it reaches them.

-- A thing to be told: of a charge to come one row for each time that it is
-- announced, of anything else one row for each time that it happens. Its key is
-- what keeps it from being told twice.
create table notices (
    merchant_id bigint not null,
    kind        text not null,
    terminal_id bigint not null default 0, -- 0: none
    plan_id     bigint not null default 0, -- 0: none
    cycle       integer not null default 0, -- 0: none
    lead_days   integer not null default 0, -- days ahead of the charge at which it was to be told
    round       integer not null default 0, -- 1 for the first time; more where a charge stays open or what was told was wrong
    ref         text collate "C" not null default '', -- what else it is about: a deduction, a change, a month
    period_from date, -- first day of the cycle
    due_on      date, -- the day that is told
    amount_fen  bigint,
    version     integer,
    facts       jsonb, -- what else its words need
    not_before  timestamptz not null, -- told from then on
    planned_at  timestamptz not null,
    again_on    date, -- told again from then on if the charge is still open; absent: never
    letter_id   text collate "C", -- what told it; absent: waits
    primary key (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref)
);
create index notices_waiting on notices (not_before) where letter_id is null;
create index notices_waiting_of_merchant on notices (merchant_id) where letter_id is null;
create index notices_of_letter on notices (letter_id) where letter_id is not null;
create index notices_again on notices (again_on) where again_on is not null;
create index notices_of_terminal on notices (terminal_id, plan_id, cycle);

-- Up to which day's charges, and price changes, each lead has been planned.
create table notice_sweeps (
    kind      text not null,
    lead_days integer not null,
    swept_to  date not null,
    primary key (kind, lead_days)
);

-- Up to when what comes by its time has been taken up.
create table notice_marks (
    name text primary key not null,
    at   timestamptz not null
);
create index fee_changes_by_day on fee_changes (effective_on);
create index fee_changes_by_time on fee_changes (opened_at);

-- Notices told together: several lines, one merchant, one moment.
create table letters (
    id          text collate "C" primary key not null, -- l_…
    merchant_id bigint not null references merchants (id),
    kind        text not null,
    due_on      date,
    total_fen   bigint,
    created_at  timestamptz not null,
    state       text not null check (state in ('open', 'told', 'unreached')), -- unreached: no channel is left, and staff are to call
    channels    text not null, -- in the order in which they are tried, joined by spaces
    step        integer not null check (step >= 0), -- how many of them were
    next_at     timestamptz, -- looked at again; absent: never
    handled_at  timestamptz, -- by staff, where nobody was reached
    handled_by  text,
    remark      text
);
create index letters_of_merchant on letters (merchant_id, created_at desc, id desc);
create index letters_under_way on letters (next_at) where state = 'open' and next_at is not null;
create index letters_unreached on letters (created_at, id) where state = 'unreached' and handled_at is null;

-- The outbox: every message that was to leave the house or to lie in the
-- portal, exactly as sent, and what became of it. Times, once there, stay.
alter table messages rename to old_messages;
drop index messages_to_send;
drop index messages_to_recipient;
create table messages (
    id              text collate "C" primary key not null, -- m_…
    kind            text not null,
    channel         text not null check (channel in ('sms', 'email', 'wechat', 'inbox')),
    merchant_id     bigint references merchants (id),
    letter_id       text collate "C" references letters (id),
    recipient       text not null, -- number (E.164), address or openid; empty in the portal
    locale          text not null check (locale in ('zh-CN', 'en')),
    subject         text not null default '',
    body            text not null, -- plain text
    html            text not null default '',
    unsubscribe     text not null default '', -- where one click ends such mail
    fields          jsonb, -- what filled the places of a provider's template
    template        text not null default '', -- whose words: name and version
    content_hash    text not null default '', -- SHA-256, in hexadecimal, of what was sent; empty: it held a secret, and is wiped
    code            text collate "C" unique, -- by which anyone may check it
    again_for       text collate "C" references messages (id), -- the one that was sent anew by it
    urgent          boolean not null default false, -- goes before those that are not
    created_at      timestamptz not null,
    not_after       timestamptz not null, -- useless later
    state           text not null check (state in ('queued', 'sending', 'accepted', 'delivered', 'read', 'acknowledged', 'failed', 'dead')),
    attempts        integer not null default 0 check (attempts >= 0),
    next_at         timestamptz not null, -- not tried before
    trying_at       timestamptz, -- handed over since then, and no word yet
    maybe_twice     boolean not null default false, -- tried again without that word, and the provider can't tell
    reason          text, -- kind of failure
    last_error      text,
    provider        text, -- who took it
    provider_id     text, -- their name for it
    accepted_at     timestamptz,
    delivered_at    timestamptz,
    read_at         timestamptz,
    acknowledged_at timestamptz,
    failed_at       timestamptz, -- refused for good, given up on or reported as not arrived
    counted_at      timestamptz, -- handed to the verdict
    news            boolean not null default false -- its letter does not know yet how far it has come
);
insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, attempts, next_at, last_error, provider_id, accepted_at)
select id, kind, channel, recipient, locale, body, created_at, created_at + interval '3 days', state, attempts, next_at, last_error, provider_id, accepted_at from old_messages;
drop table old_messages;
create index messages_to_send on messages (channel, urgent desc, next_at) where state in ('queued', 'sending');
create index messages_to_recipient on messages (recipient, created_at);
create index messages_of_letter on messages (letter_id) where letter_id is not null;
create index messages_of_merchant on messages (merchant_id, channel, created_at desc, id desc) where merchant_id is not null;
create index messages_with_news on messages (letter_id) where news;
create index messages_to_count on messages (channel, state, accepted_at)
    where counted_at is null and letter_id is not null and kind in ('upcoming', 'changed')
        and (channel = 'inbox' or state in ('delivered', 'read', 'acknowledged'));
create index messages_of_provider on messages (provider, provider_id) where provider_id is not null;
create index messages_by_time on messages (created_at desc, id desc);
create index messages_of_accounts on messages (created_at) where merchant_id is null;

-- What was sent stays as it was, when what happened too, and no message comes
-- less far than it was. Only a text that held a secret is wiped.
create trigger messages_stay_as_sent before update on messages
    for each row when (
    new.id is distinct from old.id
    or new.kind is distinct from old.kind
    or new.channel is distinct from old.channel
    or new.merchant_id is distinct from old.merchant_id
    or new.letter_id is distinct from old.letter_id
    or new.recipient is distinct from old.recipient
    or new.locale is distinct from old.locale
    or new.template is distinct from old.template
    or new.content_hash is distinct from old.content_hash
    or new.code is distinct from old.code
    or new.again_for is distinct from old.again_for
    or new.created_at is distinct from old.created_at
    or new.not_after is distinct from old.not_after
    or new.subject is distinct from old.subject and (old.content_hash <> '' or new.subject <> '')
    or new.body is distinct from old.body and (old.content_hash <> '' or new.body <> '')
    or new.html is distinct from old.html and (old.content_hash <> '' or new.html <> '')
    or new.unsubscribe is distinct from old.unsubscribe and (old.content_hash <> '' or new.unsubscribe <> '')
    or new.fields is distinct from old.fields and (old.content_hash <> '' or new.fields is not null)
    or old.accepted_at is not null and new.accepted_at is distinct from old.accepted_at
    or old.delivered_at is not null and new.delivered_at is distinct from old.delivered_at
    or old.read_at is not null and new.read_at is distinct from old.read_at
    or old.acknowledged_at is not null and new.acknowledged_at is distinct from old.acknowledged_at
    or old.failed_at is not null and new.failed_at is distinct from old.failed_at
    or old.counted_at is not null and new.counted_at is distinct from old.counted_at
    or case new.state when 'acknowledged' then 5 when 'read' then 4 when 'delivered' then 3 when 'failed' then 2 when 'dead' then 1 when 'accepted' then 1 else 0 end
        < case old.state when 'acknowledged' then 5 when 'read' then 4 when 'delivered' then 3 when 'failed' then 2 when 'dead' then 1 when 'accepted' then 1 else 0 end
    ) execute function refuse_change();
create trigger messages_are_kept before delete on messages
    for each row when (old.content_hash <> '') execute function refuse_change();
create trigger messages_stay before truncate on messages
    for each statement execute function refuse_change();

-- How much of what a channel's provider takes in a second is used up, and until
-- when the provider wants nothing.
create table delivery_pace (
    channel    text primary key not null,
    free_at    timestamptz, -- used up until then; absent: nothing is
    held_until timestamptz
);

-- What providers signed lately, so that none is taken twice.
create table hook_nonces (
    nonce text collate "C" primary key not null,
    at    timestamptz not null
);
create index hook_nonces_by_time on hook_nonces (at);

-- How a merchant wants to be told. Who has no row is told as by default.
create table notice_preferences (
    merchant_id    bigint primary key not null references merchants (id),
    locale         text not null check (locale in ('zh-CN', 'en')),
    leads          bigint not null, -- bit n: n days ahead
    quiet_from     integer not null check (quiet_from between 0 and 1439), -- minutes of the day in Shanghai
    quiet_to       integer not null check (quiet_to between 0 and 1439), -- the same as quiet_from: none
    send_minute    integer not null check (send_minute between 0 and 1439), -- when a day's announcements go out
    matrix         jsonb not null, -- channels by event, in the order in which they are tried
    inbox_only     boolean not null, -- of charges to come
    usage_percent  integer not null check (usage_percent between 1 and 100), -- of the SIM's allowance, besides all of it
    balance_fen    bigint not null check (balance_fen >= 0), -- a SIM's balance below this is low
    updated_at     timestamptz not null,
    updated_by     text not null
);

-- Where else messages go, once the code sent there was entered; and the WeChat
-- accounts that follow.
create table notice_recipients (
    id           text collate "C" primary key not null, -- nr_…
    merchant_id  bigint not null references merchants (id),
    channel      text not null check (channel in ('sms', 'email', 'wechat')),
    address      text collate "C" not null, -- empty: a WeChat account that has not scanned its code yet
    name         text not null,
    added_by     text not null,
    added_at     timestamptz not null,
    code_hash    bytea,
    code_until   timestamptz,
    code_tries   integer not null default 0,
    confirmed_at timestamptz,
    ended_at     timestamptz, -- removed or unsubscribed
    ended_why    text,
    off          text not null default '' -- events of which it gets nothing, joined by spaces
);
create index notice_recipients_of_merchant on notice_recipients (merchant_id, channel);
create index notice_recipients_of_address on notice_recipients (channel, address);
create unique index notice_recipients_once on notice_recipients (merchant_id, channel, address) where ended_at is null and address <> '';
create unique index notice_recipients_of_code on notice_recipients (code_hash) where code_hash is not null;

-- Terminals of which something else is to come than was foreseen, until the
-- notices follow.
create table forecast_changes (
    terminal_id bigint primary key not null references terminals (id)
);
create index forecasts_in_order on forecasts (due_on);

-- Deductions of the last days of which something is new, until it is told.
create table deduction_news (
    deduction_id text collate "C" not null,
    state        text not null,
    merchant_id  bigint not null,
    terminal_id  bigint not null,
    at           timestamptz not null,
    primary key (merchant_id, deduction_id, state)
);

-- Terminals whose SIM used or was left with something new, until it is told.
create table usage_news (
    terminal_id bigint primary key not null references terminals (id)
);
