package deduction

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

const (
	firstSN  = "820000018000" // terminal 6
	secondSN = "820000018093" // terminal 7
)

// keptChange changes something that a verdict may rest on. What it is about is
// drawn before, so that a transaction that is tried again does the same.
type keptChange func(ctx context.Context, tx *db.Tx) error

// changes that are said by SQL alone, as other parts of the program or an operator
// might; each is of one of the terminals.
var changesBySQL = []string{
	`update enrolments set cancelled_on = '2025-05-01' where terminal_id = $1`,
	`update enrolments set cancelled_on = null, own_limit_fen = 7200 where terminal_id = $1`,
	`update enrolments set anchor_on = '2025-01-15' where terminal_id = $1`,
	`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select id, 3, 1, '2025-04-01', 'x', 'agent', '2020-04-01 00:00:00+00:00' from enrolments where terminal_id = $1`,
	`delete from acceptances where recorded_at < '2021-01-01' and enrolment_id in (select id from enrolments where terminal_id = $1)`,
	`update terminals set inactive_from = '2025-05-01', inactive_reason = 'lost' where id = $1`,
	`update terminals set inactive_from = null, inactive_reason = null, reported_gone_on = '2025-05-02' where id = $1`,
	`update terminals set reported_gone_on = null, activated_on = '2025-01-02' where id = $1`,
	`update terminals set replaces_sn = null where id = $1`,
	`update terminals set replaces_sn = '820000018000' where id = 7 and id = $1`,
	`update merchants set closed_on = '2025-06-01' where id = 3 and $1 > 0`,
	`update merchants set closed_on = null where id = 3 and $1 > 0`,
	`update delivered_notices set amount_fen = amount_fen + 1 where terminal_id = $1`,
	`delete from delivered_notices where terminal_id = $1`,
	`update disputes set cycle = 2 where terminal_id = $1`,
	`delete from disputes where terminal_id = $1`,
	`delete from plan_charges where terminal_id = $1`,
}

// drawChange draws a change of a terminal, and says what it is.
func drawChange(draw func(n int) int, n int, recorded *[]Outcome) (string, keptChange) {
	terminal := int64(6 + draw(2))
	at := date.MustParse("2025-01-10").AddDays(draw(140)).At(10, draw(60))
	planID, item := int64(1), fee.SimData
	if draw(4) == 0 {
		planID, item = 2, fee.Transaction
	}
	switch kind := draw(10); kind {
	case 0, 1:
		state := []fee.State{fee.Authorized, fee.Posted, fee.Held, fee.Denied}[draw(4)]
		r := Recorded{MerchantID: 3, TerminalID: terminal, SN: secondSN, Deduction: Deduction{
			ID: fmt.Sprintf("d_r%d", n), Ref: fmt.Sprintf("R%d", n), Item: item, PlanID: planID, Amount: 3600, At: at, State: state, Origin: fee.OriginCore, Gate: GateUngated,
		}}
		if draw(2) == 0 {
			r.OrderRef = fmt.Sprintf("O%d", draw(3))
		}
		if state != fee.Posted {
			r.Gate, r.Verdict = GateAsked, &fee.Verdict{Decision: fee.Allow, Expected: 3600, Version: 1, Cycle: fee.Cycle{Index: 1, From: date.MustParse("2025-01-31"), To: date.MustParse("2026-01-30")}}
		}
		*recorded = append(*recorded, Outcome{MerchantID: 3, TerminalID: terminal, ID: r.ID, Ref: r.Ref, Was: at, At: at, Gate: r.Gate})
		return "a deduction is " + string(state), func(ctx context.Context, tx *db.Tx) error {
			return Record(ctx, tx, at.Add(time.Duration(n)*time.Microsecond), []Recorded{r})
		}
	case 2, 3:
		if len(*recorded) == 0 {
			return "nothing", func(context.Context, *db.Tx) error { return nil }
		}
		o := &(*recorded)[draw(len(*recorded))]
		o.Was = o.At
		o.State = []fee.State{fee.Posted, fee.Voided, fee.Reversed, fee.Refunded}[draw(4)]
		if o.Refunded = int64(draw(2) * 600); draw(3) == 0 {
			o.At = o.At.Add(time.Hour)
		}
		now := *o
		return "a deduction becomes " + string(o.State), func(ctx context.Context, tx *db.Tx) error { return ChangeRecorded(ctx, tx, now) }
	case 4:
		all := []Told{{MerchantID: 3, TerminalID: terminal, PlanID: planID, PeriodFrom: date.MustParse("2025-01-31"), Amount: 3600, Channel: "sms", DeliveredAt: at}}
		return "a notice arrives", func(ctx context.Context, tx *db.Tx) error {
			_, err := takeTold(ctx, tx, at, all)
			return err
		}
	case 5:
		return "a fee is disputed", func(ctx context.Context, tx *db.Tx) error {
			return OpenDispute(ctx, tx, at, fmt.Sprintf("q_%d", n), 3, terminal, item)
		}
	case 6:
		id := fmt.Sprintf("q_%d", max(n-1-draw(6), 0))
		return "a dispute ends", func(ctx context.Context, tx *db.Tx) error { return CloseDispute(ctx, tx, at, id) }
	default:
		statement := changesBySQL[draw(len(changesBySQL))]
		return statement, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, statement, terminal)
			return err
		}
	}
}

