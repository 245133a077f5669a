package deduction_test

import (
	"context"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// morning and evening are the moments of two imports.
var (
	morning = date.MustParse("2026-11-22").At(8, 0)
	evening = date.MustParse("2026-11-22").At(20, 0)
)

// timed gives a stage its moment.
func timed[R any](stage func(context.Context, *db.Tx, intake.Rows[R], time.Time) (*intake.Stage, error), now time.Time) intaketest.Stage[R] {
	return func(ctx context.Context, tx *db.Tx, rows intake.Rows[R]) (*intake.Stage, error) {
		return stage(ctx, tx, rows, now)
	}
}

func takeDeductions(t *testing.T, d *db.DB, now time.Time, rows ...deduction.Row) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, timed(deduction.StageDeductions, now), deduction.TakeDeductions, rows...)
}

func takeSettlements(t *testing.T, d *db.DB, now time.Time, rows ...deduction.SettlementRow) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, timed(deduction.StageSettlements, now), deduction.TakeSettlements, rows...)
}

func takeNotices(t *testing.T, d *db.DB, now time.Time, rows ...deduction.NoticeRow) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, deduction.StageNotices, deduction.TakeNotices, rows...)
}

// The terminals: counter and till of one merchant, stall of another. The counter
// pays 36 yuan a year and for payouts; the till pays 36 yuan a year and, by
// another plan, 9 yuan a quarter for the same item.
const counter, till, stall = "820000018093", "820000020734", "820000032929"

func furnishTerminals(t *testing.T, d *db.DB) {
	t.Helper()
	opened := date.MustParse("2024-06-24")
	price := func(item fee.Item, p fee.Price) fee.Plan {
		return fee.Plan{Item: item, Versions: []fee.Version{{
			Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01"), Price: p,
		}}}
	}
	plans := map[string]fee.Plan{
		"sim-annual-36": price(fee.SimData, fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue}),
		"sim-quarter-9": price(fee.SimData, fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, Idle: fee.Skip}),
		"withdraw-3":    price(fee.Withdrawal, fee.Price{Kind: fee.PerItem, Amount: 300}),
	}
	fees := disclosure.Existing{Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{
		{Number: 1, PublishedOn: date.MustParse("2023-03-01"), EffectiveOn: date.MustParse("2023-04-01")},
	}}
	for _, code := range []string{"sim-annual-36", "sim-quarter-9", "withdraw-3"} {
		plan := plans[code]
		plan.Code = code
		fees.Plans = append(fees.Plans, disclosure.ExistingPlan{Plan: plan, Lines: []int{1}, StatedBy: []int{1}})
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{fees}, morning)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: opened}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: opened})
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: counter, MerchantRef: "M1"}, merchant.TerminalRow{SN: till, MerchantRef: "M1"}, merchant.TerminalRow{SN: stall, MerchantRef: "M2"})
	enrol := func(sn, plan string) enrolment.Row {
		return enrolment.Row{SN: sn, Plan: plan, AnchorOn: date.MustParse("2025-01-10")}
	}
	taken, problems := intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take,
		enrol(counter, "sim-annual-36"), enrol(counter, "withdraw-3"), enrol(till, "sim-annual-36"), enrol(till, "sim-quarter-9"))
	intaketest.Want(t, taken, problems, 4, 0, 0)
	intaketest.Exec(t, d, `delete from judge_pending`)
}

// sim is a deduction of 36 yuan from the counter.
var sim = deduction.Row{
	Ref: "D1", SN: counter, Item: fee.SimData, Plan: "sim-annual-36", Amount: 3600, At: time.Date(2025, 2, 3, 16, 30, 0, 0, time.UTC),
	PeriodFrom: date.MustParse("2025-01-10"), State: fee.Posted, Origin: fee.OriginCore,
}

// day is the counter's settlement of a day.
var day = deduction.SettlementRow{
	Ref: "S1", SN: counter, On: date.MustParse("2025-02-02"), CardCount: 46, CardAmount: 531800, CardFee: 3191, OtherFee: 3600, PaidOut: 525009,
}

