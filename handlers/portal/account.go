package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/session"
)

// AccountPages answers people about themselves: who they are, for which
// merchants, with whom, and from where.
type AccountPages struct {
	Exports *export.Exports // of merchants' data; nil: none is offered

	accounts *account.Accounts
	sessions *session.Store[guard.Actor]
	numbers  *signin.Numbers
}

// NewAccountPages returns the pages. The secret is at least 32 bytes and the
// same on all servers.
func NewAccountPages(a *account.Accounts, s *session.Store[guard.Actor], cookies cookie.Site, secret []byte) (*AccountPages, error) {
	numbers, err := signin.NewNumbers(cookies, secret, "new-number")
	if err != nil {
		return nil, err
	}
	return &AccountPages{accounts: a, sessions: s, numbers: numbers}, nil
}

const accountPath = "/account"

// frame returns what the layout needs. It takes up the flash: call it once, when
// the page is sure to come.
func (h *AccountPages) frame(c echo.Context, titleKey string, args ...any) page.Page {
	p := guard.Page(c, titleKey, args...)
	actor := guard.ActorOf(c)
	Nav(&p, &actor, accountPath)
	return p
}

// inside is the frame of a page below the account's.
func (h *AccountPages) inside(c echo.Context, titleKey string, args ...any) page.Page {
	p := h.frame(c, titleKey, args...)
	p.Crumbs = []page.Link{{Label: p.T.T("account.title"), Href: accountPath}, {Label: p.Title}}
	return p
}

// done leads back to a page with a message.
func done(c echo.Context, to, key string, args ...any) error {
	page.SetFlash(c, page.ToneOK, key, args...)
	return c.Redirect(http.StatusSeeOther, to)
}

// recently returns what guards the reader's account, and sends who signed in too
// long ago to do so again, and back to the page. Where it returns false the
// answer is given.
func (h *AccountPages) recently(c echo.Context) (g account.Guarded, ok bool, err error) {
	g, err = h.accounts.ReadGuarded(c.Request().Context(), signin.WhoOf(c))
	if err != nil {
		return g, false, err
	}
	if !g.Recent {
		return g, false, again(c, c.Request().URL.RequestURI())
	}
	return g, true, nil
}

// again sends someone to sign in once more, and then back to a page.
func again(c echo.Context, back string) error {
	page.SetFlash(c, page.ToneInfo, "account.again")
	return c.Redirect(http.StatusSeeOther, guard.LoginPath+"?"+url.Values{guard.NextParam: {back}}.Encode())
}

// tooOld reports whether a use case asks for a newer sign-in.
func tooOld(err error) bool { return fault.Is(err, fault.Unauthenticated) }

// Account answers GET /account.
func (h *AccountPages) Account(c echo.Context) error {
	actor := guard.ActorOf(c)
	own, err := h.accounts.ReadOwn(c.Request().Context(), signin.WhoOf(c), actor.Role)
	if err != nil {
		return err
	}
	frame := h.frame(c, "account.title")
	a := accountPresenter{p: frame.T, actor: actor, own: &own, other: frame.Language}
	return page.Render(c, http.StatusOK, portal.Account(frame, a.props()))
}

// accountPresenter turns what was read into finished texts.
type accountPresenter struct {
	p     *i18n.Printer
	actor guard.Actor
	own   *account.Own
	other page.Link // this page in the other language
}

func (a *accountPresenter) props() portal.AccountProps {
	props := portal.AccountProps{
		Heading: components.Heading{Title: cmp.Or(a.own.Name, a.p.T("account.title")), Lead: a.lead()},
		Profile: a.profile(), Sessions: a.sessions(), Merchants: a.merchants(),
	}
	props.EndOthers = len(a.own.Sessions) > 1
	if a.actor.Can(account.ManageColleagues) {
		props.People = a.people()
	}
	if a.actor.Can(account.ChangePhone) {
		props.Requests = a.requests()
	}
	return props
}

func (a *accountPresenter) lead() string {
	phone := i18n.MaskPhone(a.own.Phone)
	if a.actor.MerchantID == 0 {
		return a.p.T("account.lead_alone", "phone", phone)
	}
	return a.p.T("account.lead", "phone", phone, "merchant", a.actor.MerchantName, "role", guard.RoleName(a.p, a.actor.Role))
}

