package report

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Two who may release figures, and one who may not.
var (
	lin     = staff.Actor{ID: "st_lin", Name: "林", Roles: []staff.Role{staff.Compliance}}
	wen     = staff.Actor{ID: "st_wen", Name: "文", Roles: []staff.Role{staff.Compliance, staff.Lead}}
	auditor = staff.Actor{ID: "st_au", Name: "审", Roles: []staff.Role{staff.Auditor, staff.Operator}}

	third = QuarterOf(date.MustParse("2026-07-01"))
	noon  = today.At(12, 0).UTC()
)

// queue runs no job; it remembers which were inserted.
type queue struct{ ids []string }

func (q *queue) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	q.ids = append(q.ids, args.(FiguresArgs).OrderID)
	return nil
}

// billed is a line of somebody's bill.
type billed struct {
	merchant         int
	on               string
	amount, expected int
	refunded         int
	state            string
	reasons          fee.Codes
}

func bill(t testing.TB, d *db.DB, lines ...billed) {
	t.Helper()
	var statements []string
	for i, l := range lines {
		on := date.MustParse(l.on)
		statements = append(statements, fmt.Sprintf(`
			insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, refunded_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
			values (%d, 'd_%d', %d, 'deduction', 'sim_data', '%s', '%s', %d, %d, %d, '%s', 'core', '%s', '%s', %d, false, '2026-10-09 02:00:00+00:00', '1')`,
			l.merchant, i, l.merchant, on.At(0, 0).UTC().Format("2006-01-02 15:04:05-07:00"), on, i, l.amount, l.refunded, l.state, l.reasons.Decision(), l.reasons, l.expected))
	}
	exec(t, d, statements...)
}

func codes(t testing.TB, text string) fee.Codes {
	t.Helper()
	c, ok := fee.ParseCodes(text)
	if !ok {
		t.Fatalf("%q is no list of rules", text)
	}
	return c
}

// draw orders figures and works them out.
func draw(t testing.TB, d *db.DB, by staff.Actor, at time.Time, reason disclosure.Text) *Edition {
	t.Helper()
	var jobs queue
	orderID, err := DrawUpFigures(t.Context(), d, &jobs, at, by, third, reason)
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs.ids) != 1 || jobs.ids[0] != orderID {
		t.Fatalf("got the jobs %v, want one of %s", jobs.ids, orderID)
	}
	for range 2 { // the second finds nothing to do
		if err := ReckonFigures(t.Context(), d, orderID, at.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := ReadEdition(t.Context(), d, orderID)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEveryRuleThatDeniesIsAKindOfFault(t *testing.T) {
	for code := range fee.AllCodes() {
		kind, ok := faultKinds[code]
		if ok != (code.Level() == fee.LevelDeny) || ok && !slices.Contains(FaultKinds, kind) {
			t.Errorf("%s is of the kind %q, known %t", code, kind, ok)
		}
	}
}

func TestFiguresAddUpWhatWasTakenInTheQuarter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var lines []billed
		for m := 1; m <= 40; m++ {
			lines = append(lines,
				billed{merchant: m, on: "2026-07-01", amount: 3600, expected: 3600, state: "posted"},
				billed{merchant: m, on: "2026-09-30", amount: 300, expected: 300, state: "posted"},
				billed{merchant: m, on: "2026-06-30", amount: 100, state: "posted", reasons: codes(t, "not_agreed")},   // before
				billed{merchant: m, on: "2026-10-01", amount: 100, state: "posted", reasons: codes(t, "not_agreed")},   // after
				billed{merchant: m, on: "2026-08-01", amount: 100, state: "reversed", reasons: codes(t, "not_agreed")}) // never kept
			switch {
			case m <= 12:
				lines = append(lines, billed{merchant: m, on: "2026-08-02", amount: 9900, expected: 4800, refunded: 9000, state: "posted", reasons: codes(t, "amount_over")})
			case m <= 24:
				lines = append(lines, billed{merchant: m, on: "2026-08-03", amount: 3600, state: "refunded", reasons: codes(t, "duplicate_cycle cancelled")})
			case m <= 26:
				lines = append(lines, billed{merchant: m, on: "2026-08-04", amount: 500, state: "posted", reasons: codes(t, "in_free_period")})
			case m <= 37:
				lines = append(lines, billed{merchant: m, on: "2026-08-05", amount: 700, state: "posted", reasons: codes(t, "not_itemised")})
			}
		}
		for m := 1; m <= 10; m++ {
			lines = append(lines, billed{merchant: m, on: "2026-08-06", amount: 500, expected: 500, state: "posted", reasons: codes(t, "arrears")})
		}
		bill(t, d, lines...)
		e := draw(t, d, lin, noon, disclosure.Text{})
		f := e.Figures
		shown := func(value int64) Cell { return Cell{Value: value} }
		held := Cell{Held: true}
		for name, c := range map[string][2]any{
			"lines":     {f.Lines, shown(80 + 26 + 11 + 10)},
			"agreed":    {f.Agreed, shown(80)},
			"unchecked": {f.Unchecked, shown(11)},
			"doubt":     {f.Doubt, shown(10)},
			"wrong":     {f.Wrong, shown(26)},
			"share":     {f.Share, int64(80 * 1_000_000 / 127)},
			"too much":  {f.TooMuch, shown(12*5100 + 12*3600 + 2*500)},
			"returned":  {f.Returned, shown(12*5100 + 12*3600)}, // no more than was too much
			"faults": {f.Faults, []Fault{
				{FaultOver, held, held}, {FaultTwice, shown(12), shown(12 * 3600)}, {FaultEarly, held, held},
				{FaultNotAgreed, Cell{}, Cell{}}, {FaultEnded, Cell{}, Cell{}}, {FaultLimit, Cell{}, Cell{}},
			}},
			"checked":  {f.CheckedAt.UTC().String(), "2026-10-09 02:00:00 +0000 UTC"},
			"versions": {len(f.Versions), 0},
			"counted":  {e.Counted.WrongMerchants, int64(26)},
		} {
			if got, want := fmt.Sprint(c[0]), fmt.Sprint(c[1]); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
	})
}

