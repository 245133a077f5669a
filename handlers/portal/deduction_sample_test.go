package portal

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
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

// sampleNow is when the sample was delivered.
var sampleNow = date.MustParse("2026-11-22").At(9, 30)

// sampled are databases with the sample taken in and judged.
var sampled = dbtest.Filled{Fill: func(ctx context.Context, d *db.DB) error { return ingesttest.TakeSample(ctx, d, sampleNow) }}

func TestEveryLineOfTheSampleIsExplainedByTheVerdictThatTheListShowsAndTheCheckFinds(t *testing.T) {
	folder, err := ingest.ReadFolder(ingesttest.Folder, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checked, err := ingest.Check(folder)
	if err != nil {
		t.Fatal(err)
	}
	byRef := map[string]fee.Answer{}
	for _, c := range checked {
		byRef[c.Ref] = c.Answer
	}
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		lines := everyLine(t, d)
		found := 0
		for i, l := range lines {
			// A settlement's columns are alike: on PostgreSQL, a share of them will do.
			if d.Dialect == db.Postgres && l.kind != deduction.KindDeduction && i%10 != 0 {
				continue
			}
			read, err := deduction.ReadDetailPage(t.Context(), d, plans, fee.DefaultPolicy, l.merchant, l.id, date.Of(sampleNow))
			if err != nil {
				t.Fatal(err)
			}
			if read.Explanation.Verdict != read.Line.Verdict {
				t.Errorf("%s is explained by %+v; the list shows %+v", l.id, read.Explanation.Verdict, read.Line.Verdict)
			}
			if l.kind != deduction.KindDeduction {
				continue
			}
			found++
			got, want := read.Explanation.Verdict.Answer(), byRef[read.Ref]
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s is explained by %+v; the check says %+v", read.Ref, got, want)
			}
		}
		if found != len(checked) || len(lines) <= found {
			t.Errorf("of %d lines, %d are deductions; the check judges %d", len(lines), found, len(checked))
		}
	})
}

type lineKey struct {
	merchant int64
	id       string
	kind     deduction.Kind
}

func everyLine(t *testing.T, d *db.DB) (all []lineKey) {
	t.Helper()
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l lineKey
			err := rows.Scan(&l.merchant, &l.id, &l.kind)
			all = append(all, l)
			return err
		})
	}, `select merchant_id, id, kind from bill_lines order by merchant_id, at, id`)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// knownActors are sessions in memory.
type knownActors map[string]guard.Actor

func (k knownActors) Find(_ context.Context, hash []byte) (guard.Actor, bool, error) {
	a, ok := k[string(hash)]
	return a, ok, nil
}

func (k knownActors) End(_ context.Context, hash []byte) error {
	delete(k, string(hash))
	return nil
}

// deductionSite is the portal with the sample in its database. Its navigation
// leads to pages that only say that they are there.
type deductionSite struct {
	*server.Server
	db      *db.DB
	log     bytes.Buffer
	hotline string
}

func newDeductionSite(t *testing.T, d *db.DB) *deductionSite {
	t.Helper()
	plans := disclosure.NewCatalogue(d)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &deductionSite{db: d, hotline: "400-000-0000"}
	h := &Portal{
		DB: d, Clock: clock.At(sampleNow), Plans: plans,
		Policy: func() fee.Policy { return fee.DefaultPolicy }, AsOf: func() time.Time { return sampleNow },
	}
	log, cookies, actors := slog.New(slog.NewJSONHandler(&s.log, nil)), cookie.Site{}, knownActors{}
	store := session.New[guard.Actor](actors, cookies, time.Hour)
	g := guard.New(store, func(context.Context, string, i18n.Locale) error { return nil })
	brand := func(i18n.Locale) page.Brand { return page.Brand{Name: "示例支付", Hotline: s.hotline} }
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	site := page.NewSite(brand, files.URL, cookies, bytes.Repeat([]byte("s"), 32))
	merchants := guard.Audience{
		Prefix: "/", Page: layout.Error, Alert: layout.ErrorAlert,
		Prepare: func(p *page.Page, actor *guard.Actor) { Nav(p, actor, "") },
	}
	s.Server = server.New(server.Options{
		Log: log, Now: func() time.Time { return sampleNow }, Site: site, Session: g.Middleware, SaveLocale: g.SaveLocale,
		Answer: guard.NewAnswers(g, log, merchants).Answer, Ready: func(context.Context) error { return nil },
	})
	r := s.Router()
	r.Get("/deductions", guard.Can(account.SeeFees), h.Deductions)
	r.Get("/deductions.csv", guard.Can(account.Export), h.DeductionsCSV)
	r.Get("/deductions/:id", guard.Can(account.SeeFees), h.Deduction)
	r.Get(assets.Pattern, guard.Public("a test"), files.Serve)
	nothing := func(c echo.Context) error { return c.String(http.StatusOK, "") }
	for _, path := range []string{"/", "/disclosures/:slug/:version", "/home", "/terminals", "/terminals/:sn", "/statements", "/agreements", "/account", "/inbox", "/inbox/:id", "/complaints", "/complaints/new"} {
		r.Get(path, guard.Public("a test"), nothing)
	}
	r.Post("/logout", guard.Public("a test"), nothing)
	r.Post("/deductions/:id/receipts", guard.Public("a test"), nothing)
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
	return s
}

// as is the browser of somebody who is signed in for a merchant.
func (s *deductionSite) as(t *testing.T, merchant string, role account.Role) *webtest.Client {
	t.Helper()
	c := webtest.New(t, s, s.Router().Match)
	c.Get("/as/" + merchant + "/" + string(role)).LeadsTo("/home")
	return c
}

// lineOf is the id of the line that came from a deduction or, with the column,
// from a settlement.
func (s *deductionSite) lineOf(t *testing.T, ref, column string) string {
	t.Helper()
	var id string
	query := `select id from deductions where ref = $1`
	if column != "" {
		query = `select id from settlements where ref = $1`
	}
	if err := s.db.QueryRow(t.Context(), query, ref).Scan(&id); err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return id + column
}
