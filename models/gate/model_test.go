package gate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// wanted is a deduction as a plain account of the gate would have it.
type wanted struct {
	id, token string
	terminal  int
	state     fee.State
	ends      time.Time
	refunded  money.Fen
	ungated   bool
	settles   bool
	file      bool // it came with a file, and is named by its number
}

// account is the plain account of what became of each request. What was taken
// without asking holds the terminal's cycle too, unless something that was asked
// for does, and from the moment on at which nothing else does any more.
type account struct{ all []*wanted }

const terminals = 3

// mayHold reports whether it holds a cycle if nothing else does.
func (w *wanted) mayHold() bool { return w.settles || w.ungated || w.file }

// holder returns what holds a terminal's cycle at a moment.
func (m *account) holder(terminal int, now time.Time) *wanted {
	for _, w := range m.all {
		if w.terminal == terminal && w.mayHold() && w.state.Settles() && !(w.state == fee.Authorized && now.After(w.ends)) {
			return w
		}
	}
	return nil
}

// reversed reports whether anything was reversed that was for a terminal's cycle.
func (m *account) reversed(terminal int) bool {
	return slices.ContainsFunc(m.all, func(w *wanted) bool {
		return w.terminal == terminal && w.mayHold() && w.state == fee.Reversed
	})
}

// asked is what is said to a request for a terminal's cycle.
func (m *account) asked(terminal int, now time.Time) (fee.Decision, string) {
	switch {
	case m.holder(terminal, now) != nil:
		return fee.Deny, "duplicate_cycle"
	case m.reversed(terminal):
		return fee.Hold, "retry_after_reversal"
	}
	return fee.Allow, ""
}

// end voids what was allowed and not taken in time.
func (m *account) end(now time.Time) (n int) {
	for _, w := range m.all {
		if w.state == fee.Authorized && now.After(w.ends) {
			w.state = fee.Voided
			n++
		}
	}
	return n
}

// endOf is end for one terminal: asking anything about it ends what is over.
func (m *account) endOf(terminal int, now time.Time) {
	for _, w := range m.all {
		if w.terminal == terminal && w.state == fee.Authorized && now.After(w.ends) {
			w.state = fee.Voided
		}
	}
}

// TestAnyOrderOfStepsLeavesWhatAPlainAccountWouldHave walks the gate through
// random steps beside a plain account of it. The states and what leads from one
// to the other are those of docs/gate.md.
func TestAnyOrderOfStepsLeavesWhatAPlainAccountWouldHave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, terminals)
		rapid.Check(t, func(rt *rapid.T) {
			clean(t, b)
			m := &account{}
			walk := walk{t: rt, b: b, m: m}
			rt.Repeat(map[string]func(*rapid.T){
				"ask":     walk.ask,
				"record":  walk.record,
				"take":    walk.take,
				"post":    walk.post,
				"void":    walk.void,
				"reverse": walk.reverse,
				"refund":  walk.refund,
				"wait": func(rt *rapid.T) {
					b.clock.Advance(time.Duration(rapid.IntRange(1, 12).Draw(rt, "minutes")) * time.Minute)
				},
				"expire": func(rt *rapid.T) {
					n, err := Expire(t.Context(), b.d, b.clock)
					if want := m.end(b.clock.Now()); err != nil || n != want {
						rt.Fatalf("%d expired, %v; want %d", n, err, want)
					}
				},
				"": walk.check,
			})
			walk.bill()
		})
	})
}

