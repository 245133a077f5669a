-- +goose Up

-- What a role that owns nothing can't do by itself: make room for a month, and
-- tell the planner of many rows that came at once. Both run as the tables' owner,
-- and change no row that can be seen.

-- +goose StatementBegin
create function make_month(parent regclass, month date) returns void language plpgsql security definer as $$
declare
    key name;
    instant boolean;
    whole name;
    part name;
    since text;
    until text;
begin
    select c.relname, a.attname, a.atttypid = 'timestamptz'::regtype into strict whole, key, instant
    from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = parent and p.partstrat = 'r' and p.partnatts = 1;
    month := date_trunc('month', month);
    part := whole || to_char(month, '_YYYY_MM');
    if to_regclass(quote_ident(part)) is not null then
        return;
    end if;
    -- months are the calendar's in Shanghai
    if instant then
        since := quote_literal(month::timestamp at time zone 'Asia/Shanghai');
        until := quote_literal((month + interval '1 month') at time zone 'Asia/Shanghai');
    else
        since := quote_literal(month);
        until := quote_literal((month + interval '1 month')::date);
    end if;
    execute format('create table %I (like %I including defaults including constraints)', part, whole);
    execute format('lock table %I in access exclusive mode', whole || '_default');
    -- the trigger that keeps rows from being deleted stands aside for this move
    execute format('alter table %I disable trigger user', whole || '_default');
    execute format('with moved as (delete from %1$I where %2$I >= %3$s and %2$I < %4$s returning *) insert into %5$I select * from moved',
        whole || '_default', key, since, until, part);
    execute format('alter table %I enable trigger user', whole || '_default');
    execute format('alter table %I attach partition %I for values from (%s) to (%s)', whole, part, since, until);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function learn(tables regclass[]) returns void language plpgsql security definer as $$
declare
    each regclass;
begin
    foreach each in array tables loop
        execute format('analyze %s', each);
    end loop;
end $$;
-- +goose StatementEnd

-- Names mean the tables of this schema, whatever the caller's own path says.
-- +goose StatementBegin
do $$
begin
    execute format('alter function make_month(regclass, date) set search_path = %I, pg_temp', current_schema());
    execute format('alter function learn(regclass[]) set search_path = %I, pg_temp', current_schema());
end $$;
-- +goose StatementEnd

revoke all on function make_month(regclass, date), learn(regclass[]) from public;
