package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/outbox"
)

// Receipt is what anyone who holds a code may know: that a message was sent with
// these words, or a deduction written out with them, and what became of it. It
// names neither merchant nor person.
type Receipt struct {
	Code      string
	Hash      string // SHA-256 of the words, in hexadecimal
	Locale    string // BCP 47 tag
	Message   *MessageReceipt
	Deduction *DeductionReceipt // the one that is not nil
	texts     []string          // any of which is the whole of it
}

// MessageReceipt is what became of a message. An instant that is zero did not
// come, or nobody reported it.
type MessageReceipt struct {
	Kind           Kind
	Channel        Channel
	Template       string
	State          outbox.State
	CreatedAt      time.Time // UTC, as all of them
	AcceptedAt     time.Time
	DeliveredAt    time.Time
	ReadAt         time.Time
	AcknowledgedAt time.Time
	FailedAt       time.Time
}

// DeductionReceipt is a deduction that was written out.
type DeductionReceipt struct {
	LineID string
	On     date.Date
	Item   fee.Item
	State  fee.State // now; empty: the deduction is there no more
	Body   string
	MadeAt time.Time // UTC
}

const noReceipt = "receipts.not_found"

// PlainCode returns a code as it is kept: in capitals, without what people put
// between its letters.
func PlainCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return unicode.ToUpper(r)
	}, typed)
}

// ReadReceipt returns what a code stands for, in one round trip, or
// fault.NotFound.
func ReadReceipt(ctx context.Context, r db.Reader, code string) (*Receipt, error) {
	found := &Receipt{Code: PlainCode(code)}
	b := db.NewBatch()
	b.Apart()
	b.Add(`select kind, channel, locale, template, content_hash, subject, body, html, state, created_at, accepted_at, delivered_at, read_at, acknowledged_at, failed_at
		from messages where code = $1`, []any{found.Code}, found.readMessage)
	b.Add(`select r.line_id, r.on_date, r.item, r.locale, r.body, r.content_hash, r.made_at, l.state
		from deduction_receipts r left join bill_lines l on l.merchant_id = r.merchant_id and l.id = r.line_id
		where r.code = $1`, []any{found.Code}, found.readDeduction)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if found.Message == nil && found.Deduction == nil {
		return nil, fault.New(fault.NotFound, noReceipt)
	}
	return found, nil
}

func (r *Receipt) readMessage(rows db.Rows) error {
	return db.Each(rows, func() error {
		m := &MessageReceipt{}
		r.Message = m
		var subject, body, page string
		var accepted, delivered, read, acknowledged, failed db.Time
		err := rows.Scan(&m.Kind, &m.Channel, &r.Locale, &m.Template, &r.Hash, &subject, &body, &page, &m.State, &m.CreatedAt,
			&accepted, &delivered, &read, &acknowledged, &failed)
		m.AcceptedAt, m.DeliveredAt, m.ReadAt, m.AcknowledgedAt, m.FailedAt = accepted.Time, delivered.Time, read.Time, acknowledged.Time, failed.Time
		r.texts = []string{body, subject + body}
		if page != "" {
			seen := seenText(page)
			r.texts = append(r.texts, seen, subject+seen)
		}
		return err
	})
}

func (r *Receipt) readDeduction(rows db.Rows) error {
	return db.Each(rows, func() error {
		d := &DeductionReceipt{}
		r.Deduction = d
		var state db.Text
		err := rows.Scan(&d.LineID, &d.On, &d.Item, &r.Locale, &d.Body, &r.Hash, &d.MadeAt, &state)
		d.State = fee.State(state)
		r.texts = []string{d.Body}
		return err
	})
}

// seenText is what a reader sees of a mail's HTML.
func seenText(page string) string {
	var b strings.Builder
	hidden := 0
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			if tag := string(name); tag != "head" && tag != "style" && tag != "title" {
				continue
			}
			if kind == html.StartTagToken {
				hidden++
			} else {
				hidden--
			}
		}
	}
}

// Is reports whether a text is the whole of what was sent or written out. Spaces
// and line breaks don't count: programs put them in where they like.
func (r *Receipt) Is(text string) bool {
	text = squeeze(text)
	for _, t := range r.texts {
		if text != "" && squeeze(t) == text {
			return true
		}
	}
	return false
}

func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, text)
}

// How often one address may compare a text within an hour.
const (
	comparisons     = 30
	comparisonsSpan = time.Hour
)

// CompareReceipt reports whether a text is the whole of what a code stands for.
// Origin is the caller's network address; it returns fault.TooMany where that
// has compared too often, fault.Invalid for the field "text" where there is
// none, and fault.NotFound.
func CompareReceipt(ctx context.Context, d *db.DB, now time.Time, origin, code, text string) (*Receipt, bool, error) {
	r, err := ReadReceipt(ctx, d, code)
	if err != nil {
		return nil, false, err
	}
	if squeeze(text) == "" {
		var fields fault.Fields
		fields.Add("text", "receipts.compare.empty")
		return r, false, fields.Err()
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		key := "receipt " + attempt.Neighbourhood(origin)
		if err := attempt.Within(ctx, tx, key, comparisons, comparisonsSpan, now, "receipts.compare.too_many"); err != nil {
			return err
		}
		return attempt.Note(ctx, tx, key, now)
	})
	if err != nil {
		return r, false, err
	}
	return r, r.Is(text), nil
}

// MakeDeductionReceipt keeps a line of the merchant's bill as it was written out,
// and returns the code by which anyone may check that. The same words of the
// same line keep their code. It returns fault.NotFound where the merchant has no
// such line.
func MakeDeductionReceipt(ctx context.Context, d *db.DB, now time.Time, who account.Who, lineID, locale, body string) (code string, err error) {
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	err = d.Write(ctx, func(tx *db.Tx) error {
		code = outbox.NewCode()
		made, err := tx.Exec(ctx, `
			insert into deduction_receipts (code, merchant_id, line_id, on_date, item, locale, body, content_hash, made_at, made_by)
			select $3, l.merchant_id, l.id, l.on_date, l.item, $4, $5, $6, $7, $8 from bill_lines l where l.merchant_id = $1 and l.id = $2
			on conflict (merchant_id, line_id, locale, content_hash) do nothing`,
			who.MerchantID, lineID, code, locale, body, hash, now, who.UserID)
		if err != nil {
			return err
		}
		if made == 0 {
			err := tx.QueryRow(ctx, `select code from deduction_receipts where merchant_id = $1 and line_id = $2 and locale = $3 and content_hash = $4`,
				who.MerchantID, lineID, locale, hash).Scan(&code)
			if db.NotFound(err) {
				return fault.New(fault.NotFound, "errors.not_found.deduction")
			}
			return err
		}
		return record(ctx, tx, who, now, "receipt.make", lineID, map[string]any{"hash": hash})
	})
	return code, err
}

// ReadDeductionReceipt returns a receipt of the merchant's own, or
// fault.NotFound.
func ReadDeductionReceipt(ctx context.Context, r db.Reader, merchantID int64, lineID, code string) (*Receipt, error) {
	found := &Receipt{Code: PlainCode(code)}
	err := r.Query(ctx, found.readDeduction, `
		select r.line_id, r.on_date, r.item, r.locale, r.body, r.content_hash, r.made_at, l.state
		from deduction_receipts r left join bill_lines l on l.merchant_id = r.merchant_id and l.id = r.line_id
		where r.code = $1 and r.merchant_id = $2 and r.line_id = $3`, found.Code, merchantID, lineID)
	if err == nil && found.Deduction == nil {
		err = fault.New(fault.NotFound, noReceipt)
	}
	return found, err
}