// kindByRules says in Go what the statement says in SQL.
func kindByRules(c fee.Codes) lineKind {
	switch c.Decision() {
	case fee.Hold:
		return kindDoubt
	case fee.Allow:
		if c.Has(fee.NotItemised) {
			return kindUnchecked
		}
		return kindAgreed
	}
	_, other := denying()
	if c.Has(fee.AmountOver) && !c.Any(other...) {
		return lineKind(FaultOver)
	}
	for code := range c.All() {
		return lineKind(faultKinds[code])
	}
	return ""
}

func TestALineIsSortedByItsRulesWhateverTheyAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		draws := rand.New(rand.NewPCG(1, 2))
		want := map[lineKind]int64{}
		var lines []billed
		for code := range fee.AllCodes() { // alone, and each with some others
			for n := range 4 {
				names := []string{code.String()}
				for range n {
					all := slices.Collect(fee.AllCodes())
					names = append(names, all[draws.IntN(len(all))].String())
				}
				c := codes(t, strings.Join(names, " "))
				want[kindByRules(c)]++
				lines = append(lines, billed{merchant: 1, on: "2026-08-01", amount: 10, state: "posted", reasons: c})
			}
		}
		bill(t, d, lines...)
		counted, err := reckon(t.Context(), d, third)
		if err != nil {
			t.Fatal(err)
		}
		for kind, n := range want {
			if got := counted.ByKind[kind].Lines; got != n {
				t.Errorf("%s: got %d lines, want %d", kind, got, n)
			}
		}
		if len(counted.ByKind) != len(want) {
			t.Errorf("got the kinds %v, want %v", counted.ByKind, want)
		}
	})
}

