package portal

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit/audittest"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/notice"
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

// merchantSite is the portal with the sample in its database and sessions as
// rows beside it.
type merchantSite struct {
	*server.Server
	t      *testing.T
	db     *db.DB
	clock  *clock.Set
	store  *session.Store[guard.Actor]
	pages  *Portal
	cases  *complaint.Cases
	ways   map[notice.Channel]bool // the channels that are configured
	topUps *TopUps
}

// Record watches that whatever merchants change is on record.
var Record audittest.Watch

func TestMain(m *testing.M) { Record.Main(m, unrecorded, sampled.Drop) }

// unrecorded are the forms that leave no entry, each with its reason.
var unrecorded = map[string]string{
	"/complaints/draft":      "what somebody begins to write is not a change until it is sent",
	"/complaints/draft/drop": "what was never sent was never there for anybody else",
}

// Forms are the patterns of what a site's readers send.
func Forms(s *server.Server) (patterns []string) {
	for _, r := range s.Router().Routes() {
		if r.Method == http.MethodPost && r.Path != "/logout" { // a stand-in here
			patterns = append(patterns, r.Path)
		}
	}
	return patterns
}

// ServeHTTP answers as the server does.
func (s *merchantSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	Record.Over(s.t, s.db, s.Server, s.Router().Match).ServeHTTP(w, r)
}

func newMerchantSite(t *testing.T, d *db.DB) *merchantSite {
	t.Helper()
	plans := disclosure.NewCatalogue(d)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &merchantSite{t: t, db: d, clock: clock.At(sampleNow), ways: map[notice.Channel]bool{notice.SMS: true, notice.Email: true}}
	h := &Portal{
		DB: d, Clock: s.clock, Plans: plans,
		Policy: func() fee.Policy { return fee.DefaultPolicy }, AsOf: func() time.Time { return sampleNow },
	}
	s.pages = h
	log, cookies := slog.New(slog.DiscardHandler), cookie.Site{TLS: true}
	accounts, err := account.New(account.Options{DB: d, Clock: s.clock, Secret: bytes.Repeat([]byte("s"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	s.store = session.New[guard.Actor](signin.NewSessions(accounts, log), cookies, time.Hour)
	g := guard.New(s.store, func(context.Context, string, i18n.Locale) error { return nil })
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	brand := func(i18n.Locale) page.Brand { return page.Brand{Name: "示例支付", Hotline: "400-000-0000"} }
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, bytes.Repeat([]byte("s"), 32)),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: d.Ready, Rate: server.Rate{PerSecond: 1e6, Burst: 1e6},
		Answer: guard.NewAnswers(g, log, guard.Audience{
			Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent, Prepare: func(p *page.Page, actor *guard.Actor) { Nav(p, actor, "") },
		}).Answer,
	})
	r := s.Router()
	r.Get(assets.Pattern, guard.Public("a test"), files.Serve)
	r.Get("/home", guard.Can(account.SeeFees), h.Home)
	r.Get("/terminals", guard.Can(account.SeeTerminals), h.Terminals)
	r.Get("/terminals/:sn", guard.Can(account.SeeTerminals), h.Terminal)
	r.Get("/terminals/:sn/name", guard.Can(account.RenameTerminals), h.TerminalName)
	r.Post("/terminals/:sn/name", guard.Can(account.RenameTerminals), h.RenameTerminal)
	r.Get("/deductions", guard.Can(account.SeeFees), h.Deductions)
	r.Get("/deductions/:id", guard.Can(account.SeeFees), h.Deduction)
	receipts := &DeductionReceipts{Portal: h, Origin: "https://pay.example"}
	r.Post("/deductions/:id/receipts", guard.Can(account.Export), receipts.Make)
	r.Get("/deductions/:id/receipts/:code", guard.Can(account.SeeFees), receipts.Show)
	s.reminders(h).Routes(r)
	folder, err := file.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	s.cases = complaint.New(complaint.Options{DB: d, Clock: s.clock, Plans: plans.Plans, Policy: h.Policy, Files: folder})
	(&Complaints{Portal: h, Cases: s.cases}).Routes(r)
	r.Get("/fee-changes/:id", guard.Can(account.SeeAgreements), h.FeeChange)
	r.Post("/fee-changes/:id/accept", guard.Can(account.ManageAgreements), h.AcceptFeeChange)
	r.Post("/fee-changes/:id/object", guard.Can(account.ManageAgreements), h.ObjectToFeeChange)
	s.topUps = &TopUps{Portal: h, Origin: "https://m.example"}
	r.Get("/terminals/:sn/top-up", guard.Can(account.SeeTerminals), s.topUps.Show)
	r.Get("/terminals/:sn/stop", guard.Can(account.SeeTerminals), h.Stop)
	r.Post("/terminals/:sn/stop", guard.Can(account.ManageAgreements), h.ConfirmStop)
	r.Get("/terminals/:sn/stop/:number", guard.Can(account.SeeTerminals), h.StopProof)
	nothing := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	for _, path := range []string{"/", "/disclosures/:slug/:version", "/login", "/statements", "/statements/:period", "/agreements", "/account", "/deductions.csv", "/receipts/:code"} {
		r.Get(path, guard.Public("a test"), nothing)
	}
	r.Post("/logout", guard.Public("a test"), nothing)
	r.Get("/as/:merchant/:role", guard.Public("a test"), func(c echo.Context) error {
		if err := s.begin(c.Response(), c.Request(), c.Param("merchant"), account.Role(c.Param("role"))); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/home")
	})
	Record.Offer(Forms(s.Server)...)
	return s
}

// begin signs a browser in as a new person with a role.
func (s *merchantSite) begin(w http.ResponseWriter, r *http.Request, merchant string, role account.Role) error {
	now := s.clock.Now()
	user := id.New("u", now)
	return s.store.Begin(w, r, func(ctx context.Context, hash []byte) error {
		return s.db.Write(ctx, func(tx *db.Tx) error {
			var merchantID int64
			if err := tx.QueryRow(ctx, `select id from merchants where ref = $1`, merchant).Scan(&merchantID); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into users (id, phone, name, created_at) values ($1, $2, '周', $3)`, user, user, now); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into memberships (user_id, merchant_id, role, created_at) values ($1, $2, $3, $4)`, user, merchantID, string(role), now); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `insert into sessions (id, token_hash, user_id, merchant_id, created_at, last_seen_at, expires_at, device, address)
				values ($1, $2, $3, $4, $5, $5, $6, '', '')`, id.New("ss", now), hash, user, merchantID, now, now.Add(time.Hour))
			return err
		})
	})
}

