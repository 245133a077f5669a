package outbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/id"
)

// New is a finished message that is to be sent, or to lie in the portal.
type New struct {
	ID         string // m_…; empty: one is made
	Kind       Kind
	Channel    string
	MerchantID int64  // who is told; zero: no merchant
	LetterID   string // the letter it is a copy of, or empty
	To         string // number (E.164), address or openid; empty in the portal
	Locale     string // BCP 47 tag: zh-CN or en
	Subject    string // of a mail and in the portal
	Text       string // plain text, as the reader gets it
	HTML       string // of a mail
	Template   string // whose words: name and version
	Fields     map[string]string
	// Unsubscribe is the address at which one click ends such mail, or empty.
	Unsubscribe string
	// Code is by which anyone may check the message: NewCode made it, so that it
	// could stand in the text. Empty: it can't be checked.
	Code      string
	AgainFor  string    // the message that this one sends anew, or empty
	CreatedAt time.Time // UTC
	NotBefore time.Time // not tried before; zero: at once
	NotAfter  time.Time // useless later; zero: after what is usual for its kind
}

// letters are those of a code: what may be taken for another is left out.
const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// NewCode makes a code by which anyone may check a message: 20 letters and
// digits that are hard to confuse, 100 bits of chance.
func NewCode() string {
	code := make([]byte, 20)
	_, _ = rand.Read(code) // never fails: the program ends if it would
	for i, b := range code {
		code[i] = letters[int(b)%len(letters)] // 32 of them: each as likely
	}
	return string(code)
}

// Hash returns what a message's content is known by: the SHA-256, in
// hexadecimal, of its channel, language, subject, plain text and HTML, each
// with its length in bytes and a line break before it.
func Hash(channel, locale, subject, body, html string) string {
	h := sha256.New()
	for _, part := range []string{channel, locale, subject, body, html} {
		h.Write([]byte(strconv.Itoa(len(part)) + "\n" + part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

var newColumns = []string{
	"id", "kind", "channel", "merchant_id", "letter_id", "recipient", "locale", "subject", "body", "html", "unsubscribe", "fields", "template",
	"content_hash", "code", "again_for", "urgent", "created_at", "not_after", "state", "next_at", "accepted_at",
}

// QueueAll puts messages into the outbox and wakes the worker of each channel,
// all if and only if tx is committed. What lies in the portal is there at once.
// It returns the messages' ids, in their order.
func QueueAll(ctx context.Context, tx *db.Tx, jobs event.Queue, all []New) ([]string, error) {
	names := make([]string, 0, len(all))
	var channels []string
	next := func() ([]any, bool, error) {
		if len(names) == len(all) {
			return nil, false, nil
		}
		m := &all[len(names)]
		row, name, err := m.row()
		if err != nil {
			return nil, false, err
		}
		names = append(names, name)
		if m.Channel != Inbox && !slices.Contains(channels, m.Channel) {
			channels = append(channels, m.Channel)
		}
		return row, true, nil
	}
	if _, err := tx.Bulk(ctx, "messages", newColumns, next); err != nil {
		return nil, fmt.Errorf("outbox: queueing messages: %w", err)
	}
	for _, channel := range channels {
		if err := jobs.Insert(ctx, tx, DeliverArgs{Channel: channel}, nil); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func (m *New) row() (row []any, name string, err error) {
	if name = m.ID; name == "" {
		name = id.New("m", m.CreatedAt)
	}
	var merchant *int64
	if m.MerchantID != 0 {
		merchant = &m.MerchantID
	}
	var fields db.JSON
	if len(m.Fields) > 0 {
		if fields, err = json.Marshal(m.Fields); err != nil {
			return nil, "", err
		}
	}
	state, accepted := Queued, db.Time{}
	if m.Channel == Inbox {
		state, accepted = Accepted, db.At(m.CreatedAt)
	}
	next := m.NotBefore
	if next.IsZero() {
		next = m.CreatedAt
	}
	until := m.NotAfter
	if until.IsZero() {
		until = next.Add(m.Kind.lifetime())
	}
	hash, code := Hash(m.Channel, m.Locale, m.Subject, m.Text, m.HTML), m.Code
	if m.Kind.secret() {
		hash, code = "", ""
	}
	return []any{
		name, string(m.Kind), m.Channel, merchant, db.Text(m.LetterID), m.To, m.Locale, m.Subject, m.Text, m.HTML, m.Unsubscribe, fields, m.Template,
		hash, db.Text(code), db.Text(m.AgainFor), m.Kind.secret(), m.CreatedAt, until, string(state), next, accepted,
	}, name, nil
}
