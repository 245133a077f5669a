package attempt

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

const (
	passwordsFree = 5 // wrong ones before an asker has to wait
	longestWait   = time.Hour
	mostDoublings = 6

	passwordsADay   = 100 // wrong ones of all strangers together, at one name
	passwordsAnHour = 30  // wrong ones from one address, at all names
)

// Password is one try at a password.
type Password struct {
	Of   string // the key of whose it is
	From string // the key of the address that it comes from, whosever it is
	By   Asker
	At   time.Time
}

// Try says too many where a password may not be tried now, and else counts the
// try as if it were wrong: counting before comparing keeps many at the same
// moment within the limits. After five wrong ones in a day an asker waits one
// minute, then two, and so on up to an hour. Strangers have a hundred a day
// between them at one name, and each address thirty an hour at all of them; then
// they wait until the oldest is a day, or an hour, past. Who is known has nothing
// but their own to wait for.
func (p Password) Try(ctx context.Context, tx *db.Tx, tooMany, busy string) error {
	own := p.By.At(p.Of)
	if err := tx.Lock(ctx, own); err != nil {
		return err
	}
	if err := PasswordMayBeTried(ctx, tx, own, p.At, tooMany); err != nil {
		return err
	}
	if p.By.Known() {
		return Note(ctx, tx, own, p.At)
	}
	if err := Within(ctx, tx, p.Of, passwordsADay, kept, p.At, tooMany); err != nil {
		return err
	}
	if err := Within(ctx, tx, p.From, passwordsAnHour, time.Hour, p.At, busy); err != nil {
		return err
	}
	for _, key := range []string{own, p.Of, p.From} {
		if err := Note(ctx, tx, key, p.At); err != nil {
			return err
		}
	}
	return nil
}

// Right takes the try back, since it was no wrong one: the asker's count begins
// anew, and that of strangers goes on with those of the others.
func (p Password) Right(ctx context.Context, tx *db.Tx) error {
	if err := Clear(ctx, tx, p.By.At(p.Of)); err != nil || p.By.Known() {
		return err
	}
	for _, key := range []string{p.Of, p.From} {
		if err := takeBack(ctx, tx, key, p.At); err != nil {
			return err
		}
	}
	return nil
}

// PasswordMayBeTried says too many, with the message key given, where what is
// tried under a key has to wait: after five wrong ones in a day one minute, then
// two, and so on up to an hour. The caller holds the key's lock and notes the
// attempt before it compares, so that many at the same moment stay within the
// limit.
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
