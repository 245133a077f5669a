package staff

import (
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/page"
)

// section is a part of staff's pages that the navigation leads to.
type section struct {
	label, href string
	needs       staff.Permission // empty: everyone
}

// inLine is how many of the navigation's targets stand in one line: the first that
// the reader may open. The others lie behind one more step.
const inLine = 7

// sections are the navigation's targets by how often they are wanted, by short
// names.
var sections = []section{
	{"staff.nav.home", "/admin", ""},
	{"staff.nav.cases", views.CasesPath, staff.SeeCases},
	{"admin_merchants.title", guard.MerchantsPath, staff.SeeMerchants},
	{"staff.nav.holds", views.HoldsPath, staff.SeeHolds},
	{"staff.nav.stops", views.StopsPath, staff.SeeStops},
	{"staff.nav.objections", views.ObjectionsPath, staff.SeeObjections},
	{"reports.nav", views.ReportsPath, staff.SeeReports},
	{"staff.nav.notices", views.NoticesPath, staff.SeeNotices},
	{"staff.nav.disclosures", "/admin/disclosures", staff.SeeDisclosures},
	{"staff.nav.guides", "/admin/guides", staff.SeeGuides},
	{"staff.nav.numbers", views.NumbersPath, staff.SeeNumbers},
	{"staff.nav.alarms", views.AlarmsPath, staff.SeeAlarms},
	{"reconciliation.nav", views.ReconciliationPath, staff.SeeAlarms},
	{"staff.nav.searches", "/admin/searches", staff.SeeSearches},
	{"staff.nav.templates", views.TemplatesPath, staff.SeeTemplates},
	{"staff.nav.figures", "/admin/figures", staff.SeeFigures},
	{"staff.nav.gate", views.GateRulesPath, staff.SeeGateRules},
	{"staff.nav.notice_rules", views.NoticeRulesPath, staff.SeeNoticeRules},
	{"staff.nav.audit", views.AuditPath, staff.SeeAudit},
	{"staff.nav.retention", views.RetentionPath, staff.SeeRetention},
	{"staff.nav.keys", views.KeysPath, staff.SeeSettings},
	{"webhooks.title", views.WebhooksPath, staff.SeeSettings},
	{"staff.nav.channels", views.ChannelsPath, staff.SeeSettings},
	{"imports.title", views.ImportsPath, staff.SeeSettings},
	{"jobs.title", views.JobsPath, staff.SeeSettings},
	{"admin_operator.nav", views.OperatorPath, staff.SeeSettings},
	{"staff.nav.people", "/admin/staff", staff.SeeStaff},
}

// Nav puts the navigation of what the actor may open into a page; current is
// the section's address.
func Nav(p *page.Page, actor *staff.Actor, current string) {
	if actor == nil {
		return
	}
	for _, s := range sections {
		if s.needs == "" || actor.Can(s.needs) {
			l := page.Link{Label: p.T.T(s.label), Href: s.href, Current: s.href == current}
			if len(p.Nav) < inLine {
				p.Nav = append(p.Nav, l)
			} else {
				p.More = append(p.More, l)
			}
		}
	}
}
