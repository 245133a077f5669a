package stop

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	today   = date.MustParse("2026-11-22")
	morning = today.At(8, 0).UTC()
	anchor  = date.MustParse("2025-01-10")
	support = staff.Actor{ID: "st_1", Name: "王", Roles: []staff.Role{staff.Support}, RequestID: "r_2"}
	auditor = staff.Actor{ID: "st_2", Name: "钱", Roles: []staff.Role{staff.Auditor}}
)

const counter, stall = "820000018093", "820000032929"

// furnish writes two merchants with a terminal each, which pays 36 yuan a year
// and for payouts; the first year was taken of the counter.
func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	version := func(p fee.Price) []fee.Version {
		return []fee.Version{{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01"), Price: p}}
	}
	existing := disclosure.Existing{
		Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01")}},
		Plans: []disclosure.ExistingPlan{
			{Plan: fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: version(fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue})}, Lines: []int{1}, StatedBy: []int{1}},
			{Plan: fee.Plan{Code: "withdraw-3", Item: fee.Withdrawal, Versions: version(fee.Price{Kind: fee.PerItem, Amount: 300})}, Lines: []int{2}, StatedBy: []int{1}},
			{Plan: fee.Plan{Code: "service-99", Item: fee.Service, Versions: version(fee.Price{Kind: fee.OneOff, Amount: 9900})}, Lines: []int{3}, StatedBy: []int{1}},
		},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{existing}, morning)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", Contact: "周老板", OpenedOn: anchor}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: anchor})
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: counter, MerchantRef: "M1", Alias: "前台", ActivatedOn: anchor},
		merchant.TerminalRow{SN: stall, MerchantRef: "M2", Alias: "摊位", ActivatedOn: anchor})
	for _, sn := range []string{counter, stall} {
		for _, plan := range []string{"sim-annual-36", "withdraw-3", "service-99"} {
			intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take, enrolment.Row{
				SN: sn, Plan: plan, AnchorOn: anchor, Version: 1, AcceptedOn: anchor, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp,
			})
		}
	}
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, morning)
	}
	row := func(ref, plan string, item fee.Item, amount int, on date.Date) deduction.Row {
		r := deduction.Row{Ref: ref, SN: counter, Item: item, Plan: plan, At: on.At(18, 0).UTC(), PeriodFrom: on, State: fee.Posted, Origin: fee.OriginCore}
		r.Amount = 100 * 36
		if amount != 36 {
			r.Amount = 9900
		}
		return r
	}
	_, problems := intaketest.File(t, d, morning, stage, deduction.TakeDeductions,
		row("D1", "sim-annual-36", fee.SimData, 36, anchor), row("D2", "sim-annual-36", fee.SimData, 36, anchor.AddMonths(12)), row("D3", "service-99", fee.Service, 99, anchor))
	intaketest.WantProblems(t, problems)
	judge(t, d, morning)
}

func judge(t *testing.T, d *db.DB, at time.Time) {
	t.Helper()
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(at), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
}

