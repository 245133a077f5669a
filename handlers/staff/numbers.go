package staff

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Numbers answers staff who check requests for another number to sign in with.
type Numbers struct {
	*Staff
	Accounts *account.Accounts
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Numbers) Routes(r *server.Router) {
	see, may := guard.Staff(staff.SeeNumbers), guard.Staff(staff.Unmask)
	r.Get("/admin/numbers", see, h.List)
	r.Get("/admin/numbers/:id", see, h.One)
	r.Get("/admin/numbers/:id/files/:file", may, h.File)
	r.Post("/admin/numbers/:id/numbers", may, h.Whole)
	r.Post("/admin/numbers/:id/confirm", may, h.Confirm)
	r.Post("/admin/numbers/:id/refuse", may, h.Refuse)
}

func numberHref(id string) string { return views.NumbersPath + "/" + url.PathEscape(id) }

// List answers GET /admin/numbers: what waits, the longest waiting first.
func (h *Numbers) List(c echo.Context) error {
	all, err := account.ListPhoneChecks(c.Request().Context(), h.DB, guard.StaffOf(c))
	if err != nil {
		return err
	}
	frame := h.frame(c, views.NumbersPath, "admin_numbers.title")
	p := frame.T
	props := views.NumbersProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_numbers.lead")}, Empty: p.T("admin_numbers.none"), EmptyText: p.T("admin_numbers.none_text"),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("admin_numbers.merchant")}, {Label: p.T("admin_numbers.new")}, {Label: p.T("admin_numbers.asked")}, {Label: p.T("admin_numbers.state")},
		}},
	}
	for i := range all {
		r := &all[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: r.Merchant, Href: numberHref(r.ID), Part: r.MerchantRef, Head: true}, {Text: maskedPhone(r.NewPhone)}, {Text: p.ShortDateTime(r.RequestedAt)},
			{Tag: components.Tag{Verdict: components.Wait, Word: p.T(waitingFor(r))}, Part: r.FirstBy},
		}})
	}
	return page.Render(c, http.StatusOK, views.Numbers(frame, props))
}

// waitingFor says whom a request waits for.
func waitingFor(r *account.PhoneCheck) string {
	if r.FirstID != "" {
		return "admin_numbers.waits_second"
	}
	return "admin_numbers.waits_first"
}

// requestStates are the states in words.
var requestStates = map[account.PhoneRequestState]string{
	account.RequestApproved: "admin_numbers.approved", account.RequestRefused: "admin_numbers.refused", account.RequestWithdrawn: "admin_numbers.withdrawn",
}

// One answers GET /admin/numbers/{id}: one request with its evidence.
func (h *Numbers) One(c echo.Context) error { return h.showOne(c, http.StatusOK, form.State{}, false) }

// Whole answers POST /admin/numbers/{id}/numbers: the same with both numbers whole,
// for this view only. Who looked is on record.
func (h *Numbers) Whole(c echo.Context) error {
	if err := h.Accounts.LookAtPhones(c.Request().Context(), guard.StaffOf(c), c.Param("id")); err != nil {
		return err
	}
	return h.showOne(c, http.StatusOK, form.State{}, true)
}

// Confirm answers POST /admin/numbers/{id}/confirm.
func (h *Numbers) Confirm(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	changed, err := h.Accounts.ConfirmPhoneRequest(c.Request().Context(), guard.StaffOf(c), c.Param("id"), notice.EndFormer)
	key := "admin_numbers.did_first"
	if changed {
		key = "admin_numbers.did_second"
	}
	return h.answered(c, values, err, key)
}

// Refuse answers POST /admin/numbers/{id}/refuse.
func (h *Numbers) Refuse(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.Accounts.RefusePhoneRequest(c.Request().Context(), guard.StaffOf(c), c.Param("id"), values.Get(whyName))
	return h.answered(c, values, err, "admin_numbers.did_refuse")
}

func (h *Numbers) answered(c echo.Context, values form.Values, err error, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showOne(c, status, state, false)
	}
	if err != nil {
		return err
	}
	return done(c, views.NumbersPath, key)
}

