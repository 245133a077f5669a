package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// verifyRecord works the sealed record out again, and compares it with the heads
// that were kept outside the database.
type verifyRecord struct {
	river.WorkerDefaults[audit.VerifyArgs]
	Options
}

// Timeout is long: every entry is read.
func (*verifyRecord) Timeout(*river.Job[audit.VerifyArgs]) time.Duration { return time.Hour }

// Work keeps what it finds, and raises an alarm where the record is not sound.
func (w *verifyRecord) Work(ctx context.Context, job *river.Job[audit.VerifyArgs]) error {
	report, kept, err := anchor.Verify(ctx, w.DB, w.Anchors)
	if err != nil {
		return err
	}
	now, check := w.Clock.Now(), job.Args.CheckID
	if check == "" {
		check = id.New("ac", now)
	}
	if !report.Sound() {
		w.Log.LogAttrs(ctx, slog.LevelError, "the record is not sound", slog.Int("flaws", len(report.Findings)), slog.Any("first", report.Findings[0]), slog.String("check", check))
	}
	return w.DB.Write(ctx, func(tx *db.Tx) error {
		if err := audit.KeepCheck(ctx, tx, now, check, report, kept); err != nil || report.Sound() {
			return err
		}
		today := clock.Today(w.Clock)
		return alarm.Raise(ctx, tx, alarm.Alarm{
			Kind: alarm.Tampered, Subject: today.String(), Ref: check, At: now, Facts: alarm.Facts{On: today, Count: int64(len(report.Findings))},
		})
	})
}
