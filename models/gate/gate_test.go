package gate

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

func TestWhatIsInOrderIsAllowedOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		first := b.authorize(b.sim(0))
		want(t, first, fee.Allow, "", fee.Authorized)
		if v := first.Verdict; v.Expected != 3600 || v.Version != 1 || v.Cycle.Index != 1 || !first.ExpiresAt.Equal(start.Add(15*time.Minute)) {
			t.Errorf("got %+v, until %s", v, first.ExpiresAt)
		}
		want(t, b.authorize(b.sim(0)), fee.Deny, "duplicate_cycle", fee.Denied)
		a, err := b.post(first.ID, first.Token)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Allow, "", fee.Posted)
		want(t, b.authorize(b.sim(0)), fee.Deny, "duplicate_cycle", fee.Denied)
		b.judge()
		intaketest.WantTexts(t, b.d, `select ref || ' ' || l.state || ' ' || decision || ' ' || reasons || ' ' || l.gate from bill_lines l join gate_requests g on g.deduction_id = l.id order by ref`,
			"R1 posted allow  1", "R2 denied deny duplicate_cycle 1", "R3 denied deny duplicate_cycle 1")
		intaketest.WantTexts(t, b.d, `select kind || ' ' || amount_fen || ' ' || cast(due_on as text) from notices order by ref`, "stopped 3600 2026-11-22", "stopped 3600 2026-11-22")
		intaketest.WantTexts(t, b.d, `select action from audit_entries where action like 'gate.%' order by action`, "gate.authorized", "gate.denied", "gate.denied", "gate.posted")
	})
}

func TestTheSameRequestIsAnsweredTheSame(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		r := b.sim(0)
		first, again := b.authorize(r), b.authorize(r)
		if again.ID != first.ID || again.Token != first.Token || again.Decision != first.Decision {
			t.Errorf("got %+v, then %+v", first, again)
		}
		r.Amount--
		if _, err := b.gate.Authorize(t.Context(), core, r); !fault.Is(err, fault.Conflict) {
			t.Errorf("another request of that reference: got %v; want a conflict", err)
		}
		intaketest.WantTexts(t, b.d, `select cast(count(*) as text) from deductions`, "1")
	})
}

func TestWhatIsWrongWithARequestIsNamedAndNothingIsKept(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		for field, change := range map[string]func(*Request){
			"ref":        func(r *Request) { r.Ref = "" },
			"sn":         func(r *Request) { r.SN = "nobody's" },
			"item":       func(r *Request) { r.Item = "fun" },
			"plan":       func(r *Request) { r.Plan = "payout-3" },
			"origin":     func(r *Request) { r.Origin = "" },
			"at":         func(r *Request) { r.At = time.Time{} },
			"method":     func(r *Request) { r.Method = "gold" },
			"sale_fen":   func(r *Request) { r.Sale = new(money.Fen(-1)) },
			"sale_count": func(r *Request) { r.SaleCount = new(int64(-1)) },
			"order_ref":  func(r *Request) { r.OrderRef = strings.Repeat("x", 65) },
		} {
			r := b.sim(0)
			change(&r)
			_, err := b.gate.Authorize(t.Context(), core, r)
			f, ok := err.(*fault.Error)
			if !ok || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != field {
				t.Errorf("%s: got %v", field, err)
			}
		}
		intaketest.WantTexts(t, b.d, `select ref from deduction_refs`)
	})
}

func TestOfTwoAtOnceExactlyOneIsAllowed(t *testing.T) {
	each(t, 8, func(t *testing.T, b *bench) {
		for terminal := range 8 {
			const together = 6
			var wg sync.WaitGroup
			answers := make([]Answer, together)
			requests := make([]Request, together)
			for i := range together {
				requests[i] = b.sim(terminal)
			}
			for i := range together {
				wg.Go(func() {
					var err error
					if answers[i], err = b.gate.Authorize(t.Context(), core, requests[i]); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			allowed := 0
			for i := range answers {
				if answers[i].Decision == fee.Allow {
					allowed++
				} else if !answers[i].Verdict.Reasons.Has(fee.DuplicateCycle) {
					t.Errorf("refused for %s", answers[i].Verdict.Reasons)
				}
			}
			if allowed != 1 {
				t.Errorf("%d of %d were allowed; want one", allowed, together)
			}
		}
	})
}

func TestTheSameRequestAtOnceHasOneEffect(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		r := b.sim(0)
		var wg sync.WaitGroup
		ids := make([]string, 20)
		for i := range ids {
			wg.Go(func() {
				a, err := b.gate.Authorize(t.Context(), core, r)
				if err != nil {
					t.Error(err)
				}
				ids[i] = a.ID + a.Token
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("got %s and %s", id, ids[0])
			}
		}
		intaketest.WantTexts(t, b.d, `select cast(count(*) as text) from deductions`, "1")
	})
}

func TestAPermissionServesOnceAndForItsDeductionAlone(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		one, other := b.authorize(b.sim(0)), b.authorize(b.sim(1))
		parts := strings.Split(one.Token, ".")
		forged := func(i int, with string) string {
			p := append([]string(nil), parts...)
			p[i] = with
			return strings.Join(p, ".")
		}
		for name, token := range map[string]string{
			"none": "", "of another": other.Token, "no token": "x", "another form": forged(0, "mgt2"), "another key": forged(1, "00000000"),
			"for longer": forged(3, "9999999999"), "another signature": forged(4, strings.Split(other.Token, ".")[4]),
		} {
			if _, err := b.post(one.ID, token); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: got %v; want it refused", name, err)
			}
		}
		intaketest.WantTexts(t, b.d, `select state from gate_requests order by ref`, "authorized", "authorized")
		if _, err := b.post(one.ID, one.Token); err != nil {
			t.Fatal(err)
		}
		if _, err := b.post(one.ID, one.Token); !fault.Is(err, fault.Conflict) {
			t.Errorf("the second time: got %v; want a conflict", err)
		}
		if _, err := b.post("d_nobody", one.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown deduction: got %v", err)
		}
	})
}

