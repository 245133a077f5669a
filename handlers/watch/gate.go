// Package watch measures how the gate does, for those who run the program: each
// call as it is answered, and the standing figures when they are asked for.
package watch

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// Gate measures calls of the gate. Nil measures nothing.
type Gate struct {
	decisions *prometheus.CounterVec
	errors    *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
}

// The calls that are measured.
const (
	CallOne   = "authorize"
	CallBatch = "authorize_batch"
)

// NewGate returns one whose measurements a registry shows.
func NewGate(registry *prometheus.Registry) *Gate {
	g := &Gate{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mingbai_gate_decisions_total", Help: "Decisions that were given to who asked, by decision.",
		}, []string{"decision"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mingbai_gate_errors_total", Help: "Calls of the gate that decided nothing, by call and kind of fault. Unavailable and internal are ours, the others the caller's.",
		}, []string{"call", "kind"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mingbai_gate_seconds", Help: "Time until a call of the gate was decided and committed, by call.",
			Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"call"}),
	}
	registry.MustRegister(g.decisions, g.errors, g.seconds)
	for _, d := range []fee.Decision{fee.Allow, fee.Hold, fee.Deny} {
		g.decisions.WithLabelValues(string(d)) // from the start, so that the first one is a rise
	}
	for _, call := range []string{CallOne, CallBatch} {
		g.seconds.WithLabelValues(call)
		for _, kind := range []fault.Kind{fault.Unavailable, fault.Internal} {
			g.errors.WithLabelValues(call, string(kind))
		}
	}
	return g
}

// Note measures a call with what was decided by it.
func (g *Gate) Note(call string, took time.Duration, decisions []string, err error) {
	if g == nil {
		return
	}
	g.seconds.WithLabelValues(call).Observe(took.Seconds())
	if err != nil {
		g.Refuse(call, err)
		return
	}
	for _, d := range decisions {
		g.decisions.WithLabelValues(d).Inc()
	}
}

// Refuse counts a call that ended before anything was asked, such as one whose key
// could not be looked up. It takes no time that says how fast the gate is.
func (g *Gate) Refuse(call string, err error) {
	if g != nil {
		g.errors.WithLabelValues(call, string(fault.KindOf(err))).Inc()
	}
}
