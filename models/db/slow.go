package db

import (
	"context"
	"log/slog"
	"time"
)

// logSlow warns of hand-written SQL outside a transaction that took long, its
// reader included. Statements inside one are left out: an import's take as long
// as the file is big. GORM warns of its own.
func (d *DB) logSlow(ctx context.Context, began time.Time, first string, statements int) {
	took := d.opts.Clock.Now().Sub(began)
	if took < d.opts.SlowQuery {
		return
	}
	d.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "slow query",
		slog.Duration("took", took), slog.Int("statements", statements), slog.String("first", first))
}