func TestWhatIsVoidedOrExpiresOpensItsCycleAgain(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		first := b.authorize(b.sim(0))
		if _, err := b.void(first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.void(first.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("voiding again: got %v", err)
		}
		want(t, b.authorize(b.sim(0)), fee.Allow, "", fee.Authorized)
		b.authorize(b.sim(1))
		b.clock.Advance(later)
		want(t, b.authorize(b.sim(0)), fee.Allow, "", fee.Authorized) // before the job has come by
		if n, err := Expire(t.Context(), b.d, b.clock); err != nil || n != 1 {
			t.Errorf("%d expired, %v; want the other terminal's", n, err)
		}
		want(t, b.authorize(b.sim(1)), fee.Allow, "", fee.Authorized)
		intaketest.WantTexts(t, b.d, `select step from gate_steps where step not in ('authorized') order by step`, "expired", "expired", "voided")
	})
}

func TestWhatIsTakenWithoutAPermissionIsKeptAndRaisesAnAlarm(t *testing.T) {
	each(t, 4, func(t *testing.T, b *bench) {
		late := b.authorize(b.sim(0))
		denied := b.authorize(func() Request { r := b.sim(1); r.Amount = 9900; return r }())
		want(t, denied, fee.Deny, "amount_over notice_missing", fee.Denied)
		b.clock.Advance(later)
		a, err := b.post(late.ID, late.Token)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Allow, "", fee.Posted)
		if a, err = b.post(denied.ID, ""); err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Deny, "amount_over notice_missing", fee.Posted)
		if a, err = b.record(b.sim(2)); err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Allow, "", fee.Posted)
		want(t, b.authorize(b.sim(2)), fee.Deny, "duplicate_cycle", fee.Denied)
		asked := b.authorize(b.sim(3))
		if a, err = b.record(b.sim(3)); err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Deny, "duplicate_cycle", fee.Posted)
		if _, err := b.post(asked.ID, asked.Token); err != nil {
			t.Fatal(err)
		}
		b.judge()
		intaketest.WantTexts(t, b.d, `select g.ref || ' ' || l.state || ' ' || l.gate || ' ' || l.settles || ' ' || l.reasons from bill_lines l join gate_requests g on g.deduction_id = l.id
			join alarms a on a.kind = 'ungated' and a.subject = l.id order by g.ref`, func() []string {
			yes, no := "1", "0"
			if b.d.Dialect == db.Postgres {
				yes, no = "true", "false"
			}
			return []string{
				"R1 posted 2 " + yes + " ", "R2 posted 2 " + yes + " amount_over notice_missing", "R3 posted 2 " + yes + " ", "R6 posted 2 " + no + " duplicate_cycle",
			}
		}()...)
	})
}

func TestAPostingThatComesAfterAnotherTookTheCycleIsADuplicate(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		if err := b.d.EnsureMonths(t.Context(), date.MustParse("2026-11-01"), date.MustParse("2027-02-01")); err != nil {
			t.Fatal(err)
		}
		late := b.authorize(b.sim(0))
		b.clock.Advance(later)
		second := b.authorize(b.sim(0))
		want(t, second, fee.Allow, "", fee.Authorized)
		b.clock.Advance(15 * 24 * time.Hour) // into another month
		b.clock.MoveTo(second.ExpiresAt)
		if _, err := b.post(second.ID, second.Token); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(15 * 24 * time.Hour)
		a, err := b.post(late.ID, late.Token)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Deny, "duplicate_cycle", fee.Posted)
		b.judge()
		intaketest.WantTexts(t, b.d, `select g.ref || ' ' || l.on_date || ' ' || l.reasons from bill_lines l join gate_requests g on g.deduction_id = l.id order by g.ref`,
			"R1 2026-12-07 duplicate_cycle", "R2 2026-11-22 ")
		intaketest.WantTexts(t, b.d, `select deduction_id || ' ' || cast(count(*) as text) from plan_charges group by deduction_id order by deduction_id`, late.ID+" 1", second.ID+" 1")
	})
}

