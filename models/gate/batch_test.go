package gate

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

func (b *bench) batch(requests ...Request) (Batch, error) {
	var all Batch
	err := b.d.Write(b.t.Context(), func(tx *db.Tx) (err error) {
		all, err = b.gate.AuthorizeBatchIn(b.t.Context(), tx, core, requests)
		return err
	})
	return all, err
}

// said is what is said to each request, in a line.
func said(answers []Answer) (all []string) {
	for _, a := range answers {
		line := fmt.Sprintf("%s %s %s %s %d %v %t", a.Ref, a.State, a.Decision, a.Verdict.Reasons, a.Verdict.Expected, a.Verdict.Cycle, a.Token != "")
		if a.Err != nil {
			line = a.Ref + " " + string(fault.KindOf(a.Err))
		}
		all = append(all, line)
	}
	return all
}

func TestABatchIsAnsweredAsOneByOne(t *testing.T) {
	each(t, 4, func(t *testing.T, together *bench) {
		each(t, 4, func(t *testing.T, single *bench) {
			if single.d.Dialect != together.d.Dialect {
				return
			}
			rapid.Check(t, func(rt *rapid.T) {
				clean(t, together)
				clean(t, single)
				intaketest.Exec(t, together.d, `delete from gate_batches`)
				var requests []Request
				for range rapid.IntRange(1, 20).Draw(rt, "requests") {
					r := together.sim(rapid.IntRange(0, 4).Draw(rt, "terminal")) // the last one is nobody's
					r.Amount = rapid.SampledFrom([]money.Fen{3600, 3600, 3500, 9900, 0}).Draw(rt, "amount")
					switch rapid.IntRange(0, 4).Draw(rt, "item") {
					case 0:
						r.Item, r.Amount = fee.Withdrawal, 300
					case 1:
						r.Item, r.Amount = fee.Service, 60_000
					case 2:
						r.OrderRef = rapid.SampledFrom([]string{"", "O1"}).Draw(rt, "order")
					}
					r.Origin = rapid.SampledFrom([]string{"core", "core", "agent"}).Draw(rt, "origin")
					if len(requests) > 0 && rapid.IntRange(0, 9).Draw(rt, "again") == 0 {
						r = requests[rapid.IntRange(0, len(requests)-1).Draw(rt, "which")]
					}
					requests = append(requests, r)
				}
				all, err := together.batch(requests...)
				if err != nil {
					rt.Fatal(err)
				}
				var one []Answer
				for _, r := range requests {
					a, err := single.gate.Authorize(t.Context(), core, r)
					if err != nil {
						a = Answer{Ref: r.Ref, Err: err}
					}
					one = append(one, a)
				}
				if got, want := said(all.Answers), said(one); !slices.Equal(got, want) {
					rt.Fatalf("together\n%q\none by one\n%q", got, want)
				}
			})
		})
	})
}

// SQLite, which has no trips, takes rows a few hundred values at a time.
func TestABatchCostsPostgresTheSameStatementsHoweverLong(t *testing.T) {
	each(t, 60, func(t *testing.T, b *bench) {
		if b.d.Dialect != db.Postgres {
			return
		}
		cost := func(from, to int) int {
			var requests []Request
			for i := from; i < to; i++ {
				requests = append(requests, b.sim(i), b.sim(i)) // the second is a duplicate
			}
			ctx, count := db.Count(t.Context())
			err := b.d.Write(ctx, func(tx *db.Tx) error {
				all, err := b.gate.AuthorizeBatchIn(ctx, tx, core, requests)
				if err == nil && (all.Answers[0].Decision != fee.Allow || all.Answers[1].Decision != fee.Deny) {
					t.Errorf("got %q", said(all.Answers[:2]))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return count.Statements()
		}
		cost(0, 5) // plans are read once
		if few, many := cost(5, 10), cost(10, 60); few != many {
			t.Errorf("10 requests cost %d statements, and 100 cost %d", few, many)
		}
	})
}

func TestABatchUnlikeThoseBeforeItIsHeldAsAWhole(t *testing.T) {
	each(t, 40, func(t *testing.T, b *bench) {
		next := 0
		run := func(n int, change func(*Request)) Batch {
			t.Helper()
			var requests []Request
			for range n {
				r := b.sim(next)
				next++
				if change != nil {
					change(&r)
				}
				requests = append(requests, r)
			}
			all, err := b.batch(requests...)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		for range 3 {
			if all := run(4, nil); all.Held || all.Band.Batches > 2 {
				t.Errorf("got %+v; want nothing expected yet", all.Band)
			}
		}
		if all := run(5, nil); all.Held || all.Band.Batches != 3 {
			t.Errorf("one more than before: got %+v", all.Band)
		}
		all := run(8, nil)
		if !all.Held || !slices.Equal(all.Band.Outside, []string{"count", "total"}) || all.Band.Count != (deduction.Band{Got: 8, Low: 2, High: 7}) {
			t.Errorf("twice as many: got %+v", all.Band)
		}
		for _, a := range all.Answers {
			if a.State != fee.Held || a.Decision != fee.Hold || a.Token != "" || len(a.Own) != 1 || a.Own[0].Code != deduction.OwnBatchBand {
				t.Errorf("got %+v", a)
			}
		}
		if again, err := Replay(t.Context(), b.d, all.Answers[0].ID); err != nil || !again[0].Same || again[0].Reasons != "batch_band" {
			t.Errorf("made again: %+v, %v", again, err)
		}
		n := 0
		wrong := run(4, func(r *Request) {
			if n++; n == 1 {
				r.Amount = -1
			}
		})
		if !wrong.Held || !slices.Equal(wrong.Band.Outside, []string{"denied"}) || wrong.Answers[0].State != fee.Denied {
			t.Errorf("a quarter denied: got %+v", wrong.Band)
		}
	})
}

func TestABatchIsNeitherEmptyNorEndless(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		for _, n := range []int{0, MaxBatch + 1} {
			err := b.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := b.gate.AuthorizeBatchIn(context.Background(), tx, core, make([]Request, n))
				return err
			})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%d requests: got %v", n, err)
			}
		}
	})
}
