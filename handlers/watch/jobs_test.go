package watch_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// addJob writes a job as the queue does, which waits since a moment or ended then.
func addJob(t *testing.T, d *db.DB, state string, at time.Time) {
	t.Helper()
	written := at.UTC().Format("2006-01-02 15:04:05.999")
	if d.Dialect == db.Postgres {
		written += "+00"
	}
	column, done := "", ""
	if state == "completed" || state == "discarded" {
		column, done = ", finalized_at", ", '"+written+"'"
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into river_job (args, kind, max_attempts, metadata, state, scheduled_at`+column+`) values ('{}', 'note', 3, '{}', '`+state+`', '`+written+`'`+done+`)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWorkerThatDiedShowsInWhatWaitsAndInWhatWasDoneLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at, registry := clock.At(noon), prometheus.NewRegistry()
		watch.NewJobs(registry, d, at, slog.New(slog.DiscardHandler))
		before := scrape(t, registry)
		wantLines(t, before, "mingbai_jobs_read 1", "mingbai_jobs_late_seconds 0")
		if strings.Contains(before, "timestamp_seconds") {
			t.Errorf("before any job: got %s", before)
		}
		addJob(t, d, "completed", noon.Add(-2*time.Minute))
		addJob(t, d, "completed", noon.Add(-time.Hour))
		addJob(t, d, "discarded", noon.Add(-time.Hour))
		addJob(t, d, "scheduled", noon.Add(30*time.Second))
		wantLines(t, scrape(t, registry), "mingbai_jobs_late_seconds 0", fmt.Sprintf("mingbai_jobs_done_timestamp_seconds %v", float64(noon.Add(-2*time.Minute).Unix())))
		at.Advance(2 * time.Minute)
		wantLines(t, scrape(t, registry), "mingbai_jobs_late_seconds 90")
		addJob(t, d, "retryable", noon.Add(-time.Minute))
		wantLines(t, scrape(t, registry), "mingbai_jobs_late_seconds 180")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		said := scrape(t, registry)
		wantLines(t, said, "mingbai_jobs_read 0")
		if strings.Contains(said, "mingbai_jobs_late") {
			t.Errorf("what can't be read is shown as %s", said)
		}
	})
}
