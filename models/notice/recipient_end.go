package notice

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Why a recipient ended.
const (
	endedByMerchant = "removed"
	endedByScene    = "scanned_anew"
	endedByHandOver = "handed_over"
)

// record writes down what somebody of the merchant's did to who is told what.
func record(ctx context.Context, tx *db.Tx, who account.Who, now time.Time, action, subject string, details map[string]any) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: audit.Actor{Kind: audit.User, ID: who.UserID}, MerchantID: who.MerchantID, Action: action, Subject: subject,
		Details: details, RequestID: who.RequestID,
	})
}

// BindWeChat makes a WeChat account a recipient, by the scene of the code that it
// scanned. It reports whether the scene was one that waits: a code may be scanned
// too late, or twice.
func BindWeChat(ctx context.Context, d *db.DB, now time.Time, scene, openid string) (bound bool, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		bound = false
		var recipientID, addedBy string
		var merchantID int64
		err := tx.QueryRow(ctx, `
			select id, merchant_id, added_by from notice_recipients
			where channel = $1 and code_hash = $2 and code_until > $3 and confirmed_at is null and ended_at is null`,
			string(WeChat), hashOfScene(scene), now).Scan(&recipientID, &merchantID, &addedBy)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update notice_recipients set ended_at = $4, ended_why = $5
			where merchant_id = $1 and channel = $2 and address = $3 and ended_at is null`, merchantID, string(WeChat), openid, now, endedByScene)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			update notice_recipients set address = $2, confirmed_at = $3, code_hash = null, code_until = null
			where id = $1 and confirmed_at is null and ended_at is null`, recipientID, openid, now)
		if err != nil || n == 0 {
			return err
		}
		bound = true
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: audit.Actor{Kind: audit.User, ID: addedBy}, MerchantID: merchantID, Action: "recipient.confirm", Subject: recipientID,
		})
	})
	return bound, err
}

// EndRecipient ends an address that can't be reached any more, whoever added it:
// a WeChat account that no longer follows, for a reason that is kept.
func EndRecipient(ctx context.Context, d *db.DB, now time.Time, c Channel, address, why string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		all, err := endRecipients(ctx, tx, `
			update notice_recipients set ended_at = $3, ended_why = $4
			where channel = $1 and address = $2 and address <> '' and ended_at is null returning id, merchant_id`, string(c), address, now, why)
		if err != nil {
			return err
		}
		for _, e := range all {
			err := audit.Write(ctx, tx, audit.Entry{
				At: now, Actor: audit.Actor{Kind: audit.System, ID: "delivery"}, MerchantID: e.merchantID, Action: "recipient.end", Subject: e.id,
				Details: map[string]any{"why": why},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// endedRecipient is a recipient that ended, and whose it was.
type endedRecipient struct {
	id         string
	merchantID int64
}

// endRecipients runs a statement that ends recipients and returns them.
func endRecipients(ctx context.Context, tx *db.Tx, statement string, args ...any) (all []endedRecipient, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e endedRecipient
			err := rows.Scan(&e.id, &e.merchantID)
			all = append(all, e)
			return err
		})
	}, statement, args...)
	return all, err
}

// EndFormer ends, where staff handed a merchant to another number, what the former
// holder would go on reading with: every address that they added, one that waits
// for its code included, and the calendar link, whoever made it, since its page
// showed it to them. It is an account.FollowHandOver.
func EndFormer(ctx context.Context, tx *db.Tx, h account.HandedOver) error {
	all, err := endRecipients(ctx, tx, `update notice_recipients set ended_at = $3, ended_why = $4, code_hash = null, code_until = null
		where merchant_id = $1 and added_by = $2 and ended_at is null returning id, merchant_id`, h.MerchantID, h.FormerID, h.At, endedByHandOver)
	if err != nil {
		return err
	}
	entry := audit.Entry{At: h.At, Actor: h.By.Audit(), MerchantID: h.MerchantID, RequestID: h.By.RequestID}
	for _, e := range all {
		entry.Action, entry.Subject, entry.Details = "recipient.end", e.id, map[string]any{"why": endedByHandOver}
		if err := audit.Write(ctx, tx, entry); err != nil {
			return err
		}
	}
	return EndLink(ctx, tx, account.Left{MerchantID: h.MerchantID, At: h.At, By: entry.Actor, RequestID: entry.RequestID})
}

// EndLink ends a merchant's calendar link, whoever made it, once somebody to whom its
// page showed it may not see that any more. It is an account.FollowLeaving.
func EndLink(ctx context.Context, tx *db.Tx, l account.Left) error {
	ended, err := endFeed(ctx, tx, l.At, l.MerchantID)
	if err != nil || ended == 0 {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{At: l.At, Actor: l.By, MerchantID: l.MerchantID, Action: "calendar.end", RequestID: l.RequestID})
}

// UnsubscribeToken returns the secret end of the link by which a click ends mails
// of an event to a recipient. Only who has the site's secret can make it.
func UnsubscribeToken(secret []byte, recipientID string, e Event) string {
	return recipientID + "." + string(e) + "." + base64.RawURLEncoding.EncodeToString(mac(secret, "unsubscribe", recipientID, string(e))[:16])
}

// Unsubscribed is a mail address and an event of which it is to get no more
// mails.
type Unsubscribed struct {
	RecipientID string
	MerchantID  int64
	Merchant    string // the name
	Address     string
	Event       Event
	IsOff       bool // ended already, or the recipient as a whole is
}

// ReadUnsubscribe returns what a token is about, or fault.NotFound.
func ReadUnsubscribe(ctx context.Context, r db.Reader, secret []byte, token string) (u Unsubscribed, err error) {
	notFound := fault.New(fault.NotFound, "preferences.unsubscribe.not_found")
	recipientID, rest, _ := strings.Cut(token, ".")
	name, _, _ := strings.Cut(rest, ".")
	if !hmac.Equal([]byte(token), []byte(UnsubscribeToken(secret, recipientID, Event(name)))) || !slices.Contains(Events, Event(name)) {
		return u, notFound
	}
	u.RecipientID, u.Event = recipientID, Event(name)
	var off string
	var ended db.Time
	err = r.QueryRow(ctx, `
		select r.merchant_id, m.name, r.address, r.off, r.ended_at from notice_recipients r join merchants m on m.id = r.merchant_id
		where r.id = $1 and r.channel = $2 and r.confirmed_at is not null`, recipientID, string(Email)).
		Scan(&u.MerchantID, &u.Merchant, &u.Address, &off, &ended)
	if db.NotFound(err) {
		return u, notFound
	}
	u.IsOff = !ended.IsZero() || slices.Contains(parseEvents(off), u.Event)
	return u, err
}

// Unsubscribe ends the mails that a token is about, or returns fault.NotFound.
// Doing so again changes nothing.
func Unsubscribe(ctx context.Context, d *db.DB, now time.Time, secret []byte, token string) (u Unsubscribed, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		if u, err = ReadUnsubscribe(ctx, tx, secret, token); err != nil || u.IsOff {
			return err
		}
		_, err := tx.Exec(ctx, `update notice_recipients set off = trim(off || ' ' || $2) where id = $1`, u.RecipientID, string(u.Event))
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: audit.Actor{Kind: audit.User, ID: u.RecipientID}, MerchantID: u.MerchantID, Action: "recipient.unsubscribe",
			Subject: u.RecipientID, Details: map[string]any{"event": string(u.Event)},
		})
	})
	return u, err
}
