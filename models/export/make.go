package export

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/notice"
)

// leaseLasts is how long a process that makes an export may say nothing before
// another takes it up.
const leaseLasts = 3 * time.Minute

// leaseKept is how often it says that it goes on.
const leaseKept = 30 * time.Second

// againAfter is how long an export that could not be made waits for the next
// attempt.
const againAfter = time.Minute

// errLost says that another process has taken the export up.
var errLost = errors.New("export: another process makes it")

// task is an attempt at an export.
type task struct {
	id       string
	merchant Merchant
	locale   string
	attempt  int
	failures int       // of the attempts before
	parts    int       // that the attempt has put into the store; at first, those of the one before
	beaten   time.Time // when it last said that it goes on
}

// MakeNext makes the next export that was asked for, whichever process began it
// before, and reports whether there was one. One is made at a time. What could not
// be made waits for another attempt, and is given up after the third; its
// merchant is told either way.
func (x *Exports) MakeNext(ctx context.Context, words func(locale string) Words) (made bool, err error) {
	t, err := x.take(ctx)
	if err != nil || t == nil {
		return false, err
	}
	if t.failures >= mostFailures {
		return true, x.giveUp(ctx, t)
	}
	err = x.make(ctx, t, words(t.locale))
	if err == nil || errors.Is(err, errLost) {
		return true, nil
	}
	err = fmt.Errorf("export: %s, attempt %d: %w", t.id, t.attempt, err)
	if ctx.Err() != nil { // the process ends, which is nobody's fault
		return true, errors.Join(err, x.putOff(context.WithoutCancel(ctx), t, 0))
	}
	if t.failures++; t.failures == mostFailures {
		return true, errors.Join(err, x.giveUp(ctx, t))
	}
	return true, errors.Join(err, x.putOff(ctx, t, againAfter*time.Duration(t.failures)))
}

// take takes the export up that has waited longest, unless one is at work. What
// an attempt before has left is removed first.
func (x *Exports) take(ctx context.Context) (t *task, err error) {
	now := x.clock.Now()
	err = x.d.Write(ctx, func(tx *db.Tx) error {
		t = nil
		if err := tx.Lock(ctx, "data exports"); err != nil {
			return err
		}
		next, state := &task{}, ""
		err := tx.QueryRow(ctx, `
			select x.id, x.merchant_id, m.ref, m.name, x.locale, x.attempt, x.failures, x.parts, x.state
			from data_exports x join merchants m on m.id = x.merchant_id
			where x.state in ('waiting', 'working') and x.next_at <= $1
				and not exists (select 1 from data_exports o where o.state = 'working' and o.next_at > $1)
			order by x.next_at, x.id limit 1`, now).Scan(&next.id, &next.merchant.ID, &next.merchant.Ref, &next.merchant.Name, &next.locale, &next.attempt, &next.failures, &next.parts, &state)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if t = next; State(state) == Working { // its process ended and could not say so
			t.failures++
		}
		_, err = tx.Exec(ctx, `update data_exports set state = 'working', next_at = $2, failures = $3 where id = $1`, t.id, now.Add(leaseLasts), t.failures)
		return err
	})
	if err != nil || t == nil {
		return nil, err
	}
	if err := x.removeParts(ctx, t.id, t.attempt, t.parts); err != nil {
		return nil, err
	}
	t.attempt++
	t.beaten = now
	return t, x.mine(ctx, t, `attempt = $3, parts = 0 where attempt = $3 - 1`, t.attempt)
}

// mine changes the export while it is this process's; set goes on as a condition.
func (x *Exports) mine(ctx context.Context, t *task, set string, args ...any) error {
	return x.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update data_exports set next_at = $2, `+set+` and id = $1 and state = 'working'`,
			append([]any{t.id, x.clock.Now().Add(leaseLasts)}, args...)...)
		if err == nil && n == 0 {
			err = errLost
		}
		return err
	})
}

// make writes an export and makes it ready.
func (x *Exports) make(ctx context.Context, t *task, words Words) error {
	at := x.clock.Now()
	out := &parts{ctx: ctx, size: x.partBytes, put: func(ctx context.Context, number int, content []byte) error {
		if err := x.mine(ctx, t, `parts = $3 where attempt = $4`, number, t.attempt); err != nil {
			return err
		}
		t.parts = number
		t.beaten = x.clock.Now()
		return x.files.Put(ctx, partKey(t.id, t.attempt, number), content)
	}}
	w := newWriter(ctx, x, t.merchant, words, out, at, func() error {
		now := x.clock.Now()
		if now.Sub(t.beaten) < leaseKept {
			return nil
		}
		t.beaten = now
		return x.mine(ctx, t, `attempt = $3 where attempt = $3`, t.attempt)
	})
	t.parts = 0
	manifest, err := w.write(at)
	if err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	return x.finish(ctx, t, w.out, manifest)
}

// finish makes an export ready, in the place of those before, and tells the
// merchant.
func (x *Exports) finish(ctx context.Context, t *task, out *evidence.Archive, manifest string) error {
	now := x.clock.Now()
	return x.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			update data_exports set state = 'ready', ended_at = $3, until_at = $4, files = $5, bytes = $6, manifest_hash = $7
			where id = $1 and attempt = $2 and state = 'working'`, t.id, t.attempt, now, now.Add(Lasts), out.Files(), out.Bytes(), manifest)
		if err != nil {
			return err
		}
		if n == 0 {
			return errLost
		}
		_, err = tx.Exec(ctx, `update data_exports set until_at = $2 where merchant_id = $3 and state = 'ready' and id <> $1`, t.id, now, t.merchant.ID)
		if err != nil {
			return err
		}
		if err := tell(ctx, tx, now, t, "data_ready"); err != nil {
			return err
		}
		return audit.Write(ctx, tx, itself(now, t.merchant.ID, "data_export.make", t.id, map[string]any{
			"manifest_hash": manifest, "files": out.Files(), "bytes": out.Bytes(), "attempt": t.attempt,
		}))
	})
}

// putOff lets an export wait for the next attempt, which removes what this one has
// put into the store.
func (x *Exports) putOff(ctx context.Context, t *task, wait time.Duration) error {
	return x.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update data_exports set state = 'waiting', next_at = $3, failures = $4 where id = $1 and attempt = $2 and state = 'working'`,
			t.id, t.attempt, x.clock.Now().Add(wait), t.failures)
		return err
	})
}

// giveUp ends an export that can't be made, and tells the merchant.
func (x *Exports) giveUp(ctx context.Context, t *task) error {
	now := x.clock.Now()
	return x.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update data_exports set state = 'failed', ended_at = $2 where id = $1 and attempt = $3 and state = 'working'`, t.id, now, t.attempt)
		if err != nil || n == 0 {
			return err
		}
		if err := tell(ctx, tx, now, t, "data_failed"); err != nil {
			return err
		}
		return audit.Write(ctx, tx, itself(now, t.merchant.ID, "data_export.fail", t.id, nil))
	})
}

// tell tells the merchant what became of an export.
func tell(ctx context.Context, tx *db.Tx, now time.Time, t *task, step string) error {
	return notice.Tell(ctx, tx, now, notice.News{
		MerchantID: t.merchant.ID, Kind: notice.Security, Round: 1, Ref: step + " " + t.id, Facts: notice.Facts{Step: step, At: now},
	})
}

func itself(now time.Time, merchantID int64, action, exportID string, details map[string]any) audit.Entry {
	return audit.Entry{At: now, Actor: audit.Actor{Kind: audit.System, ID: by}, MerchantID: merchantID, Action: action, Subject: exportID, Details: details}
}
