package notify

import (
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
)

// example is a letter that a golden file shows.
type example struct {
	name   string
	letter notice.Letter
}

// plans are the published plans of the examples.
func plans(id int64) *fee.Plan {
	version := func(number int, p fee.Price) fee.Version {
		return fee.Version{Number: number, PublishedOn: date.New(2024, time.January, 1), EffectiveOn: date.New(2024, time.March, 1), Price: p}
	}
	switch id {
	case 1:
		yearly := fee.Price{Kind: fee.Recurring, Amount: 36_00, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue}
		dearer := yearly
		dearer.Amount = 45_00
		return &fee.Plan{Item: fee.SimData, Versions: []fee.Version{version(1, yearly), version(2, dearer)}}
	case 2:
		return &fee.Plan{Item: fee.Transaction, Versions: []fee.Version{
			version(1, fee.Price{Kind: fee.PerSale, Rate: 6000}), version(2, fee.Price{Kind: fee.PerSale, Rate: 6500}),
		}}
	}
	return nil
}

// counter is a charge for the SIM of the terminal at the counter.
func counter() notice.Line {
	return notice.Line{
		TerminalID: 1, SN: "SN00010387", Terminal: "前台 POS", Shop: "朝阳店", PlanID: 1, Item: fee.SimData, Cycle: 2,
		PeriodFrom: date.New(2025, time.December, 3), PeriodTo: date.New(2026, time.December, 2), DueOn: date.New(2025, time.December, 3),
		Amount: 36_00, Version: 1, LeadDays: 7, Round: 1,
	}
}

// till is a second one, of a terminal without a name.
func till() notice.Line {
	l := counter()
	l.TerminalID, l.SN, l.Terminal, l.Shop = 2, "SN00010412", "", "朝阳店"
	return l
}

// deposit is charged once.
func deposit() notice.Line {
	l := till()
	l.PlanID, l.Item, l.Amount, l.Cycle, l.PeriodTo = 3, fee.DeviceDeposit, 99_00, 1, 0
	return l
}

func letter(kind notice.Kind, lines ...notice.Line) notice.Letter {
	l := notice.Letter{
		ID: "l_1", MerchantID: 7, Merchant: "周记小吃店", Kind: kind, DueOn: date.New(2025, time.December, 3),
		CreatedAt: time.Date(2025, time.November, 26, 2, 0, 0, 0, time.UTC), Lines: lines,
	}
	for i := range lines {
		l.Total = l.Total.Plus(lines[i].Amount)
	}
	return l
}

// with gives a line its facts.
func with(l notice.Line, f notice.Facts) notice.Line {
	l.Facts = f
	return l
}

// at is when things happened in the examples: 3 December 2025, 14:02.
var at = time.Date(2025, time.December, 3, 6, 2, 0, 0, time.UTC)

// happened is a line without a day to come.
func happened(l notice.Line, f notice.Facts) notice.Line {
	l.DueOn, l.LeadDays, l.Round, l.Ref = 0, 0, 0, "d_1"
	if f.At.IsZero() {
		f.At = at
	}
	return with(l, f)
}

