package main

import (
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
)

// leaveFailedJob leaves a job that was given up.
func (s *site) leaveFailedJob(jobs *event.Jobs) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		if err := jobs.Insert(s.t.Context(), tx, audit.VerifyArgs{}, &river.InsertOpts{MaxAttempts: 1}); err != nil {
			return err
		}
		_, err := tx.Exec(s.t.Context(), `
			update river_job set state = 'discarded', attempt = 1, attempted_at = current_timestamp, finalized_at = current_timestamp
			where id = (select max(id) from river_job where kind = 'verify_record')`)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
