package watch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.yaml.in/yaml/v3"

	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

var noon = date.MustParse("2026-11-22").At(12, 0)

func scrape(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantLines(t *testing.T, said string, lines ...string) {
	t.Helper()
	all := strings.Split(said, "\n")
	for _, line := range lines {
		if !slices.Contains(all, line) {
			name, _, _ := strings.Cut(strings.Fields(line)[0], "{")
			var got []string
			for _, l := range all {
				if strings.HasPrefix(l, name) {
					got = append(got, l)
				}
			}
			t.Errorf("got %q, want %q", got, line)
		}
	}
}

func TestTheStandingFiguresAreWhatLiesInTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at, registry := clock.At(noon), prometheus.NewRegistry()
		var log bytes.Buffer
		watch.NewHealth(registry, d, at, slog.New(slog.NewTextHandler(&log, nil)))
		wantLines(t, scrape(t, registry), "mingbai_health_read 1", "mingbai_taken_deductions 0", "mingbai_oldest_hold_seconds 0", `mingbai_open_alarms{kind="spike"} 0`)
		line := func(tx *db.Tx, id, state, decision string, ago time.Duration) error {
			_, err := tx.Exec(t.Context(), `insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
				values (1, $1, 1, 'deduction', 'sim_data', $2, $3, 1, 100, $4, 'core', $5, '', 100, $6, $2, 'x')`, id, noon.Add(-ago), date.Of(noon.Add(-ago)), state, decision, true)
			return err
		}
		asked := func(tx *db.Tx, id, state string, ago time.Duration, ungated time.Time) error {
			_, err := tx.Exec(t.Context(), `insert into gate_requests (deduction_id, merchant_id, terminal_id, item, ref, digest, amount_fen, origin, at, state, ungated_at, asked_kind, asked_by, asked_at, changed_at)
				values ($1, 1, 1, 'sim_data', $1, $2, 100, 'core', $3, $4, $5, 'api', 'k', $3, $3)`, id, []byte("x"), noon.Add(-ago), state, db.At(ungated))
			return err
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			terminal := `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, 1, 1, 'T1', '', '', '', '', '', '', $1)`
			_, err := tx.Exec(t.Context(), `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', 'x', '', '', '', '2025-01-01', $1)`, noon)
			if err == nil {
				_, err = tx.Exec(t.Context(), `insert into shops (id, merchant_id, name) values (1, 1, 'x')`)
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), terminal, noon)
			}
			return errors.Join(err,
				line(tx, "d1", "posted", "allow", time.Hour), line(tx, "d2", "posted", "deny", 23*time.Hour), line(tx, "d3", "refunded", "deny", 2*time.Hour),
				line(tx, "d4", "denied", "deny", time.Hour), line(tx, "d5", "posted", "deny", 25*time.Hour),
				asked(tx, "g1", "held", 3*time.Hour, time.Time{}), asked(tx, "g2", "held", time.Hour, time.Time{}), asked(tx, "g3", "posted", time.Hour, noon.Add(-time.Minute)),
				asked(tx, "g4", "posted", 30*time.Hour, noon.Add(-25*time.Hour)),
				alarm.Raise(t.Context(), tx, alarm.Alarm{Kind: alarm.Ungated, Subject: "g3", Ref: "g3", At: noon}))
		})
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, scrape(t, registry), "mingbai_taken_deductions 0") // still as read
		at.Advance(time.Minute)
		wantLines(t, scrape(t, registry), "mingbai_taken_deductions 3", "mingbai_wrong_deductions 2", "mingbai_ungated_deductions 1", "mingbai_held_deductions 2",
			"mingbai_oldest_hold_seconds 10860", `mingbai_open_alarms{kind="ungated"} 1`, `mingbai_open_alarms{kind="spike"} 0`)
		at.Advance(time.Minute)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		said := scrape(t, registry)
		wantLines(t, said, "mingbai_health_read 0")
		if strings.Contains(said, "mingbai_wrong_deductions ") || !strings.Contains(log.String(), "could not be read") {
			t.Errorf("what can't be read is shown as %s, and the log says %q", said, log.String())
		}
	})
}

