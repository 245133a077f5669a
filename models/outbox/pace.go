package outbox

import (
	"context"
	"math"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// burst is how much of a channel's limit may be used at once.
const burst = time.Second

// mayTake returns how many messages may be handed to a channel's provider now,
// at most so many as are wanted, and when there may be more where it is none. It
// counts over all processes: each message takes its share of a second, and at
// most the coming second may be used up ahead.
func mayTake(ctx context.Context, tx *db.Tx, channel string, now time.Time, perSecond float64, want int) (n int, free time.Time, err error) {
	lock := ""
	if perSecond > 0 {
		// The row is there, so that of several processes each waits for the others.
		if _, err := tx.Exec(ctx, `insert into delivery_pace (channel) values ($1) on conflict (channel) do nothing`, channel); err != nil {
			return 0, free, err
		}
		if tx.Dialect == db.Postgres {
			lock = " for update"
		}
	}
	var until, held db.Time
	err = tx.QueryRow(ctx, `select free_at, held_until from delivery_pace where channel = $1`+lock, channel).Scan(&until, &held)
	if err != nil && !db.NotFound(err) {
		return 0, free, err
	}
	if held.After(now) {
		return 0, held.Time, nil
	}
	if perSecond <= 0 {
		return want, free, nil
	}
	share := shareOf(perSecond)
	used := max(until.Sub(now), 0)
	if n = int((max(burst, share) - used) / share); n > 0 {
		return min(n, want), free, nil
	}
	return 0, now.Add(used + share - max(burst, share)), nil
}

func shareOf(perSecond float64) time.Duration {
	return time.Duration(math.Ceil(float64(time.Second) / perSecond))
}

// noteTaken notes that so many messages were taken up.
func noteTaken(ctx context.Context, tx *db.Tx, channel string, now time.Time, perSecond float64, n int) error {
	if perSecond <= 0 || n == 0 {
		return nil
	}
	var until db.Time
	err := tx.QueryRow(ctx, `select free_at from delivery_pace where channel = $1`, channel).Scan(&until)
	if err != nil {
		return err
	}
	from := now
	if until.After(now) {
		from = until.Time
	}
	_, err = tx.Exec(ctx, `update delivery_pace set free_at = $2 where channel = $1`, channel, from.Add(time.Duration(n)*shareOf(perSecond)))
	return err
}

// hold keeps a channel unused until a moment that its provider asks for.
func hold(ctx context.Context, d *db.DB, channel string, until time.Time) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into delivery_pace (channel, held_until) values ($1, $2)
			on conflict (channel) do update set held_until = excluded.held_until`, channel, until)
		return err
	})
}
