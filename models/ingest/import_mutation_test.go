package ingest

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// importMutations imports the sample, and then folders of it with one file
// mutated each, into the same database. A refusal must leave everything as it
// was; what is taken must hang together.
func importMutations(t *testing.T, d *db.DB, seeds uint64, n int) {
	original := lighter(t)
	original["usage.csv"] = bytes.Join(bytes.SplitAfterN(original["usage.csv"], []byte("\n"), 101)[:100], nil)
	names, ways := slices.Sorted(maps.Keys(original)), slices.Sorted(maps.Keys(mutations))
	dir := t.TempDir()
	for name, content := range original {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	importAll(t, d, morning, folderOf(t, dir)...)
	before, taken := intaketest.Dump(t, d), 0
	for seed := range uint64(n) {
		random := rand.New(rand.NewPCG(seed, seeds))
		name, way := names[random.IntN(len(names))], ways[random.IntN(len(ways))]
		if err := os.WriteFile(filepath.Join(dir, name), mutations[way](t, bytes.Clone(original[name]), random), 0o600); err != nil {
			t.Fatal(err)
		}
		now := morning.Add(time.Duration(seed+1) * time.Minute)
		done, err := Import(t.Context(), d, clock.At(now), operator, folderOf(t, dir), Options{})
		if err == nil {
			taken++
			before = intaketest.Dump(t, d)
			wantWhole(t, d)
		} else {
			if refusal, ok := errors.AsType[*Refusal](err); !ok || done != nil || len(refusal.Errors) == 0 {
				t.Errorf("seed %d, %s, %s: got %v, %v, want a refusal and nothing else", seed, name, way, done, err)
			} else {
				places(t, refusal)
			}
			intaketest.WantSame(t, intaketest.Dump(t, d), before, way)
		}
		if err := os.WriteFile(filepath.Join(dir, name), original[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if taken < n/10 || taken > n*9/10 {
		t.Errorf("%d of %d were taken, want some of both, or the mutations show nothing", taken, n)
	}
	t.Logf("%d of %d were harmless and taken", taken, n)
}

// wantWhole fails the test where the tables contradict each other.
func wantWhole(t *testing.T, d *db.DB) {
	t.Helper()
	for _, contradiction := range []string{
		`select 'a deduction without its claim: ' || d.ref from deductions d left join deduction_refs r on r.ref = d.ref and r.deduction_id = d.id and r.at = d.at where r.ref is null`,
		`select 'a claim without its deduction: ' || r.ref from deduction_refs r left join deductions d on d.id = r.deduction_id where d.id is null`,
		`select 'a settlement without its claim: ' || s.ref from settlements s left join settlement_refs r on r.ref = s.ref and r.settlement_id = s.id and r.settled_on = s.settled_on where r.ref is null`,
		`select 'a claim without its settlement: ' || r.ref from settlement_refs r left join settlements s on s.id = r.settlement_id where s.id is null`,
		`select 'of another merchant than its terminal: ' || d.ref from deductions d join terminals t on t.id = d.terminal_id where t.merchant_id <> d.merchant_id`,
		`select 'of another item than its plan: ' || d.ref from deductions d join plans p on p.id = d.plan_id where p.item <> d.item`,
		`select 'an acceptance of no version: ' || a.id from acceptances a join enrolments e on e.id = a.enrolment_id left join plan_versions v on v.plan_id = e.plan_id and v.version = a.version where v.id is null`,
		`select 'rows that are none of the three: ' || kind from imports where rows <> added + changed + unchanged`,
		`select 'a deduction that nobody will judge: ' || d.ref from deductions d left join judge_pending p on p.terminal_id = d.terminal_id where p.since is null or p.since > d.period_from`,
	} {
		for _, found := range intaketest.Texts(t, d, contradiction) {
			t.Error(found)
		}
	}
}

func TestAThousandMutationsAreImportedWholeOrNotAtAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := map[db.Dialect]int{db.SQLite: 1000, db.Postgres: 100}[d.Dialect]
		importMutations(t, d, uint64(n), n)
	})
}
