package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// Refunds answers GET /admin/refunds: those that wait for a second person.
func (h *CasePages) Refunds(c echo.Context) error {
	return h.showRefunds(c, http.StatusOK, form.State{})
}

// ApproveRefund answers POST /admin/refunds/{id}/approve.
func (h *CasePages) ApproveRefund(c echo.Context) error {
	return h.answerRefund(c, "admin_refunds.approved", func(form.Values) error {
		return h.Cases.ApproveRefund(c.Request().Context(), guard.StaffOf(c), c.Param("id"))
	})
}

// RefuseRefund answers POST /admin/refunds/{id}/refuse.
func (h *CasePages) RefuseRefund(c echo.Context) error {
	return h.answerRefund(c, "admin_refunds.refused", func(v form.Values) error {
		name := refusalField(c.Param("id"))
		return under(name, h.Cases.RefuseRefund(c.Request().Context(), guard.StaffOf(c), c.Param("id"), v.Get(name+"remark")))
	})
}

// refusalField begins the name of the field of why a refund is refused.
func refusalField(id string) string { return id + "_" }

func (h *CasePages) answerRefund(c echo.Context, key string, answer func(form.Values) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = answer(values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showRefunds(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.RefundsPath, key)
}

func (h *CasePages) showRefunds(c echo.Context, status int, state form.State) error {
	actor := guard.StaffOf(c)
	after, ok := complaint.ParseMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	all, more, err := complaint.ListProposed(c.Request().Context(), h.DB, actor, after)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_refunds.title")
	p := frame.T
	props := views.RefundsProps{
		Sections: casePages(p, actor, views.RefundsPath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_refunds.lead")},
		Empty: p.T("admin_refunds.none"), EmptyText: p.T("admin_refunds.none_text"), Pages: p.T("admin_cases.pages"),
	}
	for i := range all {
		r := &all[i]
		one := views.RefundProps{
			ID: r.ID, Title: p.T("admin_refunds.one", "amount", r.Amount, "merchant", r.Merchant), Case: page.Link{Label: r.Number, Href: caseHref(r.Number)},
			Facts: components.Facts{
				{Term: p.T("admin_cases.decide.finding"), Body: findingTag(p, r.Finding)},
				{Term: p.T("admin_cases.decide.root_cause"), Text: r.RootCause},
				{Term: p.T("admin_refunds.granted"), Text: p.Money(int64(r.Granted))},
				{Term: p.T("admin_cases.refund.by"), Text: r.ProposedBy, Part: p.DateTime(r.ProposedAt)},
			},
		}
		switch {
		case r.ProposedID == actor.ID:
			one.MayNot = p.T("admin_refunds.own")
		case !actor.Can(staff.ApproveRefunds):
			one.MayNot = p.T("admin_refunds.may_not")
		default:
			one.Approve = &views.CaseForm{Action: views.RefundsPath + "/" + r.ID + "/approve", Submit: components.Button{Label: p.T("admin_refunds.approve")}}
			name := refusalField(r.ID) + "remark"
			one.Refuse = &views.CaseForm{
				ID: r.ID + "-refuse", Action: views.RefundsPath + "/" + r.ID + "/refuse", Title: p.T("admin_refunds.refuse"), Open: state.Error(name) != "",
				Fields: []views.CaseField{{Kind: views.WordsField, Field: field(state, name, p.T("admin_refunds.why"))}},
				Submit: components.Button{Label: p.T("admin_refunds.refuse_submit"), Look: components.Plain},
			}
		}
		props.Refunds = append(props.Refunds, one)
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_cases.first"), Href: views.RefundsPath}
	}
	if text := more.String(); text != "" {
		props.Next = &page.Link{Label: p.T("admin_cases.next"), Href: views.RefundsPath + "?" + url.Values{afterParam: {text}}.Encode()}
	}
	return page.Render(c, status, views.Refunds(frame, props))
}
