package portal

import (
	"bufio"
	"encoding/csv"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/web/i18n"
)

// exportBuffer is how many bytes of a file are held back, so that what fails at
// its beginning can still be said.
const exportBuffer = 64 << 10

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
	p, header := printer(c), c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="deductions-`+h.today().String()+`.csv"`)
	body := bufio.NewWriterSize(c.Response(), exportBuffer)
	rows := csv.NewWriter(body)
	rows.UseCRLF = true
	_, err = body.WriteString("\ufeff") // without it spreadsheets read the machine's old encoding
	if err == nil {
		err = rows.Write(exportHeads(p))
	}
	if err == nil {
		plans := h.Plans.Plans()
		err = deduction.EachListed(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, asked.filter, func(l *deduction.ListedLine) error {
			return rows.Write(exportRow(p, l, plans.ByID(l.PlanID)))
		})
	}
	if err == nil {
		rows.Flush()
		err = rows.Error()
	}
	if err == nil {
		err = body.Flush()
	}
	if err != nil && c.Response().Committed {
		panic(http.ErrAbortHandler) // a file cut short must not look whole
	}
	if err != nil {
		header.Del(echo.HeaderContentDisposition)
	}
	return err
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
		l.On.String(), at, asText(l.Terminal.Alias), asCode(l.Terminal.SN), asText(l.Terminal.Shop),
		lineName(p, &l.Line), asText(explain.Short(p, of)), l.Verdict.Cycle.From.String(), l.Verdict.Cycle.To.String(),
		l.Amount.Yuan(), l.Refunded.Yuan(), expected,
		explain.StateName(p, l.State), explain.TagOf(p, of).Word, asCode(l.SettlementRef), l.ID,
	}
}

// asText marks a text as text where a spreadsheet would take it for a formula.
func asText(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + s
	}
	return s
}

// asCode keeps a number that is only a name from becoming an amount: with a tab
// behind it, a spreadsheet takes it for text.
func asCode(s string) string {
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return s + "\t"
	}
	return asText(s)
}
