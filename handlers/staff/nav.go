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

// sections are the navigation's targets in order.
var sections = []section{
	{"staff.nav.home", "/admin", ""},
	{"admin_disclosures.title", "/admin/disclosures", staff.SeeDisclosures},
	{"admin_guides.title", "/admin/guides", staff.SeeGuides},
	{"admin_guides.searches_title", "/admin/searches", staff.SeeSearches},
	{"admin_templates.title", views.TemplatesPath, staff.SeeTemplates},
	{"admin_figures.title", "/admin/figures", staff.ReleaseFigures},
	{"objections.nav", views.ObjectionsPath, staff.SeeObjections},
	{"stops.nav", views.StopsPath, staff.SeeStops},
	{"admin_holds.title", views.HoldsPath, staff.SeeHolds},
	{"keys.title", views.KeysPath, staff.SeeSettings},
	{"admin_notices.title", views.NoticesPath, staff.SeeNotices},
	{"channels.title", views.ChannelsPath, staff.SeeSettings},
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