func TestMoneyThatCameBackIsCountedToTheFen(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		first := b.authorize(b.sim(0))
		if _, err := b.refund(first.ID, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("before it was taken: got %v", err)
		}
		b.post(first.ID, first.Token)
		for _, wrong := range []money.Fen{0, -1, 3601} {
			if _, err := b.refund(first.ID, &wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("%d: got %v; want it refused", wrong, err)
			}
		}
		if a, err := b.refund(first.ID, new(money.Fen(1000))); err != nil || a.State != fee.Posted {
			t.Errorf("in part: got %s, %v", a.State, err)
		}
		if _, err := b.reverse(first.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("reversing what was refunded in part: got %v", err)
		}
		if a, err := b.refund(first.ID, nil); err != nil || a.State != fee.Refunded {
			t.Errorf("the rest: got %s, %v", a.State, err)
		}
		want(t, b.authorize(b.sim(0)), fee.Deny, "duplicate_cycle", fee.Denied) // what was given back stays settled
		second := b.authorize(b.sim(1))
		b.post(second.ID, second.Token)
		if a, err := b.reverse(second.ID); err != nil || a.State != fee.Reversed {
			t.Errorf("reversing: got %s, %v", a.State, err)
		}
		want(t, b.authorize(b.sim(1)), fee.Hold, "retry_after_reversal", fee.Held)
		b.judge()
		intaketest.WantTexts(t, b.d, `select g.ref || ' ' || l.state || ' ' || l.amount_fen || ' ' || l.refunded_fen from bill_lines l join gate_requests g on g.deduction_id = l.id where l.state not in ('denied', 'held') order by g.ref`,
			"R1 refunded 3600 3600", "R3 reversed 3600 0")
		intaketest.WantTexts(t, b.d, `select kind from notices order by kind`, "on_hold", "stopped")
	})
}

func TestACeilingHoldsForWhatIsAskedAtOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		var wg sync.WaitGroup
		decisions := make([]fee.Decision, 6)
		for i := range decisions {
			r := b.sim(0)
			r.Item, r.Amount = fee.Withdrawal, 300 // of at most 10 yuan
			wg.Go(func() { decisions[i] = b.authorize(r).Decision })
		}
		wg.Wait()
		allowed := 0
		for _, d := range decisions {
			if d == fee.Allow {
				allowed++
			}
		}
		if allowed != 3 {
			t.Errorf("%d of six payouts were allowed; want three", allowed)
		}
	})
}

func TestWhereTheFactsCantBeReadNothingIsDecided(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, 1)
		intaketest.Exec(t, d, `alter table plan_charges rename to gone`)
		_, err := b.gate.Authorize(t.Context(), core, b.sim(0))
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v; want it to be unavailable", err)
		}
		intaketest.Exec(t, d, `alter table gone rename to plan_charges`)
		intaketest.WantTexts(t, d, `select ref from deduction_refs union select ref from gate_requests`)
		want(t, b.authorize(b.sim(0)), fee.Allow, "", fee.Authorized)
	})
}

func TestADecisionCanBeMadeAgainFromWhatWasKept(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		var ids []string
		for _, amount := range []money.Fen{3601, 3600, 3600, 0} {
			r := b.sim(0)
			r.Amount, r.Origin = amount, []string{"core", "agent"}[len(ids)%2]
			ids = append(ids, b.authorize(r).ID)
		}
		intaketest.Exec(t, b.d, `delete from delivered_notices`, `update enrolments set cancelled_on = '2026-10-01'`)
		for _, id := range ids {
			all, err := Replay(t.Context(), b.d, id)
			if err != nil || len(all) != 1 || !all[0].Same {
				t.Errorf("%s: got %+v, %v; want the same decision again", id, all, err)
			}
		}
		if _, err := Replay(t.Context(), b.d, "d_nobody"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown deduction: got %v", err)
		}
	})
}

func TestThePageExplainsADecisionByItsOwnFacts(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		first := b.authorize(b.sim(0))
		second := b.authorize(b.sim(0))
		b.void(first.ID)
		b.judge()
		plans, err := deduction.ReadPublished(t.Context(), b.d)
		if err != nil {
			t.Fatal(err)
		}
		page, err := deduction.ReadDetailPage(t.Context(), b.d, plans.Plans, fee.DefaultPolicy, 1, second.ID, date.Of(start))
		if err != nil {
			t.Fatal(err)
		}
		if page.Line.State != fee.Denied || !page.Explanation.Verdict.Reasons.Has(fee.DuplicateCycle) || page.Explanation.Facts.SettledBy == nil {
			t.Errorf("got %s, %v; want what it was denied for then", page.Line.State, page.Explanation.Verdict.Reasons)
		}
	})
}
