package account

import (
	"context"
	"net/netip"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// The limits of signing in. They are counted in the database, so that they hold
// over all servers and restarts. A number's limits protect its owner from
// guesses and from a flood of messages; an address's protect all numbers from
// one guesser. Many readers may share an address, so that those are wider.
const (
	codesAnHour        = 5  // to one number
	codesADay          = 10 // to one number
	codesAnHourFrom    = 20 // asked for from one address
	firstResend        = time.Minute
	wrongCodesFrom     = 30 // an hour, from one address
	passwordsFree      = 5  // wrong ones for one number before it has to wait
	longestPasswordBan = time.Hour
	wrongPasswordsFrom = 30 // an hour, from one address
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// attemptsKept is how long an attempt counts at most.
const attemptsKept = day

// attempts returns when the latest attempts under a key were made since a
// moment, the newest first, at most so many.
func attempts(ctx context.Context, tx *db.Tx, key string, since time.Time, most int) (at []time.Time, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var t time.Time
			if err := rows.Scan(&t); err != nil {
				return err
			}
			at = append(at, t)
			return nil
		})
	}, `select at from attempts where key = $1 and at > $2 order by at desc limit $3`, key, since, most)
	return at, err
}

func noteAttempt(ctx context.Context, tx *db.Tx, key string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into attempts (key, at) values ($1, $2)`, key, now)
	return err
}

// waitUntil says too many where a moment is still to come.
func waitUntil(until, now time.Time, key string) error {
	if !until.After(now) {
		return nil
	}
	return fault.New(fault.TooMany, key, "wait", until.Sub(now))
}

// withinLimit counts the attempts under a key in the last span, and says too
// many where there were as many as allowed.
func withinLimit(ctx context.Context, tx *db.Tx, key string, most int, span time.Duration, now time.Time, tooMany string) error {
	at, err := attempts(ctx, tx, key, now.Add(-span), most)
	if err != nil || len(at) < most {
		return err
	}
	return waitUntil(at[most-1].Add(span), now, tooMany)
}

// neighbourhood is an address as far as it tells one reader from another: of
// IPv6 the first half, since a household owns all of the rest.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// The keys under which attempts are counted.
func codeTo(phone string) string          { return "code to " + phone }
func codeFrom(address string) string      { return "code from " + neighbourhood(address) }
func wrongCodeFrom(address string) string { return "wrong code from " + neighbourhood(address) }
