package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const statementsPath = "/statements"

// statementAfterParam is the serial number after which the list of terminals begins.
const statementAfterParam = "after"

// Statements answers GET /statements: it leads to yesterday's month. A day is
// settled on the next, so that on its first day a month has nothing to show yet.
func (h *Portal) Statements(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, statementHref(report.MonthOf(h.today().AddDays(-1))))
}

// Statement answers GET /statements/{period}: a month as 2026-10, or a year as
// 2026.
func (h *Portal) Statement(c echo.Context) error {
	period, err := h.period(c)
	switch {
	case err != nil:
		return err
	case !period.Shown(h.today()):
		return h.oldStatement(c, period)
	case period.IsYear():
		return h.yearStatement(c, period)
	default:
		return h.monthStatement(c, period)
	}
}

// period reads which statement is asked for. One that has not begun is not
// there.
func (h *Portal) period(c echo.Context) (report.Period, error) {
	period, ok := report.ParsePeriod(c.Param("period"))
	if !ok || !period.Begun(h.today()) {
		return period, fault.New(fault.NotFound, "")
	}
	return period, nil
}

func (h *Portal) monthStatement(c echo.Context, month report.Period) error {
	actor := guard.ActorOf(c)
	plans := h.Plans.Plans()
	read, err := report.ReadMonth(c.Request().Context(), h.DB, plans, actor.MerchantID, month, c.QueryParam(statementAfterParam))
	if err != nil {
		return err
	}
	m := monthPresenter{statementPresenter: h.statementPresenter(c, month), page: read, plans: plans, after: c.QueryParam(statementAfterParam)}
	frame := h.frame(c, statementsPath, "statements.title", "month", m.name)
	frame.Crumbs = m.crumbs()
	m.hotline = frame.Brand.Hotline
	return page.Render(c, http.StatusOK, portal.MonthStatement(frame, m.props(actor.Can(account.Export))))
}

func (h *Portal) yearStatement(c echo.Context, year report.Period) error {
	actor := guard.ActorOf(c)
	read, err := report.ReadYear(c.Request().Context(), h.DB, h.Plans.Plans(), actor.MerchantID, year, h.today())
	if err != nil {
		return err
	}
	y := yearPresenter{statementPresenter: h.statementPresenter(c, year), page: read}
	frame := h.frame(c, statementsPath, "statements.title_year", "year", y.name)
	frame.Crumbs = y.crumbs()
	return page.Render(c, http.StatusOK, portal.YearStatement(frame, y.props(actor.Can(account.Export))))
}

// oldStatement says for how long statements are kept.
func (h *Portal) oldStatement(c echo.Context, period report.Period) error {
	s := h.statementPresenter(c, period)
	frame := h.frame(c, statementsPath, "statements.old.title", "n", report.YearsKept)
	oldest := report.Oldest(s.today)
	props := portal.OldStatementProps{
		Heading: components.Heading{Title: frame.Title, Lead: s.p.T("statements.old.text_plain", "month", s.p.Month(oldest))},
		Latest:  components.ButtonLink{Label: s.p.T("statements.old.latest"), Href: statementHref(report.MonthOf(s.today))},
	}
	if frame.Brand.Hotline != "" {
		props.Heading.Lead = s.p.T("statements.old.text", "month", s.p.Month(oldest))
		props.Hotline = frame.Brand.Hotline
		props.Call = telephone(frame.Brand.Hotline)
	}
	return page.Render(c, http.StatusNotFound, portal.OldStatement(frame, props))
}

// statementPresenter is what the statements of months and years have in common.
type statementPresenter struct {
	p      *i18n.Printer
	period report.Period
	name   string // of the period, in the reader's language
	today  date.Date
	asOf   string
}

func (h *Portal) statementPresenter(c echo.Context, period report.Period) statementPresenter {
	s := statementPresenter{p: printer(c), period: period, today: h.today()}
	s.name = periodName(s.p, period)
	s.asOf = asOf(s.p, h.AsOf(), h.Clock.Now())
	return s
}

func periodName(p *i18n.Printer, period report.Period) string {
	if !period.IsYear() {
		return p.Month(period.From)
	}
	year, _, _ := period.From.Civil()
	return p.Year(year)
}

