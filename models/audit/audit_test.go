package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

var start = time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)

// settled is late enough for everything written at start to be sealed.
var settled = start.Add(time.Hour)

func entry(at time.Time, action string) audit.Entry {
	return audit.Entry{
		At: at, Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, MerchantID: 7, Action: action, Subject: "s_1",
		Details: map[string]any{"via": "短信", "count": 3, "nested": map[string]any{"b": true, "a": nil}}, RequestID: "r_1",
	}
}

func record(t testing.TB, d *db.DB, entries ...audit.Entry) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, e := range entries {
			if err := audit.Write(t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// many returns entries a second apart.
func many(n int) (entries []audit.Entry) {
	for i := range n {
		entries = append(entries, entry(start.Add(time.Duration(i)*time.Second), fmt.Sprintf("step.%d", i)))
	}
	return entries
}

func seal(t testing.TB, d *db.DB, now time.Time, want int) audit.Head {
	t.Helper()
	head, n, err := audit.Seal(t.Context(), d, now)
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Fatalf("got %d entries sealed, want %d", n, want)
	}
	return head
}

func verify(t testing.TB, d *db.DB, kept ...audit.Head) audit.Report {
	t.Helper()
	r, err := audit.Verify(t.Context(), d, kept...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tamper runs a statement as someone would who has the database in their hands
// and has switched its guards off.
func tamper(t testing.TB, d *db.DB, statement string, args ...any) {
	t.Helper()
	guards := map[db.Dialect][]string{
		db.Postgres: {"alter table audit_entries disable trigger user", "alter table audit_seals disable trigger user"},
		db.SQLite: {"drop trigger if exists audit_entries_refuse_update", "drop trigger if exists audit_entries_refuse_delete",
			"drop trigger if exists audit_seals_refuse_update", "drop trigger if exists audit_seals_refuse_delete"},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range guards[d.Dialect] {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		n, err := tx.Exec(t.Context(), statement, args...)
		if err == nil && n == 0 {
			t.Errorf("%s: touched nothing", statement)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestAnEntryIsKeptIfAndOnlyIfTheDeedIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		undo := errors.New("undo")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Write(t.Context(), tx, entry(start, "undone")); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		record(t, d, entry(start, "done"))
		var action, subject, details, request string
		var merchant int64
		var at time.Time
		err = d.QueryRow(t.Context(), "select action, subject, details, request_id, merchant_id, at from audit_entries").
			Scan(&action, &subject, &details, &request, &merchant, &at)
		if err != nil {
			t.Fatal(err)
		}
		if action != "done" || subject != "s_1" || request != "r_1" || merchant != 7 || !at.Equal(start) || !strings.Contains(details, "短信") {
			t.Errorf("got %s %s %s %s %d %s, want the entry as written", action, subject, details, request, merchant, at)
		}
	})
}

func TestAnEntryThatDoesNotSayWhoDidWhatWhenIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for what, spoil := range map[string]func(*audit.Entry){
			"no time":         func(e *audit.Entry) { e.At = time.Time{} },
			"no kind":         func(e *audit.Entry) { e.Actor.Kind = "" },
			"no actor":        func(e *audit.Entry) { e.Actor.ID = "" },
			"no action":       func(e *audit.Entry) { e.Action = "" },
			"an unknown kind": func(e *audit.Entry) { e.Actor.Kind = "ghost" },
			"odd details":     func(e *audit.Entry) { e.Details = map[string]any{"f": func() {}} },
		} {
			e := entry(start, "x")
			spoil(&e)
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return audit.Write(t.Context(), tx, e) }); err == nil {
				t.Errorf("%s: got no error", what)
			}
		}
	})
}

func TestAnUntouchedChainIsSound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if r := verify(t, d); !r.Sound() || r.Seals != 0 {
			t.Errorf("empty: got %+v, want a sound chain of no seal", r)
		}
		seal(t, d, settled, 0)
		record(t, d, many(5)...)
		first := seal(t, d, settled, 5)
		seal(t, d, settled, 0) // nothing new
		record(t, d, entry(settled, "later"), audit.Entry{At: settled, Actor: audit.Actor{Kind: audit.CLI, ID: "root"}, Action: "bare"})
		if r := verify(t, d, first); !r.Sound() || r.Seals != 1 || r.Entries != 5 || r.Unsealed != 2 {
			t.Errorf("got %+v, want one seal of 5 entries and 2 unsealed", r)
		}
		second := seal(t, d, settled.Add(time.Hour), 2)
		for _, kept := range [][]audit.Head{nil, {{}}, {first}, {second}, {second, first, first}} {
			r := verify(t, d, kept...)
			if !r.Sound() || r.Seals != 2 || r.Entries != 7 || r.Unsealed != 0 || r.Head.String() != second.String() {
				t.Errorf("got %+v, want a sound chain of two seals", r)
			}
		}
	})
}

func TestAnEntryIsSealedWhenNothingEarlierCanAppearAnyMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, entry(start, "first"), entry(start.Add(time.Minute), "second"))
		seal(t, d, start.Add(15*time.Minute), 0)
		seal(t, d, start.Add(15*time.Minute+time.Millisecond), 1)
		seal(t, d, start.Add(16*time.Minute), 0)
		seal(t, d, start.Add(17*time.Minute), 1)
		if r := verify(t, d); !r.Sound() || r.Seals != 2 {
			t.Errorf("got %+v, want a sound chain of two seals", r)
		}
	})
}

