package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// Feed is a link by which a calendar program reads what is to be charged to a
// merchant. Of its secret end only the hash is kept.
type Feed struct {
	ID         string // cf_…
	MerchantID int64
	Locale     string    // BCP 47 tag
	CreatedAt  time.Time // UTC
	LastUsedAt time.Time // UTC, to the hour; zero: never
	tokenHash  []byte
}

// FeedToken returns the secret end of a feed's link. It follows from the feed
// and the secret, so that the page can show it again; without the secret nobody
// can make it.
func FeedToken(secret []byte, feedID string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("calendar feed " + feedID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Token returns the secret end of the feed's link, or nothing where the link was
// made with another secret: it still works, but nobody can show it.
func (f *Feed) Token(secret []byte) string {
	token := FeedToken(secret, f.ID)
	if !bytes.Equal(hashOfToken(token), f.tokenHash) {
		return ""
	}
	return token
}

func hashOfToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

const feedColumns = `id, merchant_id, locale, created_at, last_used_at, token_hash`

func scanFeed(rows db.Rows, f *Feed) error {
	return db.Each(rows, func() error {
		var used db.Time
		err := rows.Scan(&f.ID, &f.MerchantID, &f.Locale, &f.CreatedAt, &used, &f.tokenHash)
		f.LastUsedAt = used.Time
		return err
	})
}

// MakeFeed makes a link for the merchant whose account is open, in the place of
// the one there was, which ends.
func MakeFeed(ctx context.Context, d *db.DB, now time.Time, who account.Who, secret []byte, locale string) (*Feed, error) {
	f := &Feed{ID: id.New("cf", now), MerchantID: who.MerchantID, Locale: locale, CreatedAt: now}
	f.tokenHash = hashOfToken(FeedToken(secret, f.ID))
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := endFeed(ctx, tx, now, who.MerchantID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into calendar_feeds (id, merchant_id, token_hash, locale, created_at, created_by) values ($1, $2, $3, $4, $5, $6)`,
			f.ID, f.MerchantID, f.tokenHash, f.Locale, now, who.UserID)
		if err != nil {
			return err
		}
		return record(ctx, tx, who, now, "calendar.make", f.ID, nil)
	})
	return f, err
}

// EndFeed ends the merchant's link. Where there is none it does nothing.
func EndFeed(ctx context.Context, d *db.DB, now time.Time, who account.Who) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		ended, err := endFeed(ctx, tx, now, who.MerchantID)
		if err != nil || ended == 0 {
			return err
		}
		return record(ctx, tx, who, now, "calendar.end", "", nil)
	})
}

func endFeed(ctx context.Context, tx *db.Tx, now time.Time, merchantID int64) (int64, error) {
	return tx.Exec(ctx, `update calendar_feeds set ended_at = $2 where merchant_id = $1 and ended_at is null`, merchantID, now)
}

// ReadFeed puts into a batch the reading of a merchant's link; where there is none
// the feed stays without an id.
func ReadFeed(b *db.Batch, merchantID int64, f *Feed) {
	b.Add(`select `+feedColumns+` from calendar_feeds where merchant_id = $1 and ended_at is null`, []any{merchantID}, func(rows db.Rows) error {
		return scanFeed(rows, f)
	})
}

// FindFeed returns the feed that a link leads to, or fault.NotFound.
func FindFeed(ctx context.Context, r db.Reader, token string) (*Feed, error) {
	f := &Feed{}
	err := r.Query(ctx, func(rows db.Rows) error { return scanFeed(rows, f) },
		`select `+feedColumns+` from calendar_feeds where token_hash = $1 and ended_at is null`, hashOfToken(token))
	if err == nil && f.ID == "" {
		err = fault.New(fault.NotFound, "reminders.calendar.not_found")
	}
	return f, err
}

// feedUsedEvery is how exactly it is known when a link was last used.
const feedUsedEvery = time.Hour

// UseFeed notes that a link was used.
func UseFeed(ctx context.Context, d *db.DB, now time.Time, f *Feed) error {
	if now.Sub(f.LastUsedAt) < feedUsedEvery {
		return nil
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update calendar_feeds set last_used_at = $2 where id = $1 and ended_at is null`, f.ID, now)
		return err
	})
}
