package api_test

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/db"
)

func TestACallOfTheGateIsMeasuredWhereItsKeyCanNotBeLookedUp(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		registry := prometheus.NewRegistry()
		s := newSite(t, d, func(_ *guard.Keys, o *api.Options) { o.Watch = watch.NewGate(registry) })
		s.enrolled(t)
		body := `{"ref": "A-1", "sn": "SN20010001", "item": "sim_data", "amount_fen": 3600, "at": "2026-11-22T10:00:00+08:00", "origin": "core"}`
		s.ask("POST", "/api/v1/deductions/authorize", body).is(http.StatusOK)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if a := s.ask("POST", "/api/v1/deductions/authorize", body); a.status < http.StatusInternalServerError {
				t.Fatalf("got %d: %s", a.status, a.body)
			}
		}
		s.ask("GET", "/api/v1/events", "") // is no call of the gate
		if n := failed(t, registry); n != 2 {
			t.Errorf("%v calls are counted that decided nothing, want 2", n)
		}
	})
}

// failed adds up the calls of the gate that ended with a fault of ours.
func failed(t *testing.T, registry *prometheus.Registry) (n float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "mingbai_gate_errors_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "kind" && (l.GetValue() == "unavailable" || l.GetValue() == "internal") {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}