// as is the browser of somebody who is signed in for a merchant.
func (s *merchantSite) as(t *testing.T, merchant string, role account.Role) *webtest.Client {
	t.Helper()
	c := webtest.New(t, s, s.Router().Match)
	c.Get("/as/" + merchant + "/" + string(role)).LeadsTo("/home")
	return c
}

// change runs statements on the database.
func (s *merchantSite) change(t *testing.T, statements ...string) {
	t.Helper()
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// moveTo puts the clock at a day, on which everything is judged.
func (s *merchantSite) moveTo(t *testing.T, day string) {
	t.Helper()
	s.clock.MoveTo(date.MustParse(day).At(9, 30))
	s.change(t, `update sessions set last_seen_at = expires_at, expires_at = '2099-01-01 00:00:00+00:00'`)
	if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
		t.Fatal(err)
	}
}

// expectRoundTrips fails the test unless a page asks the database as often as
// given, its session included.
func expectRoundTrips(t *testing.T, reader *webtest.Client, path string, want int) {
	t.Helper()
	again := httptest.NewRequest(http.MethodGet, reader.Get(path).Is(http.StatusOK).URL.String(), nil)
	ctx, counter := db.Count(t.Context())
	reader.Do(again.WithContext(ctx)).Is(http.StatusOK)
	if got := counter.RoundTrips(); got != want {
		t.Errorf("%s takes %d round trips; want %d", path, got, want)
	}
}
