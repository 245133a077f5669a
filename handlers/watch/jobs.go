package watch

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
)

// Jobs shows whether anybody works the jobs: a worker that died says nothing. It is
// read when it is asked for.
type Jobs struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
}

// NewJobs returns one that a registry shows.
func NewJobs(registry *prometheus.Registry, d *db.DB, c clock.Clock, log *slog.Logger) *Jobs {
	j := &Jobs{db: d, clock: c, log: log}
	registry.MustRegister(j)
	return j
}

// What is shown.
var (
	jobsRead   = prometheus.NewDesc("mingbai_jobs_read", "1 where the figures of this part could be read, else 0.", nil, nil)
	jobsDoneAt = prometheus.NewDesc("mingbai_jobs_done_timestamp_seconds", "When a job was last done; absent: none was within a day.", nil, nil)
	jobsLate   = prometheus.NewDesc("mingbai_jobs_late_seconds", "How long ago the job was to begin that has waited for the longest; 0 where none waits.", nil, nil)
)

// Describe lists what is shown.
func (j *Jobs) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsRead, jobsDoneAt, jobsLate} {
		to <- d
	}
}

// Collect shows the figures. Where they can't be read it says so, and nothing
// that may be wrong.
func (j *Jobs) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	p, err := event.ReadPulse(ctx, j.db)
	if err != nil {
		j.log.LogAttrs(ctx, slog.LevelWarn, "the figures of jobs could not be read", slog.Any("error", err))
		gauge(jobsRead, 0)
		return
	}
	gauge(jobsRead, 1)
	if !p.LastDone.IsZero() {
		gauge(jobsDoneAt, float64(p.LastDone.Unix()))
	}
	late := time.Duration(0)
	if !p.Next.IsZero() {
		late = max(j.clock.Now().Sub(p.Next), 0)
	}
	gauge(jobsLate, late.Seconds())
}
