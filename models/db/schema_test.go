package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// collect returns the texts that a query finds, one column or several.
func collect(t testing.TB, d *db.DB, query string, args ...any) (all []string) {
	t.Helper()
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s string
			err := rows.Scan(&s)
			all = append(all, s)
			return err
		})
	}, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// ours leaves out the tables of the job queue and of the migrations, and
// SQLite's own.
func ours(tables []string) []string {
	return slices.DeleteFunc(tables, func(name string) bool {
		return strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "sqlite_")
	})
}

// describePostgres writes the schema as lines that SQLite's can be compared
// with.
func describePostgres(t *testing.T, d *db.DB) (lines []string) {
	tables := ours(collect(t, d, `
select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`))
	for _, table := range tables {
		lines = append(lines, collect(t, d, `
select 'column ' || $1 || '.' || column_name || ' ' ||
    case data_type
        when 'bigint' then 'integer' when 'integer' then 'integer'
        when 'timestamp with time zone' then 'timestamp'
        when 'date' then 'text' when 'jsonb' then 'text'
        when 'bytea' then 'blob'
        else data_type end ||
    case is_nullable when 'NO' then ' not null' else '' end ||
    coalesce(' default ' || replace(column_default, '::text', ''), '')
from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position`, table)...)
		lines = append(lines, collect(t, d, `
select 'key ' || $1 || ' (' || string_agg(a.attname, ', ' order by k.place) || ')'
from pg_constraint c cross join unnest(c.conkey) with ordinality k (number, place)
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
where c.conrelid = $1::regclass and c.contype in ('p', 'u') group by c.oid`, table)...)
		lines = append(lines, collect(t, d, `
select 'reference ' || $1 || '.' || a.attname || ' to ' || c.confrelid::regclass || '.' || f.attname
from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
join pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
where c.conrelid = $1::regclass and c.contype = 'f' and array_length(c.conkey, 1) = 1`, table)...)
		lines = append(lines, collect(t, d, `
select 'checks ' || $1 || ' ' || count(*) from pg_constraint where conrelid = $1::regclass and contype = 'c'`, table)...)
		lines = append(lines, collect(t, d, `
select 'index ' || i.relname || ' (' || string_agg(coalesce(a.attname, 'a value') || case x.indoption[k.place - 1] & 1 when 1 then ' desc' else '' end, ', ' order by k.place) || ')' ||
    case when x.indpred is null then '' else ' in part' end
from pg_index x join pg_class i on i.oid = x.indexrelid
cross join unnest(x.indkey) with ordinality k (number, place)
left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number
where x.indrelid = $1::regclass and k.place <= x.indnkeyatts
    and not exists (select from pg_constraint c where c.conindid = x.indexrelid)
group by i.relname, x.indexrelid, x.indpred is null`, table)...)
	}
	slices.Sort(lines)
	return lines
}

func describeSQLite(t *testing.T, d *db.DB) (lines []string) {
	tables := ours(collect(t, d, "select name from sqlite_schema where type = 'table' order by 1"))
	for _, table := range tables {
		lines = append(lines, collect(t, d, `
select 'column ' || $1 || '.' || name || ' ' || lower(type) ||
    case when "notnull" = 1 or (pk > 0 and lower(type) = 'integer') then ' not null' else '' end ||
    coalesce(' default ' || dflt_value, '')
from pragma_table_info($1)`, table)...)
		lines = append(lines, collect(t, d, `
select 'key ' || $1 || ' (' || group_concat(name, ', ' order by pk) || ')' from pragma_table_info($1) where pk > 0 having count(*) > 0`, table)...)
		lines = append(lines, collect(t, d, `
select 'key ' || $1 || ' (' || (select group_concat(name, ', ' order by seqno) from pragma_index_info(l.name)) || ')'
from pragma_index_list($1) l where origin = 'u'`, table)...)
		lines = append(lines, collect(t, d, `
select 'reference ' || $1 || '.' || "from" || ' to ' || "table" || '.' || "to" from pragma_foreign_key_list($1)`, table)...)
		made := collect(t, d, "select sql from sqlite_schema where type = 'table' and name = $1", table)[0]
		lines = append(lines, fmt.Sprintf("checks %s %d", table, strings.Count(made, "check (")))
		lines = append(lines, collect(t, d, `
select 'index ' || l.name || ' (' ||
    (select group_concat(coalesce(name, 'a value') || case "desc" when 1 then ' desc' else '' end, ', ' order by seqno) from pragma_index_xinfo(l.name) where key = 1) || ')' ||
    case partial when 1 then ' in part' else '' end
from pragma_index_list($1) l where origin = 'c'`, table)...)
	}
	slices.Sort(lines)
	return lines
}

