package portal

import (
	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// feeCard is a fee that is taken again and again: its timeline, what it rests
// on, and how its cycles stand.
func (t *terminalPresenter) feeCard(f *deduction.TerminalFee) portal.FeeCard {
	words := t.words.get(t.p, f)
	card := portal.FeeCard{
		ID: feeID(f.Plan.Fee.Code), Title: words.title, Price: words.price, Facts: words.terms,
		Timeline: drawTimelineWith(t.p, words, &t.page.Terminal, f, t.today, ""),
		More:     t.p.T("terminals.cycles.more"),
	}
	if len(f.Account.Lines) > 0 {
		card.Facts = append(components.Facts{{Term: t.p.T("terminals.fee.sum"), Body: t.balance(f)}}, words.terms...)
		card.Cycles = t.cycles(f)
	}
	return card
}

// onceCard is a fee that is taken once: whether it was, and how it comes back.
func (t *terminalPresenter) onceCard(f *deduction.TerminalFee) portal.OnceCard {
	words := t.words.get(t.p, f)
	card := portal.OnceCard{ID: feeID(f.Plan.Fee.Code), Title: words.title, Price: words.price}
	card.Facts = make(components.Facts, 0, len(f.Account.Lines)+1+len(words.terms))
	for i := range f.Account.Lines {
		l := &f.Account.Lines[i]
		fact := components.Fact{Term: t.p.T("terminals.once.state"), Body: components.Tag{Verdict: standingVerdict(l.Standing), Word: explain.StandingName(t.p, l.Standing)}}
		if len(l.Deductions) > 0 {
			last := l.Deductions[len(l.Deductions)-1]
			fact.Part = t.p.T("terminals.once.taken", "day", t.p.DayOf(last.At), "amount", &last.Amount)
		}
		card.Facts = append(card.Facts, fact)
	}
	if len(f.Charges) > 0 {
		next := components.Fact{Term: t.p.T("terminals.next.title")}
		if c := &f.Charges[0]; c.Holds.Has(fee.ReportedGone) {
			next.Text = t.p.T("terminals.next.waits")
		} else {
			next.Text = t.p.T("terminals.once.next", "day", &c.On, "amount", &c.Amount)
		}
		card.Facts = append(card.Facts, next)
	}
	card.Facts = append(card.Facts, words.terms...)
	for i := range t.page.Deposits {
		if d := &t.page.Deposits[i]; d.PlanID == f.PlanID {
			card.Facts = append(card.Facts, t.deposit(d))
			if d.Met() && t.complain != nil {
				card.Facts = append(card.Facts, components.Fact{
					Term: t.p.T("deposits.missing"), Body: portal.Linked(page.Link{Label: t.p.T("deposits.complain"), Href: t.complain.Href}),
				})
			}
		}
	}
	return card
}

// deposit says how much is still needed to get a deposit back, and by when.
func (t *terminalPresenter) deposit(d *deduction.Deposit) components.Fact {
	m := components.Meter{
		Label: t.p.T("deposits.since", "from", &d.From), Value: int64(min(d.Sold, d.Goal)), Max: int64(d.Goal), Tone: components.Info,
		Text: t.p.T("deposits.progress", "sold", &d.Sold, "goal", &d.Goal),
	}
	switch {
	case d.Met():
		m.Tone, m.Part = components.OK, t.p.T("deposits.met", "day", &d.MetOn, "paid", &d.Paid)
	case d.Last < t.today:
		m.Tone, m.Part = components.None, t.p.T("deposits.missed", "last", &d.Last, "needed", d.Needed())
	default:
		m.Part = t.p.T("deposits.needed", "needed", d.Needed(), "last", &d.Last, "paid", &d.Paid)
	}
	return components.Fact{Term: t.p.T("deposits.term"), Body: m}
}

// all lists every fee of the terminal: what it is for and costs, who receives it,
// and where that is written and agreed.
func (t *terminalPresenter) all() components.Table {
	p := t.p
	table := components.Table{
		Caption: p.T("terminals.all.title"),
		Columns: []components.Column{
			{Label: p.T("terminals.all.fee")}, {Label: p.T("terminals.all.price")}, {Label: p.T("terminals.fee.recipient")}, {Label: p.T("terminals.all.basis")},
		},
		Rows: make([]components.Row, len(t.page.Fees)),
	}
	cells := make([]components.Cell, 4*len(t.page.Fees))
	for i := range t.page.Fees {
		f := &t.page.Fees[i]
		words := t.words.get(p, f)
		row := cells[4*i : 4*i+4 : 4*i+4]
		row[0] = components.Cell{Text: words.title, Part: words.purpose, Head: true}
		row[1] = components.Cell{Text: words.price, Part: t.ended(f)}
		row[2] = components.Cell{Text: words.recipient, Part: words.stop}
		row[3] = components.Cell{Text: words.basis, Href: t.clause(f), Part: t.agreed(f)}
		table.Rows[i].Cells = row
	}
	return table
}

// clause is the address of what a fee rests on.
func (t *terminalPresenter) clause(f *deduction.TerminalFee) string {
	published := f.Plan.Published(versionOf(f))
	return disclosed.ClauseHref(t.plans, f.Plan.Slug, published.DisclosureVersion, published.Terms.Clause)
}

// cycles is what was expected of each cycle and what was taken, the latest first.
func (t *terminalPresenter) cycles(f *deduction.TerminalFee) components.Table {
	p, n := t.p, len(f.Account.Lines)
	table := components.Table{
		Caption: p.T("terminals.cycles.title"),
		Columns: []components.Column{
			{Label: p.T("terminals.cycles.period")}, {Label: p.T("terminals.cycles.standing")},
			{Label: p.T("terminals.cycles.expected"), Num: true}, {Label: p.T("terminals.cycles.actual"), Num: true},
		},
		Rows: make([]components.Row, n),
	}
	cells := make([]components.Cell, 4*n)
	for i := range f.Account.Lines {
		l := &f.Account.Lines[n-1-i]
		row := cells[4*i : 4*i+4 : 4*i+4]
		row[0] = components.Cell{Text: period(p, l), Head: true}
		if n := len(l.Deductions); n > 0 {
			row[0].Href = deductionPath + l.Deductions[n-1].Ref
		}
		row[1] = components.Cell{Tag: components.Tag{Verdict: standingVerdict(l.Standing), Word: explain.StandingName(p, l.Standing)}}
		row[2] = components.Cell{Text: p.Money(int64(l.Expected))}
		row[3] = components.Cell{Text: p.Money(int64(l.Actual))}
		table.Rows[i].Cells = row
	}
	return table
}

// balance says how what was taken compares with what was to be expected.
func (t *terminalPresenter) balance(f *deduction.TerminalFee) components.Tag {
	switch d := f.Account.Difference; {
	case d == 0:
		return components.Tag{Verdict: components.OK, Word: t.p.T("terminals.cycles.even")}
	case d > 0:
		return components.Tag{Verdict: components.Bad, Word: t.p.T("terminals.cycles.over", "amount", d)}
	default:
		return components.Tag{Verdict: components.Info, Word: t.p.T("terminals.cycles.under", "amount", -d)}
	}
}

// period names the days of a cycle, or the day of a deduction that has none.
func period(p *i18n.Printer, l *fee.AccountLine) string {
	switch {
	case l.Cycle.Index == 0:
		return p.DayOf(l.Deductions[0].At)
	case l.Cycle.To.IsZero():
		return p.T("terminals.cycles.once", "from", &l.Cycle.From)
	default:
		return p.Span(&l.Cycle.From, &l.Cycle.To)
	}
}

func standingVerdict(s fee.Standing) components.Verdict {
	switch s {
	case fee.StandsPaid:
		return components.OK
	case fee.StandsOpen:
		return components.Wait
	case fee.StandsOver, fee.StandsDuplicate, fee.StandsUnexpected:
		return components.Bad
	case fee.StandsRefunded, fee.StandsWaived, fee.StandsUnder:
		return components.Info
	default:
		return components.None
	}
}

// ended says since when a fee is stopped, if it is.
func (t *terminalPresenter) ended(f *deduction.TerminalFee) string {
	if f.Enrolment.CancelledOn.IsZero() {
		return ""
	}
	return t.p.T("terminals.all.stopped", "day", f.Enrolment.CancelledOn)
}

// agreed says when and how the version in force was agreed, or that it was not.
func (t *terminalPresenter) agreed(f *deduction.TerminalFee) string {
	if f.InForce == nil {
		return t.p.T("terminals.all.not_agreed")
	}
	var found *fee.Acceptance
	for i := range f.Enrolment.Accepted {
		a := &f.Enrolment.Accepted[i]
		if a.Via != fee.ViaAgent && (a.Version == f.InForce.Number || found == nil) {
			found = a
		}
	}
	if said := &t.said; said.text == "" || said.on != found.On || said.via != found.Via { // mostly the same for all fees
		*said = acceptanceSaid{found.On, found.Via, t.p.T("terminals.all.agreed", "day", &found.On, "via", explain.ViaName(t.p, found.Via))}
	}
	return t.said.text
}

// acceptanceSaid is what was said last of an acceptance.
type acceptanceSaid struct {
	on        date.Date
	via, text string
}

// versionOf is the number of the version in force, 0 where there is none.
func versionOf(f *deduction.TerminalFee) int {
	if f.InForce == nil {
		return 0
	}
	return f.InForce.Number
}

func (t *terminalPresenter) recent() components.Table {
	return lineTable(t.p, t.page.Recent, t.plans, t.today)
}
