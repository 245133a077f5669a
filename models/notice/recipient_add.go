package notice

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
)

// The bounds of adding recipients. A code goes to somebody who did not ask for
// it, so that few of them may be sent.
const (
	MostExtras     = 10 // recipients that a merchant may have added
	codeLasts      = 10 * time.Minute
	codeTries      = 5
	codesToAnHour  = 3  // to one address
	codesADayFrom  = 20 // asked for by one merchant
	longestName    = 30 // characters
	longestAddress = 100
)

// RenderCode writes the message that asks somebody to say a code, so that they
// are sure to want a merchant's messages.
type RenderCode func(merchant string, to Recipient, code string) (Content, error)

// Extras adds and removes recipients of a merchant's messages.
type Extras struct {
	DB     *db.DB
	Clock  clock.Clock
	Jobs   event.Queue
	Secret []byte // of the site
	Render RenderCode
	Given  account.GivenNumbers
}

// Add puts an address down and sends it a code, by which Confirm makes it a
// recipient. An address that waits for its code gets another one. It returns the
// recipient's id; fault.Invalid for the fields "channel", "address" and "name",
// fault.Conflict where there are as many recipients as may be, and
// fault.TooMany with "wait".
func (x *Extras) Add(ctx context.Context, who account.Who, c Channel, address, name string) (string, error) {
	address, name, err := x.check(c, address, name)
	if err != nil {
		return "", err
	}
	locale, merchant, err := x.merchant(ctx, who.MerchantID)
	if err != nil {
		return "", err
	}
	code := newDigits()
	content, err := x.Render(merchant, Recipient{Channel: c, Address: address, Name: name, Locale: locale}, code)
	if err != nil {
		return "", err
	}
	recipientID := ""
	err = x.DB.Write(ctx, func(tx *db.Tx) error {
		now := x.Clock.Now()
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		if err := tx.Lock(ctx, fmt.Sprintf("recipients of %d", who.MerchantID)); err != nil {
			return err
		}
		recipientID, err = x.place(ctx, tx, who, c, address, name, now)
		if err != nil {
			return err
		}
		if err := codeMayGo(ctx, tx, who.MerchantID, address, now); err != nil {
			return err
		}
		if c == SMS {
			if err := x.Given.Count(ctx, tx, account.ByMerchants, now); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update notice_recipients set code_hash = $2, code_until = $3, code_tries = 0 where id = $1`,
			recipientID, x.codeHash(recipientID, code), now.Add(codeLasts))
		if err != nil {
			return err
		}
		_, err = outbox.QueueAll(ctx, tx, x.Jobs, []outbox.New{{
			Kind: outbox.RecipientCode, Channel: string(c), MerchantID: who.MerchantID, To: address, Locale: locale, Subject: content.Subject,
			Text: content.Body, HTML: content.HTML, Template: content.Template, Fields: content.Fields, CreatedAt: now, NotAfter: now.Add(codeLasts),
		}})
		if err != nil {
			return err
		}
		return record(ctx, tx, who, now, "recipient.add", recipientID, map[string]any{"channel": string(c)})
	})
	return recipientID, err
}

// merchant returns a merchant's language and name.
func (x *Extras) merchant(ctx context.Context, merchantID int64) (locale, name string, err error) {
	p, err := GetPreferences(ctx, x.DB, merchantID)
	if err != nil {
		return "", "", err
	}
	err = x.DB.QueryRow(ctx, `select name from merchants where id = $1`, merchantID).Scan(&name)
	return p.Locale, name, err
}

func (x *Extras) check(c Channel, address, name string) (string, string, error) {
	var fields fault.Fields
	address, name = strings.TrimSpace(address), strings.TrimSpace(name)
	switch {
	case c != SMS && c != Email:
		fields.Add("channel", "preferences.recipient.channel_missing")
	case address == "":
		fields.Add("address", "preferences.recipient.address_missing")
	case len(address) > longestAddress:
		fields.Add("address", "preferences.recipient.address_wrong")
	case c == SMS:
		number, ok := account.ParsePhone(address)
		if !ok {
			fields.Add("address", "preferences.recipient.phone_wrong")
		} else {
			x.Given.Check(&fields, "address", number)
		}
		address = number
	case c == Email:
		a, err := mail.ParseAddress(address)
		if err != nil || a.Name != "" || a.Address != address {
			fields.Add("address", "preferences.recipient.address_wrong")
		}
		at := strings.LastIndexByte(address, '@')
		address = address[:at+1] + strings.ToLower(address[at+1:])
	}
	if utf8.RuneCountInString(name) > longestName {
		fields.Add("name", "preferences.recipient.name_long", "n", longestName)
	}
	return address, name, fields.Err()
}

// place finds the row of an address that waits, or makes one.
func (x *Extras) place(ctx context.Context, tx *db.Tx, who account.Who, c Channel, address, name string, now time.Time) (string, error) {
	var found string
	var confirmed db.Time
	err := tx.QueryRow(ctx, `
		select id, confirmed_at from notice_recipients where merchant_id = $1 and channel = $2 and address = $3 and ended_at is null`,
		who.MerchantID, string(c), address).Scan(&found, &confirmed)
	switch {
	case err == nil && !confirmed.IsZero():
		return "", &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "address", Key: "preferences.recipient.already"}}}
	case err == nil:
		if err := mayAdd(ctx, tx, who.MerchantID, found, now); err != nil {
			return "", err
		}
		_, err = tx.Exec(ctx, `update notice_recipients set name = $2 where id = $1`, found, name)
		return found, err
	case !db.NotFound(err):
		return "", err
	}
	return newRecipient(ctx, tx, who, c, address, name, now)
}

func newRecipient(ctx context.Context, tx *db.Tx, who account.Who, c Channel, address, name string, now time.Time) (string, error) {
	if err := mayAdd(ctx, tx, who.MerchantID, "", now); err != nil {
		return "", err
	}
	recipientID := id.New("nr", now)
	_, err := tx.Exec(ctx, `insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		recipientID, who.MerchantID, string(c), address, name, who.UserID, now)
	return recipientID, err
}

// mayAdd checks that there is room for a recipient beside the others, of which
// those count that may still be confirmed.
func mayAdd(ctx context.Context, tx *db.Tx, merchantID int64, recipientID string, now time.Time) error {
	var others int
	err := tx.QueryRow(ctx, `
		select count(*) from notice_recipients
		where merchant_id = $1 and id <> $2 and ended_at is null and (confirmed_at is not null or code_until > $3)`, merchantID, recipientID, now).Scan(&others)
	if err == nil && others >= MostExtras {
		return fault.New(fault.Conflict, "preferences.recipient.too_many", "n", MostExtras)
	}
	return err
}

func codeMayGo(ctx context.Context, tx *db.Tx, merchantID int64, address string, now time.Time) error {
	to, from := "recipient code to "+address, fmt.Sprintf("recipient codes of %d", merchantID)
	if err := attempt.Within(ctx, tx, to, codesToAnHour, time.Hour, now, "preferences.recipient.wait"); err != nil {
		return err
	}
	if err := attempt.Within(ctx, tx, from, codesADayFrom, 24*time.Hour, now, "preferences.recipient.wait"); err != nil {
		return err
	}
	if err := attempt.Note(ctx, tx, to, now); err != nil {
		return err
	}
	return attempt.Note(ctx, tx, from, now)
}

// newDigits returns six random digits.
func newDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the source of randomness never fails: the program ends if it would
	}
	return fmt.Sprintf("%06d", n)
}