func TestNothingIsSealedThatATransactionStillUnderWayMayPrecede(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	d := dbtest.Postgres(t)
	now := time.Now().UTC()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		// a long import that wrote its entry and is not committed yet
		if err := audit.Write(t.Context(), tx, entry(now.Add(time.Second), "import")); err != nil {
			return err
		}
		record(t, d, entry(now.Add(2*time.Second), "quick"))
		seal(t, d, now.Add(time.Hour), 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seal(t, d, now.Add(time.Hour), 2)
}

func TestManyEntriesTakeSeveralSeals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, many(2100)...)
		seal(t, d, settled, 2100)
		if r := verify(t, d); !r.Sound() || r.Seals != 3 || r.Entries != 2100 {
			t.Errorf("got %+v, want a sound chain of 3 seals", r)
		}
	})
}

func TestTwoThatSealAtOnceMakeOneChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, many(1500)...)
		var all sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 3 {
			all.Go(func() {
				_, n, err := audit.Seal(context.WithoutCancel(t.Context()), d, settled)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				total += n
			})
		}
		all.Wait()
		if r := verify(t, d); total != 1500 || !r.Sound() || r.Entries != 1500 {
			t.Errorf("got %d sealed and %+v, want 1500 in a sound chain", total, r)
		}
	})
}

func TestTamperingShows(t *testing.T) {
	const third = "(select id from audit_entries order by id limit 1 offset 2)"
	for name, c := range map[string]struct {
		statement string
		want      []audit.Finding
	}{
		"another action":       {"update audit_entries set action = 'harmless' where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another time":         {"update audit_entries set at = '2026-01-31 08:00:02.000001+00:00' where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another actor":        {"update audit_entries set actor_id = 'u_2' where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another kind":         {"update audit_entries set actor_kind = 'system' where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another merchant":     {"update audit_entries set merchant_id = 8 where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"no merchant":          {"update audit_entries set merchant_id = null where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another subject":      {"update audit_entries set subject = 's_2' where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"other details":        {`update audit_entries set details = '{"via": "短信", "count": 4, "nested": {"b": true, "a": null}}' where id = ` + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"another request":      {"update audit_entries set request_id = null where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Changed}}},
		"one gone":             {"delete from audit_entries where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Missing}}},
		"one slipped in":       {"insert into audit_entries select id || 'x', at, actor_kind, actor_id, merchant_id, action, subject, details, request_id from audit_entries where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Added}}},
		"one before all":       {"insert into audit_entries select '_', at, actor_kind, actor_id, merchant_id, action, subject, details, request_id from audit_entries where id = " + third, []audit.Finding{{Seq: 1, Flaw: audit.Added}}},
		"the first seal gone":  {"delete from audit_seals where seq = 1", []audit.Finding{{Seq: 2, Flaw: audit.Broken}, {Seq: 2, Flaw: audit.Added}}},
		"the second seal gone": {"delete from audit_seals where seq = 2", []audit.Finding{{Seq: 3, Flaw: audit.Broken}, {Seq: 3, Flaw: audit.Added}}},
		"the last seal gone":   {"delete from audit_seals where seq = 3", []audit.Finding{{Seq: 3, Flaw: audit.Cut}}},
		"all seals gone":       {"delete from audit_seals", []audit.Finding{{Seq: 3, Flaw: audit.Cut}}},
		"a seal's count":       {"update audit_seals set count = 3 where seq = 2", []audit.Finding{{Seq: 2, Flaw: audit.Added}}},
		"a seal's hash":        {"update audit_seals set hash = $1 where seq = 2", []audit.Finding{{Seq: 2, Flaw: audit.Changed}, {Seq: 3, Flaw: audit.Broken}}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				var head audit.Head
				for i, e := range [][]audit.Entry{many(12)[:4], many(12)[4:8], many(12)[8:]} {
					record(t, d, e...)
					head = seal(t, d, settled.Add(time.Duration(i)*time.Hour), 4)
				}
				if r := verify(t, d, head); !r.Sound() || r.Seals != 3 {
					t.Fatalf("before: got %+v, want a sound chain", r)
				}
				var forged []any
				if strings.Contains(c.statement, "$1") {
					forged = append(forged, []byte("a hash that nobody worked out yet"))
				}
				tamper(t, d, c.statement, forged...)
				if got := verify(t, d, head).Findings; fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestAHeadIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := audit.Head{Seq: rapid.Int64Range(1, 1<<60).Draw(t, "seq"), Hash: rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")}
		got, err := audit.ParseHead(h.String() + "\n")
		if err != nil || got.String() != h.String() {
			t.Errorf("got %s, %v; want %s", got, err, h)
		}
	})
	for _, bad := range []string{"", "12", "12:", "12:zz", "12:00", "-1:" + strings.Repeat("00", 32), "x:" + strings.Repeat("00", 32), "0:" + strings.Repeat("00", 32)} {
		if h, err := audit.ParseHead(bad); err == nil {
			t.Errorf("%q: got %s, want an error", bad, h)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("12:" + strings.Repeat("0f", 32))
	f.Add("0:")
	f.Add(":")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := audit.ParseHead(s)
		if err != nil {
			return
		}
		again, err := audit.ParseHead(h.String())
		if err != nil || again.String() != h.String() {
			t.Errorf("%q: got %s, then %s, %v; want the same twice", s, h, again, err)
		}
	})
}
