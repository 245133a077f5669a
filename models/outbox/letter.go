package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Copy is how far a copy of a letter has come.
type Copy struct {
	ID        string
	LetterID  string
	Channel   string
	State     State
	CreatedAt time.Time
	news      bool
}

// LettersWithNews returns letters that don't know yet how far one of their copies
// has come, at most so many.
func LettersWithNews(ctx context.Context, r db.Reader, most int) (letterIDs []string, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			letterIDs = append(letterIDs, id)
			return err
		})
	}, `select distinct letter_id from messages where news order by letter_id limit $1`, most)
	return letterIDs, err
}

// Copies returns the copies of letters, by letter, in the order in which they
// were made.
func Copies(ctx context.Context, r db.Reader, letterIDs []string) (map[string][]Copy, error) {
	all := make(map[string][]Copy, len(letterIDs))
	if len(letterIDs) == 0 {
		return all, nil
	}
	args := make([]any, len(letterIDs))
	for i := range letterIDs {
		args[i] = letterIDs[i]
	}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Copy
			var state string
			err := rows.Scan(&c.ID, &c.LetterID, &c.Channel, &state, &c.CreatedAt, &c.news)
			c.State = State(state)
			all[c.LetterID] = append(all[c.LetterID], c)
			return err
		})
	}, `select id, letter_id, channel, state, created_at, news from messages where letter_id in (`+db.Placeholders(1, len(args))+`) order by letter_id, created_at, id`, args...)
	return all, err
}

// Heard notes that the letters of copies know how far these have come. What has
// come further meanwhile stays news.
func Heard(ctx context.Context, tx *db.Tx, copies []Copy) error {
	var args []any
	for i := range copies {
		if copies[i].news {
			args = append(args, copies[i].ID, string(copies[i].State))
		}
	}
	const atOnce = 2000 // places of one statement
	for len(args) > 0 {
		n := min(atOnce, len(args))
		if err := heard(ctx, tx, args[:n]); err != nil {
			return fmt.Errorf("outbox: noting that letters know: %w", err)
		}
		args = args[n:]
	}
	return nil
}

func heard(ctx context.Context, tx *db.Tx, args []any) error {
	var pairs strings.Builder
	for i := 0; i < len(args); i += 2 {
		if i > 0 {
			pairs.WriteString(", ")
		}
		fmt.Fprintf(&pairs, "($%d, $%d)", i+1, i+2)
	}
	_, err := tx.Exec(ctx, `update messages set news = false where news and (id, state) in (values `+pairs.String()+`)`, args...)
	return err
}
