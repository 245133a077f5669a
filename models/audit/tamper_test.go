package audit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// chained returns the heads of a chain of three seals, each over four entries.
func chained(t *testing.T, d *db.DB) (heads []audit.Head) {
	t.Helper()
	for i, e := range [][]audit.Entry{many(12)[:4], many(12)[4:8], many(12)[8:]} {
		record(t, d, e...)
		heads = append(heads, seal(t, d, settled.Add(time.Duration(i)*time.Hour), 4))
	}
	if r := verify(t, d, heads...); !r.Sound() || r.Seals != 3 {
		t.Fatalf("before: got %+v, want a sound chain", r)
	}
	return heads
}

func wantFlaw(t *testing.T, d *db.DB, kept []audit.Head, want ...audit.Finding) {
	t.Helper()
	if got := verify(t, d, kept...).Findings; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEntriesThatChangedPlacesShow(t *testing.T) {
	const one, other = "(select id from audit_entries order by id limit 1 offset 1)", "(select id from audit_entries order by id limit 1 offset 2)"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "update audit_entries set action = case when action = 'step.1' then 'step.2' else 'step.1' end where id in ("+one+", "+other+")")
		wantFlaw(t, d, heads, audit.Finding{Seq: 1, Flaw: audit.Changed})
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) { // by their ids
		heads := chained(t, d)
		tamper(t, d, "update audit_entries set id = id || 'x' where id = "+one)
		wantFlaw(t, d, heads, audit.Finding{Seq: 1, Flaw: audit.Changed})
	})
}

func TestEntriesMovedToAnotherSealShow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "update audit_seals set last_id = (select id from audit_entries order by id limit 1 offset 4), count = 5 where seq = 1")
		wantFlaw(t, d, heads, audit.Finding{Seq: 1, Flaw: audit.Changed}, audit.Finding{Seq: 2, Flaw: audit.Missing})
	})
}

func TestAnotherMomentOrStartOfASealShows(t *testing.T) {
	for _, statement := range []string{
		"update audit_seals set sealed_at = '2026-02-01 00:00:00+00:00' where seq = 2", "update audit_seals set first_id = (select first_id from audit_seals where seq = 1) where seq = 2",
	} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			heads := chained(t, d)
			tamper(t, d, statement)
			wantFlaw(t, d, heads, audit.Finding{Seq: 2, Flaw: audit.Changed})
		})
	}
}

func TestWordsBehindTheDetailsShow(t *testing.T) {
	d := dbtest.SQLite(t) // PostgreSQL takes one document alone
	heads := chained(t, d)
	tamper(t, d, `update audit_entries set details = details || ' {"count": 4}' where id = (select min(id) from audit_entries)`)
	wantFlaw(t, d, heads, audit.Finding{Seq: 1, Flaw: audit.Changed})
}

func TestAChainCutOffBeforeAKeptHeadShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "delete from audit_entries where id > (select last_id from audit_seals where seq = 1)")
		tamper(t, d, "delete from audit_seals where seq > 1")
		wantFlaw(t, d, nil) // in itself it is whole
		wantFlaw(t, d, heads, audit.Finding{Seq: 2, Flaw: audit.Cut})
		wantFlaw(t, d, heads[2:], audit.Finding{Seq: 3, Flaw: audit.Cut})
		wantFlaw(t, d, heads[:1])
	})
}

func TestAChainCutOffAndGoneOnWithShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "delete from audit_entries where id > (select last_id from audit_seals where seq = 1)")
		tamper(t, d, "delete from audit_seals where seq > 1")
		record(t, d, many(12)[4:]...)
		heads = append(heads, seal(t, d, settled.Add(9*time.Hour), 8))
		wantFlaw(t, d, nil)
		wantFlaw(t, d, heads, audit.Finding{Seq: 2, Flaw: audit.Cut})
	})
}

func TestARecordRewrittenWithAllItsSealsShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "delete from audit_seals")
		tamper(t, d, "update audit_entries set actor_id = 'u_2' where action = 'step.2'")
		seal(t, d, settled.Add(9*time.Hour), 12) // a chain that is right, of a record that is not
		wantFlaw(t, d, nil)
		for _, kept := range [][]audit.Head{heads, heads[:1]} {
			wantFlaw(t, d, kept, audit.Finding{Seq: 1, Flaw: audit.Cut})
		}
		wantFlaw(t, d, heads[2:], audit.Finding{Seq: 3, Flaw: audit.Cut})
	})
}

func TestTheRecordEmptiedShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		tamper(t, d, "delete from audit_entries")
		wantFlaw(t, d, nil, audit.Finding{Seq: 1, Flaw: audit.Missing}, audit.Finding{Seq: 2, Flaw: audit.Missing}, audit.Finding{Seq: 3, Flaw: audit.Missing})
		tamper(t, d, "delete from audit_seals")
		wantFlaw(t, d, heads, audit.Finding{Seq: 1, Flaw: audit.Cut})
	})
}
