package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Query says which messages are looked for. What is zero does not count.
type Query struct {
	MerchantID  int64
	MerchantRef string // the merchant's number
	LetterID    string
	Tail        string // the last digits of the number, or the end of the address
	Name        string // a message's id or the code by which it is checked
	Channel     string
	Kind        Kind
	States      []State
	Reason      string // kind of failure
	From        time.Time
	Until       time.Time // excluded
}

// Place is where a list of messages goes on: after the message with it.
type Place struct {
	CreatedAt time.Time
	ID        string
}

// Search returns messages that fit, the newest first, after the place given or
// from the start, at most so many.
func Search(ctx context.Context, r db.Reader, q Query, after Place, limit int) ([]Entry, error) {
	where, args := q.conditions()
	if after.ID != "" {
		args = append(args, after.CreatedAt, after.ID)
		where = append(where, fmt.Sprintf("(created_at, id) < ($%d, $%d)", len(args)-1, len(args)))
	}
	args = append(args, limit)
	query := `select ` + entryColumns + ` from messages where ` + strings.Join(where, " and ") +
		fmt.Sprintf(` order by created_at desc, id desc limit $%d`, len(args))
	return entries(ctx, r, query, args...)
}

func (q *Query) conditions() (where []string, args []any) {
	where = []string{"true"}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "$", fmt.Sprintf("$%d", len(args))))
	}
	if q.MerchantID != 0 {
		add("merchant_id = $", q.MerchantID)
	}
	if q.MerchantRef != "" {
		add("merchant_id = (select id from merchants where ref = $)", q.MerchantRef)
	}
	if q.LetterID != "" {
		add("letter_id = $", q.LetterID)
	}
	if q.Tail != "" {
		add(`recipient like $ escape '\'`, "%"+literal(q.Tail))
	}
	if q.Name != "" {
		add("(id = $ or code = $)", q.Name)
	}
	if q.Channel != "" {
		add("channel = $", q.Channel)
	}
	if q.Kind != "" {
		add("kind = $", string(q.Kind))
	}
	if q.Reason != "" {
		add("reason = $", q.Reason)
	}
	if !q.From.IsZero() {
		add("created_at >= $", q.From)
	}
	if !q.Until.IsZero() {
		add("created_at < $", q.Until)
	}
	if len(q.States) > 0 {
		var places []string
		for _, s := range q.States {
			args = append(args, string(s))
			places = append(places, fmt.Sprintf("$%d", len(args)))
		}
		where = append(where, "state in ("+strings.Join(places, ", ")+")")
	}
	return where, args
}

// literal writes a text so that LIKE takes it as it is.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
