package portal

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
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

// bookSite is the portal's statements and agreements, with the sample in its
// database. What else its navigation leads to only says that it is there.
type bookSite struct {
	*server.Server
	t     *testing.T
	db    *db.DB
	clock *clock.Set
}

// ServeHTTP answers as the server does.
func (s *bookSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	Record.Over(s.t, s.db, s.Server, s.Router().Match).ServeHTTP(w, r)
}

func newBookSite(t *testing.T, d *db.DB) *bookSite {
	t.Helper()
	plans := disclosure.NewCatalogue(d)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := clock.At(sampleNow)
	h := &Portal{
		DB: d, Clock: at, Plans: plans,
		Policy: func() fee.Policy { return fee.DefaultPolicy }, AsOf: func() time.Time { return sampleNow },
	}
	log, cookies, actors := slog.New(slog.DiscardHandler), cookie.Site{}, knownActors{}
	store := session.New[guard.Actor](actors, cookies, time.Hour)
	g := guard.New(store, func(context.Context, string, i18n.Locale) error { return nil })
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	brand := func(i18n.Locale) page.Brand { return page.Brand{Name: "示例支付", Hotline: "400-000-0000"} }
	s := &bookSite{t: t, db: d, clock: at}
	s.Server = server.New(server.Options{
		Log: log, Now: func() time.Time { return sampleNow }, Session: g.Middleware, SaveLocale: g.SaveLocale,
		Site: page.NewSite(brand, files.URL, cookies, bytes.Repeat([]byte("s"), 32)),
		Answer: guard.NewAnswers(g, log, guard.Audience{
			Prefix: "/", Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent, Prepare: func(p *page.Page, actor *guard.Actor) { Nav(p, actor, "") },
		}).Answer,
		Ready: func(context.Context) error { return nil },
	})
	r := s.Router()
	r.Get("/statements", guard.Can(account.SeeStatements), h.Statements)
	r.Get("/statements/:period", guard.Can(account.SeeStatements), h.Statement)
	r.Get("/statements/:period/csv", guard.Can(account.Export), h.StatementCSV)
	r.Get("/statements/:period/xlsx", guard.Can(account.Export), h.StatementXLSX)
	r.Get("/agreements", guard.Can(account.SeeAgreements), h.Agreements)
	r.Get("/agreements/:plan/:version", guard.Can(account.SeeAgreements), h.Agreement)
	r.Post("/agreements/:plan/:version", guard.Can(account.ManageAgreements), h.AnswerAgreement)
	r.Get(assets.Pattern, guard.Public("a test"), files.Serve)
	nothing := func(c echo.Context) error { return c.String(http.StatusOK, "") }
	for _, path := range []string{"/", "/disclosures/:slug/:version", "/home", "/terminals", "/terminals/:sn", "/deductions", "/deductions/:id", "/account", "/login", "/inbox", "/complaints"} {
		r.Get(path, guard.Public("a test"), nothing)
	}
	r.Post("/logout", guard.Public("a test"), nothing)
	r.Get("/as/:merchant/:role", guard.Public("a test"), func(c echo.Context) error {
		a := guard.Actor{UserID: "u_1", Name: "周", Role: account.Role(c.Param("role"))}
		err := d.QueryRow(c.Request().Context(), `select id, name from merchants where ref = $1`, c.Param("merchant")).Scan(&a.MerchantID, &a.MerchantName)
		if err != nil {
			return err
		}
		err = store.Begin(c.Response(), c.Request(), func(_ context.Context, hash []byte) error {
			actors[string(hash)] = a
			return nil
		})
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/home")
	})
	Record.Offer(Forms(s.Server)...)
	return s
}

// as is the browser of somebody who is signed in for a merchant.
func (s *bookSite) as(t *testing.T, merchant string, role account.Role) *webtest.Client {
	t.Helper()
	c := webtest.New(t, s, s.Router().Match)
	c.Get("/as/" + merchant + "/" + string(role)).LeadsTo("/home")
	return c
}

// exec runs statements, for what no page writes.
func (s *bookSite) exec(t *testing.T, statements ...string) {
	t.Helper()
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		for _, one := range statements {
			if _, err := tx.Exec(t.Context(), one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// payLess makes a settlement one that paid out ¥3.00 too little.
func (s *bookSite) payLess(t *testing.T, ref string) {
	t.Helper()
	s.exec(t, `update settlements set paid_out_fen = paid_out_fen - 300 where ref = '`+ref+`'`,
		`insert into judge_pending (terminal_id, since) select terminal_id, settled_on from settlements where ref = '`+ref+`'`)
	if _, err := ingest.Judge(t.Context(), s.db, clock.At(sampleNow), nil); err != nil {
		t.Fatal(err)
	}
}

// count returns what a SELECT counts.
func (s *bookSite) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
