// Package look is how staff look at merchants: they find one, read what is known
// of it, and see its own pages as it sees them. They change nothing by it, and what
// they look at is on record.
package look

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// Lasts is how long a look may last, and MaxReason how long its reason may be in
// characters.
const (
	Lasts     = 30 * time.Minute
	MaxReason = 500
)

// Look is a look of a member of staff at a merchant's pages.
type Look struct {
	ID         string
	StaffID    string
	SessionID  string // from which it was begun, and with which it ends
	MerchantID int64
	Ref        string // of the merchant
	Merchant   string // its name
	Until      time.Time
}

// Looks begins and ends looks. It may be used concurrently.
type Looks struct {
	d     *db.DB
	clock clock.Clock
}

// New returns the looks of a database.
func New(d *db.DB, at clock.Clock) *Looks { return &Looks{d, at} }

// Begin begins a look at the merchant with a number of the core system's, for a
// reason, in the browser that holds the token with the hash. It returns
// fault.Invalid for the field "reason", fault.Forbidden, and fault.NotFound.
func (k *Looks) Begin(ctx context.Context, by staff.Actor, ref, reason string, tokenHash []byte) error {
	if err := by.Must(staff.SeeAsMerchant); err != nil {
		return err
	}
	reason, now := strings.TrimSpace(reason), k.clock.Now()
	return k.d.Write(ctx, func(tx *db.Tx) error {
		l := Look{ID: id.New("lk", now), Until: now.Add(Lasts)}
		if err := readMerchant(ctx, tx, ref, &l.MerchantID); err != nil {
			return err
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into merchant_looks (id, token_hash, staff_id, session_id, merchant_id, reason, began_at, until) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			l.ID, tokenHash, by.ID, by.SessionID, l.MerchantID, reason, now, l.Until)
		if err != nil {
			return err
		}
		return record(ctx, tx, now, by, l.MerchantID, "look.begin", l.ID, map[string]any{"reason": reason, "until": l.Until.Format(time.RFC3339)})
	})
}

func checkReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n == 0 || n > MaxReason {
		var wrong fault.Fields
		wrong.Add("reason", "look.reason_missing", "n", MaxReason)
		return wrong.Err()
	}
	return nil
}

// readMerchant returns fault.NotFound where no merchant has the number.
func readMerchant(ctx context.Context, r db.Reader, ref string, merchantID *int64) error {
	err := r.QueryRow(ctx, `select id from merchants where ref = $1`, ref).Scan(merchantID)
	if db.NotFound(err) {
		err = fault.New(fault.NotFound, "look.not_found")
	}
	return err
}

func record(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, merchantID int64, action, subject string, details map[string]any) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), MerchantID: merchantID, Action: action, Subject: subject, Details: details, RequestID: by.RequestID,
	})
}

// Find returns the look that goes on in the browser that holds the token with the
// hash, or false. It asks one query and writes nothing.
func (k *Looks) Find(ctx context.Context, tokenHash []byte) (l Look, found bool, err error) {
	err = k.d.QueryRow(ctx, `
		select l.id, l.staff_id, l.session_id, l.merchant_id, m.ref, m.name, l.until from merchant_looks l join merchants m on m.id = l.merchant_id
		where l.token_hash = $1 and l.ended_at is null and l.until > $2`, tokenHash, k.clock.Now()).
		Scan(&l.ID, &l.StaffID, &l.SessionID, &l.MerchantID, &l.Ref, &l.Merchant, &l.Until)
	if db.NotFound(err) {
		return Look{}, false, nil
	}
	return l, err == nil, err
}

// Note records that somebody opens one of the merchant's pages, by its path.
func (k *Looks) Note(ctx context.Context, by staff.Actor, l Look, path string) error {
	return k.d.Write(ctx, func(tx *db.Tx) error {
		return record(ctx, tx, k.clock.Now(), by, l.MerchantID, "look.page", l.ID, map[string]any{"page": path})
	})
}

// End ends the look in the browser that holds the token with the hash, and records
// how many pages were opened; one that is not there or has ended is left as it is.
func (k *Looks) End(ctx context.Context, tokenHash []byte) error {
	return k.d.Write(ctx, func(tx *db.Tx) error {
		var lookID, staffID string
		var merchantID int64
		var until time.Time
		var pages int
		err := tx.QueryRow(ctx, `
			select l.id, l.staff_id, l.merchant_id, l.until, (select count(*) from audit_entries e where e.subject = l.id and e.action = 'look.page')
			from merchant_looks l where l.token_hash = $1 and l.ended_at is null`, tokenHash).Scan(&lookID, &staffID, &merchantID, &until, &pages)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		now := k.clock.Now()
		ended := now
		if until.Before(ended) {
			ended = until // it was over by then
		}
		n, err := tx.Exec(ctx, `update merchant_looks set ended_at = $2 where id = $1 and ended_at is null`, lookID, ended)
		if err != nil || n == 0 {
			return err // somebody was quicker
		}
		return record(ctx, tx, now, staff.Actor{ID: staffID}, merchantID, "look.end", lookID, map[string]any{"pages": pages})
	})
}
