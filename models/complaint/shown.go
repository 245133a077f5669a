package complaint

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Shown is what a form of staff's about a case says of itself.
type Shown struct {
	Token string // sent twice, it counts once; empty: it may come again
	Lines int    // of the case's log when the form was shown; 0: whatever happened since is no matter
}

// From returns the use cases for what a form asks of one case. What was sent
// before is done, and not again; where something happened to the case since the
// form was shown, it is refused with fault.Conflict: who sent it is to look first.
func (c *Cases) From(s Shown) *Cases {
	of := *c
	of.shown = s
	return &of
}

// sentBefore reports whether the form was sent before. Who sends it at the same
// time waits.
func (c *Cases) sentBefore(ctx context.Context, tx *db.Tx) (before bool, err error) {
	if c.shown.Token == "" {
		return false, nil
	}
	if err := tx.Lock(ctx, "form "+c.shown.Token); err != nil {
		return false, err
	}
	err = tx.QueryRow(ctx, `select count(*) > 0 from case_forms where token = $1`, c.shown.Token).Scan(&before)
	return before, err
}

// heed refuses a form that was shown before the last thing that happened to the
// case, and notes one that was not.
func (c *Cases) heed(ctx context.Context, tx *db.Tx, h *head) error {
	if c.shown.Lines > 0 && c.shown.Lines != h.lines {
		return fault.New(fault.Conflict, "case.changed_since")
	}
	return h.sentBy(ctx, tx, c.shown.Token)
}
