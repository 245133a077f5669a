package portal_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/portal"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
	"github.com/mingbai/mingbai/web/webtest"
)

// accountSite is a portal with the pages about one's own account, on a database
// where 周 owns two merchants and 李 one.
type accountSite struct {
	*server.Server
	t        *testing.T
	db       *db.DB
	clock    *clock.Set
	accounts *account.Accounts
	entrance *signin.Entrance
	exports  *export.Exports
}

const (
	zhou = "13800006621"
	li   = "13900001188"
	wang = "13500000001" // nobody yet
)

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// ServeHTTP answers as the server does.
func (s *accountSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	portal.Record.Over(s.t, s.db, s.Server, s.Router().Match).ServeHTTP(w, r)
}

func newAccountSite(t *testing.T, d *db.DB) *accountSite {
	t.Helper()
	cookies := cookie.Site{TLS: true}
	s := &accountSite{t: t, db: d, clock: clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))}
	secret, log := bytes.Repeat([]byte("s"), 32), slog.New(slog.DiscardHandler)
	brand := func(i18n.Locale) page.Brand {
		return page.Brand{Name: "示例支付有限公司", Short: "示例支付", Hotline: "400-000-0000"}
	}
	var err error
	s.accounts, err = account.New(account.Options{DB: d, Clock: s.clock, Jobs: noJobs{}, Words: signin.Words(brand), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	store := session.New[guard.Actor](signin.NewSessions(s.accounts, log), cookies, account.SessionLasts)
	s.entrance = &signin.Entrance{Sessions: store, Cookies: cookies}
	g := guard.New(store, signin.KeepLocale(s.accounts))
	pages, err := portal.NewAccountPages(s.accounts, store, cookies, secret)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := file.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() }) // the folder goes with the test
	s.exports = export.New(export.Options{DB: d, Clock: s.clock, Files: kept, Jobs: noJobs{}})
	pages.Exports = s.exports
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, secret),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: d.Ready,
		Answer: guard.NewAnswers(g, log, guard.Audience{Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent}).Answer,
	})
	s.routes(pages, files)
	portal.Record.Offer(portal.Forms(s.Server)...)
	s.fill()
	return s
}

func (s *accountSite) routes(h *portal.AccountPages, files *assets.Assets) {
	r := s.Router()
	anyone := guard.Public("a test")
	r.Get(assets.Pattern, anyone, files.Serve)
	for _, path := range []string{"/", "/login", "/home", "/deductions", "/terminals", "/statements", "/agreements", "/inbox", "/complaints"} {
		r.Get(path, anyone, blank)
	}
	r.Post("/logout", anyone, blank)
	r.Get("/enter/:phone", anyone, s.enter)

	own := guard.SignedIn("one's own account")
	people, number := guard.Can(account.ManageColleagues), guard.Can(account.ChangePhone)
	r.Get("/account", own, h.Account)
	r.Get("/account/name", own, h.Name)
	r.Post("/account/name", own, h.SetName)
	r.Get("/account/password", own, h.Password)
	r.Post("/account/password", own, h.SetPassword)
	r.Post("/account/password/remove", own, h.RemovePassword)
	r.Post("/account/sessions/:id/end", own, h.EndSession)
	r.Post("/account/sessions/end-others", own, h.EndOtherSessions)
	r.Get("/account/merchant", own, h.Merchants)
	r.Post("/account/merchant", own, h.OpenMerchant)
	r.Get("/account/colleagues/new", people, h.Invitation)
	r.Post("/account/colleagues/new", people, h.Invite)
	r.Get("/account/colleagues/:id", people, h.Colleague)
	r.Post("/account/colleagues/:id/role", people, h.SetRole)
	r.Post("/account/colleagues/:id/remove", people, h.RemoveColleague)
	r.Get("/account/phone", own, h.Phone)
	r.Post("/account/phone", own, h.SendNumberCode)
	r.Get("/account/phone/code", own, h.NumberCode)
	r.Post("/account/phone/code", own, h.ChangePhone)
	r.Get("/account/phone/request", number, h.NumberRequest)
	r.Post("/account/phone/request", number, h.RequestNumber, server.Body(signin.EvidenceBody))
	r.Post("/account/phone/request/:id/withdraw", number, h.WithdrawRequest)
	r.Get("/account/data", own, h.Data)
	r.Post("/account/data", own, h.DataFile)
	r.Post("/account/data/merchant", guard.Can(account.ExportAll), h.AskExport)
	r.Get("/account/data/merchant/:id", guard.Can(account.ExportAll), h.Export)
	r.Get("/account/close", own, h.Closing)
	r.Post("/account/close", own, h.Close)
}

// blank is a page of another part of the portal. It shows the flash.
func blank(c echo.Context) error {
	p := guard.Page(c, "login.title")
	return page.Render(c, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Public(p).Render(templ.WithChildren(ctx, templ.Raw("<h1>blank</h1>")), w)
	}))
}

// enter signs in the user of a number without asking.
func (s *accountSite) enter(c echo.Context) error {
	_, err := s.entrance.Begin(c, func(ctx context.Context, b account.Browser) (account.SignedIn, error) {
		var userID string
		if err := s.db.QueryRow(ctx, `select id from users where phone = $1`, "+86"+c.Param("phone")).Scan(&userID); err != nil {
			return account.SignedIn{}, err
		}
		return s.accounts.StartSession(ctx, userID, "test", b)
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *accountSite) fill() {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		for _, m := range [][]any{{1, "M1", "老街面馆", "周老板", zhou}, {2, "M2", "新街茶馆", "周老板", zhou}, {3, "M3", "顺意便利店", "李老板", li}} {
			_, err := tx.Exec(s.t.Context(), `
				insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
				values ($1, $2, $3, $4, $5, '', '2024-01-01', $6)`, append(m, s.clock.Now())...)
			if err != nil {
				return err
			}
		}
		_, err := account.EnsureOwners(s.t.Context(), tx, audit.Actor{Kind: audit.System, ID: "test"}, s.clock.Now())
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// as returns a browser in which the user of a number is signed in.
func (s *accountSite) as(phone string) *webtest.Client {
	s.t.Helper()
	c := webtest.New(s.t, s, s.Router().Match)
	c.Get("/enter/" + phone).LeadsTo("/account")
	return c
}

// employ makes someone of a number a colleague of 李, and signs them in.
func (s *accountSite) employ(phone string, role account.Role) *webtest.Client {
	s.t.Helper()
	p := s.as(li).Get("/account/colleagues/new").Is(http.StatusOK)
	p.Form("/account/colleagues/new").Set("phone", phone).Set("name", "王会计").Set("role", string(role)).Submit().LeadsTo("/account")
	return s.as(phone)
}

var sixDigits = regexp.MustCompile(`\d{6}`)

// sent returns the texts to a number, the newest first.
func (s *accountSite) sent(phone string) (texts []string) {
	s.t.Helper()
	all, err := outbox.To(s.t.Context(), s.db, "+86"+phone, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range all {
		texts = append(texts, m.Text)
	}
	return texts
}

// told fails the test unless a message to a number says the text.
func (s *accountSite) told(phone, text string) {
	s.t.Helper()
	if all := s.sent(phone); !strings.Contains(strings.Join(all, "\n"), text) {
		s.t.Errorf("%s was told %q, want %q", phone, all, text)
	}
}

func sqliteSite(t *testing.T) *accountSite {
	t.Helper()
	return newAccountSite(t, dbtest.SQLite(t))
}