func TestFiguresTellWhatWasPublishedAndWhatMerchantsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d)
		exec(t, d,
			`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at) values
				(2, 1, 2, '2026-07-01', '2026-08-01', 31, false, 'y', '2026-07-01 00:00:00+00:00'), (3, 1, 3, '2026-10-01', '2026-11-01', 31, false, 'z', '2026-10-01 00:00:00+00:00')`)
		var statements []string
		for m := int64(1); m <= 33; m++ {
			one := newWorld(m)
			one.terminal(m, 1)
			statements = append(statements, one.statements...)
			change := func(id string, opened string) {
				statements = append(statements, fmt.Sprintf(`insert into fee_changes (id, merchant_id, plan_id, from_version, to_version, disclosure_version_id, effective_on, opened_at)
					values ('%s', %d, 1, 1, 2, 2, '2026-08-01', '%s')`, id, m, opened),
					fmt.Sprintf(`insert into fee_change_terminals (change_id, enrolment_id, merchant_id, terminal_id) values ('%s', %d, %d, %d)`, id, m*10+1, m, m))
			}
			id := fmt.Sprintf("fc_%02d", m)
			switch {
			case m <= 11: // accepted
				change(id, "2026-07-01 02:00:00+00:00")
				statements = append(statements, fmt.Sprintf(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
					values (%d, %d, 2, '2026-07-05', '周', 'portal', '2026-07-05 00:00:00+00:00')`, m*10+1, m))
			case m <= 22: // objected
				change(id, "2026-07-01 02:00:00+00:00")
				statements = append(statements, fmt.Sprintf(`insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at)
					values ('fa_%d', '%s', %d, 'objected', 1, 'u_1', '周', '', 'y', '', '2026-07-05 00:00:00+00:00')`, m, id, m))
			case m <= 32: // ticked by an agent, which is no answer
				change(id, "2026-09-30 15:59:59+00:00")
				statements = append(statements, fmt.Sprintf(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
					values (%d, %d, 2, '2026-07-05', '代', 'agent', '2026-07-05 00:00:00+00:00')`, m*10+1, m))
			default: // of the next quarter, in Shanghai
				change(id, "2026-09-30 16:00:00+00:00")
			}
			if m <= 30 {
				statements = append(statements, fmt.Sprintf(`insert into stop_requests (id, number, merchant_id, terminal_id, kind, on_date, remark, user_id, name, address, at)
					values ('sr_%d', 'T%d', %d, %d, 'returned', '2026-08-01', '', 'u_1', '周', '', '2026-08-01 01:00:00+00:00')`, m, m, m, m))
			}
			// Reported on a Saturday: the third working day ends on Wednesday at six.
			if answered := "2026-08-05 10:00:00+00:00"; m <= 20 {
				if m > 10 {
					answered = "2026-08-06 01:00:01+00:00"
				}
				statements = append(statements, fmt.Sprintf(`insert into stop_answers (request_id, merchant_id, confirmed, gone_from, reason, staff_id, staff_name, at)
					values ('sr_%d', %d, true, '2026-08-01', '', 'st_1', '林', '%s')`, m, m, answered))
			}
		}
		exec(t, d, append(statements, `delete from judge_pending`)...)
		f := draw(t, d, lin, noon, disclosure.Text{}).Figures
		if len(f.Versions) != 1 || f.Versions[0].Version != 2 || f.Versions[0].Notice() != 31 || f.Versions[0].Title.En != "Terminal fees" {
			t.Errorf("got %+v, want the version of the quarter", f.Versions)
		}
		if got, want := fmt.Sprint(f.Changes), fmt.Sprint(ChangeFigures{Cell{Value: 32}, Cell{Value: 11}, Cell{Value: 11}, Cell{Value: 10}}); got != want {
			t.Errorf("changes: got %s, want %s", got, want)
		}
		if got, want := fmt.Sprint(f.Gone), fmt.Sprint(GoneFigures{Cell{Value: 30}, Cell{Value: 10}, Cell{Value: 10}, Cell{Value: 10}, AnsweredWithin}); got != want {
			t.Errorf("reports: got %s, want %s", got, want)
		}
	})
}

