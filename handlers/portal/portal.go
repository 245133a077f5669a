// Package portal answers merchants who are signed in: one file a page, each
// handler one use case and one view.
package portal

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Portal holds what the pages need.
type Portal struct {
	DB     *db.DB
	Clock  clock.Clock
	Plans  *disclosure.Catalogue
	Policy func() fee.Policy // in force now
	AsOf   func() time.Time  // when the core system's deductions and settlements last came in; zero: never
	Guides *guide.Catalogue  // that pages lead to; nil: none

	words  planWordCache
	guided guideCache
}

// section is a part of the portal that the navigation leads to.
type section struct {
	label, href, icon string
	needs             account.Permission
}

// sections are the navigation's targets in order; the first four stand in a
// phone's tab bar beside "more".
var sections = []section{
	{"portal.nav.home", "/home", "home", account.SeeFees},
	{"portal.nav.deductions", "/deductions", "deductions", account.SeeFees},
	{"portal.nav.terminals", "/terminals", "terminals", account.SeeTerminals},
	{"portal.nav.complaints", complaintsPath, "complaints", account.SeeComplaints},
	{"portal.nav.statements", "/statements", "statements", account.SeeStatements},
	{"portal.nav.notices", "/inbox", "bell", account.SeeMessages},
	{"portal.nav.agreements", "/agreements", "agreements", account.SeeAgreements},
	{"portal.nav.account", "/account", "account", ""},
}

// Nav puts the navigation of what the actor may open into a page; current is
// the section's address.
func Nav(p *page.Page, actor *guard.Actor, current string) {
	if actor == nil || actor.MerchantID == 0 {
		return
	}
	for _, s := range sections {
		if s.needs == "" || actor.Can(s.needs) {
			p.Nav = append(p.Nav, page.Link{Label: p.T.T(s.label), Href: s.href, Icon: s.icon, Current: s.href == current})
		}
	}
}

// frame returns what the layout of a page in a section needs. It takes up the
// flash: call it once, when the page is sure to come.
func (h *Portal) frame(c echo.Context, section string, titleKey string, args ...any) page.Page {
	p := guard.Page(c, titleKey, args...)
	actor := guard.ActorOf(c)
	Nav(&p, &actor, section)
	return p
}

// today returns the date in Shanghai.
func (h *Portal) today() date.Date { return clock.Today(h.Clock) }

// printer returns the reader's language.
func printer(c echo.Context) *i18n.Printer { return page.Printer(c) }
