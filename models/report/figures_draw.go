package report

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// FiguresArgs is the job that works out the figures that were ordered.
type FiguresArgs struct {
	OrderID string `json:"order_id"`
}

// Kind names the job in the queue.
func (FiguresArgs) Kind() string { return "reckon_figures" }

// stuckAfter is after how long an order that came to nothing no longer stands in
// the way of another.
const stuckAfter = time.Hour

// longestReason bounds the reason of a correction, in bytes of each language.
const longestReason = 600

// DrawUpFigures orders the figures of a quarter that is over; a job works them
// out. Where figures of the quarter were released before, the new ones correct
// them, and the reason, which everybody will read, must be said in both
// languages. It returns the order's id; fault.Invalid names the fields quarter,
// reason-zh and reason-en, and fault.Conflict says that an order is being worked
// out.
func DrawUpFigures(ctx context.Context, d *db.DB, jobs event.Queue, at time.Time, by staff.Actor, q Quarter, reason disclosure.Text) (string, error) {
	if err := by.Must(staff.ReleaseFigures); err != nil {
		return "", err
	}
	reason.ZhCN, reason.En = strings.TrimSpace(reason.ZhCN), strings.TrimSpace(reason.En)
	var fields fault.Fields
	if !q.Over(date.Of(at)) {
		fields.Add("quarter", "admin_figures.fault.not_over")
	}
	if len(reason.ZhCN) > longestReason {
		fields.Add("reason-zh", "admin_figures.fault.long_reason")
	}
	if len(reason.En) > longestReason {
		fields.Add("reason-en", "admin_figures.fault.long_reason")
	}
	if err := fields.Err(); err != nil {
		return "", err
	}
	orderID := id.New("fg", at)
	return orderID, d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "figures of "+q.String()); err != nil {
			return err
		}
		if err := mayOrder(ctx, tx, at, q, reason); err != nil {
			return err
		}
		if err := addOrder(ctx, tx, at, by, orderID, q, reason); err != nil {
			return err
		}
		if err := jobs.Insert(ctx, tx, FiguresArgs{orderID}, nil); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), Action: "figures.draw_up", Subject: orderID, Details: map[string]any{"quarter": q.String()}, RequestID: by.RequestID,
		})
	})
}

// mayOrder refuses an order while another is being worked out, and a correction
// without a reason.
func mayOrder(ctx context.Context, tx *db.Tx, at time.Time, q Quarter, reason disclosure.Text) error {
	s, err := standingOf(ctx, tx, q, at.Add(-stuckAfter))
	switch {
	case err != nil:
		return err
	case s.underWay:
		return fault.New(fault.Conflict, "admin_figures.fault.under_way")
	case !s.released:
		return nil
	}
	var fields fault.Fields
	if reason.ZhCN == "" {
		fields.Add("reason-zh", "admin_figures.fault.no_reason")
	}
	if reason.En == "" {
		fields.Add("reason-en", "admin_figures.fault.no_reason")
	}
	return fields.Err()
}

// ReckonFigures works out the figures that were ordered, once: run again it does
// nothing. The error is ErrNotJudged while lines of the quarter wait to be
// judged; fault.NotFound of an order that is not there.
func ReckonFigures(ctx context.Context, d *db.DB, orderID string, now time.Time) error {
	o, err := readOrder(ctx, d, orderID)
	if err != nil || o.done {
		return err
	}
	if _, err := CountCases(ctx, d, now); err != nil { // what changed since the job did last
		return err
	}
	counted, err := reckon(ctx, d, o.quarter)
	if err != nil {
		return err
	}
	shown := counted.show()
	body, hash, err := shown.encode()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(counted)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "figures of "+o.quarter.String()); err != nil {
			return err
		}
		number, err := addEdition(ctx, tx, now, o, body, hash, raw)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: audit.Actor{Kind: audit.System, ID: FiguresArgs{}.Kind()}, Action: "figures.reckon", Subject: orderID,
			Details: map[string]any{"quarter": o.quarter.String(), "number": number, "hash": hash},
		})
	})
	if db.Duplicate(err) {
		return nil // the same job, run twice at once
	}
	return err
}

// ReleaseFigures shows figures to everybody, exactly as they read at the hash.
// Who ordered them can't, whatever their roles; nor can figures be released that
// later ones have overtaken.
func ReleaseFigures(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, orderID, hash string) error {
	if err := by.Must(staff.ReleaseFigures); err != nil {
		return err
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		o, err := readOrder(ctx, tx, orderID)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "figures of "+o.quarter.String()); err != nil {
			return err
		}
		s, err := standingOf(ctx, tx, o.quarter, time.Time{})
		switch {
		case err != nil:
			return err
		case o.staffID == by.ID:
			return fault.New(fault.Forbidden, "admin_figures.fault.own_figures")
		case !o.done || o.hash != hash:
			return fault.New(fault.Conflict, "admin_figures.fault.changed")
		case s.newest != orderID:
			return fault.New(fault.Conflict, "admin_figures.fault.overtaken")
		case s.released && (o.reason.ZhCN == "" || o.reason.En == ""):
			return fault.New(fault.Conflict, "admin_figures.fault.needs_reason")
		}
		if err := addRelease(ctx, tx, at, by, orderID, hash); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), Action: "figures.release", Subject: orderID,
			Details: map[string]any{"quarter": o.quarter.String(), "hash": hash}, RequestID: by.RequestID,
		})
	})
	if db.Duplicate(err) {
		return fault.New(fault.Conflict, "admin_figures.fault.released")
	}
	return err
}
