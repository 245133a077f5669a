package export

import (
	"context"
	"errors"
	"io"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
)

// Fetched is an export that is handed out.
type Fetched struct {
	Merchant string // its reference
	On       date.Date
	Bytes    int64

	x       *Exports
	id      string
	attempt int
	parts   int
	first   []byte
}

// Fetch hands out an export of the merchant whose account is open, which is
// recorded. It returns fault.NotFound where the merchant has none with the id that
// is ready, fault.Forbidden, and fault.Unauthenticated where who asks signed in
// too long ago.
func (x *Exports) Fetch(ctx context.Context, w account.Who, exportID string) (*Fetched, error) {
	now := x.clock.Now()
	f := &Fetched{x: x, id: exportID}
	err := x.d.Write(ctx, func(tx *db.Tx) error {
		if err := account.May(ctx, tx, w, account.ExportAll); err != nil {
			return err
		}
		var ended db.Time
		err := tx.QueryRow(ctx, `
			select m.ref, x.ended_at, x.bytes, x.attempt, x.parts from data_exports x join merchants m on m.id = x.merchant_id
			where x.id = $1 and x.merchant_id = $2 and x.state = 'ready' and x.until_at > $3`, exportID, w.MerchantID, now).
			Scan(&f.Merchant, &ended, &f.Bytes, &f.attempt, &f.parts)
		if db.NotFound(err) {
			return fault.New(fault.NotFound, "data_export.gone")
		}
		if err != nil {
			return err
		}
		if err := account.MustBeRecent(ctx, tx, w, now); err != nil {
			return err
		}
		f.On = date.Of(ended.Time)
		return audit.Write(ctx, tx, entry(w, now, "data_export.fetch", exportID))
	})
	if err != nil {
		return nil, err
	}
	f.first, err = x.files.Get(ctx, partKey(f.id, f.attempt, 1))
	if errors.Is(err, file.ErrNotFound) {
		return nil, fault.Wrap(err, fault.NotFound, "data_export.gone")
	}
	return f, err
}

// Write writes the export, a part at a time.
func (f *Fetched) Write(ctx context.Context, to io.Writer) error {
	part := f.first
	for n := 1; ; n++ {
		if _, err := to.Write(part); err != nil || n == f.parts {
			return err
		}
		var err error
		if part, err = f.x.files.Get(ctx, partKey(f.id, f.attempt, n+1)); err != nil {
			return err
		}
	}
}
