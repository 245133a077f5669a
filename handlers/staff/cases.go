package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// CasePages answers staff who work on what merchants complain of, ask or request.
type CasePages struct {
	*Staff
	Cases *complaint.Cases
	Plans *disclosure.Catalogue
}

// caseFilesBody is how much a form with files of a case may hold: as many as are
// taken, one more to be refused in words, and room for the rest.
const caseFilesBody = (complaint.MaxFiles+1)*(file.MaxBytes+1) + 1<<20

// Routes registers the pages: every address, who may use it, and what answers.
func (h *CasePages) Routes(r *server.Router) {
	see, work := guard.Staff(staff.SeeCases), guard.Staff(staff.WorkCases)
	r.Get("/admin/cases", see, h.Queue)
	r.Post("/admin/cases/assign", work, h.AssignSeveral)
	r.Get("/admin/cases/new", work, h.Intake)
	r.Post("/admin/cases/new", work, h.TakeIn, server.Body(caseFilesBody))
	r.Get("/admin/cases/:number", see, h.Case)
	r.Post("/admin/cases/:number/reply", work, h.Reply)
	r.Post("/admin/cases/:number/note", work, h.Note)
	r.Post("/admin/cases/:number/ask", work, h.AskMerchant)
	r.Post("/admin/cases/:number/answer", work, h.MerchantAnswered)
	r.Post("/admin/cases/:number/third", work, h.AskThird)
	r.Post("/admin/cases/:number/third/:inquiry", work, h.ThirdAnswered)
	r.Post("/admin/cases/:number/assign", work, h.Assign)
	r.Post("/admin/cases/:number/extend", work, h.Extend)
	r.Post("/admin/cases/:number/merge", work, h.Merge)
	r.Post("/admin/cases/:number/split", work, h.Split)
	r.Post("/admin/cases/:number/decide", work, h.Decide)
	r.Post("/admin/cases/:number/refund", work, h.ProposeRefund)
	r.Get("/admin/cases/:number/files/:file", see, h.OpenFile)
	r.Get("/admin/refunds", see, h.Refunds)
	approve := guard.Staff(staff.ApproveRefunds)
	r.Post("/admin/refunds/:id/approve", approve, h.ApproveRefund)
	r.Post("/admin/refunds/:id/refuse", approve, h.RefuseRefund)
	r.Get("/admin/canned", see, h.CannedReplies)
	r.Get("/admin/canned/:id", see, h.CannedReply)
	r.Post("/admin/canned/:id", work, h.SaveCanned)
	r.Post("/admin/canned/:id/remove", work, h.RemoveCanned)
	board, lead := guard.Staff(staff.SeeBoard), guard.Staff(staff.LeadCases)
	r.Get("/admin/board", board, h.Board)
	r.Get("/admin/board/sample", board, h.Sample)
	r.Post("/admin/board/sample/:number", lead, h.ReviewSample)
	r.Get("/admin/settings/calendar", board, h.Calendar)
	r.Post("/admin/settings/calendar", lead, h.SetCalendar)
	r.Get("/admin/settings/policy", guard.Staff(staff.SeeCasePolicy), h.CasePolicy)
	r.Post("/admin/settings/policy", guard.Staff(staff.SetCasePolicy), h.SetPolicy)
	unmask := guard.Staff(staff.Unmask)
	r.Get("/admin/cases/:number/contact", unmask, h.Contact)
	r.Post("/admin/cases/:number/contact", unmask, h.ShowContact)
}

func caseHref(number string) string { return views.CasesPath + "/" + url.PathEscape(number) }

// Fields that forms of a case send along.
const (
	tokenName = "token"
	linesName = "lines"
)

// newToken names a form, so that it counts once.
func newToken() string { return rand.Text() }

// under returns a fault of fields with their names as they stand on a page with
// several forms.
func under(prefix string, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for i := range f.Fields {
			f.Fields[i].Name = prefix + f.Fields[i].Name
		}
	}
	return err
}

// deed does what a form of a case asks for.
type deed func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error

// act takes a form of a case, whose fields bear a prefix, and leads back to the
// case; one that is refused is shown again with what was typed, and with what
// happened to the case since it was shown.
func (h *CasePages) act(c echo.Context, prefix, key string, do deed) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	number := c.Param("number")
	lines := values.Count(linesName)
	shown := complaint.Shown{Token: values.Get(tokenName), Lines: lines}
	err = under(prefix, do(c.Request().Context(), h.Cases.From(shown), guard.StaffOf(c), number, values))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showCase(c, status, state, lines)
	}
	if err != nil {
		return err
	}
	return done(c, caseHref(number), key)
}

// caseForm begins a form of a case.
func caseForm(p *i18n.Printer, number, id, titleKey, submitKey string, lines int) *views.CaseForm {
	f := &views.CaseForm{
		ID: id, Action: caseHref(number) + "/" + id, Title: p.T(titleKey), Token: newToken(), Submit: components.Button{Label: p.T(submitKey)},
	}
	if lines > 0 {
		f.Lines = strconv.Itoa(lines)
	}
	return f
}

