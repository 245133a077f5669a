package notice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
)

// UnreachedLetter is a letter that reached nobody, so that staff are to call.
type UnreachedLetter struct {
	ID         string
	MerchantID int64
	Ref        string // the merchant's number
	Merchant   string // the name
	Phone      string // as the core system knows it
	Kind       Kind
	DueOn      date.Date // the day of a charge to come; zero otherwise
	Total      money.Fen
	Channels   Channels // that were tried
	CreatedAt  time.Time
}

// UnreachedPlace is where a list of unreached letters goes on.
type UnreachedPlace struct {
	CreatedAt time.Time
	ID        string
}

// Unreachable returns letters that nobody has called about yet, the oldest first,
// after the place given or from the start, at most so many.
func Unreachable(ctx context.Context, r db.Reader, after UnreachedPlace, limit int) (all []UnreachedLetter, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l UnreachedLetter
			var kind, channels string
			var total *int64
			err := rows.Scan(&l.ID, &l.MerchantID, &l.Ref, &l.Merchant, &l.Phone, &kind, &l.DueOn, &total, &channels, &l.CreatedAt)
			l.Kind, l.Channels, l.Total = Kind(kind), ParseChannels(channels), money.Fen(orZero(total))
			all = append(all, l)
			return err
		})
	}, `
		select l.id, l.merchant_id, m.ref, m.name, m.phone, l.kind, l.due_on, l.total_fen, l.channels, l.created_at
		from letters l join merchants m on m.id = l.merchant_id
		where l.state = 'unreached' and l.handled_at is null and (l.created_at, l.id) > ($1, $2)
		order by l.created_at, l.id limit $3`, after.CreatedAt, after.ID, limit)
	return all, err
}

// ReadUnreached puts into a batch the question how many letters wait for a call.
func ReadUnreached(b *db.Batch, n *int) {
	b.Add(`select count(*) from letters where state = 'unreached' and handled_at is null`, nil, func(rows db.Rows) error {
		return db.First(rows, n)
	})
}

// longestRemark bounds what staff write about a call, in characters.
const longestRemark = 1000

// Handled notes that staff called about a letter that reached nobody. It returns
// fault.Forbidden, fault.Invalid for the field "remark", fault.NotFound, and
// fault.Conflict where somebody did so before, or the letter has reached somebody
// since.
func Handled(ctx context.Context, d *db.DB, c clock.Clock, by staff.Actor, letterID, remark string) error {
	if err := by.Must(staff.ResendNotices); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		now := c.Now()
		var merchantID int64
		var state string
		var handled db.Time
		err := tx.QueryRow(ctx, `select merchant_id, state, handled_at from letters where id = $1`, letterID).Scan(&merchantID, &state, &handled)
		if db.NotFound(err) {
			return fault.New(fault.NotFound, "")
		}
		if err != nil {
			return err
		}
		if state != string(Unreached) || !handled.IsZero() {
			return fault.New(fault.Conflict, "admin_notices.handled.done")
		}
		remark, err := checkRemark(remark, "remark", "admin_notices.remark.missing", "admin_notices.remark.long")
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			update letters set handled_at = $2, handled_by = $3, remark = $4 where id = $1 and state = 'unreached' and handled_at is null`,
			letterID, now, by.ID, remark)
		if err != nil {
			return fmt.Errorf("notice: noting a call: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "admin_notices.handled.done")
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Audit(), MerchantID: merchantID, Action: "letter.handled", Subject: letterID, RequestID: by.RequestID,
		})
	})
}

// Resend puts a message into the outbox anew, for a reason, and returns the new
// one's id. It returns fault.Forbidden, fault.Invalid for the field "reason", and
// what outbox.Resend returns.
func Resend(ctx context.Context, d *db.DB, c clock.Clock, jobs event.Queue, by staff.Actor, messageID, reason string) (newID string, err error) {
	if err := by.Must(staff.ResendNotices); err != nil {
		return "", err
	}
	reason, err = checkRemark(reason, "reason", "admin_notices.reason.missing", "admin_notices.reason.long")
	if err != nil {
		return "", err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		now := c.Now()
		old, err := outbox.Get(ctx, tx, messageID)
		if err != nil {
			return err
		}
		if newID, err = outbox.Resend(ctx, tx, jobs, now, messageID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Audit(), MerchantID: old.MerchantID, Action: "message.resend", Subject: messageID,
			Details: map[string]any{"new": newID, "reason": reason}, RequestID: by.RequestID,
		})
	})
	return newID, err
}

func checkRemark(text, field, missing, long string) (string, error) {
	text = strings.TrimSpace(text)
	var fields fault.Fields
	switch {
	case text == "":
		fields.Add(field, missing)
	case len([]rune(text)) > longestRemark:
		fields.Add(field, long, "n", longestRemark)
	}
	return text, fields.Err()
}