func plans(t *testing.T, d *db.DB) *disclosure.Plans {
	t.Helper()
	all, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func who(t *testing.T, d *db.DB, ref string) Who {
	t.Helper()
	w := Who{UserID: "u_1", Name: "周老板", Address: "192.0.2.7", RequestID: "r_1"}
	if err := d.QueryRow(t.Context(), `select id from merchants where ref = $1`, ref).Scan(&w.MerchantID); err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t *testing.T, d *db.DB) *Page {
	t.Helper()
	p, err := Read(t.Context(), d, plans(t, d).Fee, who(t, d, "M1").MerchantID, counter, today)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func stopSIM(t *testing.T, d *db.DB, at time.Time, on string) (string, error) {
	t.Helper()
	all := plans(t, d)
	return StopFee(t.Context(), d, all.Fee, at, who(t, d, "M1"), counter, all.ByCode("sim-annual-36").ID, date.MustParse(on))
}

func report(t *testing.T, d *db.DB, kind Kind, on string) (string, error) {
	t.Helper()
	return ReportGone(t.Context(), d, plans(t, d).Fee, morning, who(t, d, "M1"), counter, kind, date.MustParse(on), " 给了业务员 ")
}

const (
	requested = `select r.number || ' ' || r.kind || ' ' || r.on_date || ' ' || coalesce(cast(r.paid_through as text), '-') || ' ' || r.remark || ' ' || r.user_id || ' ' || r.name || ' ' || r.address from stop_requests r order by r.at, r.id`
	ended     = `select p.code || ' ' || e.cancelled_on from enrolments e join plans p on p.id = e.plan_id where e.cancelled_on is not null`
	foreseen  = `select t.sn || ' ' || f.due_on || ' ' || f.holds from forecasts f join terminals t on t.id = f.terminal_id where t.sn = '` + counter + `' order by 1`
	gone      = `select coalesce(cast(reported_gone_on as text), '-') || ' ' || coalesce(cast(inactive_from as text), '-') || ' ' || coalesce(inactive_reason, '-') from terminals where sn = '` + counter + `'`
	entries   = `select action || ' ' || actor_id from audit_entries order by at, action`
)

func TestAPageOffersTheFeesThatGoOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		p := read(t, d)
		if len(p.Fees) != 1 || p.Fees[0].PlanID != plans(t, d).ByCode("sim-annual-36").ID || p.Fees[0].PaidThrough != date.MustParse("2027-01-09") {
			t.Fatalf("the fees are %+v; want the yearly one alone, paid to 9 January", p.Fees)
		}
		e := p.Fees[0].Stopped(today)
		if e.PaidThrough != date.MustParse("2027-01-09") || len(e.Still) != 0 || e.Spared == nil || e.Spared.From != date.MustParse("2027-01-10") || e.Spared.Amount != 3600 {
			t.Errorf("stopped today: %+v", e)
		}
		if e := p.Fees[0].Stopped(date.MustParse("2027-01-11")); len(e.Still) != 1 || e.PaidThrough != 0 {
			t.Errorf("stopped a day into the next year: %+v; want that year still to be paid", e)
		}
	})
}

func TestWhatIsOwedUntilAFarDayGoesBeyondWhatWasForeseen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		e := read(t, d).Fees[0].Stopped(date.MustParse("2028-06-01"))
		if len(e.Still) != 2 || e.Still[1].From != date.MustParse("2028-01-10") || e.Owed() != 7200 || e.Spared == nil || e.Spared.From != date.MustParse("2029-01-10") {
			t.Errorf("stopped in two years: %+v; want both years before it owed", e)
		}
	})
}

func TestWhatWasTakenSinceADayIsReadWithTheDepositsHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.Exec(t, d, `update bill_lines set item = 'device_deposit' where amount_fen = 9900`)
		merchantID, terminalID := who(t, d, "M1").MerchantID, read(t, d).TerminalID
		p, err := ReadPast(t.Context(), d, merchantID, terminalID, date.MustParse("2026-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Taken) != 1 || p.Taken[0].On != date.MustParse("2026-01-10") || p.Taken[0].Amount != 3600 {
			t.Errorf("since January was taken %+v; want the second year", p.Taken)
		}
		if len(p.Deposits) != 1 || p.Deposits[0].Amount != 9900 {
			t.Errorf("the deposits are %+v; want the one", p.Deposits)
		}
		if p, err := ReadPast(t.Context(), d, who(t, d, "M2").MerchantID, terminalID, anchor); err != nil || len(p.Taken)+len(p.Deposits) != 0 {
			t.Errorf("another merchant reads %+v, %v; want nothing", p, err)
		}
	})
}

func TestAStoppedFeeEndsOnItsDayWithAProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		number, err := stopSIM(t, d, morning, "2026-12-01")
		if err != nil || number != "S2026-1122-01" {
			t.Fatalf("got the number %q, %v", number, err)
		}
		intaketest.WantTexts(t, d, requested, "S2026-1122-01 fee 2026-12-01 2027-01-09  u_1 周老板 192.0.2.7")
		intaketest.WantTexts(t, d, ended, "sim-annual-36 2026-12-01")
		intaketest.WantTexts(t, d, entries, "fee.stop u_1")
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen)
		r, err := ReadRequest(t.Context(), d, who(t, d, "M1").MerchantID, counter, number)
		if err != nil || r.Kind != OfFee || r.On != date.MustParse("2026-12-01") || r.Waits() || r.Alias != "前台" {
			t.Errorf("the proof is %+v, %v", r, err)
		}
		if _, err := stopSIM(t, d, morning, "2026-12-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("again gives %v; want a conflict", err)
		}
		if number, err := stopSIM(t, d, morning, "2026-11-23"); err != nil || number != "S2026-1122-02" {
			t.Errorf("sooner gives %q, %v; want a second proof", number, err)
		}
		intaketest.WantTexts(t, d, ended, "sim-annual-36 2026-11-23")
	})
}