// clean takes away what the walk before left.
func clean(t *testing.T, b *bench) {
	t.Helper()
	for _, table := range []string{"gate_decisions", "gate_steps"} {
		if b.d.Dialect == db.Postgres {
			intaketest.Exec(t, b.d, "alter table "+table+" disable trigger user", "delete from "+table, "alter table "+table+" enable trigger user")
			continue
		}
		var trigger string
		if err := b.d.QueryRow(t.Context(), `select sql from sqlite_master where type = 'trigger' and name = $1`, table+"_removal_is_refused").Scan(&trigger); err != nil {
			t.Fatal(err)
		}
		intaketest.Exec(t, b.d, "drop trigger "+table+"_removal_is_refused", "delete from "+table, trigger)
	}
	intaketest.Exec(t, b.d, "delete from gate_requests", "delete from gate_claims", "delete from alarms", "delete from deductions", "delete from deduction_refs",
		"delete from plan_charges", "delete from bill_lines", "delete from notices")
	b.clock.MoveTo(start)
}

type walk struct {
	t *rapid.T
	b *bench
	m *account
}

func (w *walk) pick(rt *rapid.T) *wanted {
	if len(w.m.all) == 0 {
		rt.Skip("nothing was asked yet")
	}
	return w.m.all[rapid.IntRange(0, len(w.m.all)-1).Draw(rt, "which")]
}

func (w *walk) ask(rt *rapid.T) {
	terminal, now := rapid.IntRange(0, terminals-1).Draw(rt, "terminal"), w.b.clock.Now()
	decision, reasons := w.m.asked(terminal, now)
	w.m.endOf(terminal, now)
	a, err := w.b.gate.Authorize(w.b.t.Context(), core, w.b.sim(terminal))
	if err != nil || a.Decision != decision || a.Verdict.Reasons.String() != reasons {
		rt.Fatalf("got %s (%s), %v; want %s (%s)", a.Decision, a.Verdict.Reasons, err, decision, reasons)
	}
	w.m.all = append(w.m.all, &wanted{id: a.ID, token: a.Token, terminal: terminal, state: a.State, ends: a.ExpiresAt, settles: decision == fee.Allow})
}

func (w *walk) record(rt *rapid.T) {
	terminal, now := rapid.IntRange(0, terminals-1).Draw(rt, "terminal"), w.b.clock.Now()
	decision, _ := w.m.asked(terminal, now)
	w.m.endOf(terminal, now)
	a, err := w.b.record(w.b.sim(terminal))
	if err != nil || a.Decision != decision {
		rt.Fatalf("got %s, %v; want %s", a.Decision, err, decision)
	}
	w.m.all = append(w.m.all, &wanted{id: a.ID, terminal: terminal, state: fee.Posted, ungated: true})
}

func (w *walk) take(rt *rapid.T) {
	terminal := rapid.IntRange(0, terminals-1).Draw(rt, "terminal")
	state := rapid.SampledFrom([]fee.State{fee.Posted, fee.Authorized, fee.Reversed}).Draw(rt, "state")
	ref := w.b.take(w.b.t.(*testing.T), terminal, state)
	w.m.all = append(w.m.all, &wanted{id: ref, terminal: terminal, state: state, file: true, ends: neverEnds})
}

// neverEnds is when an authorisation of a file ends.
var neverEnds = date.Last.At(0, 0)

func (w *walk) post(rt *rapid.T) {
	one, now := w.pick(rt), w.b.clock.Now()
	token := rapid.SampledFrom([]string{one.token, "", "mgt1.forged"}).Draw(rt, "token")
	kind := fault.Kind("")
	late := false
	switch one.state {
	case fee.Authorized:
		late = now.After(one.ends) || one.file
		if token != one.token && (!late || token != "") {
			kind = fault.Invalid
		}
	case fee.Voided, fee.Held, fee.Denied:
		late = true
		if token != "" && (token != one.token || one.ends.IsZero() || one.file) {
			kind = fault.Invalid
		}
	default:
		kind = fault.Conflict
	}
	_, err := w.b.post(one.id, token)
	if got := fault.KindOf(err); got != kind {
		rt.Fatalf("posting what is %s: got %v; want %q", one.state, err, kind)
	}
	if kind != "" {
		return
	}
	if late {
		if one.state == fee.Authorized {
			one.state = fee.Voided
		}
		one.ungated, one.settles = true, false
	}
	one.state = fee.Posted
}

