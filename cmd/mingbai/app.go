package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/hooks"
	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/handlers/portal"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// app is the portal, put together by hand: every part is made here once and
// handed to those that need it.
type app struct {
	desk
	server      *server.Server
	known       *known
	sessions    *signin.Sessions
	assets      *assets.Assets
	accounts    *account.Accounts
	public      *public.Public
	disclosures *public.Disclosures
	guides      *public.GuidePages
	quarters    *public.Transparency
	portal      *portal.Portal
	topUps      *portal.TopUps
	reminders   *portal.Reminders
	receipts    *portal.DeductionReceipts
	outside     *public.FromOutside
	account     *portal.AccountPages
	complaints  *portal.Complaints
	api         *api.API
	gate        *gate.Gate
	cases       *complaint.Cases
	demo        *demo.Demo // nil but in the demo
	parts       parts
	letters     *letters
	ways        jobs.Channels // out of the house
	hooks       *hooks.Hooks
}

// parts is what an app is made of besides the configuration.
type parts struct {
	db    *db.DB
	clock clock.Clock
	jobs  *event.Jobs
	log   *slog.Logger
	sent  *demo.Capture // takes the demo's messages; nil elsewhere
}

func newApp(ctx context.Context, c config, in parts) (*app, error) {
	a := &app{parts: in}
	var err error
	if a.known, err = newKnown(ctx, in.db, in.clock); err != nil {
		return nil, err
	}
	if a.assets, err = assets.New(static.Files); err != nil {
		return nil, err
	}
	if a.cases, err = newCases(c, in.db, in.clock, a.known); err != nil {
		return nil, err
	}
	if a.letters, err = newLetters(c, in.db, in.clock, in.log, a.known.plan); err != nil {
		return nil, err
	}
	a.ways = a.letters.channels
	if in.sent != nil {
		a.ways = in.sent
	}
	a.hooks = &hooks.Hooks{DB: in.db, Clock: in.clock, Providers: a.letters.channels, Pay: c.TopUp.page(), Log: in.log}
	secret, cookies := []byte(c.Secret), cookie.Site{TLS: c.secure()}
	brand := brandOf(setting.NewOperatorCache(in.db, in.clock))
	a.accounts, err = newAccounts(c, in.db, in.clock, in.jobs, brand)
	if err != nil {
		return nil, err
	}
	a.sessions = signin.NewSessions(a.accounts, in.log)
	store := session.New[guard.Actor](a.sessions, cookies, account.SessionLasts)
	g := guard.New(store, signin.KeepLocale(a.accounts))
	entrance := &signin.Entrance{Sessions: store, Cookies: cookies}
	open := public.Options{
		Accounts: a.accounts, Entrance: entrance, Guard: g, Cookies: cookies, Secret: secret, Codes: func() bool { return a.ways.On(notice.SMS) },
	}
	if in.sent != nil {
		a.demo = &demo.Demo{DB: in.db, Accounts: a.accounts, Entrance: entrance, Guard: g, Sent: in.sent}
		open.Demo = a.demo.Users
	}
	if a.public, err = public.New(open); err != nil {
		return nil, err
	}
	a.guides = &public.GuidePages{
		DB: in.db, Clock: in.clock, Guides: a.known.guides, Search: a.known.search, Misses: a.known.misses,
		Guard: g, Cookies: cookies, Secret: secret, URL: c.URL,
	}
	a.disclosures = &public.Disclosures{DB: in.db, Clock: in.clock, Plans: a.known.plans, Guard: g, Origin: strings.TrimRight(c.URL, "/")}
	a.quarters = &public.Transparency{DB: in.db, Guard: g}
	if a.account, err = portal.NewAccountPages(a.accounts, store, cookies, secret); err != nil {
		return nil, err
	}
	if a.account.Exports, err = newExports(c, in.db, in.clock, in.jobs); err != nil {
		return nil, err
	}
	if err := a.openDesk(c, in, g, cookies); err != nil {
		return nil, err
	}
	a.portal = &portal.Portal{DB: in.db, Clock: in.clock, Plans: a.known.plans, Policy: a.known.policy, AsOf: a.known.asOf, Guides: a.known.guides}

	a.complaints = &portal.Complaints{Portal: a.portal, Cases: a.cases}
	a.topUps = &portal.TopUps{Portal: a.portal, Pay: c.TopUp.page(), Origin: strings.TrimRight(c.URL, "/")}
	a.openReminders(c, in, g, secret)

	measured := prometheus.NewRegistry()
	watch.NewHealth(measured, in.db, in.clock, in.log)
	places, err := c.anchors()
	if err != nil {
		return nil, err
	}
	watch.NewRecord(measured, in.db, in.log, names(places)...)
	watch.NewJobs(measured, in.db, in.clock, in.log)

	answers := guard.NewAnswers(g, in.log, atTheDesk(), merchants())
	a.openAPI(c, in, g, answers, watch.NewGate(measured))

	site := page.NewSite(brand, a.assets.URL, cookies, secret)
	site.Foot = footLinks
	a.server = server.New(server.Options{
		Log: in.log, Now: in.clock.Now, Site: site,
		Session: g.Middleware, SaveLocale: g.SaveLocale, Answer: answers.Answer,
		Ready: in.db.Ready, Proxies: prefixes(c.Proxies), Drain: c.Drain, Metrics: measured,
	})
	a.routes(a.server.Router())
	return a, nil
}

// run keeps what the pages need fresh until the context ends.
func (a *app) run(ctx context.Context) {
	go a.known.watch(ctx)
	go a.assets.Compress(ctx)
	var notes sync.WaitGroup
	notes.Go(func() { a.staffSessions.Run(ctx) })
	notes.Go(func() { a.api.Run(ctx) })
	a.sessions.Run(ctx)
	notes.Wait()
	a.known.keep(context.WithoutCancel(ctx))
	a.letters.channels.Close()
}

// merchants is the audience that everything belongs to which no other claims.
func merchants() guard.Audience {
	return guard.Audience{
		Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent,
		Prepare: func(p *page.Page, actor *guard.Actor) { portal.Nav(p, actor, "") },
	}
}

// footLinks are what the foot of every page leads to.
func footLinks(p *i18n.Printer) []page.Link {
	return []page.Link{{Label: p.T("disclosures.title"), Href: disclosed.Path}, {Label: p.T("guides.title"), Href: "/guides"}, {Label: p.T("transparency.title"), Href: figures.Path}, {Label: p.T("receipts.foot"), Href: "/receipts"}}
}

// brandOf returns who the acquirer is, in a reader's language.
func brandOf(operators *setting.OperatorCache) func(i18n.Locale) page.Brand {
	return func(l i18n.Locale) page.Brand {
		o, err := operators.Get(context.Background()) // which waits for no longer than it says
		if err != nil {
			o = setting.DefaultOperator // the database is away, and so is the page that asks
		}
		b := page.Brand{Name: o.Name.ZhCN, Short: o.ShortName.ZhCN, Hotline: o.Hotline, Logo: page.LogoAddress(o.Logo), Style: page.StyleAddress(o.Colour)}
		if l == i18n.En {
			b.Name, b.Short = o.Name.En, o.ShortName.En
		}
		return b
	}
}

// errNoSecret says how to get one.
var errNoSecret = fmt.Errorf("%sSECRET is not set: give all servers the same 32 characters or more, such as openssl rand -hex 32 prints", envPrefix)
