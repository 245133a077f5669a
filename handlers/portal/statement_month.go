package portal

import (
	"net/url"

	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// monthPresenter turns a month's statement into finished texts.
type monthPresenter struct {
	statementPresenter
	page    *report.Month
	plans   planNames
	after   string // the serial number after which the terminals begin
	hotline string
}

func (m *monthPresenter) props(mayExport bool) portal.MonthProps {
	p, total := m.p, &m.page.Total
	lead := "statements.lead"
	if m.isOpen() {
		lead = "statements.lead_open"
	}
	props := portal.MonthProps{
		Heading: components.Heading{
			Title: p.T("statements.headline", "month", m.name, "sales", total.Sales(), "fees", m.allFees(total), "paid", total.PaidOut),
			Lead:  p.T(lead, "as_of", m.asOf),
		},
		Day: p.Date(m.today),
		Nav: m.neighbours(),
	}
	if total.IsEmpty() && len(m.page.Apart) == 0 {
		props.Heading.Title = p.T("statements.none.title", "month", m.name)
		props.Empty = p.T("statements.none.text")
		return props
	}
	props.Identity = m.identity(total, m.before)
	props.Gaps, props.GapsMore = m.gaps()
	props.Doubts = m.doubts()
	props.Fees = m.feeStack(total, m.feeRemark)
	props.Fees.Sum.Part = m.before((*report.Total).AllFees)
	props.FeesGone = m.gone()
	props.Rates, props.RatesNote = m.rates(&m.page.Rates), m.allRate(m.page.Rate, m.page.Rated)
	props.Apart = m.apart()
	props.Terminals, props.TerminalPages = m.terminals(), m.terminalPages()
	props.Files = m.files(p.T("statements.file.about"), mayExport)
	return props
}

// listHref leads to the month's lines among the deductions.
func (m *monthPresenter) listHref(check deduction.Check) string {
	query := url.Values{monthParam: {m.period.String()}}
	if check != "" {
		query.Set(checkParam, string(check))
	}
	return deductionsPath + "?" + query.Encode()
}

// feeRemark says what a fee came to last month, and what of it was taken apart.
func (m *monthPresenter) feeRemark(f *report.Fee) string {
	var remarks []string
	if apart := m.apartRemark(f); apart != "" {
		remarks = append(remarks, apart)
	}
	last := m.page.Last.Fee(f.Kind, f.Item)
	switch {
	case m.page.Last.IsEmpty():
	case last.Sum() == 0:
		remarks = append(remarks, m.p.T("statements.fees.last_none"))
	default:
		remarks = append(remarks, m.p.T("statements.fees.last", "amount", last.Sum()))
	}
	return joinRemarks(remarks)
}

// before says what an amount was the month before, where anything is known of
// it.
func (m *monthPresenter) before(of func(*report.Total) money.Fen) string {
	if m.page.Last.IsEmpty() {
		return ""
	}
	return m.p.T("statements.fees.last", "amount", of(&m.page.Last))
}

// gone names what was paid last month and not in this one.
func (m *monthPresenter) gone() string {
	var names []string
	for i := range m.page.Last.Fees {
		f := &m.page.Last.Fees[i]
		if now := m.page.Total.Fee(f.Kind, f.Item); now.Sum() == 0 && f.Sum() != 0 {
			names = append(names, m.p.T("statements.fees.gone_one", "fee", feeName(m.p, f), "amount", f.Sum()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return m.p.T("statements.fees.gone", "fees", m.p.List(names))
}

func (m *monthPresenter) gaps() (components.Table, string) {
	p := m.p
	table := components.Table{Caption: p.T("statements.gaps.title"), Columns: []components.Column{
		{Label: p.T("statements.gaps.date")}, {Label: p.T("statements.gaps.terminal")},
		{Label: p.T("statements.gaps.due"), Num: true}, {Label: p.T("statements.gaps.paid"), Num: true}, {Label: p.T("statements.gaps.gap"), Num: true},
	}}
	for i := range m.page.Gaps {
		s := &m.page.Gaps[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Body: components.Time{Text: dayInList(p, s.On, m.today), Machine: s.On.String(), Full: p.Date(s.On)}, Part: s.Ref},
			terminalCell(p, s.Alias, s.SN, true),
			{Text: m.money(s.Sales().Minus(s.Fees()))}, {Text: m.money(s.PaidOut)}, {Text: m.money(s.Gap())},
		}})
	}
	if n := int(m.page.Total.Gaps); n > len(m.page.Gaps) {
		return table, p.N("statements.gaps.more", n, "shown", len(m.page.Gaps))
	}
	return table, ""
}

// doubts are the lines that are not as agreed, or are to be looked into.
func (m *monthPresenter) doubts() portal.LineList {
	p := m.p
	list := portal.LineList{Title: p.T("statements.doubts.title"), None: p.T("statements.doubts.none")}
	denied, held := p.N("statements.doubts.denied", m.page.Denied), p.N("statements.doubts.held", m.page.Held)
	switch {
	case m.page.Denied == 0 && m.page.Held == 0:
		return list
	case m.page.Denied == 0:
		list.Title, list.Aside = p.T("statements.doubts.title_held"), held
	case m.page.Held == 0:
		list.Aside = denied
	default:
		list.Aside = p.T("statements.doubts.both", "denied", denied, "held", held)
	}
	list.Table = statementLines(p, list.Title, m.page.Doubted, m.plans, m.today)
	if n := m.page.Denied + m.page.Held; n > len(m.page.Doubted) {
		list.All = &page.Link{Label: p.N("statements.doubts.all", n), Href: m.listHref(deduction.CheckNotAgreed)}
		list.About = append(list.About, p.T("statements.doubts.most"))
	}
	list.About = append(list.About, p.T("statements.doubts.wrong"))
	if m.hotline != "" {
		list.About = append(list.About, p.T("statements.doubts.call", "hotline", m.hotline))
	}
	return list
}

// apart are the deductions that were not taken from a settlement.
func (m *monthPresenter) apart() portal.LineList {
	p := m.p
	list := portal.LineList{Title: p.T("statements.apart.title"), About: []string{p.T("statements.apart.about")}}
	if len(m.page.Apart) == 0 {
		return list
	}
	list.Table = statementLines(p, list.Title, m.page.Apart, m.plans, m.today)
	list.All = &page.Link{Label: p.T("statements.apart.all"), Href: m.listHref("")}
	return list
}

// terminals lists what each terminal sold and paid, with the sum of all where
// all are on the page.
func (m *monthPresenter) terminals() components.Table {
	p := m.p
	table := components.Table{Caption: p.T("statements.terminals.title"), Columns: []components.Column{
		{Label: p.T("statements.terminals.terminal")}, {Label: p.T("statements.terminals.sales"), Num: true},
		{Label: p.T("statements.terminals.card_fee"), Num: true}, {Label: p.T("statements.terminals.qr_fee"), Num: true},
		{Label: p.T("statements.terminals.payout_fee"), Num: true}, {Label: p.T("statements.terminals.other_fees"), Num: true},
		{Label: p.T("statements.terminals.paid"), Num: true},
	}}
	for i := range m.page.Terminals {
		t := &m.page.Terminals[i]
		head := terminalCell(p, t.Alias, t.SN, true)
		head.Part = joinRemarks([]string{head.Part, t.Shop})
		table.Rows = append(table.Rows, m.terminalRow(head, &t.Total))
	}
	if len(table.Rows) > 1 || m.page.More != "" || m.after != "" {
		table.Sums = []components.Row{m.terminalRow(components.Cell{Text: p.T("statements.terminals.sum"), Head: true}, &m.page.Total)}
	}
	return table
}

func (m *monthPresenter) terminalRow(head components.Cell, t *report.Total) components.Row {
	card, qr := t.Fee(deduction.KindCard, fee.Transaction), t.Fee(deduction.KindQR, fee.Transaction)
	payout := t.Fee(deduction.KindPayout, fee.Withdrawal)
	other := components.Cell{Text: m.money(t.AllFees().Minus(card.Sum()).Minus(qr.Sum()).Minus(payout.Sum()))}
	var names []string
	for i := range t.Fees {
		f := &t.Fees[i]
		if f.Kind == deduction.KindDeduction || f.Kind == deduction.KindOther {
			names = append(names, m.p.T("statements.terminals.other", "fee", feeName(m.p, f), "amount", f.Sum()))
		}
	}
	if len(names) > 1 {
		other.Part = m.p.List(names)
	} else if len(names) == 1 {
		other.Part = feeName(m.p, otherFee(t))
	}
	if t.Apart != 0 { // else the row seems not to add up
		other.Part = joinRemarks([]string{other.Part, m.p.T("statements.fees.apart", "amount", t.Apart)})
	}
	return components.Row{Cells: []components.Cell{
		head, {Text: m.money(t.Sales())}, {Text: m.money(card.Sum())}, {Text: m.money(qr.Sum())}, {Text: m.money(payout.Sum())},
		other, {Text: m.money(t.PaidOut)},
	}}
}

// otherFee is the first fee that is neither for sales nor for payouts.
func otherFee(t *report.Total) *report.Fee {
	for i := range t.Fees {
		if f := &t.Fees[i]; f.Kind == deduction.KindDeduction || f.Kind == deduction.KindOther {
			return f
		}
	}
	return nil
}

// terminalPages lead through the terminals of a merchant that has many.
func (m *monthPresenter) terminalPages() portal.Neighbours {
	n := portal.Neighbours{Label: m.p.T("statements.terminals.pages")}
	if m.after != "" {
		n.Before = &page.Link{Label: m.p.T("statements.terminals.newer"), Href: statementHref(m.period) + "#terminals"}
	}
	if m.page.More != "" {
		n.After = &page.Link{
			Label: m.p.T("statements.terminals.more"),
			Href:  statementHref(m.period) + "?" + url.Values{statementAfterParam: {m.page.More}}.Encode() + "#terminals",
		}
	}
	return n
}
