package deduction_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// depositPage is the page of a terminal with a deposit of 199 yuan, which comes
// back once 1,000 yuan were sold within three months, of which 300 were in time
// and as much too late.
func depositPage(t *testing.T, d *db.DB, condition disclosure.Deposit, today date.Date) (*deduction.TerminalPage, *disclosure.Plans) {
	t.Helper()
	v := fee.Version{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01"), Price: fee.Price{Kind: fee.OneOff, Amount: 19900}}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{{
			Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: v.PublishedOn, EffectiveOn: v.EffectiveOn}},
			Plans: []disclosure.ExistingPlan{{
				Plan: fee.Plan{Code: "deposit-199", Item: fee.DeviceDeposit, Versions: []fee.Version{v}}, Terms: disclosure.Terms{Deposit: condition}, Lines: []int{1}, StatedBy: []int{1},
			}},
		}}, morning)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	began := date.MustParse("2026-09-01")
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants, merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: began})
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals, merchant.TerminalRow{SN: counter, MerchantRef: "M1", ActivatedOn: began})
	intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take, enrolment.Row{
		SN: counter, Plan: "deposit-199", AnchorOn: began, Version: 1, AcceptedOn: began, AcceptedBy: "周", AcceptedVia: enrolment.ViaApp,
	})
	_, problems := takeDeductions(t, d, morning, deduction.Row{
		Ref: "D1", SN: counter, Item: fee.DeviceDeposit, Plan: "deposit-199", Amount: 19900, At: began.At(12, 0).UTC(), PeriodFrom: began, State: fee.Posted, Origin: fee.OriginCore,
	})
	intaketest.WantProblems(t, problems)
	for i, on := range []string{"2026-09-01", "2026-11-22", "2026-12-01"} {
		row := deduction.SettlementRow{Ref: fmt.Sprint("S", i), SN: counter, On: date.MustParse(on), CardCount: 1, CardAmount: 10000, QRCount: 1, QRAmount: 5000, PaidOut: 15000}
		_, problems := takeSettlements(t, d, morning.Add(time.Hour*24*30), row)
		intaketest.WantProblems(t, problems)
	}
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(today.At(9, 0)), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	page, err := deduction.ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, 1, counter, today)
	if err != nil {
		t.Fatal(err)
	}
	return page, plans
}

func TestADepositCountsWhatWasSoldInTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		today := date.MustParse("2026-11-22")
		page, plans := depositPage(t, d, disclosure.Deposit{Kind: disclosure.ByTurnover, Turnover: 100000, Months: 3}, today)
		read := func(on string) deduction.Deposit {
			t.Helper()
			ctx, counted := db.Count(t.Context())
			page, err := deduction.ReadTerminalPage(ctx, d, plans, fee.DefaultPolicy, 1, counter, date.MustParse(on))
			if err != nil || len(page.Deposits) != 1 {
				t.Fatalf("got %+v, %v; want one deposit", page, err)
			}
			if d.Dialect == db.Postgres && counted.RoundTrips() > 2 {
				t.Errorf("on %s the page took %d round trips, want 2 at most", on, counted.RoundTrips())
			}
			return page.Deposits[0]
		}
		want := deduction.Deposit{PlanID: page.Fees[0].PlanID, Goal: 100000, From: date.MustParse("2026-09-01"), Last: date.MustParse("2026-11-30"), Sold: 30000, Paid: 19900}
		if got := read("2026-11-22"); got != want || got.Met() || got.Needed() != 70000 {
			t.Errorf("on the way: got %+v, %v needed; want %+v", got, got.Needed(), want)
		}
		want.Sold = 15000
		if got := read("2026-11-21"); got != want {
			t.Errorf("a day before: got %+v; want %+v", got, want)
		}
		want.Sold = 30000
		if got := read("2027-01-01"); got != want {
			t.Errorf("later: got %+v; want what was sold in time alone, %+v", got, want)
		}
		want.Goal = money.Fen(30000)
		if !want.Met() || want.Needed() != 0 {
			t.Errorf("300 of 300 are not enough")
		}
	})
}

func TestADepositSaysOnWhichDayEnoughWasSold(t *testing.T) {
	for goal, want := range map[money.Fen]string{15000: "2026-09-01", 15001: "2026-11-22"} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			page, _ := depositPage(t, d, disclosure.Deposit{Kind: disclosure.ByTurnover, Turnover: goal, Months: 3}, date.MustParse("2026-11-23"))
			if len(page.Deposits) != 1 || !page.Deposits[0].Met() || page.Deposits[0].MetOn != date.MustParse(want) {
				t.Errorf("%v: got %+v; want it reached on %s", goal, page.Deposits, want)
			}
		})
	}
}

func TestADepositThatComesBackWithItsTerminalAsksNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		today := date.MustParse("2026-11-22")
		_, plans := depositPage(t, d, disclosure.Deposit{Kind: disclosure.ByReturn}, today)
		ctx, counted := db.Count(t.Context())
		page, err := deduction.ReadTerminalPage(ctx, d, plans, fee.DefaultPolicy, 1, counter, today)
		if err != nil || len(page.Deposits) != 0 || counted.Statements() != 1 {
			t.Errorf("got %+v, %v after %d statements; want no deposit and one", page, err, counted.Statements())
		}
	})
}
