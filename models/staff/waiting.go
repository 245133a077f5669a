package staff

import (
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// CountUnfinished adds to a batch how many of the staff may sign in and have not
// yet set up all that it takes.
func CountUnfinished(b *db.Batch, n *int) {
	b.Add(`select count(*) from staff p where p.disabled_at is null and p.login not like $1 and (p.given_until is not null or not `+hasFactor+`)`,
		[]any{"%" + demoLogin}, func(rows db.Rows) error { return db.First(rows, n) })
}

// Expired reports whether the password that someone was given is over.
func (c Colleague) Expired(now time.Time) bool {
	return !c.GivenUntil.IsZero() && !now.Before(c.GivenUntil)
}
