package notice

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
)

// LetterPage is a letter, or a message that belongs to none, as it was sent, with
// what it is about.
type LetterPage struct {
	Sent
	About []About // the first few
	Lines int     // all that it is about
}

// About is one of the things that a letter tells of.
type About struct {
	SN     string // of the terminal; empty: none
	Alias  string // the merchant's own name for it, else the acquirer's
	PlanID int64
	DueOn  date.Date
	Amount money.Fen
	Ref    string // a deduction's id, a change's id, a case's number: by the letter's kind
}

const lettersNotFound = "inbox.not_found"

// aboutShown is how many of the things that a letter tells of are listed beside
// it: its words name more.
const aboutShown = 8

// ReadLetterPage returns what was sent to a merchant under an id, in one round
// trip, or fault.NotFound.
func ReadLetterPage(ctx context.Context, r db.Reader, merchantID int64, id string) (*LetterPage, error) {
	page := &LetterPage{}
	b := db.NewBatch()
	args := []any{merchantID, id}
	b.Add(`
		select l.id, l.kind, l.created_at, l.due_on, l.total_fen, `+copyColumns+`, m.body
		from letters l join messages m on m.letter_id = l.id where l.merchant_id = $1 and l.id = $2
		union all
		select m.id, m.kind, m.created_at, cast(null as date), cast(null as bigint), `+copyColumns+`, m.body
		from messages m where m.merchant_id = $1 and m.id = $2 and m.letter_id is null and m.content_hash <> ''
		order by 3 desc, 1 desc, 6, 7, 8`, args, func(rows db.Rows) error {
		all, err := scanSent(rows)
		if len(all) > 0 {
			page.Sent = all[0]
		}
		return err
	})
	b.Add(`
		select coalesce(t.sn, ''), coalesce(t.own_alias, t.alias, ''), n.plan_id, n.due_on, n.amount_fen, n.ref
		from notices n left join terminals t on t.id = n.terminal_id and t.merchant_id = n.merchant_id
		where n.letter_id = $2 and n.merchant_id = $1
		order by n.terminal_id, n.plan_id, n.cycle, n.ref limit $3`, []any{merchantID, id, aboutShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a About
			var amount *int64
			err := rows.Scan(&a.SN, &a.Alias, &a.PlanID, &a.DueOn, &amount, &a.Ref)
			if amount != nil {
				a.Amount = money.Fen(*amount)
			}
			page.About = append(page.About, a)
			return err
		})
	})
	b.Add(`select count(*) from notices where letter_id = $2 and merchant_id = $1`, args, func(rows db.Rows) error { return db.First(rows, &page.Lines) })
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if page.ID == "" {
		return nil, fault.New(fault.NotFound, lettersNotFound)
	}
	return page, nil
}

// See notes that somebody of the merchant's opened what was sent: the copy in the
// portal counts as read from then on. What was read before stays as it is.
func See(ctx context.Context, d *db.DB, now time.Time, merchantID int64, s *Sent) error {
	if !s.IsUnread() {
		return nil
	}
	c := s.Inbox()
	err := d.Write(ctx, func(tx *db.Tx) error { return outbox.MarkRead(ctx, tx, merchantID, c.ID, now) })
	if err == nil {
		c.ReadAt = now
	}
	return err
}

// Acknowledge notes that somebody of the merchant's said that they know. It
// returns fault.NotFound where nothing such lies in the merchant's portal.
func Acknowledge(ctx context.Context, d *db.DB, now time.Time, who account.Who, letterID string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		var messageID string
		var done db.Time
		err := tx.QueryRow(ctx, `select id, acknowledged_at from messages where letter_id = $2 and merchant_id = $1 and channel = 'inbox'`, who.MerchantID, letterID).
			Scan(&messageID, &done)
		if db.NotFound(err) {
			return fault.New(fault.NotFound, lettersNotFound)
		}
		if err != nil || !done.IsZero() {
			return err
		}
		if err := outbox.Acknowledge(ctx, tx, who.MerchantID, messageID, now); err != nil {
			return err
		}
		return record(ctx, tx, who, now, "notice.acknowledge", letterID, nil)
	})
}

// OpenCode returns what a merchant was sent in the message with a code, and notes
// that the message was read. It returns fault.NotFound where it was not sent to
// the merchant.
func OpenCode(ctx context.Context, d *db.DB, now time.Time, merchantID int64, code string) (*LetterPage, error) {
	messageID, letterID, isRead, err := findCode(ctx, d, merchantID, code)
	if err != nil {
		return nil, err
	}
	if !isRead {
		err := d.Write(ctx, func(tx *db.Tx) error { return outbox.MarkRead(ctx, tx, merchantID, messageID, now) })
		if err != nil && !fault.Is(err, fault.NotFound) { // it may be on its way still, as far as its provider said
			return nil, err
		}
	}
	return ReadLetterPage(ctx, d, merchantID, letterID)
}

// FindCode returns what OpenCode does, and notes nothing.
func FindCode(ctx context.Context, r db.Reader, merchantID int64, code string) (*LetterPage, error) {
	_, letterID, _, err := findCode(ctx, r, merchantID, code)
	if err != nil {
		return nil, err
	}
	return ReadLetterPage(ctx, r, merchantID, letterID)
}

// findCode finds the message with a code that a merchant was sent, and its letter.
func findCode(ctx context.Context, r db.Reader, merchantID int64, code string) (messageID, id string, isRead bool, err error) {
	var letterID db.Text
	var read db.Time
	err = r.QueryRow(ctx, `select id, letter_id, read_at from messages where code = $1 and merchant_id = $2`, PlainCode(code), merchantID).Scan(&messageID, &letterID, &read)
	if db.NotFound(err) {
		err = fault.New(fault.NotFound, lettersNotFound)
	}
	return messageID, cmp.Or(string(letterID), messageID), !read.IsZero(), err
}

// IsDeduction reports whether what a letter tells of is a deduction that was
// asked for.
func (a *About) IsDeduction() bool { return strings.HasPrefix(a.Ref, "d_") }

// IsCase reports whether it is a case: a letter of the kind may also tell of what
// went wrong for many, which is none of the merchant's own.
func (a *About) IsCase() bool { return strings.HasPrefix(a.Ref, "C") }