func (w *walk) void(rt *rapid.T) {
	one := w.pick(rt)
	open := one.state == fee.Authorized || one.state == fee.Held
	if _, err := w.b.void(one.id); open != (err == nil) {
		rt.Fatalf("voiding what is %s: %v", one.state, err)
	}
	if open {
		one.state = fee.Voided
	}
}

func (w *walk) reverse(rt *rapid.T) {
	one := w.pick(rt)
	can := one.state == fee.Posted && one.refunded == 0
	if _, err := w.b.reverse(one.id); can != (err == nil) {
		rt.Fatalf("reversing what is %s: %v", one.state, err)
	}
	if can {
		one.state = fee.Reversed
	}
}

func (w *walk) refund(rt *rapid.T) {
	one := w.pick(rt)
	amount := money.Fen(rapid.SampledFrom([]int64{0, 1, 1800, 3600}).Draw(rt, "amount"))
	can := one.state == fee.Posted && amount > 0 && amount <= 3600-one.refunded
	if _, err := w.b.refund(one.id, &amount); can != (err == nil) {
		rt.Fatalf("refunding %d of what is %s: %v", amount, one.state, err)
	}
	if can {
		one.refunded += amount
		if one.refunded == 3600 {
			one.state = fee.Refunded
		}
	}
}

// check compares what is kept with the account: every deduction as it should
// stand, and never two that hold one cycle.
func (w *walk) check(rt *rapid.T) {
	var want, wantOfFiles []string
	for _, one := range w.m.all {
		if one.file {
			wantOfFiles = append(wantOfFiles, fmt.Sprintf("%s %s %d %d", one.id, one.state, one.refunded, map[bool]int{true: 2}[one.ungated]))
			continue
		}
		want = append(want, fmt.Sprintf("%s %s %d %d", one.id, one.state, one.refunded, map[bool]int{true: 1}[one.ungated]))
	}
	slices.Sort(want)
	got := w.texts(`select g.deduction_id || ' ' || d.state || ' ' || d.refunded_fen || ' ' || case when g.ungated_at is null then 0 else 1 end
		from gate_requests g join deductions d on d.id = g.deduction_id and d.state = g.state and d.refunded_fen = g.refunded_fen order by g.deduction_id`)
	if !slices.Equal(got, want) {
		rt.Fatalf("kept are\n%q\nwant\n%q", got, want)
	}
	slices.Sort(wantOfFiles)
	got = w.texts(`select d.ref || ' ' || d.state || ' ' || d.refunded_fen || ' ' || d.gate from deductions d join deduction_refs r on r.ref = d.ref and r.at = d.at
		where not exists (select 1 from gate_requests g where g.deduction_id = d.id) order by d.ref`)
	slices.Sort(got)
	if !slices.Equal(got, wantOfFiles) {
		rt.Fatalf("of files are kept\n%q\nwant\n%q", got, wantOfFiles)
	}
	now := w.b.clock.Now()
	for terminal := range terminals {
		held := 0
		for _, one := range w.m.all {
			if one.terminal == terminal && one.settles && one.state.Settles() && !(one.state == fee.Authorized && now.After(one.ends)) {
				held++
			}
		}
		if held > 1 {
			rt.Fatalf("%d hold the cycle of terminal %d", held, terminal)
		}
	}
}

// bill judges the terminals, and looks that no cycle is settled by two.
func (w *walk) bill() {
	w.b.judge()
	twice := w.texts(`select cast(l.terminal_id as text) from bill_lines l where l.settles and l.state in ('authorized', 'posted', 'refunded')
		and l.cycle_index is not null group by l.terminal_id, l.plan_id, l.cycle_index having count(*) > 1`)
	if len(twice) > 0 {
		w.t.Fatalf("terminals %v have a cycle that is settled twice", twice)
	}
}

func (w *walk) texts(query string) (all []string) {
	err := w.b.d.Query(w.b.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s string
			err := rows.Scan(&s)
			all = append(all, s)
			return err
		})
	}, query)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}
