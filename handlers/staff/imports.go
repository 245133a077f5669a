package staff

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Imports are the pages on the files of the core system: what came, what was wrong
// with it, and sending one from here.
type Imports struct {
	*Staff
	Jobs  event.Queue
	Bytes int64 // a file from a page has at most so many
}

// besideFile is how much of a form is not its file.
const besideFile = 64 << 10

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Imports) Routes(r *server.Router) {
	see := guard.Staff(staff.SeeSettings)
	r.Get("/admin/imports", see, h.List)
	r.Post("/admin/imports", guard.Staff(staff.ChangeSettings), h.Send, server.Body(h.Bytes+besideFile))
	r.Get("/admin/imports/:id", see, h.One)
	r.Get("/admin/imports/:id/csv", see, h.CSV)
}

const (
	importsShown = 25
	errorsShown  = 100

	importKindName = "kind"
	importFileName = "file"
)

// importKinds are the kinds of file in the order in which they can be chosen, with
// the keys of their names.
var importKinds = []struct {
	kind ingest.Kind
	name string
}{
	{ingest.KindMerchants, "imports.kinds.merchants"}, {ingest.KindTerminals, "imports.kinds.terminals"}, {ingest.KindEnrolments, "imports.kinds.enrolments"},
	{ingest.KindSettlements, "imports.kinds.settlements"}, {ingest.KindDeductions, "imports.kinds.deductions"}, {ingest.KindNotices, "imports.kinds.notices"},
	{ingest.KindUsage, "imports.kinds.usage"}, {ingest.KindPlans, "imports.kinds.plans"},
}

func importKind(p *i18n.Printer, kind ingest.Kind) string {
	for _, k := range importKinds {
		if k.kind == kind {
			return p.T(k.name)
		}
	}
	return string(kind)
}

// uploadTags are how a file stands, in a word.
var uploadTags = map[ingest.UploadState]struct {
	verdict components.Verdict
	word    string
}{
	ingest.UploadWaiting: {components.Wait, "imports.states.waiting"}, ingest.UploadWorking: {components.Wait, "imports.states.working"},
	ingest.UploadDone: {components.OK, "imports.states.done"}, ingest.UploadRefused: {components.Bad, "imports.states.refused"},
	ingest.UploadFailed: {components.Bad, "imports.states.failed"},
}

func uploadTag(p *i18n.Printer, state ingest.UploadState) components.Tag {
	t := uploadTags[state]
	return components.Tag{Verdict: t.verdict, Word: p.T(t.word)}
}

func importHref(id string) string { return views.ImportsPath + "/" + url.PathEscape(id) }

// List answers GET /admin/imports: what came, the latest first.
func (h *Imports) List(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

// Send answers POST /admin/imports: a file from here goes the way of any other.
func (h *Imports) Send(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	source, done, err := sentFile(c.Request().MultipartForm)
	if err != nil {
		return err
	}
	defer done()
	id, err := ingest.Send(c.Request().Context(), h.DB, h.Jobs, h.Clock.Now(), guard.StaffOf(c), ingest.Kind(values.Get(importKindName)), source, h.Bytes)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, importHref(id))
}

// sentFile opens the file of a form that was read before, which is closed when
// done is called. Without one the source has no reader.
func sentFile(sent *multipart.Form) (source ingest.Source, done func(), err error) {
	done = func() {}
	if sent == nil || len(sent.File[importFileName]) == 0 {
		return source, done, nil
	}
	header := sent.File[importFileName][0]
	if header.Filename == "" && header.Size == 0 {
		return source, done, nil // the field was left empty
	}
	f, err := header.Open()
	if err != nil {
		return source, done, err
	}
	return ingest.Source{Name: header.Filename, ReaderAt: f, Size: header.Size}, func() { _ = f.Close() }, nil // it was only read
}

func (h *Imports) show(c echo.Context, status int, state form.State) error {
	after, ok := parsePlace(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	all, err := ingest.ListArrivals(c.Request().Context(), h.DB, ingest.ArrivalPlace{At: after.CreatedAt, ID: after.ID}, importsShown+1)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.ImportsPath, "imports.title")
	p := frame.T
	props := views.ImportsProps{
		State: state, Heading: components.Heading{Title: frame.Title, Lead: p.T("imports.lead")}, Pages: p.T("imports.pages"),
		Empty: p.T("imports.none"), EmptyText: p.T("imports.none_text"),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("imports.file")}, {Label: p.T("imports.came")}, {Label: p.T("imports.rows"), Num: true}, {Label: p.T("imports.state")},
		}},
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("imports.first"), Href: views.ImportsPath}
	}
	if len(all) > importsShown {
		all = all[:importsShown]
		last := &all[importsShown-1]
		props.Next = &page.Link{Label: p.T("imports.earlier"), Href: views.ImportsPath + "?" + url.Values{afterParam: {placeText(outbox.Place{CreatedAt: last.At, ID: last.ID})}}.Encode()}
	}
	for i := range all {
		props.Table.Rows = append(props.Table.Rows, arrivalRow(p, &all[i]))
	}
	if guard.StaffOf(c).Can(staff.ChangeSettings) {
		options := []components.Option{{Label: p.T("imports.choose")}}
		for _, k := range ingest.DeskKinds {
			options = append(options, components.Option{Value: string(k), Label: importKind(p, k)})
		}
		props.Send = &views.SendImport{
			Kind:    components.Field{Name: importKindName, Label: p.T("imports.kind"), Value: state.Value(importKindName), Error: state.Error(importKindName), Required: true},
			Options: options,
			File: components.Field{
				Name: importFileName, Label: p.T("imports.send_file"), Hint: p.T("imports.send_hint", "limit", max(h.Bytes>>20, 1)), Error: state.Error(importFileName), Required: true,
			},
		}
	}
	return page.Render(c, status, views.Imports(frame, props))
}