func TestBothDatabasesHaveTheSameSchema(t *testing.T) {
	onPostgres, onSQLite := describePostgres(t, postgresOnly(t)), describeSQLite(t, dbtest.SQLite(t))
	if len(onPostgres) < 300 {
		t.Fatalf("got %d facts about the schema, want all of it", len(onPostgres))
	}
	for _, line := range onPostgres {
		if !slices.Contains(onSQLite, line) {
			t.Errorf("only on PostgreSQL: %s", line)
		}
	}
	for _, line := range onSQLite {
		if !slices.Contains(onPostgres, line) {
			t.Errorf("only on SQLite: %s", line)
		}
	}
}

func TestAMerchantsTablesLeadAnIndexWithTheMerchant(t *testing.T) {
	lines := describeSQLite(t, dbtest.SQLite(t))
	// what is reached by another key alone, with the merchant's id checked after
	excused := map[string]string{
		"sessions":        "found by its token",
		"entry_links":     "found by its token",
		"evidence_packs":  "for staff, by what they are about",
		"gate_settled":    "for staff, by day",
		"settlement_gaps": "for staff, by day",
		"figure_cases":    "for figures, by day",
		"closing_members": "found by the closing",
		"merchant_looks":  "found by its token",
		"terminal_asks":   "found by the terminal, beside which its merchant stands",
	}
	for _, line := range lines {
		table, ok := strings.CutPrefix(line, "column ")
		table, column, _ := strings.Cut(table, ".")
		if !ok || !strings.HasPrefix(column, "merchant_id ") || excused[table] != "" {
			continue
		}
		if !slices.ContainsFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, "key "+table+" (merchant_id") || strings.HasPrefix(l, "index ") &&
				strings.Contains(l, table) && strings.Contains(l, " (merchant_id")
		}) {
			t.Errorf("%s belongs to merchants and no key or index of it begins with merchant_id", table)
		}
	}
}

// rowOf inserts one row into each append-only table.
var rowOf = map[string][]string{
	"audit_entries": {"insert into audit_entries (id, at, actor_kind, actor_id, action, subject, details) values ('a_1', '2026-01-31 00:00:00+00:00', 'cli', 'root', 'x', 'y', '{}')"},
	"audit_seals":   {"insert into audit_seals (seq, first_id, last_id, count, hash, previous, sealed_at) values (1, 'a_1', 'a_1', 1, '1', '0', '2026-01-31 00:00:00+00:00')"},
	"acceptances": {
		"insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', 'm', '', '', '', '2026-01-01', '2026-01-31 00:00:00+00:00')",
		"insert into shops (id, merchant_id, name) values (1, 1, 's')",
		"insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, 1, 1, '8', '', '', '', '', '', '', '2026-01-31 00:00:00+00:00')",
		"insert into disclosures (id, slug, title) values (1, 'fees', '{}')",
		"insert into plans (id, code, disclosure_id, item) values (1, 'p', 1, 'sim_data')",
		"insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (1, 1, 1, 1, '2026-01-01')",
		"insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (1, 1, 1, '2026-01-01', 'x', 'app', '2026-01-31 00:00:00+00:00')",
	},
}

func TestWhatIsAppendOnlyCannotBeChangedOrRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for table, rows := range rowOf {
			write(t, d, rows...)
			column := map[string]string{"audit_entries": "action", "audit_seals": "sealed_at", "acceptances": "accepted_by"}[table]
			attempts := []string{
				"update " + table + " set " + column + " = " + column,
				"delete from " + table,
			}
			if d.Dialect == db.Postgres {
				attempts = append(attempts, "truncate "+table)
			} else {
				attempts = append(attempts, "insert or replace into "+table+" select * from "+table)
			}
			for _, s := range attempts {
				err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), s); return err })
				if err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: got %v, want a refusal that says append-only", s, err)
				}
			}
			var n int
			if err := d.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n); err != nil || n != 1 {
				t.Errorf("%s: got %d rows, %v; want the one", table, n, err)
			}
		}
	})
}