// codeHash is what is kept of a code. There are only a million of them, so that
// the hash needs a key that is not in the database.
func (x *Extras) codeHash(recipientID, code string) []byte {
	return mac(x.Secret, "recipient code", recipientID, code)
}

func mac(secret []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, secret)
	for _, p := range parts {
		fmt.Fprintf(h, "%d %s\n", len(p), p)
	}
	return h.Sum(nil)
}

// Confirm makes an address a recipient, by the code that was sent there. It
// returns fault.NotFound, and fault.Invalid for the field "code".
func (x *Extras) Confirm(ctx context.Context, who account.Who, recipientID, code string) error {
	code = strings.TrimSpace(code)
	if code == "" {
		return wrongCode("login.code.empty") // a slip of the finger costs no try
	}
	var refusal error // kept apart: the count of tries is to be committed with it
	err := x.DB.Write(ctx, func(tx *db.Tx) error {
		now := x.Clock.Now()
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		if err := tx.Lock(ctx, fmt.Sprintf("recipients of %d", who.MerchantID)); err != nil {
			return err
		}
		var err error
		refusal, err = x.confirm(ctx, tx, who, recipientID, code, now)
		return err
	})
	return errors.Join(err, refusal)
}

func (x *Extras) confirm(ctx context.Context, tx *db.Tx, who account.Who, recipientID, code string, now time.Time) (refusal, err error) {
	var hash []byte
	var until db.Time
	var tries int
	err = tx.QueryRow(ctx, `
		select code_hash, code_until, code_tries from notice_recipients
		where merchant_id = $1 and id = $2 and confirmed_at is null and ended_at is null and channel <> $3`, who.MerchantID, recipientID, string(WeChat)).
		Scan(&hash, &until, &tries)
	switch {
	case db.NotFound(err):
		return fault.New(fault.NotFound, "preferences.recipient.gone"), nil
	case err != nil:
		return nil, err
	case !now.Before(until.Time):
		return wrongCode("preferences.recipient.code_late"), nil
	case tries >= codeTries:
		return wrongCode("preferences.recipient.code_spent"), nil
	}
	if subtle.ConstantTimeCompare(hash, x.codeHash(recipientID, code)) != 1 {
		_, err := tx.Exec(ctx, `update notice_recipients set code_tries = code_tries + 1 where id = $1`, recipientID)
		if left := codeTries - tries - 1; left > 0 {
			return wrongCode("preferences.recipient.code_wrong", "n", left), err
		}
		return wrongCode("preferences.recipient.code_spent"), err
	}
	_, err = tx.Exec(ctx, `update notice_recipients set confirmed_at = $2, code_hash = null, code_until = null where id = $1`, recipientID, now)
	if err != nil {
		return nil, err
	}
	return nil, record(ctx, tx, who, now, "recipient.confirm", recipientID, nil)
}

