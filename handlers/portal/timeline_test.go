package portal

import (
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestATimelineRingsOnceForWhatWentToSeveralPeople(t *testing.T) {
	on := date.MustParse("2026-11-22")
	notice := func(cycle int, at time.Time, channel string) fee.Notice {
		return fee.Notice{Cycle: cycle, Amount: 3600, DeliveredAt: at.UTC(), Channel: channel}
	}
	line := timeline{p: i18n.For(i18n.ZhCN), fee: &deduction.TerminalFee{Notices: []fee.Notice{
		notice(3, on.At(0, 5), "sms"), notice(3, on.At(10, 6), "sms"), notice(3, on.At(10, 6), "email"), notice(2, on.At(10, 6), "sms"), notice(3, on.AddDays(1).At(0, 5), "sms"),
	}}}
	line.addNotices()
	var got []string
	for _, b := range line.out.Bells {
		got = append(got, b.When.Text+b.What)
	}
	if len(got) != 4 {
		t.Errorf("rings are %q; want those of the two text messages about cycle 3 on 22 November once", got)
	}
}

func TestWhatLayInTheInboxNeverSeemsToComeAfterTheDeduction(t *testing.T) {
	taken := date.MustParse("2026-09-19")
	notice := func(cycle int, on string, channel string) fee.Notice {
		return fee.Notice{Cycle: cycle, Amount: 900, DeliveredAt: date.MustParse(on).At(10, 0).UTC(), Channel: channel}
	}
	line := timeline{p: i18n.For(i18n.En), fee: &deduction.TerminalFee{
		Lines: []deduction.Line{{ID: "d_7", Settles: true, State: fee.Posted, At: taken.At(14, 0).UTC(), Verdict: fee.Verdict{Cycle: fee.Cycle{Index: 7}}}},
		Notices: []fee.Notice{
			notice(7, "2026-09-12", "sms"), notice(7, "2026-09-18", "inbox"), notice(7, "2026-09-24", "inbox"), notice(7, "2026-09-20", "sms"), notice(8, "2026-12-18", "inbox"),
		},
	}}
	line.addNotices()
	var got []string
	for _, b := range line.out.Bells {
		got = append(got, b.When.Machine[:10]+" "+b.What)
	}
	want := []string{
		"2026-09-12 Notice (Text message), ¥9.00", "2026-09-18 Notice (Portal inbox) counts as delivered, ¥9.00",
		"2026-09-20 Notice (Text message), ¥9.00", "2026-12-18 Notice (Portal inbox) counts as delivered, ¥9.00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestATimelineThatLeavesPeriodsOutSaysSoAndHowItBegan(t *testing.T) {
	anchor := date.MustParse("2024-07-18")
	draw := func(today string, free int) string {
		price := fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, FreeDays: free, Idle: fee.Accrue}
		f := &deduction.TerminalFee{Plan: &disclosure.Plan{Fee: fee.Plan{Versions: []fee.Version{{Number: 1, Price: price}}}}, Enrolment: fee.Enrolment{AnchorOn: anchor}}
		line := timeline{p: i18n.For(i18n.ZhCN), terminal: &deduction.Card{}, fee: f, today: date.MustParse(today), schedule: fee.ScheduleOf(&price, anchor)}
		line.addCycles(&price)
		return line.out.Before
	}
	if got := draw("2025-11-22", 30); got != "" {
		t.Errorf("with all periods drawn it says %q; want nothing", got)
	}
	if got, want := draw("2026-11-22", 30), "2024年7月18日开始计算，到2024年8月16日免费。下面从第 5 期画起，更早的没有画。"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := draw("2026-11-22", 0), "2024年7月18日开始计算。下面从第 5 期画起，更早的没有画。"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}
