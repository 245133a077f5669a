package outbox

import (
	"github.com/mingbai/mingbai/models/db"
)

// ReadCase puts into a batch the questions for a message and for the copies of
// its letter, itself included, in the order in which they were made.
func ReadCase(b *db.Batch, messageID string, message *[]Entry, copies *[]Entry) {
	into := func(all *[]Entry) func(db.Rows) error {
		return func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var e Entry
				err := e.scan(rows)
				*all = append(*all, e)
				return err
			})
		}
	}
	b.Add(`select `+entryColumns+` from messages where id = $1`, []any{messageID}, into(message))
	b.Add(`select `+entryColumns+` from messages where letter_id = (select letter_id from messages where id = $1) order by created_at, id`, []any{messageID}, into(copies))
}
