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

// lettersName is the field that says which letters a call was about.
const lettersName = "letter"

// callsShown is how many merchants to call a page lists.
const callsShown = 20

// Unreached answers GET /admin/notices/unreached: whom somebody has to call.
func (h *NoticePages) Unreached(c echo.Context) error {
	return h.showUnreached(c, http.StatusOK, form.State{})
}

// Called answers POST /admin/notices/unreached/{ref}/called.
func (h *NoticePages) Called(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = notice.Called(c.Request().Context(), h.DB, h.Clock, guard.StaffOf(c), c.Param("ref"), values.All(lettersName), values.Get(remarkName))
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
	calls, err := notice.Calls(c.Request().Context(), h.DB, notice.CallPlace(after), callsShown+1)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.NoticesPath, "admin_notices.title", "admin_notices.unreached.title")
	p, by := frame.T, guard.StaffOf(c)
	props := views.UnreachedProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_notices.unreached.lead")}, Tabs: noticeTabs(p, views.UnreachedPath), State: state,
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_notices.unreached.first"), Href: views.UnreachedPath}
	}
	if len(calls) > callsShown {
		calls = calls[:callsShown]
		props.Next = &page.Link{Label: p.T("admin_notices.unreached.next"), Href: withQuery(views.UnreachedPath, url.Values{
			afterParam: {placeText(outbox.Place(calls[callsShown-1].Place()))},
		})}
	}
	asked := c.Param("ref")
	if !slices.ContainsFunc(calls, func(one notice.Call) bool { return one.Ref == asked }) {
		props.State = withoutFields(state) // its form is on another page
	}
	for i := range calls {
		props.Calls = append(props.Calls, callCard(p, &calls[i], by, asked, state))
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

// callCard is a merchant to call with the form about the call, as far as the reader
// may; asked is the one whose form was sent.
func callCard(p *i18n.Printer, one *notice.Call, by staff.Actor, asked string, state form.State) views.CallCard {
	props := views.CallCard{
		Title: one.Merchant, Text: p.T("admin_notices.unreached.merchant", "ref", one.Ref, "phone", maskedPhone(one.Phone)),
		Letters: components.Table{Caption: p.T("admin_notices.unreached.letters"), Columns: []components.Column{
			{Label: p.T("admin_notices.column.what")}, {Label: p.T("admin_notices.unreached.tried")}, {Label: p.T("admin_notices.unreached.since")},
		}},
	}
	switch {
	case by.Can(staff.Unmask):
		props.Link = &page.Link{Label: p.T("admin_cases.contact.link"), Href: merchantHref(one.Ref) + "/contact"}
	case by.Can(staff.SeeMerchants):
		props.Link = &page.Link{Label: p.T("admin_notices.unreached.one"), Href: merchantHref(one.Ref)}
	}
	for i := range one.Letters {
		l := &one.Letters[i]
		props.IDs = append(props.IDs, components.Hidden{Name: lettersName, Value: l.ID})
		props.Letters.Rows = append(props.Letters.Rows, components.Row{Cells: []components.Cell{
			{Text: unreachedWhat(p, l), Href: copiesHref(l.ID), Part: l.Case, Head: true}, {Text: triedChannels(p, l)}, {Text: p.ShortDateTime(l.CreatedAt)},
		}})
	}
	if !by.Can(staff.ResendNotices) {
		return props
	}
	props.Action = views.UnreachedPath + "/" + url.PathEscape(one.Ref) + "/called"
	props.Remark = components.Field{Name: remarkName, ID: "remark-" + one.Ref, Label: p.T("admin_notices.unreached.remark"), Required: true, MaxLength: "1000"}
	props.Submit = components.Button{Label: p.T("admin_notices.unreached.submit")}
	if one.Ref == asked {
		props.Remark.ID, props.Remark.Value, props.Remark.Error = "", state.Value(remarkName), state.Error(remarkName)
	}
	return props
}

// unreachedWhat says what a letter is about.
func unreachedWhat(p *i18n.Printer, l *notice.UnreachedLetter) string {
	kind := messageKind(p, string(l.Kind))
	switch {
	case l.DueOn.IsZero():
		return kind
	case l.Total == 0: // a price
		return p.T("admin_notices.unreached.what_on", "kind", kind, "day", l.DueOn)
	}
	return p.T("admin_notices.unreached.what_due", "kind", kind, "day", l.DueOn, "amount", l.Total)
}

func triedChannels(p *i18n.Printer, l *notice.UnreachedLetter) string {
	if len(l.Channels) == 0 {
		return p.T("admin_notices.unreached.tried_none")
	}
	var names []string
	for _, c := range l.Channels {
		names = append(names, channelName(p, string(c)))
	}
	return p.List(names)
}