func TestAnAnswerIsInTimeWithinThreeFullDaysOfWork(t *testing.T) {
	monday := date.MustParse("2026-11-23")
	if got, err := worktime.Shipped().Between(monday.Start(), monday.AddDays(1).Start()); err != nil || got != workingDay {
		t.Fatalf("a day of work has %s, %v; want %s", got, err, workingDay)
	}
	for _, c := range []struct{ name, reported, answered, want string }{
		{"not answered", "2026-11-23T09:00:00+08:00", "", delayOpen},
		{"at once", "2026-11-23T09:00:00+08:00", "2026-11-23T09:00:00+08:00", delayNone},
		{"at the end of the third day", "2026-11-23T09:00:00+08:00", "2026-11-25T18:00:00+08:00", delayNone},
		{"in the night after it", "2026-11-23T09:00:00+08:00", "2026-11-26T09:00:00+08:00", delayNone},
		{"on the fourth day", "2026-11-23T09:00:00+08:00", "2026-11-26T09:00:01+08:00", delayLong},
		{"reported at noon", "2026-11-23T12:30:00+08:00", "2026-11-26T12:00:00+08:00", delayNone},
		{"over a weekend", "2026-11-20T18:00:00+08:00", "2026-11-25T18:00:00+08:00", delayNone},
		{"over the holidays of October", "2026-09-30T18:00:00+08:00", "2026-10-10T18:00:00+08:00", delayNone}, // the 8th, the 9th and a Saturday worked
		{"after them", "2026-09-30T18:00:00+08:00", "2026-10-12T09:00:01+08:00", delayLong},
	} {
		var answered time.Time
		reported, err := time.Parse(time.RFC3339, c.reported)
		if err == nil && c.answered != "" {
			answered, err = time.Parse(time.RFC3339, c.answered)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := delayOf(reported, answered); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestFiguresAreReleasedByAnotherPersonAndThenStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		bill(t, d, billed{merchant: 1, on: "2026-07-01", amount: 3600, expected: 3600, state: "posted"})
		e := draw(t, d, lin, noon, disclosure.Text{})
		if none, all, err := ReadReleased(t.Context(), d, Quarter{}, 0); none != nil || len(all) != 0 || err != nil {
			t.Fatalf("before the release: got %v, %v, %v", none, all, err)
		}
		for name, c := range map[string]struct {
			by   staff.Actor
			id   string
			hash string
			want fault.Kind
		}{
			"by who ordered them":         {lin, e.OrderID, e.Hash, fault.Forbidden},
			"by who may not":              {auditor, e.OrderID, e.Hash, fault.Forbidden},
			"by nobody":                   {staff.Actor{}, e.OrderID, e.Hash, fault.Forbidden},
			"of what nobody saw":          {wen, e.OrderID, "another", fault.Conflict},
			"of what is not there":        {wen, "fg_none", e.Hash, fault.NotFound},
			"by who ordered, with a role": {staff.Actor{ID: lin.ID, Roles: staff.AllRoles[:]}, e.OrderID, e.Hash, fault.Forbidden},
		} {
			if err := ReleaseFigures(t.Context(), d, noon, c.by, c.id, c.hash); !fault.Is(err, c.want) {
				t.Errorf("a release %s: got %v, want %s", name, err, c.want)
			}
		}
		// Not even a program that goes wrong can.
		err := d.Write(t.Context(), func(tx *db.Tx) error { return addRelease(t.Context(), tx, noon, lin, e.OrderID, e.Hash) })
		if err == nil {
			t.Error("the database took a release by who ordered the figures")
		}
		if err := ReleaseFigures(t.Context(), d, noon, wen, e.OrderID, e.Hash); err != nil {
			t.Fatal(err)
		}
		if err := ReleaseFigures(t.Context(), d, noon, wen, e.OrderID, e.Hash); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second release: got %v, want a conflict", err)
		}
		for _, statement := range []string{
			`update figure_editions set figures = '{}'`, `delete from figure_editions`, `update figure_releases set staff_id = 'st_x'`, `delete from figure_releases`, `update figure_orders set reason = '{}'`,
		} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement); return err }); err == nil {
				t.Errorf("%s: it was done", statement)
			}
		}
		// What the bill says since changes nothing.
		exec(t, d, `delete from bill_lines`)
		got, all, err := ReadReleased(t.Context(), d, Quarter{}, 0)
		if err != nil || got == nil || got.Hash != e.Hash || len(all) != 1 || !got.Figures.Lines.Held {
			t.Errorf("got %+v, %v, %v; want the figures as they were released", got, all, err)
		}
		if _, hash, _ := got.Figures.encode(); hash != e.Hash {
			t.Errorf("the figures hash to %s, want %s", hash, e.Hash)
		}
	})
}

