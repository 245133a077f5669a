package ingest

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Latest returns when deductions or settlements last came in, in UTC: up to then
// the bill is known. It is zero where none ever did.
func Latest(ctx context.Context, r db.Reader) (time.Time, error) {
	var at db.Time
	err := r.QueryRow(ctx, `select max(at) from imports where kind in ('settlements', 'deductions')`).Scan(&at)
	return at.Time, err
}
