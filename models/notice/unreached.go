package notice

import (
	"context"
	"fmt"
	"slices"
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

// Call is a merchant whom staff are to call, since letters are not known to have
// reached anybody there.
type Call struct {
	MerchantID int64
	Ref        string // the merchant's number
	Merchant   string // the name
	Phone      string // as the core system knows it
	Letters    []UnreachedLetter
}

// UnreachedLetter is a letter that reached nobody.
type UnreachedLetter struct {
	ID        string
	Kind      Kind
	Case      string    // the number of the complaint that it is about, or empty
	DueOn     date.Date // the day of a charge to come; zero otherwise
	Total     money.Fen
	Channels  Channels // that were tried
	CreatedAt time.Time
}

// CallPlace is where a list of calls goes on: the oldest letter of the last one.
type CallPlace struct {
	CreatedAt time.Time
	ID        string
}

// Place is where the list goes on after the call.
func (c *Call) Place() CallPlace { return CallPlace{c.Letters[0].CreatedAt, c.Letters[0].ID} }

// lettersACall is how many letters one call is about at most. A merchant of whom
// more wait is called again.
const lettersACall = 10

// toCall are the letters, under an alias, about which somebody has to call: those
// that no channel is known to have delivered, unless they tell of a case in which
// the merchant has done something since, and so knows of it.
func toCall(alias string) string {
	return strings.ReplaceAll(`l.state = 'unreached' and l.handled_at is null and not exists (
		select 1 from notices k join cases c on c.merchant_id = k.merchant_id and c.number = k.ref join case_events e on e.case_id = c.id
		where k.letter_id = l.id and k.merchant_id = l.merchant_id and k.kind = 'complaint' and e.actor_kind = 'user' and e.at > l.created_at)`, "l.", alias+".")
}

// Calls returns whom nobody has called yet about letters that reached nobody, by
// the oldest of their letters, after the place given or from the start, at most so
// many.
func Calls(ctx context.Context, r db.Reader, after CallPlace, limit int) (all []Call, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Call
			var l UnreachedLetter
			var kind, channels string
			var total *int64
			err := rows.Scan(&c.MerchantID, &c.Ref, &c.Merchant, &c.Phone, &l.ID, &kind, &l.Case, &l.DueOn, &total, &channels, &l.CreatedAt)
			l.Kind, l.Channels, l.Total = Kind(kind), ParseChannels(channels), money.Fen(orZero(total))
			if last := len(all) - 1; last < 0 || all[last].MerchantID != c.MerchantID {
				all = append(all, c)
			}
			of := &all[len(all)-1]
			of.Letters = append(of.Letters, l)
			return err
		})
	}, `
		with calls as (
			select l.merchant_id, l.created_at, l.id from letters l
			where `+toCall("l")+` and (l.created_at, l.id) > ($1, $2) and not exists (
				select 1 from letters o where o.merchant_id = l.merchant_id and `+toCall("o")+`
					and (o.created_at, o.id) < (l.created_at, l.id))
			order by l.created_at, l.id limit $3
		), waiting as (
			select l.*, c.created_at as since, c.id as first, row_number() over (partition by l.merchant_id order by l.created_at, l.id) as number
			from calls c join letters l on l.merchant_id = c.merchant_id and `+toCall("l")+`
		)
		select w.merchant_id, m.ref, m.name, m.phone, w.id, w.kind,
			coalesce((select min(n.ref) from notices n where n.letter_id = w.id and n.kind = 'complaint' and n.ref like 'C%'), ''), w.due_on, w.total_fen, w.channels, w.created_at
		from waiting w join merchants m on m.id = w.merchant_id
		where w.number <= $4 order by w.since, w.first, w.number`, after.CreatedAt, after.ID, limit, lettersACall)
	return all, err
}

// ReadUnreached puts into a batch the question how many letters wait for a call.
func ReadUnreached(b *db.Batch, n *int) {
	b.Add(`select count(*) from letters l where `+toCall("l"), nil, func(rows db.Rows) error {
		return db.First(rows, n)
	})
}

// longestRemark bounds what staff write about a call, in characters.
const longestRemark = 1000

// Called notes that staff called a merchant about letters that reached nobody.
// Those among them that have reached somebody since, or that another call was
// about, stay as they are. It returns fault.Forbidden, fault.Invalid for the field
// "remark", fault.NotFound where a letter is not the merchant's, and fault.Conflict
// where none of them waits any more.
func Called(ctx context.Context, d *db.DB, c clock.Clock, by staff.Actor, ref string, letters []string, remark string) error {
	if err := by.Must(staff.ResendNotices); err != nil {
		return err
	}
	if len(letters) == 0 || len(letters) > lettersACall {
		return fault.New(fault.NotFound, "")
	}
	remark, err := checkRemark(remark, "remark", "admin_notices.remark.missing", "admin_notices.remark.long")
	if err != nil {
		return err
	}
	args := []any{ref}
	for _, id := range letters {
		args = append(args, id)
	}
	theirs := `merchant_id = (select id from merchants where ref = $1) and id in (` + db.Placeholders(2, len(letters)) + `)`
	return d.Write(ctx, func(tx *db.Tx) error {
		now, known := c.Now(), 0
		if err := tx.QueryRow(ctx, `select count(*) from letters where `+theirs, args...).Scan(&known); err != nil {
			return err
		}
		if known != len(letters) {
			return fault.New(fault.NotFound, "")
		}
		var noted []audit.Entry
		next := len(args)
		err := tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				e := audit.Entry{At: now, Actor: by.Audit(), Action: "letter.handled", RequestID: by.RequestID}
				err := rows.Scan(&e.Subject, &e.MerchantID)
				noted = append(noted, e)
				return err
			})
		}, fmt.Sprintf(`
			update letters set handled_at = $%d, handled_by = $%d, remark = $%d
			where %s and state = 'unreached' and handled_at is null returning id, merchant_id`, next+1, next+2, next+3, theirs),
			append(slices.Clone(args), now, by.ID, remark)...)
		if err != nil {
			return fmt.Errorf("notice: noting a call: %w", err)
		}
		if len(noted) == 0 {
			return fault.New(fault.Conflict, "admin_notices.handled.done")
		}
		for i := range noted {
			if err := audit.Write(ctx, tx, noted[i]); err != nil {
				return err
			}
		}
		return nil
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
