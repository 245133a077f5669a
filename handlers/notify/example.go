package notify

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// Example is a made-up letter of a kind, of one notice or of several, for showing
// what words come to where no real one is at hand. Names are in the language of p.
func Example(p *i18n.Printer, k notice.Kind, several bool, now time.Time) *notice.Letter {
	due := date.Of(now).AddDays(7)
	l := &notice.Letter{ID: "l_example", Merchant: p.T("notices.example.merchant"), Kind: k, DueOn: due, CreatedAt: now}
	counter := notice.Line{
		TerminalID: 1, SN: "SN00000387", Terminal: p.T("notices.example.counter"), Item: fee.SimData, Cycle: 2, PeriodFrom: due,
		PeriodTo: due.AddMonths(12).AddDays(-1), DueOn: due, Amount: 36_00, Version: 1, LeadDays: 7, Round: 1,
	}
	delivery := counter
	delivery.TerminalID, delivery.SN, delivery.Terminal, delivery.Amount = 2, "SN00000412", p.T("notices.example.delivery"), 48_00
	l.Lines = []notice.Line{counter}
	if several {
		l.Lines = append(l.Lines, delivery)
	}
	for i := range l.Lines {
		exampleFacts(&l.Lines[i], k, now, i)
		l.Total = l.Total.Plus(l.Lines[i].Amount)
	}
	return l
}

// exampleFacts gives a line the facts that its kind has.
func exampleFacts(l *notice.Line, k notice.Kind, now time.Time, i int) {
	switch k {
	case notice.Upcoming, notice.CalledOff:
		return
	case notice.Changed:
		l.Facts = notice.Facts{Before: l.Amount.Minus(6_00), On: l.DueOn.AddDays(-2)}
		return
	}
	due := l.DueOn
	l.DueOn, l.Facts.At = 0, now
	switch k {
	case notice.Stopped:
		l.Facts.Reasons = []string{fee.DuplicateCycle.String(), fee.ManualOrder.String()}
	case notice.OnHold:
		l.Facts.Reasons = []string{fee.NoticeMissing.String()}
	case notice.Refunded:
		l.Facts.On = due.AddDays(-20)
	case notice.FeeChange, notice.ChangeOff:
		l.Item = []fee.Item{fee.SimData, fee.Service}[i]
		l.LeadDays, l.Facts = 30, notice.Facts{Before: l.Amount, After: l.Amount.Plus(9_00), On: due.AddDays(23), Terminals: 2, YearMore: 18_00}
	case notice.SIMUsage:
		l.Facts.Percent, l.Facts.UsedMB, l.Facts.AllowanceMB = 80+20*i, int64(820+204*i), 1024
	case notice.LowBalance:
		l.Facts.Balance = money.Fen(4_20 - 1_00*i)
	case notice.Complaint:
		l.Facts.Number, l.Facts.Step, l.Facts.On = []string{"C2026-1120-03", "C2026-1121-07"}[i], "filed", due.AddDays(7)
	case notice.Security:
		l.Facts.Step = []string{"new_device", "password_set"}[i]
	}
}