func TestACorrectionStandsBesideWhatItCorrects(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := draw(t, d, lin, noon, disclosure.Text{})
		if err := ReleaseFigures(t.Context(), d, noon, wen, first.OrderID, first.Hash); err != nil {
			t.Fatal(err)
		}
		for _, reason := range []disclosure.Text{{}, {ZhCN: "补了一天的数据"}, {En: "A day was missing", ZhCN: strings.Repeat("长", 300)}} {
			if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon, lin, third, reason); !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: got %v, want it refused", reason, err)
			}
		}
		second := draw(t, d, wen, noon.Add(time.Hour), disclosure.Text{ZhCN: " 补了一天的数据 ", En: "A day was missing"})
		third3 := draw(t, d, wen, noon.Add(2*time.Hour), disclosure.Text{ZhCN: "补了两天的数据", En: "Two days were missing"})
		if e, err := ReadEdition(t.Context(), d, second.OrderID); err != nil || !e.Overtaken || third3.Overtaken {
			t.Errorf("got %+v, %v; want it overtaken, and the newest not", e, err)
		}
		if err := ReleaseFigures(t.Context(), d, noon, lin, second.OrderID, second.Hash); !fault.Is(err, fault.Conflict) {
			t.Errorf("a release of what is overtaken: got %v, want a conflict", err)
		}
		if err := ReleaseFigures(t.Context(), d, noon, lin, third3.OrderID, third3.Hash); err != nil {
			t.Fatal(err)
		}
		for number, want := range map[int]string{0: third3.OrderID, 1: first.OrderID, 3: third3.OrderID} {
			got, all, err := ReadReleased(t.Context(), d, third, number)
			if err != nil || got.OrderID != want || len(all) != 2 {
				t.Errorf("edition %d: got %+v, %d editions, %v; want %s of 2", number, got, len(all), err, want)
			}
		}
		for _, c := range []struct {
			q      Quarter
			number int
		}{{third, 2}, {third, 4}, {third.Next(), 0}} {
			if _, _, err := ReadReleased(t.Context(), d, c.q, c.number); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s edition %d: got %v, want that it is not found", c.q, c.number, err)
			}
		}
		all, _, err := ListEditions(t.Context(), d)
		if err != nil || len(all) != 3 || all[0].OrderID != third3.OrderID || all[1].Reason.ZhCN != "补了一天的数据" {
			t.Errorf("got %+v, %v; want three editions, the newest first", all, err)
		}
	})
}

func TestFiguresAreOrderedOnceOfAQuarterThatIsOverByWhoMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon, auditor, third, disclosure.Text{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by an auditor: got %v, want it forbidden", err)
		}
		if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon, lin, third.Next(), disclosure.Text{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("of a quarter under way: got %v, want it refused", err)
		}
		if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon, lin, third, disclosure.Text{}); err != nil {
			t.Fatal(err)
		}
		if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon.Add(time.Minute), wen, third, disclosure.Text{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("while one is worked out: got %v, want a conflict", err)
		}
		if _, err := DrawUpFigures(t.Context(), d, &queue{}, noon.Add(2*time.Hour), wen, third, disclosure.Text{}); err != nil {
			t.Errorf("after one came to nothing: %v", err)
		}
	})
}

func TestFiguresWaitForLinesToBeJudged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d)
		w := newWorld(1)
		w.terminal(1, 1) // which waits to be judged
		exec(t, d, w.statements...)
		var jobs queue
		if _, err := DrawUpFigures(t.Context(), d, &jobs, noon, lin, third, disclosure.Text{}); err != nil {
			t.Fatal(err)
		}
		if err := ReckonFigures(t.Context(), d, jobs.ids[0], noon); !errors.Is(err, ErrNotJudged) {
			t.Errorf("got %v, want that lines wait", err)
		}
		exec(t, d, `update judge_pending set since = '2026-10-01'`)
		if err := ReckonFigures(t.Context(), d, jobs.ids[0], noon); err != nil {
			t.Errorf("lines of later wait: %v", err)
		}
	})
}
