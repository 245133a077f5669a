package outbox

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Entry is a message and what became of it.
type Entry struct {
	Message
	ID         string
	CreatedAt  time.Time
	State      State
	AcceptedAt time.Time // zero: not accepted by a gateway
}

// State is how far a message has come.
type State string

// The states of a message.
const (
	Queued   State = "queued"   // waits for its turn or another try
	Sending  State = "sending"  // on its way to the gateway
	Accepted State = "accepted" // the gateway took it
	Failed   State = "failed"   // the gateway refused it for good
	Dead     State = "dead"     // given up on: too late to be of use
)

const entryColumns = `id, kind, recipient, locale, body, created_at, state, accepted_at`

// Latest returns the newest messages to anyone. A code's text is empty once the
// code was handed over.
func Latest(ctx context.Context, r db.Reader, limit int) ([]Entry, error) {
	return entries(ctx, r, `select `+entryColumns+` from messages order by created_at desc, id desc limit $1`, limit)
}

// To returns the messages to one number, the newest first.
func To(ctx context.Context, r db.Reader, phone string, limit int) ([]Entry, error) {
	return entries(ctx, r, `select `+entryColumns+` from messages where recipient = $1 order by created_at desc, id desc limit $2`, phone, limit)
}

func entries(ctx context.Context, r db.Reader, query string, args ...any) (all []Entry, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Entry
			var kind, state string
			var accepted db.Time
			err := rows.Scan(&e.ID, &kind, &e.To, &e.Locale, &e.Text, &e.CreatedAt, &state, &accepted)
			e.Kind, e.State, e.AcceptedAt = Kind(kind), State(state), accepted.Time
			all = append(all, e)
			return err
		})
	}, query, args...)
	return all, err
}

// secretKept is how long it stays known that a code was sent.
const secretKept = 180 * 24 * time.Hour

// Forget removes messages that held codes and are older than half a year. All
// others stay: they are what the merchant was told.
func Forget(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `
			delete from messages where kind in ($1, $2) and created_at < $3 and state not in ('queued', 'sending')`,
			string(SignInCode), string(PhoneCode), now.Add(-secretKept))
		return err
	})
	return n, err
}
