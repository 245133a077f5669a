package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/db"
)

// The limits of signing in. They are counted in the database, so that they hold
// over all servers and restarts. Whoever asks about a number has limits of their
// own, so that nobody who knows it keeps its holder out: a browser that has signed
// in to it before has no others. All others share the limits of a number, which
// protect its owner from guesses and from a flood of messages, and those of an
// address, which protect all numbers from one guesser. Many readers may share an
// address, so that those are wider.
const (
	codesAnHour         = 5  // to one number, for one asker
	codesADay           = 10 // to one number, for one asker
	codesAnHourForAll   = 10 // to one number, for all strangers
	codesADayForAll     = 20 // to one number, for all strangers
	codesAnHourFrom     = 20 // asked for from one address
	firstResend         = time.Minute
	wrongCodesFrom      = 30 // an hour, from one address
	liveCodesOfABrowser = 3  // as many as firstResend and what follows let an asker have at once
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// The keys under which attempts are counted.
func codeTo(phone string) string          { return "code to " + phone }
func codeFrom(address string) string      { return "code from " + attempt.Neighbourhood(address) }
func wrongCodeFrom(address string) string { return "wrong code from " + attempt.Neighbourhood(address) }

// askerOf tells a browser on which a user has signed in before from any other. Of
// a number that nobody has every browser is another, after the same work.
func askerOf(ctx context.Context, r db.Reader, u user, v Visit) (attempt.Asker, error) {
	var known bool
	err := r.QueryRow(ctx, `select count(*) > 0 from devices where user_id = $1 and device_hash = $2`, u.id, v.DeviceHash).Scan(&known)
	if err != nil || !known {
		return attempt.Stranger(v.Address), err
	}
	return attempt.Device(v.DeviceHash), nil
}
