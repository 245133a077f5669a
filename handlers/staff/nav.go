package staff

import (
	"github.com/mingbai/mingbai/models/staff"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/page"
)

// section is a part of staff's pages that the navigation leads to.
type section struct {
	label, href string
	needs       staff.Permission // empty: everyone
}

// sections are the navigation's targets in order, by names short enough for all
// of them to stand in one line.
var sections = []section{
	{"staff.nav.home", "/admin", ""},
	{"staff.nav.cases", views.CasesPath, staff.SeeCases},
	{"staff.nav.disclosures", "/admin/disclosures", staff.SeeDisclosures},
	{"staff.nav.guides", "/admin/guides", staff.SeeGuides},
	{"staff.nav.searches", "/admin/searches", staff.SeeSearches},
	{"staff.nav.templates", views.TemplatesPath, staff.SeeTemplates},
	{"staff.nav.figures", "/admin/figures", staff.ReleaseFigures},
	{"staff.nav.objections", views.ObjectionsPath, staff.SeeObjections},
	{"staff.nav.stops", views.StopsPath, staff.SeeStops},
	{"staff.nav.holds", views.HoldsPath, staff.SeeHolds},
	{"staff.nav.alarms", views.AlarmsPath, staff.SeeAlarms},
	{"reconciliation.nav", views.ReconciliationPath, staff.SeeAlarms},
	{"staff.nav.gate", views.GateRulesPath, staff.SeeGateRules},
	{"staff.nav.keys", views.KeysPath, staff.SeeSettings},
	{"staff.nav.notices", views.NoticesPath, staff.SeeNotices},
	{"staff.nav.channels", views.ChannelsPath, staff.SeeSettings},
	{"staff.nav.people", "/admin/staff", staff.ManageStaff},
}

// Nav puts the navigation of what the actor may open into a page; current is
// the section's address.
func Nav(p *page.Page, actor *staff.Actor, current string) {
	if actor == nil {
		return
	}
	for _, s := range sections {
		if s.needs == "" || actor.Can(s.needs) {
			p.Nav = append(p.Nav, page.Link{Label: p.T.T(s.label), Href: s.href, Current: s.href == current})
		}
	}
}
