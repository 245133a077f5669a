package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
)

// What the fee page may cost.
const (
	mostRoundTrips  = 2
	mostAllocations = 400
)

// feePages is the whole portal on the sample files, with requests for the page of
// each terminal by its owner.
type feePages struct {
	app      *app
	requests []*http.Request
	asked    int
}

func openFeePages(t testing.TB, d *db.DB) *feePages {
	t.Helper()
	ctx, at := t.Context(), clock.At(date.MustParse("2026-11-22").At(9, 30))
	if err := ingesttest.TakeSample(ctx, d, at.Now()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	jobs, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jobs.Close)
	settings := config{
		Secret: "a secret of at least thirty-two bytes", URL: "http://localhost",
		Proxies: []network{{netip.MustParsePrefix("192.0.2.0/24")}}, // so that each request may come from another reader
		Files:   t.TempDir(),
	}
	p := &feePages{}
	if p.app, err = newApp(ctx, settings, parts{db: d, clock: at, jobs: jobs, log: log}); err != nil {
		t.Fatal(err)
	}
	merchants := map[string]int64{}
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var sn string
			var merchantID int64
			err := rows.Scan(&sn, &merchantID)
			merchants[sn] = merchantID
			return err
		})
	}, "select sn, merchant_id from terminals")
	if err != nil {
		t.Fatal(err)
	}
	for sn, merchantID := range merchants {
		cookies, err := p.app.signInOwner(ctx, d, merchantID)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/terminals/"+sn, nil)
		r.Header.Set("Cookie", cookies)
		r.Header.Set("Accept-Encoding", "gzip")
		p.requests = append(p.requests, r)
	}
	return p
}

// get answers a request with a page, whole and compressed.
func (p *feePages) get(t testing.TB, ctx context.Context, r *http.Request, w *answerSize) {
	t.Helper()
	clear(w.header)
	w.bytes = 0
	p.asked++
	r.Header["X-Forwarded-For"] = []string{fmt.Sprintf("10.%d.%d.%d", p.asked>>16&255, p.asked>>8&255, p.asked&255)}
	p.app.server.ServeHTTP(w, r.WithContext(ctx))
	if w.status != http.StatusOK || w.header.Get("Content-Encoding") != "gzip" || w.bytes < 1000 {
		t.Fatalf("%s: got status %d and %d bytes, want a page", r.URL.Path, w.status, w.bytes)
	}
}

// answerSize is an answer of which only the size is kept.
type answerSize struct {
	header http.Header
	status int
	bytes  int
}

func (a *answerSize) Header() http.Header { return a.header }

func (a *answerSize) WriteHeader(status int) { a.status = status }

func (a *answerSize) Write(b []byte) (int, error) {
	a.bytes += len(b)
	return len(b), nil
}

func TestTheFeePageKeepsToItsBudget(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("the budget is PostgreSQL's")
	}
	p := openFeePages(t, dbtest.Postgres(t))
	w := &answerSize{header: http.Header{}}
	for _, r := range p.requests {
		ctx, counter := db.Count(t.Context())
		p.get(t, ctx, r, w)
		if got := counter.RoundTrips(); got > mostRoundTrips {
			t.Errorf("%s: got %d round trips, want at most %d", r.URL.Path, got, mostRoundTrips)
		}
		allocations := testing.AllocsPerRun(50, func() { p.get(t, t.Context(), r, w) })
		t.Logf("%s: %d statements, %.0f allocations, %d bytes", r.URL.Path, counter.Statements(), allocations, w.bytes)
		if allocations > mostAllocations {
			t.Errorf("%s: got %.0f allocations, want at most %d", r.URL.Path, allocations, mostAllocations)
		}
	}
}

func BenchmarkFeePage(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"postgres": dbtest.Postgres, "sqlite": dbtest.SQLite} {
		b.Run(name, func(b *testing.B) {
			p := openFeePages(b, open(b))
			w := &answerSize{header: http.Header{}}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.get(b, b.Context(), p.requests[i%len(p.requests)], w)
			}
		})
	}
}