func statementHref(period report.Period) string { return statementsPath + "/" + period.String() }

// isOpen reports whether the period is not over.
func (s *statementPresenter) isOpen() bool { return s.period.Holds(s.today) }

func (s *statementPresenter) crumbs() []page.Link {
	year := report.YearOf(s.period.From)
	crumbs := []page.Link{{Label: s.p.T("portal.nav.statements"), Href: statementsPath}}
	if !s.period.IsYear() {
		crumbs = append(crumbs, page.Link{Label: periodName(s.p, year), Href: statementHref(year)})
	}
	return append(crumbs, page.Link{Label: s.name})
}

// neighbours lead to the period before and the one after, where they are shown.
func (s *statementPresenter) neighbours() portal.Neighbours {
	n := portal.Neighbours{Label: s.p.T("statements.nav.label")}
	before, after := report.MonthOf(s.period.Before()), report.MonthOf(s.period.Next())
	if s.period.IsYear() {
		n.Label = s.p.T("statements.nav.label_year")
		before, after = report.YearOf(s.period.Before()), report.YearOf(s.period.Next())
	} else {
		year := report.YearOf(s.period.From)
		n.Up = &page.Link{Label: s.p.T("statements.nav.year", "year", periodName(s.p, year)), Href: statementHref(year)}
	}
	if before.Shown(s.today) {
		n.Before = &page.Link{Label: periodName(s.p, before), Href: statementHref(before)}
	}
	if after.Begun(s.today) {
		n.After = &page.Link{Label: periodName(s.p, after), Href: statementHref(after)}
	}
	return n
}

// files offers the statement as files to who may export.
func (s *statementPresenter) files(about string, mayExport bool) *portal.StatementFiles {
	if !mayExport {
		return nil
	}
	base := statementHref(s.period)
	return &portal.StatementFiles{
		XLSX:  components.ButtonLink{Label: s.p.T("statements.file.xlsx"), Href: base + "/xlsx", Look: components.Plain, Icon: "download", Wide: true, Download: true},
		CSV:   components.ButtonLink{Label: s.p.T("statements.file.csv"), Href: base + "/csv", Look: components.Plain, Icon: "download", Wide: true, Download: true},
		About: about,
	}
}

func (s *statementPresenter) money(f money.Fen) string { return s.p.Money(int64(f)) }

// identity shows that sales less fees is what was paid out, or by how much it
// is not, and what was taken apart. Before says what an amount was the month
// before.
func (s *statementPresenter) identity(t *report.Total, before func(func(*report.Total) money.Fen) string) portal.Identity {
	p := s.p
	id := portal.Identity{Rows: components.Amounts{
		{
			Term: p.T("statements.account.sales"), Text: s.money(t.Sales()),
			Part: joinRemarks([]string{p.N("statements.account.settlements", int(t.Settlements)), before((*report.Total).Sales)}),
		},
		{Term: p.T("statements.account.settled"), Text: s.money(-t.SettledFees()), Part: before((*report.Total).SettledFees)},
	}}
	if t.Gap == 0 {
		paid := before(func(t *report.Total) money.Fen { return t.PaidOut })
		id.Rows = append(id.Rows, components.Fact{Term: p.T("statements.account.paid"), Text: s.money(t.PaidOut), Part: paid, Sum: true})
	} else {
		id.Rows = append(id.Rows,
			components.Fact{Term: p.T("statements.account.due"), Text: s.money(t.Sales().Minus(t.SettledFees())), Sum: true},
			components.Fact{Term: p.T("statements.account.paid_really"), Text: s.money(t.PaidOut)},
			components.Fact{Term: p.T("statements.account.gap"), Text: s.money(t.Gap)})
	}
	id.Tone, id.Verdict = s.verdict(t)
	if t.Apart != 0 {
		apart := components.Fact{Term: p.T("statements.account.apart"), Text: s.money(t.Apart), Part: p.T("statements.account.apart_note")}
		if t.Pending != 0 {
			apart.Part = p.T("statements.account.pending", "amount", t.Pending)
		}
		id.Fees = append(id.Fees, components.Fact{Term: p.T("statements.account.settled"), Text: s.money(t.SettledFees())}, apart,
			components.Fact{Term: p.T("statements.account.fees"), Text: s.money(t.AllFees()), Sum: true})
	}
	if t.Returned != 0 {
		if t.Apart == 0 {
			id.Fees = append(id.Fees, components.Fact{Term: p.T("statements.account.fees"), Text: s.money(t.AllFees())})
		}
		id.Fees = append(id.Fees,
			components.Fact{Term: p.T("statements.account.returned"), Text: s.money(-t.Returned)},
			components.Fact{Term: p.T("statements.account.kept"), Text: s.money(t.Kept()), Sum: true})
	}
	return id
}

