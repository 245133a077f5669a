package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	phoneField     = "phone"
	roleField      = "role"
	colleaguesPath = "/account/colleagues"
	invitePath     = colleaguesPath + "/new"
)

func colleaguePath(userID string) string { return colleaguesPath + "/" + userID }

// Invitation answers GET /account/colleagues/new: asking someone in.
func (h *AccountPages) Invitation(c echo.Context) error {
	if _, ok, err := h.recently(c); err != nil || !ok {
		return err
	}
	return h.showInvitation(c, http.StatusOK, form.Filled(form.Values{roleField: {string(account.Finance)}}))
}

func (h *AccountPages) showInvitation(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, "account.colleague.invite")
	p := frame.T
	name := nameInput(p, s)
	name.Autocomplete, name.Hint = "off", p.T("account.colleague.name_hint")
	return page.Render(c, status, portal.Invitation(frame, portal.InvitationProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("account.colleague.invite_lead", "merchant", guard.ActorOf(c).MerchantName)},
		Action:  invitePath, State: s,
		Phone: components.Field{
			Name: phoneField, Label: p.T("account.colleague.phone"), Value: s.Value(phoneField), Error: s.Error(phoneField),
			Type: "tel", Autocomplete: "off", InputMode: "tel", MaxLength: "24", Size: components.Short, Required: true,
		},
		Name: name, Role: roleRadios(p, s), Roles: roleOptions(p), Submit: p.T("account.colleague.invite_submit"),
	}))
}

func roleRadios(p *i18n.Printer, s form.State) components.Field {
	return components.Field{Name: roleField, Label: p.T("account.colleague.role"), Value: s.Value(roleField), Error: s.Error(roleField), Required: true}
}

func roleOptions(p *i18n.Printer) []components.Option {
	return []components.Option{
		{Value: string(account.Viewer), Label: guard.RoleName(p, account.Viewer), Hint: p.T("account.colleague.viewer_may")},
		{Value: string(account.Finance), Label: guard.RoleName(p, account.Finance), Hint: p.T("account.colleague.finance_may")},
		{Value: string(account.Owner), Label: guard.RoleName(p, account.Owner), Hint: p.T("account.colleague.owner_may")},
	}
}

// Invite answers POST /account/colleagues/new.
func (h *AccountPages) Invite(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.accounts.Invite(c.Request().Context(), signin.WhoOf(c), account.Invitation{
		Phone: values.Digits(phoneField), Name: values.Get(nameField), Role: account.Role(values.Get(roleField)),
	})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showInvitation(c, status, state)
	}
	switch {
	case tooOld(err):
		return again(c, invitePath)
	case err != nil:
		return err
	}
	return done(c, accountPath, "account.colleague.invited", "name", values.Get(nameField))
}

// Colleague answers GET /account/colleagues/:id: what someone may do, and ending
// it.
func (h *AccountPages) Colleague(c echo.Context) error {
	return h.showColleague(c, http.StatusOK, form.State{})
}

func (h *AccountPages) showColleague(c echo.Context, status int, s form.State) error {
	who := signin.WhoOf(c)
	colleague, recent, err := h.accounts.ReadColleague(c.Request().Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	if !recent {
		return again(c, colleaguePath(colleague.UserID))
	}
	if !s.Refused() {
		s = form.Filled(form.Values{roleField: {string(colleague.Role)}})
	}
	frame := h.inside(c, "account.colleague.title", "name", nameOf(&colleague))
	p := frame.T
	props := portal.ColleagueProps{
		Heading: components.Heading{Title: nameOf(&colleague), Lead: p.T("account.colleague.lead", "phone", i18n.MaskPhone(colleague.Phone), "day", p.DayOf(colleague.Since))},
		Action:  colleaguePath(colleague.UserID) + "/role", State: s, Role: roleRadios(p, s), Roles: roleOptions(p),
		Remove: colleaguePath(colleague.UserID) + "/remove", RemoveTitle: p.T("account.colleague.remove"), RemoveText: p.T("account.colleague.remove_text", "name", nameOf(&colleague)),
	}
	if account.Can(colleague.Role, account.ChooseMessages) && colleague.Until.IsZero() {
		props.Roles[0].Hint = p.T("account.colleague.viewer_may_less")
		props.RemoveText = p.T("account.colleague.remove_text_link", "name", nameOf(&colleague))
	}
	if !colleague.Until.IsZero() {
		props.Heading.Lead = p.T("account.colleague.away_lead", "phone", i18n.MaskPhone(colleague.Phone), "until", p.ShortDateTime(colleague.Until))
		props.RemoveTitle, props.RemoveText = p.T("account.colleague.keep_out"), p.T("account.colleague.keep_out_text", "name", nameOf(&colleague))
	}
	if colleague.UserID == who.UserID {
		props.RemoveTitle, props.RemoveText = p.T("account.colleague.leave"), p.T("account.colleague.leave_text", "merchant", guard.ActorOf(c).MerchantName)
	}
	return page.Render(c, status, portal.Colleague(frame, props))
}

// SetRole answers POST /account/colleagues/:id/role.
func (h *AccountPages) SetRole(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.accounts.SetRole(c.Request().Context(), signin.WhoOf(c), c.Param("id"), account.Role(values.Get(roleField)))
	return h.changed(c, values, err, "account.colleague.changed")
}

// RemoveColleague answers POST /account/colleagues/:id/remove.
func (h *AccountPages) RemoveColleague(c echo.Context) error {
	err := h.accounts.RemoveColleague(c.Request().Context(), signin.WhoOf(c), c.Param("id"))
	return h.changed(c, nil, err, "account.colleague.removed")
}

// changed answers what came of changing a colleague.
func (h *AccountPages) changed(c echo.Context, values form.Values, err error, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showColleague(c, status, state)
	}
	switch {
	case tooOld(err):
		return again(c, colleaguePath(c.Param("id")))
	case err != nil:
		return err
	}
	return done(c, accountPath, key)
}
