-- +goose Up

-- A case that is decided goes on waiting for its owner: for money to be given back
-- that nobody has proposed, or for an answer to what the merchant wrote since. It
-- stands in the queue beside those that no decision was made in.
alter table cases add column waits_for text not null default ''; -- once it is decided: refund, answer; empty: nothing
alter table cases add column queue_at timestamptz; -- by what the queue is in order; null: the case is not in it

update cases set queue_at = next_due_at where under_way;

update cases set waits_for = 'refund', queue_at = (select max(d.at) from case_decisions d where d.case_id = cases.id)
where merged_into is null and state in ('decided', 'refund_pending')
    and (select d.amount_fen from case_decisions d where d.case_id = cases.id order by d.number desc limit 1) >
        (select coalesce(sum(r.amount_fen), 0) from refund_proposals r
            where r.merchant_id = cases.merchant_id and r.case_id = cases.id and r.state <> 'refused'
                and r.proposed_at >= (select max(d.at) from case_decisions d where d.case_id = cases.id));

update cases set waits_for = 'answer', queue_at = (select max(e.at) from case_events e where e.case_id = cases.id and e.kind = 'merchant_answered')
where merged_into is null and state in ('decided', 'refund_pending')
    and (select max(e.seq) from case_events e where e.case_id = cases.id and e.kind = 'merchant_answered') >
        (select max(e.seq) from case_events e where e.case_id = cases.id and e.kind in ('decision_made', 'person_replied', 'decision_accepted'));

drop index cases_queue;
drop index cases_of_owner;
drop index cases_breached;
drop index cases_waiting;
drop index cases_reopened;
drop index cases_of_authorities;
create index cases_under_way on cases (next_due_at) where under_way;
create index cases_queue on cases (queue_at, id) where queue_at is not null;
create index cases_of_owner on cases (owner_id, queue_at, id) where queue_at is not null;
create index cases_breached on cases (queue_at, id) where under_way and breached;
create index cases_waiting on cases (queue_at, id) where under_way and state = 'awaiting_merchant';
create index cases_reopened on cases (queue_at, id) where under_way and reopened;
create index cases_of_authorities on cases (queue_at, id) where under_way and authority <> '';
create index cases_after_decision on cases (queue_at, id) where waits_for <> '';
