package event

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Pulse tells whether anybody works the jobs.
type Pulse struct {
	LastDone time.Time // UTC: when a job was last done; zero: none within the last day
	Next     time.Time // UTC: when the job was, or is, to begin that waits for the longest or comes first; zero: none waits
}

// ReadPulse reads it.
func ReadPulse(ctx context.Context, d *db.DB) (p Pulse, err error) {
	zone := ""
	if d.Dialect == db.SQLite {
		zone = ` || '+00:00'` // River writes down no zone there
	}
	var last, next db.Time
	err = d.QueryRow(ctx, `
		select (select max(finalized_at) from river_job where state = 'completed')`+zone+`,
			(select min(scheduled_at) from river_job where state in ('available', 'scheduled', 'retryable'))`+zone).Scan(&last, &next)
	return Pulse{LastDone: last.Time, Next: next.Time}, err
}
