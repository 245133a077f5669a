package event

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Kind is how the jobs of one kind stand.
type Kind struct {
	Name     string
	Waiting  int64 // for their turn or their time
	Running  int64
	Failing  int64     // failed, and are tried again
	GivenUp  int64     // failed as often as they may within the last days
	LastDone time.Time // UTC; zero: none within the last day
}

// Kinds lists the kinds of job of which there is any, by name.
func Kinds(ctx context.Context, d *db.DB) (all []Kind, err error) {
	lastDone := `max(case when state = 'completed' then finalized_at end)`
	if d.Dialect == db.SQLite {
		lastDone += ` || '+00:00'` // River writes down no zone there
	}
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var k Kind
			var last db.Time
			err := rows.Scan(&k.Name, &k.Waiting, &k.Running, &k.Failing, &k.GivenUp, &last)
			k.LastDone = last.Time
			all = append(all, k)
			return err
		})
	}, `
		select kind, sum(case when state in ('available', 'pending', 'scheduled') then 1 else 0 end), sum(case when state = 'running' then 1 else 0 end),
			sum(case when state = 'retryable' then 1 else 0 end), sum(case when state = 'discarded' then 1 else 0 end),
			`+lastDone+`
		from river_job group by kind order by kind`)
	return all, err
}

// Failure is a job that failed the last time it was tried.
type Failure struct {
	ID      int64
	Kind    string
	Tries   int
	Most    int       // tries it has
	Error   string    // as the program says it: for who runs it
	At      time.Time // UTC: of the last try
	Next    time.Time // UTC: when it is tried again; zero: it was given up
	Created time.Time // UTC
}

// mostFailures is how many failures are listed.
const mostFailures = 100

// errorShown is how many characters of an error are shown.
const errorShown = 500

// Failures lists jobs that failed and are not done since, the newest first.
func (j *Jobs) Failures(ctx context.Context) (all []Failure, err error) {
	rows, err := j.client.list(ctx, river.NewJobListParams().
		States(rivertype.JobStateRetryable, rivertype.JobStateDiscarded).OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(mostFailures))
	if err != nil {
		return nil, fmt.Errorf("event: listing failures: %w", err)
	}
	for _, row := range rows {
		f := Failure{ID: row.ID, Kind: row.Kind, Tries: row.Attempt, Most: row.MaxAttempts, Created: row.CreatedAt.UTC()}
		if n := len(row.Errors); n > 0 {
			last := row.Errors[n-1]
			f.At, f.Error = last.At.UTC(), shortened(last.Error)
		}
		if row.State == rivertype.JobStateRetryable {
			f.Next = row.ScheduledAt.UTC()
		}
		all = append(all, f)
	}
	return all, nil
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > errorShown {
		return string(runes[:errorShown]) + "…"
	}
	return text
}

// Retry lets a job that failed be tried at once. Who said so, and in which request,
// is on record; whether they may is for the caller, since staff are a room above
// this one. It returns fault.NotFound, and fault.Conflict where the job did not
// fail or was done since.
func (j *Jobs) Retry(ctx context.Context, d *db.DB, now time.Time, by audit.Actor, requestID string, jobID int64) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		job, err := j.client.get(ctx, tx, jobID)
		if errors.Is(err, rivertype.ErrNotFound) {
			return fault.New(fault.NotFound, "jobs.not_found")
		}
		if err != nil {
			return fmt.Errorf("event: job %d: %w", jobID, err)
		}
		if job.State != rivertype.JobStateRetryable && job.State != rivertype.JobStateDiscarded {
			return fault.New(fault.Conflict, "jobs.not_failed")
		}
		if err := j.client.retry(ctx, tx, jobID); err != nil {
			return fmt.Errorf("event: trying job %d again: %w", jobID, err)
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by, Action: "job.retry", Subject: job.Kind, RequestID: requestID, Details: map[string]any{"job": jobID, "tries": job.Attempt},
		})
	})
}

func (c riverClient[T]) list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error) {
	found, err := c.JobList(ctx, p)
	if err != nil {
		return nil, err
	}
	return found.Jobs, nil
}

func (c riverClient[T]) get(ctx context.Context, tx *db.Tx, jobID int64) (*rivertype.JobRow, error) {
	return c.JobGetTx(ctx, c.unwrap(tx), jobID)
}

func (c riverClient[T]) retry(ctx context.Context, tx *db.Tx, jobID int64) error {
	_, err := c.JobRetryTx(ctx, c.unwrap(tx), jobID)
	return err
}