// sameAsWhole compares what is kept of both terminals with what lies in the tables,
// and returns of how many fees there was something that counts.
func sameAsWhole(ctx context.Context, d *db.DB, published *Published) (counted int, err error) {
	for _, sn := range []string{firstSN, secondSN} {
		for _, item := range []fee.Item{fee.SimData, fee.Transaction, fee.Service} {
			a := Asked{sn, item}
			quick := &AskedFacts{terminals: map[Asked]*Terminal{}, replaces: map[Asked]string{}}
			kept, err := quick.readKept(ctx, d, a, published.Fee)
			if err != nil {
				return counted, err
			}
			if !kept {
				continue
			}
			counted++
			whole := &AskedFacts{terminals: map[Asked]*Terminal{}, replaces: map[Asked]string{}}
			if err := whole.readWhole(ctx, d, d.Dialect, published, []Asked{a}); err != nil {
				return counted, err
			}
			if !reflect.DeepEqual(quick, whole) {
				return counted, fmt.Errorf("%v: what is kept says\n%+v\nthe tables say\n%+v", a, quick.terminals[a], whole.terminals[a])
			}
		}
	}
	return counted, nil
}

// TestWhatIsKeptForTheGateIsWhatLiesInTheTablesOrIsNotUsed changes whatever a
// verdict may rest on, in any order, with terminals judged now and then: what the
// gate reads of them is always what the rows say.
func TestWhatIsKeptForTheGateIsWhatLiesInTheTablesOrIsNotUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishSheet(t, d)
		published, err := ReadPublished(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		n, counted := 0, 0
		var recorded []Outcome
		rapid.Check(t, func(rt *rapid.T) {
			draw := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "n") }
			for range 6 {
				if draw(3) == 0 {
					if _, err := JudgePending(t.Context(), d, clock.At(date.MustParse("2025-06-01").At(9, 0)), fee.DefaultPolicy, nil); err != nil {
						rt.Fatal(err)
					}
				}
				n++
				what, change := drawChange(draw, n, &recorded)
				if err := d.Write(t.Context(), func(tx *db.Tx) error { return change(t.Context(), tx) }); err != nil && !db.Duplicate(err) {
					rt.Fatalf("%s: %v", what, err)
				}
				some, err := sameAsWhole(t.Context(), d, published)
				if err != nil {
					rt.Fatalf("after %s: %v", what, err)
				}
				counted += some
			}
			if draw(4) == 0 {
				execute(t, d, `delete from plan_charges`, `delete from deductions where ref like 'R%'`, `delete from deduction_refs where ref like 'R%'`, `delete from disputes`, `delete from delivered_notices`)
				recorded = nil
			}
		})
		if counted < 100 {
			t.Errorf("what is kept counted %d times: the test shows little", counted)
		}
	})
}

// TestNothingThatChangesWhileATerminalIsJudgedIsKeptAsItWas judges and changes at
// the same time, and looks at what is left once all is quiet.
func TestNothingThatChangesWhileATerminalIsJudgedIsKeptAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishSheet(t, d)
		published, err := ReadPublished(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		at := clock.At(date.MustParse("2025-06-01").At(9, 0))
		seeded := rand.New(rand.NewPCG(53, 5))
		n, counted := 0, 0
		for range 25 {
			recorded := make([][]Outcome, 3)
			var changes [3][]keptChange
			for i := range changes {
				for range 4 {
					n++
					_, change := drawChange(seeded.IntN, n, &recorded[i])
					changes[i] = append(changes[i], change)
				}
			}
			var all sync.WaitGroup
			for _, mine := range changes {
				all.Go(func() {
					for _, change := range mine {
						if err := d.Write(t.Context(), func(tx *db.Tx) error { return change(t.Context(), tx) }); err != nil && !db.Duplicate(err) {
							t.Error(err)
						}
					}
				})
			}
			all.Go(func() {
				for range 4 {
					if _, err := JudgePending(t.Context(), d, at, fee.DefaultPolicy, nil); err != nil {
						t.Error(err)
					}
				}
			})
			all.Wait()
			some, err := sameAsWhole(t.Context(), d, published)
			if err != nil {
				t.Fatal(err)
			}
			counted += some
		}
		if counted < 10 {
			t.Errorf("what is kept counted %d times: the test shows little", counted)
		}
	})
}

func FuzzWhatIsKeptDamagedIsRefused(f *testing.F) {
	plan := &fee.Plan{Item: fee.SimData}
	plans := func(int64) *fee.Plan { return plan }
	whole, err := encodeAsk(&Terminal{
		Enrolments: []Enrolment{{PlanID: 1, Fee: fee.Enrolment{AnchorOn: date.MustParse("2025-01-01"), Accepted: []fee.Acceptance{{Version: 1, Via: "app"}}}}},
		Notices:    []Notice{{PlanID: 1, item: fee.SimData}},
		Disputes:   []Dispute{{Item: fee.SimData, Fee: fee.Dispute{Open: true, WholeItem: true}}},
	}, []Deduction{{ID: "d_1", PlanID: 1, Item: fee.SimData, OrderRef: "O1", State: fee.Posted}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte{askVersion})
	f.Fuzz(func(t *testing.T, kept []byte) {
		var to Terminal
		if err := decodeAsk(kept, &to, fee.SimData, plans); err == nil && len(to.Deductions)+len(to.Notices)+len(to.Disputes) > len(kept) {
			t.Error("more was read than there is")
		}
	})
}
