package staff

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/spreadsheet"
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
	return download.Rows(c, "cause-"+s.offer.Case, heads, func(add func(...string) error) error {
		return rootcause.EachHit(c.Request().Context(), h.DB, guard.StaffOf(c), s.criteria, h.today(), func(one *rootcause.Hit) error {
			why := ""
			if one.Why != "" {
				why = p.T(causeWhys[rootcause.Why(one.Why)])
			}
			return add(
				one.On.String(), spreadsheet.Code(one.MerchantRef), spreadsheet.Text(one.Merchant), spreadsheet.Text(one.Alias), spreadsheet.Code(one.SN), explain.ItemName(p, one.Item),
				one.Taken.Yuan(), one.Due.Yuan(), why, one.LineID,
			)
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
	return download.Rows(c, "cause-"+read.Number, heads, func(add func(...string) error) error {
		return rootcause.EachLine(ctx, h.DB, actor, read.ID, which, func(l *rootcause.Line) error {
			worked, state := "", causeLine(p, l.State, l.Why)
			word := state.Tag.Word
			if state.Part != "" {
				word = p.T("root_cause.file.state", "word", word, "why", state.Part)
			}
			if !l.WorkedAt.IsZero() {
				worked = p.DateTime(l.WorkedAt)
			}
			return add(
				p.T(causeWhats[l.What]), spreadsheet.Code(l.MerchantRef), spreadsheet.Text(l.Merchant), spreadsheet.Text(l.Alias), spreadsheet.Code(l.SN),
				l.Taken.Yuan(), l.Amount.Yuan(), word, l.CaseNumber, worked, spreadsheet.Code(l.Subject),
			)
		})
	})
}
