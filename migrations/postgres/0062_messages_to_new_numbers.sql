-- +goose Up

-- Somebody looks who has messages sent, once as many went to numbers that were
-- given as may in an hour.
alter table alarms drop constraint alarms_kind_check;
alter table alarms add constraint alarms_kind_check
    check (kind in ('ungated', 'spike', 'batch_held', 'schedule_differs', 'settlement_differs', 'webhook_dead', 'texts_stopped', 'tampered'));
