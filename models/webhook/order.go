package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// arrangedAtOnce is how many events get their places in one transaction.
const arrangedAtOnce = 2000

// Arrange gives the events that were committed since the last time their places
// in the order that readers see, queues them for the endpoints that want them,
// and returns how many there were. What one event led to comes after it; what
// has nothing to do with another comes in the order in which it was written, as
// far as it was committed.
func Arrange(ctx context.Context, d *db.DB, now time.Time) (n int, err error) {
	for {
		some, err := arrangeSome(ctx, d, now)
		n += some
		if err != nil {
			return n, fmt.Errorf("webhook: arranging events: %w", err)
		}
		if some < arrangedAtOnce {
			return n, nil
		}
	}
}

// waits asks whether an event has no place yet.
const waits = `select exists (select 1 from api_events where place is null)`

func arrangeSome(ctx context.Context, d *db.DB, now time.Time) (n int, err error) {
	var some bool
	if err := d.QueryRow(ctx, waits).Scan(&some); err != nil || !some {
		return 0, err
	}
	// PostgreSQL's statements see what was committed when they begin: after the
	// row is held there is no other who gives places, and what the next statement
	// finds comes after all that have theirs.
	held := `select last from api_event_places where name = 'events'`
	if d.Dialect == db.Postgres {
		held += ` for update`
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		var last int64
		if err := tx.QueryRow(ctx, held).Scan(&last); err != nil {
			return err
		}
		rows, err := tx.Exec(ctx, `
			update api_events set place = $1 + o.behind
			from (
				select number, row_number() over (order by number) as behind
				from (select number from api_events where place is null order by number limit $2) w
			) o
			where api_events.number = o.number`, last, arrangedAtOnce)
		if n = int(rows); err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update api_event_places set last = $1 where name = 'events'`, last+rows); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into webhook_deliveries (endpoint_id, place, state, attempts, queued_at, next_at, status, problem)
			select w.id, e.place, 'waiting', 0, $3, $3, 0, ''
			from api_events e join webhook_endpoints w on w.disabled_at is null and `+wanted+`
			where e.place > $1 and e.place <= $2`, last, last+rows, now)
		return err
	})
	return n, err
}

// wanted holds where the endpoint w is told of the event e.
const wanted = `(e.only_for = w.id or e.only_for is null and (w.kinds = '' or ' ' || w.kinds || ' ' like '% ' || e.kind || ' %'))`

// Kept is for how long events may be read, and messages sent again.
const Kept = 90 * 24 * time.Hour

// Read returns up to so many events in their order, after the one with an id, or
// from the first on, and whether there are more. An event is never slipped in
// before one that was read. It returns fault.Invalid for the field "after" where
// no such event is kept.
func Read(ctx context.Context, d *db.DB, now time.Time, after string, most int) (all []Told, more bool, err error) {
	if _, err := Arrange(ctx, d, now); err != nil {
		return nil, false, err
	}
	var place int64
	if after != "" {
		err := d.QueryRow(ctx, `select coalesce(place, 0) from api_events where id = $1 and only_for is null`, after).Scan(&place)
		if db.NotFound(err) {
			var fields fault.Fields
			fields.Add("after", "webhooks.after_unknown")
			err = fields.Err()
		}
		if err != nil {
			return nil, false, err
		}
	}
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var t Told
			err := t.scan(rows)
			all = append(all, t)
			return err
		})
	}, `select `+toldColumns+` from api_events e`+toldJoins+` where e.place > $1 and e.only_for is null order by e.place limit $2`, place, most+1)
	if len(all) > most {
		return all[:most], true, err
	}
	return all, false, err
}

// Has takes in that the system with a key has the event with an id, and all before
// it: it has asked for what comes after. An id that no event has says nothing.
func Has(ctx context.Context, d *db.DB, now time.Time, keyID, eventID string) error {
	var place int64
	err := d.QueryRow(ctx, `select place from api_events where id = $1 and place > coalesce((select place from api_event_readers where key_id = $2), 0)`, eventID, keyID).Scan(&place)
	if db.NotFound(err) {
		return nil // which is known
	}
	if err != nil {
		return fmt.Errorf("webhook: what %s has: %w", keyID, err)
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into api_event_readers (key_id, place, at) values ($1, $2, $3)
			on conflict (key_id) do update set place = excluded.place, at = excluded.at where api_event_readers.place < excluded.place`, keyID, place, now)
		return err
	})
}

// Forget removes events whose time is over, with what became of them, and
// returns how many there were.
func Forget(ctx context.Context, d *db.DB, now time.Time) (rows int64, err error) {
	before := now.Add(-Kept)
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from webhook_deliveries where state <> 'waiting' and place in (select place from api_events where at < $1)`, before)
		if err != nil {
			return err
		}
		rows, err = tx.Exec(ctx, `delete from api_events where at < $1 and place is not null
			and not exists (select 1 from webhook_deliveries d where d.place = api_events.place)`, before)
		return err
	})
	return rows, err
}