// field asks for a value, with what was typed before and what is wrong with it.
func field(state form.State, name, label string) components.Field {
	return components.Field{Name: name, Label: label, Value: state.Value(name), Error: state.Error(name)}
}

// OpenFile answers GET /admin/cases/{number}/files/{file}: the reader keeps it,
// and the record keeps who did.
func (h *CasePages) OpenFile(c echo.Context) error {
	f, content, err := h.Cases.StaffOpenFile(c.Request().Context(), guard.StaffOf(c), c.Param("number"), c.Param("file"))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	return c.Blob(http.StatusOK, f.Type, content)
}

// Contact answers GET /admin/cases/{number}/contact: asks why.
func (h *CasePages) Contact(c echo.Context) error {
	if err := complaint.MayUnmask(c.Request().Context(), h.DB, guard.StaffOf(c), c.Param("number")); err != nil {
		return err
	}
	return h.showContact(c, http.StatusOK, form.State{}, nil)
}

// ShowContact answers POST /admin/cases/{number}/contact: whom the merchant can be
// reached by, for this view only.
func (h *CasePages) ShowContact(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	all, err := h.Cases.Unmask(c.Request().Context(), guard.StaffOf(c), c.Param("number"), values.Get("reason"))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showContact(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return h.showContact(c, http.StatusOK, form.State{}, contactRows(printer(c), all))
}

func (h *CasePages) showContact(c echo.Context, status int, state form.State, rows []components.Row) error {
	number := c.Param("number")
	frame := h.frame(c, views.CasesPath, "admin_cases.contact.title")
	p := frame.T
	frame.Crumbs = []page.Link{{Label: p.T("admin_cases.title"), Href: views.CasesPath}, {Label: number, Href: caseHref(number)}, {Label: frame.Title}}
	props := contactProps(p, frame.Title, state, caseHref(number)+"/contact", rows)
	props.Heading.Lead, props.Back = p.T("admin_cases.contact.lead"), page.Link{Label: p.T("admin_cases.contact.back"), Href: caseHref(number)}
	return page.Render(c, status, views.Contact(frame, props))
}

// contactProps asks why somebody wants to see whom a merchant can be reached by,
// by a form that posts to an address, or shows it in rows.
func contactProps(p *i18n.Printer, title string, state form.State, action string, rows []components.Row) views.ContactProps {
	props := views.ContactProps{State: state, Heading: components.Heading{Title: title}, Note: p.T("admin_cases.contact.note")}
	if rows == nil {
		props.Ask = &views.CaseForm{
			ID: "contact", Action: action, Title: title, Submit: components.Button{Label: p.T("admin_cases.contact.submit")},
			Fields: []views.CaseField{{Kind: views.WordsField, Field: field(state, "reason", p.T("admin_cases.contact.reason"))}},
		}
		return props
	}
	props.Table = components.Table{Caption: title, Rows: rows, Columns: []components.Column{{Label: p.T("admin_cases.contact.who")}, {Label: p.T("admin_cases.contact.phone")}}}
	return props
}

// contactRows list whom a merchant can be reached by, whole.
func contactRows(p *i18n.Printer, all []complaint.Reachable) []components.Row {
	rows := make([]components.Row, len(all))
	for i := range all {
		r := &all[i]
		rows[i] = components.Row{Cells: []components.Cell{{Text: r.Name, Part: reachableRole(p, r), Head: true}, {Text: r.Phone}}}
	}
	return rows
}

func reachableRole(p *i18n.Printer, r *complaint.Reachable) string {
	switch {
	case r.Call:
		return p.T("admin_cases.contact.to_call")
	case r.Role == "":
		return p.T("admin_cases.contact.on_file")
	}
	return guard.RoleName(p, r.Role)
}

// caseSections are the pages about cases beside the queue.
var caseSections = []section{
	{"admin_cases.title", views.CasesPath, staff.SeeCases},
	{"admin_refunds.title", views.RefundsPath, staff.SeeCases},
	{"root_cause.list.title", views.CausesPath, staff.SeeCases},
	{"admin_canned.title", views.CannedPath, staff.SeeCases},
	{"admin_board.title", views.BoardPath, staff.SeeBoard},
	{"admin_board.sample", views.SamplePath, staff.SeeBoard},
	{"admin_calendar.title", views.CalendarPath, staff.SeeBoard},
	{"admin_policy.title", views.PolicyPath, staff.SeeCasePolicy},
}

// casePages lead to the pages about cases that the reader may open; current is
// the address of the one that they are on.
func casePages(p *i18n.Printer, actor staff.Actor, current string) components.Tabs {
	tabs := components.Tabs{Label: p.T("admin_cases.sections")}
	for _, s := range caseSections {
		if actor.Can(s.needs) {
			tabs.Links = append(tabs.Links, page.Link{Label: p.T(s.label), Href: s.href, Current: s.href == current})
		}
	}
	return tabs
}

// wrongField is a fault of one field.
func wrongField(name, key string, args ...any) error {
	var fields fault.Fields
	fields.Add(name, key, args...)
	return fields.Err()
}
