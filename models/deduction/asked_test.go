package deduction_test

import (
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// ask returns what the gate would be answered about a terminal's fee, and how
// many statements it took.
func ask(t *testing.T, d *db.DB, sn string, item fee.Item, code string, r fee.Request) (fee.Verdict, int) {
	t.Helper()
	published, err := deduction.ReadPublished(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	counted, count := db.Count(t.Context())
	key := deduction.Asked{SN: sn, Item: item}
	facts, err := deduction.ReadAsked(counted, d, d.Dialect, published, evening, r.On(), []deduction.Asked{key})
	if err != nil {
		t.Fatal(err)
	}
	plan := published.ByCode(code)
	c, err := facts.Terminal(key).Ask(published.Fee, &plan.Fee, plan.ID, item, facts.Policy, r)
	if err != nil {
		t.Fatal(err)
	}
	v, err := fee.Judge(c)
	if err != nil {
		t.Fatal(err)
	}
	return v, count.Statements()
}

func TestWhatIsAskedRestsOnOneStatementOfFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		takeDeductions(t, d, morning, sim)
		request := fee.Request{Amount: 3600, At: sim.At.AddDate(0, 1, 0), Origin: fee.OriginCore}
		if v, statements := ask(t, d, counter, fee.SimData, "sim-annual-36", request); !v.Reasons.Has(fee.DuplicateCycle) || statements != 2 {
			t.Errorf("before it is judged: got %v in %d statements; want a duplicate, in two", v.Reasons, statements)
		}
		if _, err := deduction.JudgePending(t.Context(), d, clock.At(evening), fee.DefaultPolicy, nil); err != nil {
			t.Fatal(err)
		}
		v, statements := ask(t, d, counter, fee.SimData, "sim-annual-36", request)
		if !v.Reasons.Has(fee.DuplicateCycle) || v.Cycle.Index != 1 || statements != 1 {
			t.Errorf("got %v for cycle %d in %d statements; want a duplicate of the first, in one", v.Reasons, v.Cycle.Index, statements)
		}
		request.At = sim.At.AddDate(1, 0, 0)
		if v, _ := ask(t, d, counter, fee.SimData, "sim-annual-36", request); v.Reasons.Has(fee.DuplicateCycle) || v.Cycle.Index != 2 {
			t.Errorf("a year later: got %v for cycle %d; want the second to be open", v.Reasons, v.Cycle.Index)
		}
	})
}

func TestALimitAddsUpWhatSettlementsAndDeductionsTook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		payout := deduction.Row{Ref: "D9", SN: counter, Item: fee.Withdrawal, Plan: "withdraw-3", Amount: 300, At: sim.At, State: fee.Posted, Origin: fee.OriginCore}
		takeDeductions(t, d, morning, payout)
		columns := day
		columns.WithdrawalCount, columns.WithdrawalFee, columns.PaidOut = 2, 600, columns.PaidOut-600
		takeSettlements(t, d, morning, columns)
		intaketest.Exec(t, d, `update enrolments set own_limit_fen = 1199 where plan_id = (select id from plans where code = 'withdraw-3')`)
		request := fee.Request{Amount: 300, At: sim.At.AddDate(0, 0, 2), Origin: fee.OriginCore}
		if v, _ := ask(t, d, counter, fee.Withdrawal, "withdraw-3", request); !v.Reasons.Has(fee.OwnLimit) {
			t.Errorf("got %v; want the limit of 11.99 exceeded by 3.00 + 6.00 + 3.00", v.Reasons)
		}
		intaketest.Exec(t, d, `update enrolments set own_limit_fen = 1200 where plan_id = (select id from plans where code = 'withdraw-3')`)
		if v, _ := ask(t, d, counter, fee.Withdrawal, "withdraw-3", request); v.Reasons.Has(fee.OwnLimit) {
			t.Errorf("got %v; want the limit of 12.00 just kept", v.Reasons)
		}
	})
}

func TestManyAreAskedTheSameAsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		takeDeductions(t, d, morning, sim)
		intaketest.Exec(t, d, `update terminals set replaces_sn = '`+counter+`' where sn = '`+till+`'`)
		published, err := deduction.ReadPublished(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		keys := []deduction.Asked{{SN: counter, Item: fee.SimData}, {SN: till, Item: fee.SimData}, {SN: counter, Item: fee.Withdrawal}, {SN: "nobody", Item: fee.SimData}}
		today := date.Of(evening)
		many, err := deduction.ReadAsked(t.Context(), d, d.Dialect, published, evening, today, keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			one, err := deduction.ReadAsked(t.Context(), d, d.Dialect, published, evening, today, []deduction.Asked{k})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%+v", many.Terminal(k)), fmt.Sprintf("%+v", one.Terminal(k)); got != want && many.Terminal(k).Replaced == nil {
				t.Errorf("%v: got\n%s\nwant\n%s", k, got, want)
			}
		}
		if r := many.Terminal(keys[1]).Replaced; r == nil || len(r.Paid[fee.SimData]) != 1 {
			t.Errorf("the till's forerunner paid %+v; want one cycle", r)
		}
	})
}

func TestWhatWasRecordedIsOnTheBillAsTheGateSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		var merchantID, terminalID, planID int64
		if err := d.QueryRow(t.Context(), `select merchant_id, id, (select id from plans where code = 'sim-annual-36') from terminals where sn = '`+counter+`'`).Scan(&merchantID, &terminalID, &planID); err != nil {
			t.Fatal(err)
		}
		asked := fee.Verdict{Decision: fee.Deny, Expected: 3600, Version: 1, Cycle: fee.Cycle{Index: 1, From: date.MustParse("2025-01-10"), To: date.MustParse("2026-01-09")}}
		asked.Reasons, _ = fee.ParseCodes("amount_over")
		r := deduction.Recorded{MerchantID: merchantID, TerminalID: terminalID, SN: counter, Deduction: deduction.Deduction{
			ID: "d_x", Ref: "X1", Item: fee.SimData, PlanID: planID, Amount: 9900, At: sim.At, State: fee.Denied, Origin: fee.OriginCore, Gate: deduction.GateAsked, Verdict: &asked,
		}}
		write := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error { return deduction.Record(t.Context(), tx, evening, []deduction.Recorded{r}) })
		intaketest.WantTexts(t, d, wait, counter+" 2025-02-04")
		const lines = `select id || ' ' || on_date || ' ' || state || ' ' || decision || ' ' || reasons || ' ' || gate from bill_lines`
		judgeNow := func() {
			t.Helper()
			if _, err := deduction.JudgePending(t.Context(), d, clock.At(evening), fee.DefaultPolicy, nil); err != nil {
				t.Fatal(err)
			}
		}
		judgeNow()
		intaketest.WantTexts(t, d, lines, "d_x 2025-02-04 denied deny amount_over 1")
		intaketest.WantTexts(t, d, `select deduction_id from plan_charges`)

		later := sim.At.AddDate(0, 1, 0)
		write(func(tx *db.Tx) error {
			return deduction.ChangeRecorded(t.Context(), tx, deduction.Outcome{
				MerchantID: merchantID, TerminalID: terminalID, ID: "d_x", Was: sim.At, At: later, State: fee.Posted, Gate: deduction.GateUngated,
			})
		})
		judgeNow()
		// no acceptance, no notice: what bypassed the gate is judged as a request
		intaketest.WantTexts(t, d, lines, "d_x 2025-03-04 posted deny not_agreed terminal_inactive notice_missing 2")
		intaketest.WantTexts(t, d, `select deduction_id || ' ' || state || ' ' || gate from plan_charges`, "d_x posted 2")
	})
}
