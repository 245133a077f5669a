package staff

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// Merchants are the pages on which staff find merchants, read what is known of one,
// and begin to see what it sees.
type Merchants struct {
	*Staff
	Looks    *look.Looks
	Sessions *session.Store[look.Look] // of the browsers in which looks go on
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Merchants) Routes(r *server.Router) {
	see, unmask := guard.Staff(staff.SeeMerchants), guard.Staff(staff.Unmask)
	r.Get("/admin/merchants", see, h.List)
	r.Get("/admin/merchants/:ref", see, h.One)
	r.Get("/admin/merchants/:ref/contact", unmask, h.Contact)
	r.Post("/admin/merchants/:ref/contact", unmask, h.ShowContact)
	r.Post("/admin/merchants/:ref/look", guard.Staff(staff.SeeAsMerchant), h.Look)
	r.Post(guard.LookEndPath, guard.StaffSignedIn("whoever looks may stop"), h.EndLook)
}

func merchantHref(ref string) string { return guard.MerchantsPath + "/" + url.PathEscape(ref) }

// merchantsID is the element that holds the list.
const merchantsID = "list"

// List answers GET /admin/merchants: the merchants, all or those that were looked
// for.
func (h *Merchants) List(c echo.Context) error {
	find := strings.TrimSpace(c.QueryParam(findParam))
	l, err := look.Find(c.Request().Context(), h.DB, guard.StaffOf(c), find, c.QueryParam(afterParam))
	if err != nil {
		return err
	}
	frame := h.frame(c, guard.MerchantsPath, "admin_merchants.title")
	p := frame.T
	props := views.MerchantsProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_merchants.lead")},
		Filter:  components.Filter{Label: p.T("admin_merchants.find.label"), Action: guard.MerchantsPath, Target: merchantsID},
		Find:    components.Field{Name: findParam, Label: p.T("admin_merchants.find.field"), Hint: p.T("admin_merchants.find.hint"), Value: find, Type: "search"},
		Empty:   p.T("admin_merchants.none"), EmptyText: p.T("admin_merchants.none_text"), Pages: p.T("admin_merchants.pages"),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("admin_cases.columns.merchant")}, {Label: p.T("admin_merchants.contact")}, {Label: p.T("admin_cases.merchant.terminals"), Num: true}, {Label: p.T("admin_merchants.open"), Num: true},
		}},
	}
	query := url.Values{}
	if find != "" {
		query.Set(findParam, find)
		props.Filter.Clear = guard.MerchantsPath
	}
	if c.QueryParam(afterParam) != "" {
		props.First = &page.Link{Label: p.T("admin_merchants.first"), Href: withQuery(guard.MerchantsPath, query)}
	}
	if l.After != "" {
		query.Set(afterParam, l.After)
		props.Next = &page.Link{Label: p.T("admin_merchants.next"), Href: withQuery(guard.MerchantsPath, query)}
	}
	for i := range l.Rows {
		m := &l.Rows[i]
		name := components.Cell{Text: m.Name, Href: merchantHref(m.Ref), Part: m.Ref, Head: true}
		if !m.ClosedOn.IsZero() {
			name.Part = p.T("admin_merchants.closed", "ref", m.Ref, "day", m.ClosedOn)
		}
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			name, {Text: maskedName(m.Contact)}, {Text: p.Count(int64(m.Terminals))}, {Text: p.Count(int64(m.Open))},
		}})
	}
	return page.Render(c, http.StatusOK, views.Merchants(frame, props))
}

// One answers GET /admin/merchants/{ref}: what is known of a merchant.
func (h *Merchants) One(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

func (h *Merchants) show(c echo.Context, status int, state form.State) error {
	actor := guard.StaffOf(c)
	m, err := look.ReadMerchant(c.Request().Context(), h.DB, actor, c.Param("ref"))
	if err != nil {
		return err
	}
	frame := h.frame(c, guard.MerchantsPath, "admin_merchants.title")
	frame.Title = m.Name
	frame.Crumbs = []page.Link{{Label: frame.T.T("admin_merchants.title"), Href: guard.MerchantsPath}, {Label: m.Ref}}
	v := merchantPresenter{p: frame.T, m: m, actor: actor, state: state}
	return page.Render(c, status, views.Merchant(frame, v.props()))
}

// Look answers POST /admin/merchants/{ref}/look: from here on the browser sees the
// merchant's pages as it does.
func (h *Merchants) Look(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.Sessions.Begin(c.Response(), c.Request(), func(ctx context.Context, tokenHash []byte) error {
		return h.Looks.Begin(ctx, guard.StaffOf(c), c.Param("ref"), values.Get("reason"), tokenHash)
	})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/home")
}

// EndLook answers POST /admin/look/end.
func (h *Merchants) EndLook(c echo.Context) error {
	l, ok, err := h.Sessions.Current(c.Request())
	if err != nil {
		return err
	}
	if err := h.Sessions.End(c.Response(), c.Request()); err != nil {
		return err
	}
	to := guard.MerchantsPath
	if ok {
		to = merchantHref(l.Ref)
	}
	return done(c, to, "look.left")
}

// Contact answers GET /admin/merchants/{ref}/contact: asks why.
func (h *Merchants) Contact(c echo.Context) error {
	if err := look.MayUnmask(c.Request().Context(), h.DB, guard.StaffOf(c), c.Param("ref")); err != nil {
		return err
	}
	return h.showContact(c, http.StatusOK, form.State{}, nil)
}

// ShowContact answers POST /admin/merchants/{ref}/contact: whom the merchant can be
// reached by, for this view only.
func (h *Merchants) ShowContact(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	all, err := h.Looks.Unmask(c.Request().Context(), guard.StaffOf(c), c.Param("ref"), values.Get("reason"))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showContact(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return h.showContact(c, http.StatusOK, form.State{}, contactRows(printer(c), all))
}

func (h *Merchants) showContact(c echo.Context, status int, state form.State, rows []components.Row) error {
	at := merchantHref(c.Param("ref"))
	frame := h.frame(c, guard.MerchantsPath, "admin_cases.contact.title")
	frame.Crumbs = []page.Link{{Label: frame.T.T("admin_merchants.title"), Href: guard.MerchantsPath}, {Label: c.Param("ref"), Href: at}, {Label: frame.Title}}
	props := contactProps(frame.T, frame.Title, state, at+"/contact", rows)
	props.Heading.Lead, props.Back = frame.T.T("admin_merchants.contact_lead"), page.Link{Label: frame.T.T("admin_merchants.back"), Href: at}
	return page.Render(c, status, views.Contact(frame, props))
}
