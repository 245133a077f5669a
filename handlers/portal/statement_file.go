package portal

import (
	"io"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/report"
)

// StatementCSV answers GET /statements/{period}/csv: the statement's rows.
func (h *Portal) StatementCSV(c echo.Context) error {
	return h.statementFile(c, ".csv", download.CSV, func(f *statementFile, w io.Writer) error {
		return f.writeCSV(w)
	})
}

// StatementXLSX answers GET /statements/{period}/xlsx: the statement as a
// workbook.
func (h *Portal) StatementXLSX(c echo.Context) error {
	return h.statementFile(c, ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(f *statementFile, w io.Writer) error {
		return f.writeXLSX(w)
	})
}

// statementFile is what both kinds of file are written from.
type statementFile struct {
	statementPresenter
	merchant string
	plans    planNames
	read     func(report.Export) error
}

// statementFile writes the whole file before it sends the first byte: a file
// that could not be finished becomes an error page, and the database is not
// held up by a slow reader.
func (h *Portal) statementFile(c echo.Context, ending, mediaType string, write func(*statementFile, io.Writer) error) error {
	period, err := h.period(c)
	if err != nil {
		return err
	}
	if !period.Shown(h.today()) {
		return fault.New(fault.NotFound, "statements.old.title", "n", report.YearsKept)
	}
	actor, plans := guard.ActorOf(c), h.Plans.Plans()
	f := &statementFile{statementPresenter: h.statementPresenter(c, period), merchant: actor.MerchantName, plans: plans}
	f.read = func(e report.Export) error {
		return e.Read(c.Request().Context(), h.DB, plans, actor.MerchantID, period, f.today)
	}
	return download.Whole(c, func(to io.Writer) (download.File, error) {
		name := f.p.T("statements.file.name", "merchant", actor.MerchantName, "period", period.String()) + ending
		return download.File{Name: name, Type: mediaType}, write(f, to)
	})
}