func TestAReportMakesWhatComesWaitUntilStaffAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		number, err := report(t, d, Returned, "2026-11-01")
		if err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, requested, number+" returned 2026-11-01 - 给了业务员 u_1 周老板 192.0.2.7")
		intaketest.WantTexts(t, d, gone, "2026-11-01 - -")
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen, counter+" 2027-01-10 reported_gone")
		if _, err := report(t, d, Lost, "2026-11-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("again gives %v; want a conflict", err)
		}
		b, n := db.NewBatch(), 0
		CountWaiting(b, &n)
		if err := d.Read(t.Context(), b); n != 1 || err != nil {
			t.Errorf("%d wait, %v; want 1", n, err)
		}
		c, err := ReadCase(t.Context(), d, plans(t, d).Fee, number, today)
		if err != nil || c.Merchant != "老街面馆" || !c.Waits() || c.Page.ReportedGoneOn != date.MustParse("2026-11-01") || len(c.Taken) != 0 {
			t.Errorf("the case is %+v, %v", c, err)
		}
		if err := Confirm(t.Context(), d, morning, support, number, date.MustParse("2026-11-01")); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, gone, "- 2026-11-01 returned")
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen)
		p := read(t, d)
		if a := p.Requests[0].Answer; a == nil || !a.Confirmed || a.By != "王" || a.GoneFrom != date.MustParse("2026-11-01") || !p.IsGone(today) {
			t.Errorf("the merchant reads the answer %+v", a)
		}
		if err := Refuse(t.Context(), d, morning, support, number, "还在用"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second answer gives %v; want a conflict", err)
		}
		if _, err := report(t, d, Lost, "2026-11-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a report of what is gone gives %v; want a conflict", err)
		}
		intaketest.WantTexts(t, d, entries, "terminal.answer_gone st_1", "terminal.report_gone u_1")
	})
}

func TestAReportThatIsNotConfirmedEndsWithItsReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		number, err := report(t, d, Unused, "2026-11-01")
		if err != nil {
			t.Fatal(err)
		}
		if err := Refuse(t.Context(), d, morning, support, number, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: got %v; want it refused", err)
		}
		if err := Refuse(t.Context(), d, morning, support, number, "11月20日还有交易"); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, gone, "- - -")
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen, counter+" 2027-01-10 ")
		if a := read(t, d).Requests[0].Answer; a == nil || a.Confirmed || a.Reason != "11月20日还有交易" {
			t.Errorf("the merchant reads %+v", a)
		}
		if _, err := report(t, d, Unused, "2026-11-21"); err != nil {
			t.Errorf("another report gives %v; want it taken", err)
		}
	})
}

func TestRequestsAreRefusedThatCantBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		refused := func(what string, err error, want fault.Kind) {
			t.Helper()
			if !fault.Is(err, want) {
				t.Errorf("%s gives %v; want %s", what, err, want)
			}
		}
		_, err := stopSIM(t, d, morning, "2026-11-21")
		refused("a day that is past", err, fault.Invalid)
		_, err = stopSIM(t, d, morning, "2036-11-21")
		refused("a day far ahead", err, fault.Invalid)
		all := plans(t, d)
		_, err = StopFee(t.Context(), d, all.Fee, morning, who(t, d, "M2"), counter, all.ByCode("sim-annual-36").ID, today)
		refused("another's terminal", err, fault.NotFound)
		_, err = StopFee(t.Context(), d, all.Fee, morning, who(t, d, "M1"), counter, all.ByCode("withdraw-3").ID, today)
		refused("a fee of each payout", err, fault.Invalid)
		_, err = StopFee(t.Context(), d, all.Fee, morning, who(t, d, "M1"), counter, all.ByCode("service-99").ID, today)
		refused("a fee that was taken once", err, fault.Invalid)
		_, err = report(t, d, OfFee, "2026-11-01")
		refused("a report that is none", err, fault.Invalid)
		_, err = report(t, d, Lost, "2026-11-23")
		refused("a report of tomorrow", err, fault.Invalid)
		_, err = report(t, d, Lost, "2025-01-09")
		refused("a report of before it was there", err, fault.Invalid)
		_, err = ReportGone(t.Context(), d, all.Fee, morning, who(t, d, "M1"), counter, Lost, today, strings.Repeat("长", MaxRemark+1))
		refused("a long remark", err, fault.Invalid)
		_, err = ReportGone(t.Context(), d, all.Fee, morning, who(t, d, "M2"), counter, Lost, today, "")
		refused("a report of another's terminal", err, fault.NotFound)
		_, err = ReadRequest(t.Context(), d, who(t, d, "M1").MerchantID, counter, "S2026-1122-09")
		refused("an unknown number", err, fault.NotFound)
		intaketest.WantTexts(t, d, requested)

		number, err := report(t, d, Lost, "2026-11-01")
		if err != nil {
			t.Fatal(err)
		}
		_, err = ReadRequest(t.Context(), d, who(t, d, "M2").MerchantID, counter, number)
		refused("another's proof", err, fault.NotFound)
		refused("an answer of an auditor", Confirm(t.Context(), d, morning, auditor, number, today), fault.Forbidden)
		refused("an answer to nothing", Confirm(t.Context(), d, morning, support, "S2026-1122-09", today), fault.NotFound)
		refused("a day to come", Confirm(t.Context(), d, morning, support, number, today.AddDays(1)), fault.Invalid)
		_, err = ReadCase(t.Context(), d, all.Fee, "S", today)
		refused("an unknown case", err, fault.NotFound)
		sim, err := stopSIM(t, d, morning, "2026-12-01")
		if err != nil {
			t.Fatal(err)
		}
		refused("an answer to a stopped fee", Refuse(t.Context(), d, morning, support, sim, "x"), fault.Conflict)
	})
}

func TestTwoWhoAskAtOnceGetNumbersOfTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		days := []string{"2026-12-04", "2026-12-03", "2026-12-02", "2026-12-01"}
		numbers, errs := make([]string, len(days)), make([]error, len(days))
		var all sync.WaitGroup
		for i, day := range days {
			all.Go(func() { numbers[i], errs[i] = stopSIM(t, d, morning, day) })
		}
		all.Wait()
		seen := map[string]bool{}
		for i, number := range numbers {
			if errs[i] != nil {
				if !fault.Is(errs[i], fault.Conflict) {
					t.Errorf("got %v; want a conflict", errs[i])
				}
				continue
			}
			if seen[number] {
				t.Errorf("the number %s was given twice", number)
			}
			seen[number] = true
		}
		intaketest.WantTexts(t, d, ended, "sim-annual-36 2026-12-01")
	})
}

func TestTheListShowsWhoWaitsTheLongestFirstElseTheLatest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		all := plans(t, d)
		if _, err := ReportGone(t.Context(), d, all.Fee, morning.Add(time.Hour), who(t, d, "M2"), stall, Lost, today, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := report(t, d, Returned, "2026-11-01"); err != nil {
			t.Fatal(err)
		}
		if _, err := stopSIM(t, d, morning.Add(2*time.Hour), "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		want := func(f Filter, after Mark, want string) (last Listed) {
			t.Helper()
			list, err := ReadList(t.Context(), d, f, after)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, l := range list.Rows {
				got += fmt.Sprint(l.MerchantRef, l.Kind, " ")
				last = l
			}
			if got != want {
				t.Errorf("%+v after %v lists %q; want %q", f, after, got, want)
			}
			return last
		}
		want(Filter{}, Mark{}, "M1fee M2lost M1returned ")
		last := want(Filter{Waiting: true}, Mark{}, "M1returned M2lost ")
		want(Filter{Kind: Lost}, Mark{}, "M2lost ")
		want(Filter{Merchant: "老街"}, Mark{}, "M1fee M1returned ")
		want(Filter{Waiting: true}, Mark{last.At, last.ID}, "")
		mark, ok := ParseMark(Mark{last.At, last.ID}.String())
		if !ok {
			t.Fatal("a mark can't be read")
		}
		want(Filter{}, mark, "M1returned ")
	})
}

func TestRequestsAndAnswersAreNeverAltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		number, err := report(t, d, Returned, "2026-11-01")
		if err == nil {
			err = Confirm(t.Context(), d, morning, support, number, date.MustParse("2026-11-01"))
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			`update stop_requests set remark = 'x'`, `delete from stop_requests`, `update stop_answers set reason = 'x'`, `delete from stop_answers`,
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v; want a refusal", statement, err)
			}
		}
	})
}
