package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
)

func TestAJobThatWasGivenUpIsShownAndCanBeTriedAgain(t *testing.T) {
	by, now := audit.Actor{Kind: audit.Staff, ID: "st_1"}, time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		broken := true
		l := &listener{fail: func(string) error {
			if broken {
				return errors.New("the disk is full " + strings.Repeat("x", 1000))
			}
			return nil
		}}
		j := open(t, d, l)
		insert(t, d, j, "a", &river.InsertOpts{MaxAttempts: 1}, nil)
		stop := start(t, j)
		defer stop()
		until(t, "the job is given up", func() bool { return jobsIn(t, d, "discarded") == 1 })
		failures, err := j.Failures(t.Context())
		if err != nil || len(failures) != 1 {
			t.Fatalf("got %v, %v; want the failure", failures, err)
		}
		f := failures[0]
		if f.Kind != "note" || f.Tries != 1 || f.Most != 1 || !strings.HasPrefix(f.Error, "the disk is full x") || len(f.Error) > 600 || !f.Next.IsZero() || f.At.IsZero() {
			t.Errorf("got %+v", f)
		}
		kinds, err := event.Kinds(t.Context(), d)
		if err != nil || len(kinds) != 1 || kinds[0] != (event.Kind{Name: "note", GivenUp: 1}) {
			t.Errorf("got %+v, %v", kinds, err)
		}

		broken = false
		if err := j.Retry(t.Context(), d, now, by, "r_1", f.ID); err != nil {
			t.Fatal(err)
		}
		until(t, "the job is done", func() bool { return jobsIn(t, d, "completed") == 1 })
		if kinds, err = event.Kinds(t.Context(), d); err != nil || len(kinds) != 1 || kinds[0].GivenUp != 0 || kinds[0].LastDone.IsZero() {
			t.Errorf("got %+v, %v", kinds, err)
		}
		if err := j.Retry(t.Context(), d, now, by, "r_2", f.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a job that is done: got %v, want a conflict", err)
		}
		if err := j.Retry(t.Context(), d, now, by, "r_3", f.ID+1); !fault.Is(err, fault.NotFound) {
			t.Errorf("a job that is none: got %v, want none found", err)
		}
		var noted int
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'job.retry' and actor_id = 'st_1'`).Scan(&noted); err != nil || noted != 1 {
			t.Errorf("%d are on record, %v; want one", noted, err)
		}
	})
}
