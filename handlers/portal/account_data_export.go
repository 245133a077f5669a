package portal

import (
	"cmp"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const dataExportPath = dataPath + "/merchant"

// mayExport reports whether the reader may take all that is kept about the merchant
// whose account is open.
func (h *AccountPages) mayExport(c echo.Context) bool {
	actor := guard.ActorOf(c)
	return h.Exports != nil && actor.Can(account.ExportAll)
}

// AskExport answers POST /account/data/merchant: a file of all that is kept about
// the merchant is to be made.
func (h *AccountPages) AskExport(c echo.Context) error {
	_, err := h.Exports.Ask(c.Request().Context(), signin.WhoOf(c))
	switch {
	case tooOld(err):
		return again(c, dataPath)
	case fault.Is(err, fault.Conflict):
		page.SetFlash(c, page.ToneInfo, "data_export.under_way")
		return c.Redirect(http.StatusSeeOther, dataPath)
	case err != nil:
		return err
	}
	return done(c, dataPath, "data_export.asked")
}

// Export answers GET /account/data/merchant/:id: the file, to an owner of the
// merchant who has just signed in.
func (h *AccountPages) Export(c echo.Context) error {
	ctx := c.Request().Context()
	file, err := h.Exports.Fetch(ctx, signin.WhoOf(c), c.Param("id"))
	switch {
	case tooOld(err):
		return again(c, dataPath)
	case err != nil:
		return err
	}
	name := "mingbai-" + file.Merchant + "-" + file.On.String() + ".zip"
	return download.Stream(c, download.File{Name: name, Type: download.ZIP, Bytes: file.Bytes}, func(to io.Writer) error { return file.Write(ctx, to) })
}

// dataExportAbout are the keys of what is said about an export before it is asked for.
var dataExportAbout = []string{"data_export.what_items", "data_export.what_not", "data_export.how", "data_export.how_long", "data_export.who_else"}

// presentExports says how a merchant's exports stand, the newest first.
func presentExports(p *i18n.Printer, all []export.Export) *portal.DataExport {
	props := &portal.DataExport{
		Title: p.T("data_export.title"), Lead: p.T("data_export.lead"), Action: dataExportPath, Ask: components.Button{Label: p.T("data_export.ask")},
	}
	for _, key := range dataExportAbout {
		props.About = append(props.About, p.T(key))
	}
	if len(all) == 0 {
		return props
	}
	props.Ask.Label = p.T("data_export.ask_again")
	switch last := &all[0]; {
	case last.State.UnderWay():
		props.Action = ""
		props.Notice = components.NoticeProps{Tone: components.Info, Lead: p.T("data_export.waiting")}
		props.Said = []string{p.T("data_export.waiting_text", "when", p.ShortDateTime(last.AskedAt))}
	case last.State == export.Ready:
		props.Notice = components.NoticeProps{Tone: components.OK, Lead: p.T("data_export.ready")}
		props.Said = []string{readyText(p, last)}
		props.Ready = page.Link{Label: p.T("data_export.fetch"), Href: dataExportPath + "/" + last.ID}
		props.Ask.Look = components.Plain
	case last.State == export.Failed:
		props.Notice = components.NoticeProps{Tone: components.Bad, Lead: p.T("data_export.failed")}
		props.Said = []string{p.T("data_export.failed_text"), p.T("data_export.failed_number", "id", last.ID)}
	}
	props.Past = components.Table{
		Caption: p.T("data_export.list"),
		Columns: []components.Column{{Label: p.T("data_export.when")}, {Label: p.T("data_export.who")}, {Label: p.T("data_export.state")}, {Label: p.T("data_export.fetch")}},
	}
	for i := range all {
		e := &all[i]
		row := components.Row{Cells: []components.Cell{
			{Text: p.DateTime(e.AskedAt), Head: true}, {Text: cmp.Or(e.By, p.T("data_export.nobody"))}, {Tag: dataExportTag(p, e.State)},
		}}
		if e.State == export.Ready {
			row.Cells[2].Part = readyText(p, e)
			row.Cells = append(row.Cells, components.Cell{Text: p.T("data_export.fetch"), Href: dataExportPath + "/" + e.ID})
		}
		props.Past.Rows = append(props.Past.Rows, row)
	}
	return props
}

// readyText says how large a file is, and how long it is there.
func readyText(p *i18n.Printer, e *export.Export) string {
	return p.T("data_export.ready_text", "size", megabytes(e.Bytes), "until", p.ShortDateTime(e.UntilAt))
}

func dataExportTag(p *i18n.Printer, s export.State) components.Tag {
	switch s {
	case export.Ready:
		return components.Tag{Verdict: components.OK, Word: p.T("data_export.ready")}
	case export.Failed:
		return components.Tag{Verdict: components.Bad, Word: p.T("data_export.failed")}
	case export.Removed:
		return components.Tag{Verdict: components.None, Word: p.T("data_export.removed")}
	}
	return components.Tag{Verdict: components.Info, Word: p.T("data_export.waiting")}
}

// megabytes writes a size to a tenth, and never as nothing.
func megabytes(bytes int64) string {
	return strconv.FormatFloat(max(float64(bytes)/(1<<20), 0.1), 'f', 1, 64)
}
