package outbox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Entry is a message, exactly as sent, and what became of it. A time that is
// zero did not come, or nobody said so.
type Entry struct {
	ID             string
	Kind           Kind
	Channel        string
	MerchantID     int64  // zero: no merchant's
	LetterID       string // empty: a copy of no letter
	To             string // number (E.164), address or openid; empty in the portal
	Locale         string // BCP 47 tag of the text's language
	Subject        string
	Text           string // empty once a code was handed over
	HTML           string
	Fields         map[string]string
	Template       string // whose words: name and version
	ContentHash    string // SHA-256, in hexadecimal; empty: it held a secret
	Code           string // by which anyone may check it, or empty
	AgainFor       string // the message that it sent anew, or empty
	CreatedAt      time.Time
	NotAfter       time.Time // useless later
	State          State
	Attempts       int
	NextAt         time.Time // of a message that waits: its next try
	MaybeTwice     bool      // tried again without word of an earlier try
	Reason         string    // kind of failure, as a provider's client tells it
	LastError      string
	Provider       string
	ProviderID     string
	AcceptedAt     time.Time
	DeliveredAt    time.Time
	ReadAt         time.Time
	AcknowledgedAt time.Time
	FailedAt       time.Time
	CountedAt      time.Time // handed to the verdict
}

// State is how far a message has come.
type State string

// The states of a message.
const (
	Queued       State = "queued"       // waits for its turn or another try
	Sending      State = "sending"      // on its way to the provider
	Accepted     State = "accepted"     // the provider took it, or it lies in the portal
	Delivered    State = "delivered"    // the provider says that the recipient has it
	Read         State = "read"         // the merchant had it before their eyes
	Acknowledged State = "acknowledged" // the merchant says that they know
	Failed       State = "failed"       // refused for good, or reported as not arrived
	Dead         State = "dead"         // given up on: too late to be of use
)

const entryColumns = `id, kind, channel, merchant_id, letter_id, recipient, locale, subject, body, html, fields, template, content_hash, code, again_for,
	created_at, not_after, state, attempts, next_at, maybe_twice, reason, last_error, provider, provider_id,
	accepted_at, delivered_at, read_at, acknowledged_at, failed_at, counted_at`

// Latest returns the newest messages to anyone. A code's text is empty once the
// code was handed over.
func Latest(ctx context.Context, r db.Reader, limit int) ([]Entry, error) {
	return entries(ctx, r, `select `+entryColumns+` from messages order by created_at desc, id desc limit $1`, limit)
}

// To returns the messages to one number, address or openid, the newest first.
func To(ctx context.Context, r db.Reader, recipient string, limit int) ([]Entry, error) {
	return entries(ctx, r, `select `+entryColumns+` from messages where recipient = $1 order by created_at desc, id desc limit $2`, recipient, limit)
}

// Get returns one message of anybody's, or fault.NotFound.
func Get(ctx context.Context, r db.Reader, messageID string) (Entry, error) {
	all, err := entries(ctx, r, `select `+entryColumns+` from messages where id = $1`, messageID)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return Entry{}, err
	}
	return all[0], nil
}

// OfLetter returns the copies of a letter, in the order in which they were made.
func OfLetter(ctx context.Context, r db.Reader, letterID string) ([]Entry, error) {
	return entries(ctx, r, `select `+entryColumns+` from messages where letter_id = $1 order by created_at, id`, letterID)
}

func entries(ctx context.Context, r db.Reader, query string, args ...any) (all []Entry, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Entry
			err := e.scan(rows)
			all = append(all, e)
			return err
		})
	}, query, args...)
	return all, err
}

func (e *Entry) scan(rows db.Rows) error {
	var kind, state string
	var merchant *int64
	var fields db.JSON
	var letter, code, again, reason, last, provider, providerID db.Text
	var accepted, delivered, read, acknowledged, failed, counted db.Time
	err := rows.Scan(&e.ID, &kind, &e.Channel, &merchant, &letter, &e.To, &e.Locale, &e.Subject, &e.Text, &e.HTML, &fields, &e.Template, &e.ContentHash, &code,
		&again, &e.CreatedAt, &e.NotAfter, &state, &e.Attempts, &e.NextAt, &e.MaybeTwice, &reason, &last, &provider, &providerID,
		&accepted, &delivered, &read, &acknowledged, &failed, &counted)
	if err != nil {
		return err
	}
	e.Kind, e.State, e.LetterID, e.Code, e.AgainFor = Kind(kind), State(state), string(letter), string(code), string(again)
	e.Reason, e.LastError, e.Provider, e.ProviderID = string(reason), string(last), string(provider), string(providerID)
	e.AcceptedAt, e.DeliveredAt, e.ReadAt, e.AcknowledgedAt = accepted.Time, delivered.Time, read.Time, acknowledged.Time
	e.FailedAt, e.CountedAt = failed.Time, counted.Time
	if merchant != nil {
		e.MerchantID = *merchant
	}
	if len(fields) > 0 {
		return json.Unmarshal(fields, &e.Fields)
	}
	return nil
}

// secretKept is how long it stays known that a code was sent.
const secretKept = 180 * 24 * time.Hour

// Forget removes messages that held codes and are older than half a year. All
// others stay: they are what the merchant was told. What still waits on a channel
// that was switched off, and is useless by now, is given up, and a code wiped.
func Forget(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		const giveUp = `update messages set state = 'dead', reason = 'too_late', failed_at = $1, news = letter_id is not null`
		const late = ` where state in ('queued', 'sending') and not_after <= $2` // and no try of it is on its way any more
		for _, statement := range []string{giveUp + wipe + late + ` and ` + holdsSecret, giveUp + late} {
			if _, err := tx.Exec(ctx, statement, now, now.Add(-lease)); err != nil {
				return err
			}
		}
		n, err = tx.Exec(ctx, `
			delete from messages where `+holdsSecret+` and created_at < $1 and content_hash = '' and state not in ('queued', 'sending')`, now.Add(-secretKept))
		return err
	})
	return n, err
}