// File answers GET /admin/numbers/{id}/files/{file}: the reader keeps it, and the
// record keeps who did.
func (h *Numbers) File(c echo.Context) error {
	f, err := h.Accounts.OpenEvidence(c.Request().Context(), guard.StaffOf(c), c.Param("id"), c.Param("file"))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, f.Content)
}

func (h *Numbers) showOne(c echo.Context, status int, state form.State, whole bool) error {
	actor := guard.StaffOf(c)
	r, err := account.ReadPhoneCheck(c.Request().Context(), h.DB, actor, c.Param("id"))
	if err != nil {
		return err
	}
	before, after := maskedPhone(r.OldPhone), maskedPhone(r.NewPhone)
	if whole {
		before, after = r.OldPhone, r.NewPhone
	}
	frame := h.inside(c, views.NumbersPath, "admin_numbers.title", "admin_numbers.one")
	p := frame.T
	by := r.ByName
	if by == "" {
		by = p.T("admin_numbers.stranger")
	}
	props := views.AnswerCaseProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_numbers.one_lead")}, State: state, Title: p.T("admin_numbers.facts"),
		Facts: components.Facts{
			{Term: p.T("admin_numbers.merchant"), Text: r.Merchant, Part: r.MerchantRef}, {Term: p.T("admin_numbers.by"), Text: by, Part: p.DateTime(r.RequestedAt)},
			{Term: p.T("admin_numbers.old"), Text: before}, {Term: p.T("admin_numbers.new"), Text: after}, {Term: p.T("admin_numbers.reason"), Text: r.Reason},
		},
		Table: components.Table{Caption: p.T("admin_numbers.files"), Columns: []components.Column{{Label: p.T("admin_numbers.file")}, {Label: p.T("admin_numbers.size"), Num: true}}},
		None:  p.T("admin_numbers.no_files"), Pages: p.T("admin_numbers.files"),
	}
	if r.FirstID != "" {
		props.Facts = append(props.Facts, components.Fact{Term: p.T("admin_numbers.first"), Text: r.FirstBy, Part: p.DateTime(r.FirstAt)})
	}
	may := actor.Can(staff.Unmask)
	for _, f := range r.Files {
		name := components.Cell{Text: f.Name, Head: true}
		if may {
			name.Href = numberHref(r.ID) + "/files/" + f.ID
		}
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{name, {Text: p.T("admin_numbers.kb", "n", int((f.Bytes+1023)/1024))}}})
	}
	if may && !whole {
		props.Forms = append(props.Forms, views.AnswerForm{
			Action: numberHref(r.ID) + "/numbers", Title: p.T("admin_numbers.whole"), Text: p.T("admin_numbers.whole_text"), Submit: components.Button{Label: p.T("admin_numbers.whole_submit"), Look: components.Plain},
		})
	}
	switch {
	case r.State != account.RequestReceived:
		props.MayNot = p.T(requestStates[r.State])
	case !may:
		props.MayNot = p.T("stops.may_not")
	case r.FirstID == actor.ID:
		props.MayNot = p.T("admin_numbers.own")
	default:
		confirm := views.AnswerForm{
			Action: numberHref(r.ID) + "/confirm", Title: p.T("admin_numbers.confirm"), Text: p.T("admin_numbers.confirm_text"), Submit: components.Button{Label: p.T("admin_numbers.confirm_submit")},
		}
		if r.FirstID != "" {
			confirm.Text, confirm.Submit.Label = p.T("admin_numbers.second_text", "who", r.FirstBy), p.T("admin_numbers.second_submit")
		}
		props.Forms = append(props.Forms, confirm)
	}
	if may && r.State == account.RequestReceived {
		why := field(state, whyName, p.T("admin_numbers.why"))
		props.Forms = append(props.Forms, views.AnswerForm{
			Action: numberHref(r.ID) + "/refuse", Title: p.T("admin_numbers.refuse"), Text: p.T("admin_numbers.refuse_text"), Reason: &why,
			Submit: components.Button{Label: p.T("admin_numbers.refuse_submit"), Look: components.Plain},
		})
	}
	return page.Render(c, status, views.AnswerCase(frame, props))
}
