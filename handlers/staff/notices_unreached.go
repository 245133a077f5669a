package staff

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const remarkName = "remark"

// unreachedShown is how many letters a page lists.
const unreachedShown = 20

// Unreached answers GET /admin/notices/unreached: letters about which somebody
// has to call.
func (h *NoticePages) Unreached(c echo.Context) error {
	return h.showUnreached(c, http.StatusOK, form.State{})
}

// Handled answers POST /admin/notices/unreached/{id}/handled.
func (h *NoticePages) Handled(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = notice.Handled(c.Request().Context(), h.DB, h.Clock, guard.StaffOf(c), c.Param("id"), values.Get(remarkName))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showUnreached(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.UnreachedPath, "admin_notices.handled.noted")
}

func (h *NoticePages) showUnreached(c echo.Context, status int, state form.State) error {
	after, ok := parsePlace(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	letters, err := notice.Unreachable(c.Request().Context(), h.DB, notice.UnreachedPlace(after), unreachedShown+1)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.NoticesPath, "admin_notices.title", "admin_notices.unreached.title")
	p, may := frame.T, guard.StaffOf(c).Can(staff.ResendNotices)
	props := views.UnreachedProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_notices.unreached.lead")}, Tabs: noticeTabs(p, views.UnreachedPath), State: state,
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_notices.unreached.first"), Href: views.UnreachedPath}
	}
	if len(letters) > unreachedShown {
		letters = letters[:unreachedShown]
		last := &letters[unreachedShown-1]
		props.Next = &page.Link{Label: p.T("admin_notices.unreached.next"), Href: withQuery(views.UnreachedPath, url.Values{
			afterParam: {placeText(outbox.Place{CreatedAt: last.CreatedAt, ID: last.ID})},
		})}
	}
	asked := c.Param("id")
	if !slices.ContainsFunc(letters, func(l notice.UnreachedLetter) bool { return l.ID == asked }) {
		props.State = withoutFields(state) // its form is on another page
	}
	for i := range letters {
		props.Letters = append(props.Letters, unreachedLetter(p, &letters[i], may, asked, state))
	}
	return page.Render(c, status, views.Unreached(frame, props))
}

// withoutFields says what is wrong with a form whose fields are not on the page.
func withoutFields(s form.State) form.State {
	if all := s.Failures(); len(all) > 0 {
		return form.Failed(nil, all[0].Message, nil)
	}
	return s
}

// unreachedLetter is a letter with its form; asked is the one whose form was
// sent.
func unreachedLetter(p *i18n.Printer, l *notice.UnreachedLetter, may bool, asked string, state form.State) views.UnreachedLetter {
	var names []string
	for _, c := range l.Channels {
		names = append(names, channelName(p, string(c)))
	}
	what := p.T("admin_notices.unreached.what", "kind", messageKind(p, string(l.Kind)))
	switch {
	case l.DueOn.IsZero():
	case l.Total == 0: // a price
		what = p.T("admin_notices.unreached.what_on", "kind", messageKind(p, string(l.Kind)), "day", l.DueOn)
	default:
		what = p.T("admin_notices.unreached.what_due", "kind", messageKind(p, string(l.Kind)), "day", l.DueOn, "amount", l.Total)
	}
	tried := p.T("admin_notices.unreached.tried_none")
	if len(names) > 0 {
		tried = p.List(names)
	}
	props := views.UnreachedLetter{
		Title: l.Merchant,
		Facts: components.Facts{
			{Term: p.T("admin_notices.column.merchant"), Text: p.T("admin_notices.unreached.merchant", "ref", l.Ref, "phone", i18n.MaskPhone(l.Phone))},
			{Term: p.T("admin_notices.column.what"), Text: what},
			{Term: p.T("admin_notices.unreached.tried"), Text: tried},
			{Term: p.T("admin_notices.unreached.since"), Text: p.DateTime(l.CreatedAt)},
		},
		Copies: page.Link{Label: p.T("admin_notices.unreached.copies"), Href: copiesHref(l.ID)},
	}
	if !may {
		return props
	}
	props.Action = views.UnreachedPath + "/" + url.PathEscape(l.ID) + "/handled"
	props.Remark = components.Field{Name: remarkName, ID: "remark-" + l.ID, Label: p.T("admin_notices.unreached.remark"), Required: true, MaxLength: "1000"}
	props.Submit = components.Button{Label: p.T("admin_notices.unreached.submit")}
	if l.ID == asked {
		props.Remark.ID, props.Remark.Value, props.Remark.Error = "", state.Value(remarkName), state.Error(remarkName)
	}
	return props
}
