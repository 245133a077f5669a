package complaint

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// A kept case is what the queue goes by of one.
type keptRow struct {
	state    string
	underWay bool
	nextDue  time.Time
	merged   bool
	breached bool
	held     int // open disputes of its own
	decided  int
}

func (w *world) keptRows() map[string]keptRow {
	w.t.Helper()
	all := map[string]keptRow{}
	err := w.d.Query(w.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var number string
			var r keptRow
			var due db.Time
			err := rows.Scan(&number, &r.state, &r.underWay, &due, &r.merged, &r.breached, &r.held, &r.decided)
			r.nextDue = due.Time
			all[number] = r
			return err
		})
	}, `
		select c.number, c.state, c.under_way, c.next_due_at, c.merged_into is not null, c.breached,
			(select count(*) from disputes d where d.closed_at is null and d.id >= c.id || '-' and d.id < c.id || '.'),
			(select count(*) from case_decisions d where d.case_id = c.id)
		from cases c`)
	w.must(err)
	return all
}

// TestWhatIsKeptIsWhatFollowsFromTheLog does whatever may be done to cases, in any
// order, and compares what is kept with what the log says.
func TestWhatIsKeptIsWhatFollowsFromTheLog(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	rapid.Check(t, func(rt *rapid.T) {
		w.clock.Advance(24 * time.Hour)
		var numbers []string
		file := func(line string) {
			f, err := w.File(t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[line], Reason: TooMuch, Words: "不对"})
			w.must(err)
			numbers = append(numbers, f.Number)
		}
		file(twice)
		var refund string
		for i := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			number := rapid.SampledFrom(numbers).Draw(rt, "case")
			by := rapid.SampledFrom([]staff.Actor{wang, lin, chen}).Draw(rt, "by")
			amount := money.Fen(rapid.SampledFrom([]int{0, 100, 500}).Draw(rt, "amount"))
			var err error
			switch what := rapid.IntRange(0, 21).Draw(rt, "what"); what {
			case 0:
				file(rapid.SampledFrom([]string{lawful, twice, dearly}).Draw(rt, "line"))
			case 1:
				err = w.Assign(t.Context(), chen, number, by.ID)
			case 2:
				err = w.Reply(t.Context(), by, number, "在查")
			case 3:
				err = w.Note(t.Context(), by, number, "记一笔")
			case 4:
				err = w.AskMerchant(t.Context(), by, number, "请发小票")
			case 5:
				err = w.Write(t.Context(), w.zhou, number, "发了", nil)
			case 6:
				_, err = w.AskThird(t.Context(), by, number, Inquiry{Whom: Agent, Name: "某代理", Body: "?", DueOn: date.Of(w.clock.Now())})
			case 7:
				err = w.ExtendDeadline(t.Context(), by, number, rapid.IntRange(10, 61).Draw(rt, "days"), "等运营商")
			case 8, 9:
				j := Judgement{NotUpheld, "没有", "按约定收的", nil, false}
				if amount > 0 {
					j = Judgement{PartlyUpheld, "多收", "多收了一部分", &amount, false}
				}
				err = w.Decide(t.Context(), by, number, j)
			case 10:
				refund, err = w.ProposeRefund(t.Context(), by, number, max(1, amount))
			case 11:
				if err = w.PayRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund); refund == "" {
					err = nil
				}
			case 12:
				err = w.Withdraw(t.Context(), w.zhou, number)
			case 13:
				err = w.Accept(t.Context(), w.zhou, number)
			case 14:
				err = w.AskReview(t.Context(), w.zhou, number, "再看看")
			case 15:
				var other string
				if other, err = w.Reopen(t.Context(), w.zhou, number, "又来了"); err == nil {
					numbers = append(numbers, other)
				}
			case 16:
				_, err = w.Merge(t.Context(), by, number, rapid.SampledFrom(numbers).Draw(rt, "other"))
			case 17:
				var off string
				if off, err = w.Split(t.Context(), by, number, OfNothing, "", "", Other, "另一件"); err == nil {
					numbers = append(numbers, off)
				}
			case 18:
				_, err = w.Close(t.Context())
			case 19:
				_, err = w.Warnings(t.Context())
			default:
				w.clock.Advance(time.Duration(rapid.IntRange(1, 30*24*60).Draw(rt, "minutes")) * time.Minute)
			}
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Invalid) {
				rt.Fatalf("step %d: %v", i, err)
			}
		}
		all := w.keptRows()
		for _, number := range numbers {
			h := w.head(number)
			s, err := h.log.At(w.clock.Now())
			w.must(err)
			got, want := all[number], keptOf(s, h.mergedInto != "", h.authority.DueOn)
			if got.state != string(want.state) || got.underWay != want.underWay || !got.nextDue.Equal(want.nextDue) {
				rt.Fatalf("%s keeps %+v; its log says %+v", number, got, want)
			}
			if over := !s.State.UnderWay() && !got.merged; over && got.held > 0 || got.held > 1 {
				rt.Fatalf("%s is %s and holds %d fees", number, s.State, got.held)
			}
		}
		if _, err := w.Warnings(t.Context()); err != nil {
			rt.Fatal(err)
		}
		all = w.keptRows()
		for _, number := range numbers {
			breached := false
			h := w.head(number)
			s, err := h.log.At(w.clock.Now())
			w.must(err)
			for _, c := range s.Clocks {
				breached = breached || c.Breached
			}
			if got := all[number]; got.breached != breached && !got.merged {
				rt.Fatalf("%s: breached %t is kept, its clocks say %t: %s", number, got.breached, breached, fmt.Sprint(s.Clocks))
			}
		}
	})
}