const (
	stored = `select d.ref || ' ' || coalesce(p.code, '-') || ' ' || d.amount_fen from deductions d left join plans p on p.id = d.plan_id order by d.seq`
	wait   = `select t.sn || ' ' || p.since from judge_pending p join terminals t on t.id = p.terminal_id order by t.sn`
)

func TestDeductionsAreAddedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		payout := deduction.Row{Ref: "D2", SN: counter, Item: fee.Withdrawal, Plan: "withdraw-3", Amount: 300, At: sim.At, State: fee.Posted, Origin: fee.OriginCore}
		taken, problems := takeDeductions(t, d, morning, sim, payout, sim)
		intaketest.Want(t, taken, problems, 2, 0, 1)
		intaketest.WantTexts(t, d, stored, "D1 sim-annual-36 3600", "D2 withdraw-3 300")
		intaketest.WantTexts(t, d, wait, counter+" 2025-02-04") // 16:30 in UTC is the next day in Shanghai
		intaketest.Exec(t, d, `delete from judge_pending`)

		third := payout
		third.Ref = "D3"
		taken, problems = takeDeductions(t, d, evening, sim, third, payout)
		intaketest.Want(t, taken, problems, 1, 0, 2)
		intaketest.WantTexts(t, d, stored, "D1 sim-annual-36 3600", "D2 withdraw-3 300", "D3 withdraw-3 300")
		intaketest.WantTexts(t, d, wait, counter+" 2025-02-04")
		intaketest.WantTexts(t, d, `select r.ref from deduction_refs r join deductions d on d.id = r.deduction_id and d.ref = r.ref and d.at = r.at order by r.ref`, "D1", "D2", "D3")
		intaketest.Exec(t, d, `delete from judge_pending`)

		taken, problems = takeDeductions(t, d, evening, sim, third, payout)
		intaketest.Want(t, taken, problems, 0, 0, 3)
		intaketest.WantTexts(t, d, wait)
	})
}

func TestAnotherDeductionUnderATakenReferenceIsRefused(t *testing.T) {
	sale, zone := sim, sim
	sale.Sale = new(money.Fen(0))
	zone.At = sim.At.In(date.Shanghai)
	for name, change := range map[string]func(*deduction.Row){
		"terminal":  func(r *deduction.Row) { r.SN = till },
		"plan":      func(r *deduction.Row) { r.Plan = "" },
		"amount":    func(r *deduction.Row) { r.Amount++ },
		"moment":    func(r *deduction.Row) { r.At = r.At.Add(time.Microsecond) },
		"period":    func(r *deduction.Row) { r.PeriodFrom = 0 },
		"state":     func(r *deduction.Row) { r.State = fee.Reversed },
		"origin":    func(r *deduction.Row) { r.Origin = "agent" },
		"sale":      func(r *deduction.Row) { *r = sale },
		"order_ref": func(r *deduction.Row) { r.OrderRef = "O1" },
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.SQLite(t)
			furnishTerminals(t, d)
			other := sim
			change(&other)
			_, problems := takeDeductions(t, d, morning, sim, other)
			intaketest.WantProblems(t, problems, `3 deduction_ref "D1" import.row.taken`)
			intaketest.WantTexts(t, d, stored)

			takeDeductions(t, d, morning, sim)
			_, problems = takeDeductions(t, d, evening, other)
			intaketest.WantProblems(t, problems, `2 deduction_ref "D1" import.stored.taken`)
			taken, problems := takeDeductions(t, d, evening, zone)
			intaketest.Want(t, taken, problems, 0, 0, 1)
		})
	}
}

func TestRefusalsPointToTheFileOrToWhatIsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		takeDeductions(t, d, morning, sim)
		other, fresh := sim, sim
		other.Amount = 4500
		fresh.Ref = "D2"
		again := fresh
		again.Amount = 9900
		_, problems := takeDeductions(t, d, evening, fresh, other, again)
		intaketest.WantProblems(t, problems, `4 deduction_ref "D2" import.row.taken`, `3 deduction_ref "D1" import.stored.taken`)
	})
}

