package main

import (
	"github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	staffpages "github.com/mingbai/mingbai/handlers/staff"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/gate"
	looks "github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// productName is what an app of codes and a browser call this site.
const productName = "Mingbai"

// desk is what staff's pages are made of.
type desk struct {
	people        *staff.People
	staffSessions *signin.StaffSessions
	staff         *staffpages.Staff
	drafts        *staffpages.Disclosures
	evidence      *staffpages.Evidence
	articles      *staffpages.Guides
	figures       *staffpages.Figures
	reports       *staffpages.Reports
	changes       *staffpages.Changes
	holds         *staffpages.Holds
	alarms        *staffpages.Alarms
	audit         *staffpages.Audit
	packs         *staffpages.Packs
	reconciled    *staffpages.Reconciliation
	gateRules     *staffpages.GateRules
	noticeRules   *staffpages.NoticeRules
	channelPages  *staffpages.ChannelPages
	operatorPages *staffpages.OperatorPages
	noticePages   *staffpages.NoticePages
	apiKeys       *staffpages.Keys
	webhooks      *staffpages.Webhooks
	templates     *staffpages.Templates
	casePages     *staffpages.CasePages
	causePages    *staffpages.CausePages
	numbers       *staffpages.Numbers
	retention     *staffpages.Retention
	merchantPages *staffpages.Merchants
	imports       *staffpages.Imports
	jobs          *staffpages.Jobs
}

// routes registers what staff use: each part says its own addresses.
func (d *desk) routes(r *server.Router) {
	d.staff.Routes(r)
	d.drafts.Routes(r)
	d.evidence.Routes(r)
	d.articles.Routes(r)
	d.figures.Routes(r)
	d.reports.Routes(r)
	d.changes.Routes(r)
	d.holds.Routes(r)
	d.alarms.Routes(r)
	d.audit.Routes(r)
	d.packs.Routes(r)
	d.reconciled.Routes(r)
	d.gateRules.Routes(r)
	d.noticeRules.Routes(r)
	d.channelPages.Routes(r)
	d.operatorPages.Routes(r)
	d.noticePages.Routes(r)
	d.apiKeys.Routes(r)
	d.webhooks.Routes(r)
	d.templates.Routes(r)
	d.casePages.Routes(r)
	d.causePages.Routes(r)
	d.numbers.Routes(r)
	d.retention.Routes(r)
	d.merchantPages.Routes(r)
	d.imports.Routes(r)
	d.jobs.Routes(r)
}

func newPeople(c config, d *db.DB, at clock.Clock) (*staff.People, error) {
	return staff.New(staff.Options{DB: d, Clock: at, Secret: []byte(c.Secret), URL: c.URL, Name: productName})
}

// openDesk puts the pages of staff together, and makes the guard know staff.
func (a *app) openDesk(c config, in parts, g *guard.Guard, cookies cookie.Site) error {
	var err error
	if a.people, err = newPeople(c, in.db, in.clock); err != nil {
		return err
	}
	a.staffSessions = signin.NewStaffSessions(a.people, in.log)
	a.staff = &staffpages.Staff{
		DB: in.db, Clock: in.clock, People: a.people, Guard: g, Entrance: signin.NewStaffEntrance(g, a.staffSessions, cookies),
	}
	plans, policy := a.known.plans, a.known.policy
	a.drafts = &staffpages.Disclosures{Staff: a.staff, Plans: plans, Policy: policy, Jobs: in.jobs}
	a.evidence = &staffpages.Evidence{Staff: a.staff, Plans: plans}
	a.articles = &staffpages.Guides{Staff: a.staff}
	a.figures = &staffpages.Figures{Staff: a.staff, Jobs: in.jobs}
	a.reports = &staffpages.Reports{Staff: a.staff}
	a.apiKeys = &staffpages.Keys{Staff: a.staff}
	hooks, err := newWebhooks(c, in.db, in.clock)
	if err != nil {
		return err
	}
	a.webhooks = &staffpages.Webhooks{Staff: a.staff, Hooks: hooks}
	a.templates = &staffpages.Templates{Staff: a.staff, Words: a.letters.words}
	if a.gate, err = gate.New(gate.Options{DB: in.db, Clock: in.clock, Secret: []byte(c.Secret)}); err != nil {
		return err
	}
	a.holds = &staffpages.Holds{Staff: a.staff, Gate: a.gate}
	a.alarms = &staffpages.Alarms{Staff: a.staff}
	a.audit = &staffpages.Audit{Staff: a.staff, Jobs: in.jobs}
	files, err := openFiles(c)
	if err != nil {
		return err
	}
	a.packs = &staffpages.Packs{Staff: a.staff, Plans: plans, Policy: policy, Files: files}
	a.reconciled = &staffpages.Reconciliation{Staff: a.staff, Jobs: in.jobs}
	a.casePages = &staffpages.CasePages{Staff: a.staff, Cases: a.cases, Plans: plans}
	a.causePages = &staffpages.CausePages{Staff: a.staff, Causes: rootcause.New(in.db, in.clock, a.cases, in.jobs), Plans: plans}
	a.numbers = &staffpages.Numbers{Staff: a.staff, Accounts: a.accounts}
	all := looks.New(in.db, in.clock)
	inLooks := session.Named[looks.Look]("look", all, cookies, staff.SessionLasts)
	g.AdmitLooks(inLooks, all.Note)
	a.merchantPages = &staffpages.Merchants{Staff: a.staff, Looks: all, Sessions: inLooks}
	a.gateRules = &staffpages.GateRules{Staff: a.staff}
	a.noticeRules = &staffpages.NoticeRules{Staff: a.staff}
	a.retention = &staffpages.Retention{Staff: a.staff}
	a.imports = &staffpages.Imports{Staff: a.staff, Jobs: in.jobs, Bytes: c.Upload}
	a.jobs = &staffpages.Jobs{Staff: a.staff, Jobs: in.jobs}
	a.changes = &staffpages.Changes{Staff: a.staff, Plans: plans, Policy: policy}
	a.noticePages = &staffpages.NoticePages{Staff: a.staff, Plans: plans, Jobs: in.jobs}
	a.channelPages = &staffpages.ChannelPages{
		Staff: a.staff, Keeper: a.letters.keeper, Try: a.letters.channels.Try, Gateway: c.SMS.URL != "", URL: c.URL,
	}
	a.operatorPages = &staffpages.OperatorPages{Staff: a.staff, Templates: a.letters.wordings}
	if a.demo != nil {
		way := staff.NewDemo(a.people)
		a.demo.Desk, a.staff.Demo = demo.Desk{Staff: way, Entrance: a.staff.Entrance}, way.People
	}
	return nil
}

// atTheDesk is the audience of staff's pages.
func atTheDesk() guard.Audience {
	return guard.Audience{
		Prefix: guard.StaffPath, Page: layout.StaffError, Alert: layout.ErrorAlert, Unsent: layout.StaffUnsent, Home: guard.StaffPath, SignIn: guard.StaffLoginPath,
		PrepareStaff: func(p *page.Page, actor *staff.Actor) { staffpages.Nav(p, actor, "") },
	}
}
