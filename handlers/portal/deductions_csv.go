package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/spreadsheet"
	"github.com/mingbai/mingbai/web/i18n"
)

// DeductionsCSV answers GET /deductions.csv: the whole list that the filter lets
// through, as a file for a spreadsheet.
func (h *Portal) DeductionsCSV(c echo.Context) error {
	asked, err := readDeductionQuery(c)
	if err != nil {
		return err
	}
	if asked.state.Refused() {
		return c.Redirect(http.StatusSeeOther, deductionsPath+"?"+c.QueryString()) // which says what is wrong
	}
	p, plans := printer(c), h.Plans.Plans()
	return download.Rows(c, "deductions-"+h.today().String(), exportHeads(p), func(add func(...string) error) error {
		return deduction.EachListed(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, asked.filter, func(l *deduction.ListedLine) error {
			return add(exportRow(p, l, plans.ByID(l.PlanID))...)
		})
	})
}

func exportHeads(p *i18n.Printer) []string {
	return []string{
		p.T("deductions.columns.date"), p.T("deductions.file.time"), p.T("deductions.columns.terminal"), p.T("deductions.file.sn"), p.T("deductions.about.shop"),
		p.T("deductions.columns.fee"), p.T("deductions.file.about"), p.T("deductions.file.from"), p.T("deductions.file.to"),
		p.T("deductions.file.amount"), p.T("deductions.file.refunded"), p.T("deductions.file.expected"),
		p.T("deductions.about.state"), p.T("deductions.columns.check"), p.T("deductions.about.settlement"), p.T("deductions.about.ref"),
	}
}

// exportRow writes a line with amounts in yuan. Where the expected amount is not
// known, it says nothing rather than nought.
func exportRow(p *i18n.Printer, l *deduction.ListedLine, plan *disclosure.Plan) []string {
	of := listed(&l.Line, plan)
	at, expected := "", ""
	if l.Kind == deduction.KindDeduction {
		at = p.Time(l.At)
	}
	if l.Verdict.Expected > 0 {
		expected = l.Verdict.Expected.Yuan()
	}
	return []string{
		l.On.String(), at, spreadsheet.Text(l.Terminal.Alias), spreadsheet.Code(l.Terminal.SN), spreadsheet.Text(l.Terminal.Shop),
		lineName(p, &l.Line), spreadsheet.Text(explain.Short(p, of)), l.Verdict.Cycle.From.String(), l.Verdict.Cycle.To.String(),
		l.Amount.Yuan(), l.Refunded.Yuan(), expected,
		explain.StateName(p, l.State), explain.TagOf(p, of).Word, spreadsheet.Code(l.SettlementRef), l.ID,
	}
}
