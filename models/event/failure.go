package event

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// failures logs what River itself only mentions: a job that failed, without its
// arguments. It changes nothing about what becomes of the job.
type failures struct{ logger *slog.Logger }

// HandleError logs an error, louder where there will be no other try.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	f.logger.LogAttrs(ctx, level, "job failed", append(about(job), slog.String("error", err.Error()))...)
	return nil
}

// HandlePanic logs a panic and where it came from.
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, cause any, trace string) *river.ErrorHandlerResult {
	f.logger.LogAttrs(ctx, slog.LevelError, "job panicked",
		append(about(job), slog.String("error", fmt.Sprint(cause)), slog.String("trace", trace))...)
	return nil
}

func about(job *rivertype.JobRow) []slog.Attr {
	return []slog.Attr{
		slog.Int64("job", job.ID), slog.String("kind", job.Kind),
		slog.Int("attempt", job.Attempt), slog.Int("of", job.MaxAttempts),
	}
}