func (a *accountPresenter) profile() []portal.AccountFact {
	p := a.p
	password := portal.AccountFact{Term: p.T("account.profile.password"), Text: p.T("account.profile.password_none"), Href: "/account/password", Action: p.T("account.password.set")}
	if a.own.HasPassword {
		password.Text, password.Action = p.T("account.profile.password_set"), p.T("account.password.change")
	}
	return []portal.AccountFact{
		{Term: p.T("account.profile.name"), Text: a.own.Name, Href: "/account/name", Action: p.T("account.name.change")},
		{Term: p.T("account.profile.phone"), Text: i18n.MaskPhone(a.own.Phone), Href: "/account/phone", Action: p.T("account.phone.change")},
		password,
		{Term: p.T("account.profile.language"), Text: p.T("account.profile.this_language"), Href: a.other.Href, Action: a.other.Label, Lang: a.other.Lang},
	}
}

func (a *accountPresenter) people() *components.Table {
	p := a.p
	table := &components.Table{
		Caption: p.T("account.people.title"),
		Columns: []components.Column{{Label: p.T("account.people.who")}, {Label: p.T("account.people.role")}, {Label: p.T("account.people.since")}},
	}
	for i := range a.own.Colleagues {
		c := &a.own.Colleagues[i]
		part := i18n.MaskPhone(c.Phone)
		if c.UserID == a.actor.UserID {
			part = p.T("account.people.you", "phone", part)
		}
		since := components.Cell{Text: p.DayOf(c.Since)}
		if !c.Until.IsZero() {
			since.Part = p.T("account.people.away", "until", p.ShortDateTime(c.Until))
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: nameOf(c), Href: colleaguePath(c.UserID), Part: part, Head: true},
			{Text: guard.RoleName(p, c.Role)},
			since,
		}})
	}
	return table
}

// nameOf returns how a colleague is called; who has no name any more shows their
// number.
func nameOf(c *account.Colleague) string { return cmp.Or(c.Name, i18n.MaskPhone(c.Phone)) }

func (a *accountPresenter) sessions() (rows []portal.AccountSession) {
	p := a.p
	for i := range a.own.Sessions {
		s := &a.own.Sessions[i]
		row := portal.AccountSession{
			Device: s.Device.Say(p.T), Action: "/account/sessions/" + s.ID + "/end",
			Part: p.T("account.sessions.part", "began", p.ShortDateTime(s.BeganAt), "seen", p.ShortDateTime(s.LastSeenAt), "address", s.Address),
		}
		if s.ThisOne {
			row.Action, row.Tag = "", components.Tag{Verdict: components.OK, Word: p.T("account.sessions.this")}
		}
		rows = append(rows, row)
	}
	return rows
}

func (a *accountPresenter) merchants() (rows []portal.AccountMerchant) {
	for _, m := range a.own.Memberships {
		rows = append(rows, portal.AccountMerchant{
			ID: strconv.FormatInt(m.MerchantID, 10), Name: m.MerchantName, Role: guard.RoleName(a.p, m.Role), Open: m.MerchantID == a.actor.MerchantID,
		})
	}
	return rows
}

func (a *accountPresenter) requests() *portal.AccountRequests {
	r := &portal.AccountRequests{}
	for i := range a.own.Requests {
		r.Rows = append(r.Rows, a.request(&a.own.Requests[i]))
	}
	return r
}

func (a *accountPresenter) request(r *account.PhoneRequest) portal.AccountRequest {
	p := a.p
	row := portal.AccountRequest{
		Text: p.T("account.request.row", "phone", i18n.MaskPhone(r.NewPhone)),
		Part: p.T("account.request.at", "day", p.DayOf(r.RequestedAt)),
	}
	if r.ByUserID == "" {
		row.Part = p.T("account.request.at_unknown", "day", p.DayOf(r.RequestedAt))
	}
	switch r.State {
	case account.RequestReceived:
		row.Tag = components.Tag{Verdict: components.Info, Word: p.T("account.request.received")}
		if r.ByUserID == a.actor.UserID {
			row.Withdraw = "/account/phone/request/" + r.ID + "/withdraw"
		}
	case account.RequestApproved:
		row.Tag = components.Tag{Verdict: components.OK, Word: p.T("account.request.approved")}
	case account.RequestRefused:
		row.Tag = components.Tag{Verdict: components.Bad, Word: p.T("account.request.refused")}
	case account.RequestWithdrawn:
		row.Tag = components.Tag{Verdict: components.None, Word: p.T("account.request.withdrawn")}
	}
	return row
}