func arrivalRow(p *i18n.Printer, a *ingest.Arrival) components.Row {
	file := components.Cell{Text: a.File, Part: importKind(p, a.Kind), Head: true}
	if a.IsSent {
		file.Href = importHref(a.ID)
	}
	by := a.By
	if by == "" {
		by = p.T(auditKinds[a.ByKind])
	}
	rows := components.Cell{}
	if a.State == ingest.UploadDone {
		rows = components.Cell{Text: p.Count(a.Rows), Part: p.T("imports.taken", "added", p.Count(a.Added), "changed", p.Count(a.Changed), "unchanged", p.Count(a.Unchanged))}
	}
	return components.Row{Cells: []components.Cell{file, {Text: p.ShortDateTime(a.At), Part: by}, rows, {Tag: uploadTag(p, a.State)}}}
}

// One answers GET /admin/imports/{id}: how far a file has come, and what is wrong
// with its rows.
func (h *Imports) One(c echo.Context) error {
	u, err := ingest.ReadAnyUpload(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	frame := h.inside(c, views.ImportsPath, "imports.title", "imports.one", "file", u.File)
	p := frame.T
	props := views.ImportProps{
		Heading: components.Heading{Title: u.File, Lead: p.T("imports.one_lead", "kind", importKind(p, u.Kind), "at", u.At)}, Tag: uploadTag(p, u.State),
	}
	switch u.State {
	case ingest.UploadWaiting, ingest.UploadWorking:
		props.Text, props.Again = p.T("imports.under_way"), importHref(u.ID)
		if u.ReadBytes > 0 && u.Bytes > 0 {
			props.Text = p.T("imports.read", "part", p.Percent(u.ReadBytes*1_000_000/u.Bytes))
		}
	case ingest.UploadDone:
		props.Text = p.T("imports.all_taken", "rows", p.Count(u.Rows), "added", p.Count(u.Added), "changed", p.Count(u.Changed), "unchanged", p.Count(u.Unchanged))
	case ingest.UploadRefused:
		props.Text = p.Sentences(p.T("import.refused"), p.T("import.next"))
		props.Errors, props.More = rowErrors(p, u)
		props.File = &page.Link{Label: p.T("imports.errors_file"), Href: importHref(u.ID) + "/csv"}
	case ingest.UploadFailed:
		props.Text = p.T("imports.our_mistake")
	}
	return page.Render(c, http.StatusOK, views.Import(frame, props))
}

// rowErrors lists the first of what is wrong, and says how much more there is.
func rowErrors(p *i18n.Printer, u *ingest.Upload) (t components.Table, more string) {
	t = components.Table{Caption: p.T("imports.errors"), Columns: []components.Column{
		{Label: p.T("import.errors.line"), Num: true}, {Label: p.T("import.errors.column")}, {Label: p.T("import.errors.value")}, {Label: p.T("import.errors.reason")},
	}}
	listed := u.Errors[:min(len(u.Errors), errorsShown)]
	for i := range listed {
		e := &listed[i]
		line := p.T("imports.whole_file")
		if e.Line > 0 {
			line = strconv.Itoa(e.Line)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: line, Head: true}, {Text: e.Column}, {Text: e.Value}, {Text: e.Text[string(p.Locale())]},
		}})
	}
	if left := int64(len(u.Errors)-len(listed)) + u.More; left > 0 {
		more = p.N("import.more", int(left))
	}
	return t, more
}

// CSV answers GET /admin/imports/{id}/csv: all that is wrong, for whoever corrects
// the file.
func (h *Imports) CSV(c echo.Context) error {
	u, err := ingest.ReadAnyUpload(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if u.State != ingest.UploadRefused {
		return fault.New(fault.NotFound, "")
	}
	p := printer(c)
	return download.Whole(c, func(to io.Writer) (download.File, error) {
		err := u.WriteCSV(to, string(p.Locale()), p.T)
		return download.File{Name: "errors-" + u.ID + ".csv", Type: download.CSV}, err
	})
}