// allFees says what all fees came to, and what of it was taken apart: sales less
// the rest is what was paid out.
func (s *statementPresenter) allFees(t *report.Total) string {
	if t.Apart == 0 {
		return s.money(t.AllFees())
	}
	return s.p.T("statements.fees_apart", "fees", t.AllFees(), "apart", t.Apart)
}

// verdict says whether every settlement adds up.
func (s *statementPresenter) verdict(t *report.Total) (components.Verdict, string) {
	n := int(t.Gaps)
	switch {
	case n == 0:
		return components.OK, s.p.T("statements.account.even")
	case t.Gap < 0:
		return components.Bad, s.p.N("statements.account.short", n, "gap", -t.Gap)
	case t.Gap > 0:
		return components.Bad, s.p.N("statements.account.surplus", n, "gap", t.Gap)
	default:
		return components.Bad, s.p.N("statements.account.offset", n)
	}
}

// feeName is what a sort of fee is called.
func feeName(p *i18n.Printer, f *report.Fee) string {
	return lineName(p, &deduction.Line{Kind: f.Kind, Item: f.Item})
}

// feeStack shows what the fees were for, with a remark on each.
func (s *statementPresenter) feeStack(t *report.Total, remark func(*report.Fee) string) components.Stack {
	stack := components.Stack{
		Title: s.p.T("statements.fees.bar"),
		Sum:   components.Fact{Term: s.p.T("statements.fees.sum"), Text: s.money(t.AllFees())},
	}
	for i := range t.Fees {
		f := &t.Fees[i]
		part := components.StackPart{Label: feeName(s.p, f), Amount: s.money(f.Sum()), Value: int64(f.Sum()), Part: remark(f)}
		stack.Parts = append(stack.Parts, part)
	}
	return stack
}

// apartRemark says how much of a fee was taken apart from settlements.
func (s *statementPresenter) apartRemark(f *report.Fee) string {
	switch f.Apart {
	case 0:
		return ""
	case f.Sum():
		return s.p.T("statements.fees.all_apart")
	default:
		return s.p.T("statements.fees.apart", "amount", f.Apart)
	}
}

// joinRemarks writes short remarks one after another, without those that are
// empty.
func joinRemarks(remarks []string) string {
	return strings.Join(slices.DeleteFunc(remarks, func(r string) bool { return r == "" }), " · ")
}

// terminalCell names a terminal in a table, and leads to its page.
func terminalCell(p *i18n.Printer, alias, sn string, head bool) components.Cell {
	return components.Cell{Text: alias, Href: "/terminals/" + url.PathEscape(sn), Part: p.Tail(sn), Head: head}
}

// statementLines lists lines of several terminals' bills.
func statementLines(p *i18n.Printer, caption string, lines []report.Line, plans planNames, today date.Date) components.Table {
	table := components.Table{Caption: caption, Columns: []components.Column{
		{Label: p.T("statements.columns.date")}, {Label: p.T("statements.columns.fee")}, {Label: p.T("statements.columns.terminal")},
		{Label: p.T("statements.columns.check")}, {Label: p.T("statements.columns.amount"), Num: true},
	}}
	for i := range lines {
		l := &lines[i]
		plan := plans.ByID(l.PlanID)
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Body: components.Time{Text: dayInList(p, l.On, today), Machine: l.On.String(), Full: p.Date(l.On)}},
			{Text: lineName(p, &l.Line), Href: "/deductions/" + l.ID, Part: explain.Short(p, listed(&l.Line, plan)), Head: true},
			terminalCell(p, l.Alias, l.SN, false),
			{Body: tagOf(p, &l.Line, plan)},
			{Body: lineMoney(p, &l.Line)},
		}})
	}
	return table
}
