package attempt

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

const (
	passwordsFree = 5 // wrong ones before a person has to wait
	longestWait   = time.Hour
	mostDoublings = 6
)

// PasswordMayBeTried says too many, with the message key given, where a password
// has to wait: after five wrong ones in a day one minute, then two, and so on up
// to an hour. The caller holds the key's lock and notes the attempt before it
// compares, so that many at the same moment stay within the limit.
func PasswordMayBeTried(ctx context.Context, tx *db.Tx, key string, now time.Time, tooMany string) error {
	wrong, err := Latest(ctx, tx, key, now.Add(-kept), passwordsFree+2*mostDoublings)
	if err != nil {
		return err
	}
	return WaitUntil(nextPasswordAt(wrong), now, tooMany)
}

// nextPasswordAt returns from when on another password may be tried, after the
// wrong ones of the last day, the newest first.
func nextPasswordAt(wrong []time.Time) time.Time {
	over := len(wrong) - passwordsFree
	if over < 0 {
		return time.Time{}
	}
	return wrong[0].Add(min(time.Minute<<min(over, mostDoublings), longestWait))
}
