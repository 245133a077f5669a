package staff

import (
	"bufio"
	"encoding/csv"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/web/form"
)

// FoundCSV answers GET /admin/cases/{number}/cause/csv: all that a cause has hit,
// as a file for a spreadsheet.
func (h *CausePages) FoundCSV(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	s, err := h.search(c, values)
	if err != nil {
		return err
	}
	if s.criteria.Check() != nil {
		return c.Redirect(http.StatusSeeOther, withQuery(findHref(s.offer.Case), s.query())) // which says what is wrong
	}
	p := printer(c)
	heads := []string{
		p.T("root_cause.columns.day"), p.T("root_cause.columns.merchant"), p.T("root_cause.file.name"), p.T("root_cause.columns.terminal"), p.T("root_cause.file.sn"), p.T("root_cause.columns.fee"),
		p.T("root_cause.columns.taken"), p.T("root_cause.columns.due"), p.T("root_cause.found.why"), p.T("root_cause.file.line"),
	}
	return sheet(c, "cause-"+s.offer.Case, heads, func(write func([]string) error) error {
		return rootcause.EachHit(c.Request().Context(), h.DB, guard.StaffOf(c), s.criteria, h.today(), func(one *rootcause.Hit) error {
			why := ""
			if one.Why != "" {
				why = p.T(causeWhys[rootcause.Why(one.Why)])
			}
			return write([]string{
				one.On.String(), cellCode(one.MerchantRef), cellText(one.Merchant), cellText(one.Alias), cellCode(one.SN), explain.ItemName(p, one.Item),
				one.Taken.Yuan(), one.Due.Yuan(), why, one.LineID,
			})
		})
	})
}

// LinesCSV answers GET /admin/causes/{id}/csv: the lines of an action, as a file
// for a spreadsheet.
func (h *CausePages) LinesCSV(c echo.Context) error {
	ctx, actor, which := c.Request().Context(), guard.StaffOf(c), whichLines(c)
	read, err := rootcause.Read(ctx, h.DB, actor, c.Param("id"), which, rootcause.LineMark{})
	if err != nil {
		return err
	}
	p := printer(c)
	heads := []string{
		p.T("root_cause.what"), p.T("root_cause.columns.merchant"), p.T("root_cause.file.name"), p.T("root_cause.columns.terminal"), p.T("root_cause.file.sn"),
		p.T("root_cause.columns.taken"), p.T("root_cause.columns.due"), p.T("root_cause.state"), p.T("root_cause.file.case"), p.T("root_cause.file.worked"), p.T("root_cause.file.line"),
	}
	return sheet(c, "cause-"+read.Number, heads, func(write func([]string) error) error {
		return rootcause.EachLine(ctx, h.DB, actor, read.ID, which, func(l *rootcause.Line) error {
			worked, state := "", causeLine(p, l.State, l.Why)
			word := state.Tag.Word
			if state.Part != "" {
				word = p.T("root_cause.file.state", "word", word, "why", state.Part)
			}
			if !l.WorkedAt.IsZero() {
				worked = p.DateTime(l.WorkedAt)
			}
			return write([]string{
				p.T(causeWhats[l.What]), cellCode(l.MerchantRef), cellText(l.Merchant), cellText(l.Alias), cellCode(l.SN),
				l.Taken.Yuan(), l.Amount.Yuan(), word, l.CaseNumber, worked, cellCode(l.Subject),
			})
		})
	})
}

// sheet answers with rows for a spreadsheet. A file that is cut short does not look
// whole.
func sheet(c echo.Context, name string, heads []string, each func(write func([]string) error) error) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
	body := bufio.NewWriterSize(c.Response(), settledBuffer)
	rows := csv.NewWriter(body)
	rows.UseCRLF = true
	_, err := body.WriteString("\ufeff") // without it spreadsheets read the machine's old encoding
	if err == nil {
		err = rows.Write(heads)
	}
	if err == nil {
		err = each(rows.Write)
	}
	if err == nil {
		rows.Flush()
		err = rows.Error()
	}
	if err == nil {
		err = body.Flush()
	}
	if err != nil && c.Response().Committed {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		header.Del(echo.HeaderContentDisposition)
	}
	return err
}