func wrongCode(key string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "code", Key: key, Args: args}}}
}

// Remove ends a recipient that the merchant added, or fault.NotFound.
func (x *Extras) Remove(ctx context.Context, who account.Who, recipientID string) error {
	return x.DB.Write(ctx, func(tx *db.Tx) error {
		now := x.Clock.Now()
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			update notice_recipients set ended_at = $3, ended_why = $4, code_hash = null, code_until = null
			where merchant_id = $1 and id = $2 and ended_at is null`, who.MerchantID, recipientID, now, endedByMerchant)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "preferences.recipient.gone")
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, who, now, "recipient.remove", recipientID, nil)
	})
}

// Resume lets a recipient have all mails again that were ended by clicks in
// them, or returns fault.NotFound.
func (x *Extras) Resume(ctx context.Context, who account.Who, recipientID string) error {
	return x.DB.Write(ctx, func(tx *db.Tx) error {
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update notice_recipients set off = '' where merchant_id = $1 and id = $2 and ended_at is null`, who.MerchantID, recipientID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "preferences.recipient.gone")
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, who, x.Clock.Now(), "recipient.resume", recipientID, nil)
	})
}

// Scene puts down that whoever next scans the code for a scene is to get the
// merchant's messages in WeChat, within ten minutes. It returns the recipient's
// id and the scene. It returns fault.Conflict where there are as many recipients
// as may be.
func (x *Extras) Scene(ctx context.Context, who account.Who) (recipientID, scene string, err error) {
	var chance [18]byte
	_, _ = rand.Read(chance[:]) // never fails: the program ends if it would
	scene = base64.RawURLEncoding.EncodeToString(chance[:])
	err = x.DB.Write(ctx, func(tx *db.Tx) error {
		now := x.Clock.Now()
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		if err := tx.Lock(ctx, fmt.Sprintf("recipients of %d", who.MerchantID)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update notice_recipients set ended_at = $3, ended_why = $4, code_hash = null, code_until = null
			where merchant_id = $1 and channel = $2 and confirmed_at is null and ended_at is null`, who.MerchantID, string(WeChat), now, endedByScene)
		if err != nil {
			return err
		}
		if recipientID, err = newRecipient(ctx, tx, who, WeChat, "", "", now); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update notice_recipients set code_hash = $2, code_until = $3 where id = $1`, recipientID, hashOfScene(scene), now.Add(codeLasts))
		if err != nil {
			return err
		}
		return record(ctx, tx, who, now, "recipient.add", recipientID, map[string]any{"channel": string(WeChat)})
	})
	return recipientID, scene, err
}

func hashOfScene(scene string) []byte {
	sum := sha256.Sum256([]byte(scene))
	return sum[:]
}
