package watch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/gate"
)

// How often the figures are read at most, and how long that may take.
const (
	readEvery  = 15 * time.Second
	readWithin = 3 * time.Second
)

// Health shows the gate's standing figures, which are read when they are asked
// for.
type Health struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger

	mu     sync.Mutex
	readAt time.Time
	last   *gate.Health // nil: they could not be read
}

// NewHealth returns one that a registry shows.
func NewHealth(registry *prometheus.Registry, d *db.DB, c clock.Clock, log *slog.Logger) *Health {
	h := &Health{db: d, clock: c, log: log}
	registry.MustRegister(h)
	return h
}

// What is shown.
var (
	read       = prometheus.NewDesc("mingbai_health_read", "1 where the figures of this part could be read, else 0.", nil, nil)
	taken      = prometheus.NewDesc("mingbai_taken_deductions", "Deductions of the last 24 hours that were taken.", nil, nil)
	wrong      = prometheus.NewDesc("mingbai_wrong_deductions", "Of these, that must not have been taken by the rules.", nil, nil)
	ungated    = prometheus.NewDesc("mingbai_ungated_deductions", "Deductions that were said to be taken without a permission in the last 24 hours.", nil, nil)
	held       = prometheus.NewDesc("mingbai_held_deductions", "Deductions that wait for staff.", nil, nil)
	oldest     = prometheus.NewDesc("mingbai_oldest_hold_seconds", "How long the longest waiting of them has waited; 0 where none waits.", nil, nil)
	openAlarms = prometheus.NewDesc("mingbai_open_alarms", "Alarms that wait for staff, by kind.", []string{"kind"}, nil)
)

// Describe lists what is shown.
func (h *Health) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{read, taken, wrong, ungated, held, oldest, openAlarms} {
		to <- d
	}
}

// Collect shows the figures. Where they can't be read it says so, and nothing
// that may be wrong.
func (h *Health) Collect(to chan<- prometheus.Metric) {
	now := h.clock.Now()
	last := h.get(now)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if last == nil {
		gauge(read, 0)
		return
	}
	age := time.Duration(0)
	if !last.OldestHeld.IsZero() {
		age = max(now.Sub(last.OldestHeld), 0)
	}
	gauge(read, 1)
	gauge(taken, float64(last.Taken))
	gauge(wrong, float64(last.Wrong))
	gauge(ungated, float64(last.Ungated))
	gauge(held, float64(last.Held))
	gauge(oldest, age.Seconds())
	for _, kind := range alarm.Kinds {
		gauge(openAlarms, float64(last.Alarms[kind]), string(kind))
	}
}

// get returns the figures, read anew where they are old.
func (h *Health) get(now time.Time) *gate.Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last != nil && now.Sub(h.readAt) < readEvery && !now.Before(h.readAt) {
		return h.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	var err error
	if h.last, err = gate.ReadHealth(ctx, h.db, now); err != nil {
		h.last = nil
		h.log.LogAttrs(ctx, slog.LevelWarn, "the gate's figures could not be read", slog.Any("error", err))
	}
	h.readAt = now
	return h.last
}
