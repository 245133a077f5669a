package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/report"
)

// StatementCSV answers GET /statements/{period}/csv: the statement's rows.
func (h *Portal) StatementCSV(c echo.Context) error {
	return h.statementFile(c, ".csv", "text/csv; charset=utf-8", func(f *statementFile, w io.Writer) error {
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
	spool, err := os.CreateTemp("", "statement-*"+ending)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }()
	if err := write(f, spool); err != nil {
		return err
	}
	return sendFile(c, spool, f.p.T("statements.file.name", "merchant", actor.MerchantName, "period", period.String())+ending, mediaType)
}

// sendFile sends what was written to a file under a name.
func sendFile(c echo.Context, file *os.File, name, mediaType string) error {
	length, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, mediaType)
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	header.Set(echo.HeaderContentLength, strconv.FormatInt(length, 10))
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(c.Response(), file)
	return err
}