// examples are letters of every kind: of one notice, of several, and what else
// reads differently.
func examples() []example {
	stopped := notice.Facts{Reasons: []string{"duplicate_cycle", "manual_order"}}
	held := notice.Facts{Reasons: []string{"notice_missing"}}
	changed := func(l notice.Line) notice.Line {
		l.DueOn, l.Amount = date.New(2025, time.December, 5), 45_00
		return with(l, notice.Facts{Before: 36_00, On: date.New(2025, time.December, 3)})
	}
	change := notice.Line{
		PlanID: 1, Item: fee.SimData, Version: 2, LeadDays: 30, Ref: "fc_1",
		Facts: notice.Facts{Before: 36_00, After: 45_00, On: date.New(2025, time.December, 10), Terminals: 2, YearMore: 18_00},
	}
	rate := notice.Line{
		PlanID: 2, Item: fee.Transaction, Version: 2, Ref: "fc_2",
		Facts: notice.Facts{BeforeRate: 6000, AfterRate: 6500, On: date.New(2025, time.December, 10)},
	}
	usage := notice.Facts{Percent: 80, UsedMB: 820, AllowanceMB: 1024}
	late := usage
	late.On = date.New(2025, time.November, 30)
	full := notice.Facts{Percent: 100, UsedMB: 1031, AllowanceMB: 1024}
	inboxOnly := letter(notice.Upcoming, counter())
	inboxOnly.InboxOnly = true
	again := counter()
	again.Round, again.LeadDays = 2, 0
	other := till()
	other.Shop = "海淀店"
	named := counter()
	named.Terminal = "一楼大厅靠窗那台新换的刷卡机子甲乙丙"
	english := counter()
	english.Terminal = "Front counter"
	return []example{
		{"upcoming", letter(notice.Upcoming, counter())},
		{"upcoming_english_name", letter(notice.Upcoming, english)},
		{"upcoming_long_name", letter(notice.Upcoming, named)},
		{"upcoming_inbox_only", inboxOnly},
		{"upcoming_again", letter(notice.Upcoming, again)},
		{"upcoming_once", letter(notice.Upcoming, deposit())},
		{"upcoming_two", letter(notice.Upcoming, counter(), till())},
		{"upcoming_shops_and_fees", letter(notice.Upcoming, counter(), other, deposit())},
		{"upcoming_thousands", letter(notice.Upcoming, many(3000)...)},
		{"changed", letter(notice.Changed, changed(counter()))},
		{"changed_two", letter(notice.Changed, changed(counter()), changed(till()))},
		{"called_off", letter(notice.CalledOff, counter())},
		{"called_off_two", letter(notice.CalledOff, counter(), till())},
		{"taken", letter(notice.Taken, happened(counter(), notice.Facts{}))},
		{"taken_two", letter(notice.Taken, happened(counter(), notice.Facts{}), happened(till(), notice.Facts{At: at.AddDate(0, 0, 1)}))},
		{"failed", letter(notice.Failed, happened(counter(), notice.Facts{}))},
		{"failed_two", letter(notice.Failed, happened(counter(), notice.Facts{}), happened(till(), notice.Facts{}))},
		{"stopped", letter(notice.Stopped, happened(counter(), stopped))},
		{"stopped_two", letter(notice.Stopped, happened(counter(), stopped), happened(till(), notice.Facts{Reasons: []string{"amount_over", "spike"}}))},
		{"on_hold", letter(notice.OnHold, happened(counter(), held))},
		{"on_hold_two", letter(notice.OnHold, happened(counter(), held), happened(till(), held))},
		{"refunded", letter(notice.Refunded, happened(counter(), notice.Facts{On: date.New(2025, time.November, 20)}))},
		{"refunded_two", letter(notice.Refunded, happened(counter(), notice.Facts{}), happened(till(), notice.Facts{}))},
		{"fee_change", letter(notice.FeeChange, change)},
		{"fee_change_rate_today", letter(notice.FeeChange, rate)},
		{"fee_change_two", letter(notice.FeeChange, change, rate)},
		{"change_off", letter(notice.ChangeOff, change)},
		{"change_off_two", letter(notice.ChangeOff, change, rate)},
		{"sim_usage", letter(notice.SIMUsage, happened(counter(), usage))},
		{"sim_usage_two", letter(notice.SIMUsage, happened(counter(), usage), happened(till(), full))},
		{"sim_usage_of_last_month", letter(notice.SIMUsage, happened(counter(), late))},
		{"low_balance_of_yesterday", letter(notice.LowBalance, happened(counter(), notice.Facts{Balance: 4_20, On: date.New(2025, time.November, 30)}))},
		{"low_balance", letter(notice.LowBalance, happened(counter(), notice.Facts{Balance: 4_20}))},
		{"low_balance_two", letter(notice.LowBalance, happened(counter(), notice.Facts{Balance: 4_20}), happened(till(), notice.Facts{Balance: 1_00}))},
		{"complaint", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Text: "我们在 11月25日前告诉你结果。"}})},
		{"complaint_filed", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "filed", On: date.MustParse("2025-12-10")}})},
		{"complaint_opened", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "opened", On: date.MustParse("2025-12-10")}})},
		{"complaint_ask", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "ask", Text: "我们在 11月25日前告诉你结果。"}})},
		{"complaint_extended", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "extended", On: date.MustParse("2025-12-28"), Text: "我们在 11月25日前告诉你结果。"}})},
		{"complaint_decided", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "decided", On: date.MustParse("2025-12-24"), Text: "我们在 11月25日前告诉你结果。"}})},
		{"complaint_refund", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "refund"}})},
		{"complaint_merged", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "merged", Text: "C2026-1119-01"}})},
		{"complaint_withdrawn", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "withdrawn"}})},
		{"complaint_two", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03"}}, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1121-01"}})},
		{"complaint_twice", letter(notice.Complaint, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "decided"}}, notice.Line{Facts: notice.Facts{At: at, Number: "C2026-1120-03", Step: "refund"}})},
		{"security", letter(notice.Security, notice.Line{Facts: notice.Facts{At: at, Step: "new_device"}})},
		{"security_two", letter(notice.Security, notice.Line{Facts: notice.Facts{At: at, Step: "password_set"}}, notice.Line{Facts: notice.Facts{At: at, Step: "another"}})},
	}
}

// many are charges of as many terminals.
func many(n int) (all []notice.Line) {
	for i := range n {
		l := counter()
		l.TerminalID, l.SN, l.Terminal, l.Amount = int64(i+1), fmt.Sprintf("SN%08d", i+1), "", l.Amount.Plus(money.Fen(i%3))
		all = append(all, l)
	}
	return all
}