func TestAPlanThatIsLeftOutIsTheOneTheTerminalIsEnrolledIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		one, none := sim, sim
		one.Plan = ""
		none.Ref, none.SN, none.Plan = "D2", stall, ""
		taken, problems := takeDeductions(t, d, morning, one, none)
		intaketest.Want(t, taken, problems, 2, 0, 0)
		intaketest.WantTexts(t, d, stored, "D1 sim-annual-36 3600", "D2 - 3600")

		several := sim
		several.Ref, several.SN, several.Plan = "D3", till, ""
		_, problems = takeDeductions(t, d, evening, several)
		intaketest.WantProblems(t, problems, `2 plan "" import.reference.which_plan`)
		if got := problems.List[0].Args[1]; got != "sim-annual-36, sim-quarter-9" {
			t.Errorf("it offers %q; want both plans", got)
		}
	})
}

func TestDeductionsThatPointNowhereAreRefusedWithTheirLines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		takeSettlements(t, d, morning, day)
		terminal, plan, item, settlement, others, beside := sim, sim, sim, sim, sim, sim
		terminal.Ref, terminal.SN = "D2", "404"
		plan.Ref, plan.Plan = "D3", "sim-monthly-3"
		item.Ref, item.Plan = "D4", "withdraw-3"
		settlement.Ref, settlement.SettlementRef = "D5", "S404"
		others.Ref, others.SN, others.SettlementRef = "D6", stall, "S1"
		beside.Ref, beside.SN, beside.SettlementRef = "D7", till, "S1"
		_, problems := takeDeductions(t, d, morning, sim, terminal, plan, item, settlement, others, beside)
		intaketest.WantProblems(t, problems,
			`3 sn "404" import.reference.terminal`,
			`4 plan "sim-monthly-3" import.reference.plan`,
			`5 plan "withdraw-3" import.reference.other_item`,
			`6 settlement_ref "S404" import.reference.settlement`,
			`7 settlement_ref "S1" import.reference.other_merchant`,
			`8 settlement_ref "S1" import.reference.other_terminal`)
		if got := problems.List[len(problems.List)-1].Args; len(got) != 2 || got[1] != counter {
			t.Errorf("it names the terminal %q; want %q", got, counter)
		}
		intaketest.WantTexts(t, d, stored)
		intaketest.WantTexts(t, d, `select ref from deduction_refs`)
	})
}

func TestADeductionThatExplainsASettlementHasItJudgedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		takeSettlements(t, d, morning, day)
		intaketest.Exec(t, d, `delete from judge_pending`)
		explains := sim
		explains.SettlementRef = "S1"
		taken, problems := takeDeductions(t, d, evening, explains)
		intaketest.Want(t, taken, problems, 1, 0, 0)
		intaketest.WantTexts(t, d, wait, counter+" 2025-02-02")
	})
}

func TestSettlementsAreAddedOnceAndRefusedWithOtherValues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		second := day
		second.Ref, second.On, second.PaidOut = "S2", date.MustParse("2025-02-03"), 1 // does not add up, which is no reason to refuse it
		taken, problems := takeSettlements(t, d, morning, second, day, day)
		intaketest.Want(t, taken, problems, 2, 0, 1)
		intaketest.WantTexts(t, d, wait, counter+" 2025-02-02")
		taken, problems = takeSettlements(t, d, evening, day, second)
		intaketest.Want(t, taken, problems, 0, 0, 2)

		for _, change := range []func(*deduction.SettlementRow){
			func(r *deduction.SettlementRow) { r.SN = till },
			func(r *deduction.SettlementRow) { r.On++ },
			func(r *deduction.SettlementRow) { r.CardCount++ },
			func(r *deduction.SettlementRow) { r.CardAmount++ },
			func(r *deduction.SettlementRow) { r.CardFee++ },
			func(r *deduction.SettlementRow) { r.QRCount++ },
			func(r *deduction.SettlementRow) { r.QRAmount++ },
			func(r *deduction.SettlementRow) { r.QRFee++ },
			func(r *deduction.SettlementRow) { r.WithdrawalCount++ },
			func(r *deduction.SettlementRow) { r.WithdrawalFee++ },
			func(r *deduction.SettlementRow) { r.OtherFee++ },
			func(r *deduction.SettlementRow) { r.PaidOut++ },
		} {
			other := day
			change(&other)
			_, problems := takeSettlements(t, d, evening, other)
			intaketest.WantProblems(t, problems, `2 settlement_ref "S1" import.stored.taken`)
		}
		unknown := day
		unknown.Ref, unknown.SN = "S3", "404"
		_, problems = takeSettlements(t, d, evening, unknown)
		intaketest.WantProblems(t, problems, `2 sn "404" import.reference.terminal`)
		intaketest.WantTexts(t, d, `select ref from settlement_refs order by ref`, "S1", "S2")
	})
}