func TestCallsOfTheGateAreMeasured(t *testing.T) {
	registry := prometheus.NewRegistry()
	g := watch.NewGate(registry)
	wantLines(t, scrape(t, registry), `mingbai_gate_decisions_total{decision="deny"} 0`, `mingbai_gate_errors_total{call="authorize",kind="unavailable"} 0`)
	g.Note(watch.CallOne, 20*time.Millisecond, []string{"deny"}, nil)
	g.Note(watch.CallBatch, 2*time.Second, []string{"allow", "allow", "hold"}, nil)
	g.Note(watch.CallOne, time.Millisecond, nil, fault.New(fault.Unavailable, ""))
	g.Note(watch.CallOne, time.Millisecond, nil, errors.New("broken"))
	wantLines(t, scrape(t, registry), `mingbai_gate_decisions_total{decision="deny"} 1`, `mingbai_gate_decisions_total{decision="allow"} 2`, `mingbai_gate_decisions_total{decision="hold"} 1`,
		`mingbai_gate_errors_total{call="authorize",kind="unavailable"} 1`, `mingbai_gate_errors_total{call="authorize",kind="internal"} 1`,
		`mingbai_gate_seconds_count{call="authorize"} 3`, `mingbai_gate_seconds_bucket{call="authorize_batch",le="2.5"} 1`)
	var none *watch.Gate
	none.Note(watch.CallOne, time.Second, nil, nil)
}

var ours = regexp.MustCompile(`\bmingbai[_:][a-z0-9_:]+`)

// shown are the series that a portal shows, by name.
func shown(t *testing.T) map[string]series {
	t.Helper()
	registry := prometheus.NewRegistry()
	watch.NewGate(registry)
	d := dbtest.SQLite(t)
	watch.NewHealth(registry, d, clock.At(noon), slog.New(slog.DiscardHandler))
	watch.NewRecord(registry, d, slog.New(slog.DiscardHandler), "a file", "a store")
	watch.NewJobs(registry, d, clock.At(noon), slog.New(slog.DiscardHandler))
	sealAndCheck(t, d)
	addJob(t, d, "completed", noon)
	pass := func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	site := page.NewSite(func(i18n.Locale) page.Brand { return page.Brand{} }, func(path string) string { return path }, cookie.Site{}, bytes.Repeat([]byte("s"), 32))
	s := server.New(server.Options{
		Site: site, Log: slog.New(slog.DiscardHandler), Now: time.Now, Session: pass, Metrics: registry,
		Answer: func(c echo.Context, _ error) error { return c.NoContent(http.StatusTeapot) }, SaveLocale: nil,
	})
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/healthz", nil))
	return seriesShown(t, registry)
}

// wantShown fails the test where an expression is none, or asks for what is not
// shown, and returns what it comes to.
func wantShown(t *testing.T, known map[string]series, what, expr string) series {
	t.Helper()
	if !ours.MatchString(expr) {
		t.Errorf("%s asks for nothing of ours: %s", what, expr)
	}
	s, err := readExpression(expr, known)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return s
}

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Record, Alert, Expr, For string
			Labels, Annotations      map[string]string
		}
	}
}

func TestTheShippedRulesAskForWhatIsShown(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring/prometheus-rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file ruleFile
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	known, alerts := shown(t), map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if (r.Record == "") == (r.Alert == "") || g.Name == "" {
				t.Errorf("a rule is called %q and %q; want one of the two", r.Record, r.Alert)
			}
			s := wantShown(t, known, r.Record+r.Alert, r.Expr)
			if r.Alert == "" {
				known[r.Record] = s // for the rules after it
				continue
			}
			if alerts[r.Alert] || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s is there twice, or has no severity, summary or description", r.Alert)
			}
			if _, err := time.ParseDuration(r.For); err != nil {
				t.Errorf("%s holds for %q: %v", r.Alert, r.For, err)
			}
			alerts[r.Alert] = true
		}
	}
	if len(alerts) == 0 {
		t.Error("there is no alert")
	}
}

func TestTheShippedDashboardAsksForWhatIsShown(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
			GridPos struct{ X, Y, W, H int }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	known, ids := shown(t), map[int]bool{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q is there twice, has no title or nothing to show, or is too wide", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			wantShown(t, known, p.Title, target.Expr)
		}
	}
	if dashboard.Title == "" || len(ids) == 0 {
		t.Error("there is no panel")
	}
}
