package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// EntryLasts is how long an entry link lets somebody in.
const EntryLasts = time.Minute

// entriesAnHour is how many links may be made for one person.
const entriesAnHour = 30

// EntryAsked is whom a link is to let in: a user of the merchant, by phone or id.
type EntryAsked struct {
	MerchantRef string
	Phone       string // as people write it; empty: by id
	UserID      string // u_…; empty: by phone
	To          string // local path that it leads to, checked by the caller; empty: to the first page
}

// EntryLink is a link that lets one person in, once.
type EntryLink struct {
	ID        string // el_…
	Token     string // is kept nowhere: only its hash is
	UserID    string
	ExpiresAt time.Time // UTC
}

// MakeEntryLinkIn makes a link for a user of a merchant, on the word of the
// system that holds a key and has let that person in itself. It returns
// fault.NotFound where the merchant has no such user, and fault.TooMany.
func MakeEntryLinkIn(ctx context.Context, tx *db.Tx, now time.Time, by audit.Actor, requestID string, asked EntryAsked) (EntryLink, error) {
	var fields fault.Fields
	phone := ""
	switch {
	case (asked.Phone == "") == (asked.UserID == ""):
		fields.Add("phone", "entry.who")
	case asked.Phone != "":
		var ok bool
		if phone, ok = ParsePhone(asked.Phone); !ok {
			fields.Add("phone", "login.phone.wrong")
		}
	}
	if err := fields.Err(); err != nil {
		return EntryLink{}, err
	}
	var merchantID int64
	l := EntryLink{ID: id.New("el", now), ExpiresAt: now.Add(EntryLasts)}
	err := tx.QueryRow(ctx, `
		select m.id, u.id from merchants m join memberships x on x.merchant_id = m.id and x.ended_at is null join users u on u.id = x.user_id
		where m.ref = $1 and (u.phone = $2 or u.id = $3)`, asked.MerchantRef, phone, asked.UserID).Scan(&merchantID, &l.UserID)
	if db.NotFound(err) {
		return EntryLink{}, fault.New(fault.NotFound, "entry.nobody")
	}
	if err != nil {
		return EntryLink{}, err
	}
	key := "entry link for " + l.UserID
	if err := attempt.Within(ctx, tx, key, entriesAnHour, hour, now, "entry.too_many"); err != nil {
		return EntryLink{}, err
	}
	if err := attempt.Note(ctx, tx, key, now); err != nil {
		return EntryLink{}, err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: the program ends if it would
	l.Token = base64.RawURLEncoding.EncodeToString(secret)
	_, err = tx.Exec(ctx, `
		insert into entry_links (id, token_hash, user_id, merchant_id, to_path, made_by, made_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		l.ID, entryHash(l.Token), l.UserID, merchantID, asked.To, by.ID, now, l.ExpiresAt)
	if err != nil {
		return EntryLink{}, fmt.Errorf("account: making an entry link: %w", err)
	}
	return l, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: by, MerchantID: merchantID, Action: "entry_link.make", Subject: l.ID, Details: map[string]any{"user": l.UserID}, RequestID: requestID,
	})
}

func entryHash(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

// Entry is what a link that still serves says of itself.
type Entry struct {
	Name     string // of the person whom it lets in
	Phone    string // E.164
	Merchant string // whose account it opens
	To       string // or empty
}

// errEntryOver says that a link does not serve any more, or never did.
var errEntryOver = fault.New(fault.NotFound, "entry.over")

// ReadEntry returns what a link says, without using it up. It returns
// fault.NotFound for a link that was used, has expired or never was.
func (a *Accounts) ReadEntry(ctx context.Context, token string) (Entry, error) {
	e, err := readEntry(ctx, a.d, token, a.clock.Now())
	return e.Entry, err
}

// entryRow is a link with what it takes to use it.
type entryRow struct {
	Entry
	id, userID string
	merchantID int64
}

func readEntry(ctx context.Context, r db.Reader, token string, now time.Time) (e entryRow, err error) {
	err = r.QueryRow(ctx, `
		select l.id, l.user_id, l.merchant_id, `+called+`, u.phone, m.name, l.to_path
		from entry_links l join users u on u.id = l.user_id join merchants m on m.id = l.merchant_id
		join memberships x on x.user_id = l.user_id and x.merchant_id = l.merchant_id and x.ended_at is null
		where l.token_hash = $1 and l.used_at is null and l.expires_at > $2`, entryHash(token), now).
		Scan(&e.id, &e.userID, &e.merchantID, &e.Name, &e.Phone, &e.Merchant, &e.To)
	if db.NotFound(err) {
		err = errEntryOver
	}
	return e, err
}

// Enter signs in whom a link lets in, opens the account of its merchant, and uses
// the link up: of many at the same time one gets in. Who had closed an account has it
// back. It returns where the link
// leads, or empty, and fault.NotFound as ReadEntry does.
func (a *Accounts) Enter(ctx context.Context, token string, b Browser) (s SignedIn, to string, err error) {
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		e, err := readEntry(ctx, tx, token, now)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update entry_links set used_at = $2 where id = $1 and used_at is null`, e.id, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return errEntryOver
		}
		u, err := userByID(ctx, tx, e.userID)
		if err != nil {
			return err
		}
		if err := a.reopen(ctx, tx, u, b, now); err != nil {
			return err
		}
		to = e.To
		s, err = a.openSession(ctx, tx, u, "entry_link", b, e.merchantID)
		return err
	})
	if err != nil {
		return SignedIn{}, "", err
	}
	return s, to, nil
}