// told is an announcement of the counter's second year.
var told = deduction.NoticeRow{
	SN: counter, Item: fee.SimData, Plan: "sim-annual-36", PeriodFrom: date.MustParse("2026-01-10"), Amount: 3600,
	Channel: "sms", DeliveredAt: date.MustParse("2026-01-03").At(10, 2),
}

func TestNoticesAreAddedOnceAndRefusedWithAnotherAmount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		planless, mail := told, told
		planless.Plan = ""
		mail.Channel = "email"
		taken, problems := takeNotices(t, d, morning, told, planless, mail)
		intaketest.Want(t, taken, problems, 2, 0, 1)
		intaketest.WantTexts(t, d, wait, counter+" 2026-01-03")
		intaketest.Exec(t, d, `delete from judge_pending`)
		taken, problems = takeNotices(t, d, evening, mail, told)
		intaketest.Want(t, taken, problems, 0, 0, 2)
		intaketest.WantTexts(t, d, wait)

		other, fresh := told, told
		other.Amount = 4500
		fresh.PeriodFrom = date.MustParse("2027-01-10")
		freshOther := fresh
		freshOther.Amount = 9905
		_, problems = takeNotices(t, d, evening, other, fresh, freshOther)
		intaketest.WantProblems(t, problems, `4 amount "99.05" import.row.taken`, `2 amount "45.00" import.stored.taken`)
	})
}

func TestNoticesNeedAnEnrolment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		terminal, plan, several, named, none := told, told, told, told, told
		terminal.SN = "404"
		plan.Plan = "withdraw-3"
		several.SN, several.Plan = till, ""
		named.SN = stall
		none.SN, none.Plan = stall, ""
		_, problems := takeNotices(t, d, morning, told, terminal, plan, several, named, none)
		intaketest.WantProblems(t, problems,
			`3 sn "404" import.reference.terminal`,
			`4 plan "withdraw-3" import.reference.other_item`,
			`5 plan "" import.reference.which_plan`,
			`6 plan "sim-annual-36" import.reference.not_enrolled`,
			`7 item "sim_data" import.reference.not_enrolled`)
		intaketest.WantTexts(t, d, `select channel from delivered_notices`)
	})
}

func TestTouchedTerminalsWaitFromTheirEarliestDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishTerminals(t, d)
		touch := func(days ...string) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if err := intake.Begin(t.Context(), tx); err != nil {
					return err
				}
				for _, on := range days {
					if err := intake.Touch(t.Context(), tx, `select id, $1 from terminals where sn = $2`, date.MustParse(on), counter); err != nil {
						return err
					}
				}
				return deduction.PendTouched(t.Context(), tx)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		touch("2026-03-01", "2026-02-01")
		intaketest.WantTexts(t, d, wait, counter+" 2026-02-01")
		touch("2026-05-01")
		intaketest.WantTexts(t, d, wait, counter+" 2026-02-01")
		touch("2026-01-01")
		intaketest.WantTexts(t, d, wait, counter+" 2026-01-01")
	})
}
