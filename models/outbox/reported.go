package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Report is a provider's word on what became of a message that it took.
type Report struct {
	Provider   string // who says so, such as aliyun
	ProviderID string // their name for the message; may be empty where ID is not
	ID         string // our own name for it; empty where they did not keep it
	To         string // who it went to, as they write it
	Delivered  bool   // the recipient has it; otherwise they never will
	Reason     string // what kind of thing stood in the way
	Detail     string // their own word for it; neither address nor text
	At         time.Time
}

// Reported notes a provider's word. It counts only for a message that this
// provider took, under that name, to that recipient; the first word on a message
// stands. It reports whether there is such a message: where there is none, the
// report may have been quicker than the note that the message was taken, and the
// provider had better say it again.
func Reported(ctx context.Context, d *db.DB, now time.Time, r Report) (known bool, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		m, err := meant(ctx, tx, &r)
		if known = m != nil; err != nil || !known {
			return err
		}
		return m.take(ctx, tx, now, &r)
	})
	if err != nil {
		return false, fmt.Errorf("outbox: noting a report: %w", err)
	}
	return known, nil
}

// reportedOn is what there is to know of a message on which there is a report.
type reportedOn struct {
	id, kind             string
	state                State
	to                   string
	provider, providerID db.Text
	attempts             int
	createdAt            time.Time
	deliveredAt          db.Time
	letter               bool
}

// meant returns the message that a report speaks of, or nil.
func meant(ctx context.Context, tx *db.Tx, r *Report) (*reportedOn, error) {
	lock := ""
	if tx.Dialect == db.Postgres {
		lock = " for update"
	}
	where, args := `id = $1`, []any{r.ID}
	if r.ID == "" {
		where, args = `provider = $1 and provider_id = $2`, []any{r.Provider, r.ProviderID}
	}
	var all []*reportedOn
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m reportedOn
			var state string
			err := rows.Scan(&m.id, &m.kind, &state, &m.to, &m.provider, &m.providerID, &m.attempts, &m.createdAt, &m.deliveredAt, &m.letter)
			m.state = State(state)
			all = append(all, &m)
			return err
		})
	}, `
		select id, kind, state, recipient, provider, provider_id, attempts, created_at, delivered_at, letter_id is not null
		from messages where `+where+lock, args...)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.is(r) {
			return m, nil
		}
	}
	return nil, nil
}

// is reports whether the message is the one that the report speaks of. Where it
// is not noted yet who took it, it must have been tried, and be called by its
// own name.
func (m *reportedOn) is(r *Report) bool {
	if !sameRecipient(m.to, r.To) || m.attempts == 0 {
		return false
	}
	if m.provider == "" {
		return r.ID != ""
	}
	return string(m.provider) == r.Provider && (m.providerID == "" || r.ProviderID == "" || string(m.providerID) == r.ProviderID)
}

// sameRecipient reports whether two ways of writing a recipient mean the same:
// of numbers only the digits count, and those of China are written without their
// country too.
func sameRecipient(kept, said string) bool {
	if said == "" || !strings.HasPrefix(kept, "+") {
		return kept == said && said != ""
	}
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, said)
	number = strings.TrimPrefix(number, "00")
	return kept == "+"+number || kept == "+86"+number
}

// take notes the report, unless there was one before.
func (m *reportedOn) take(ctx context.Context, tx *db.Tx, now time.Time, r *Report) error {
	at := r.At
	if at.Before(m.createdAt) || at.After(now) {
		at = now // their clock is wrong, or they did not say
	}
	wiped := ""
	if Kind(m.kind).secret() {
		wiped = wipe
	}
	switch m.state {
	case Failed, Delivered:
		return nil // there was a word on it
	case Read, Acknowledged:
		if !r.Delivered || !m.deliveredAt.IsZero() {
			return nil
		}
		_, err := tx.Exec(ctx, `update messages set delivered_at = $2, provider_id = coalesce(provider_id, $3) where id = $1`, m.id, at, db.Text(r.ProviderID))
		return err
	case Accepted, Sending, Queued, Dead:
	}
	if r.Delivered {
		_, err := tx.Exec(ctx, `
			update messages set state = 'delivered', delivered_at = $2, provider_id = coalesce(provider_id, $3), trying_at = null, reason = null, last_error = null,
				news = $4`+wiped+`
			where id = $1`, m.id, at, db.Text(r.ProviderID), m.letter)
		return err
	}
	_, err := tx.Exec(ctx, `
		update messages set state = 'failed', failed_at = coalesce(failed_at, $2), provider_id = coalesce(provider_id, $3), trying_at = null, reason = $4,
			last_error = $5, news = $6`+wiped+`
		where id = $1`, m.id, at, db.Text(r.ProviderID), db.Text(r.Reason), db.Text(r.Detail), m.letter)
	return err
}
