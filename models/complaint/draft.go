package complaint

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
)

// maxDraft bounds what is kept of a form that is not sent yet, in bytes.
const maxDraft = 32 << 10

// Draft is what somebody has begun to write about a subject, on whichever device.
type Draft struct {
	Subject   Subject
	Ref       string
	Content   json.RawMessage // the form's fields
	UpdatedAt time.Time
}

// SaveDraft keeps what somebody has begun to write, in place of what they had
// before on the same subject. It returns fault.Invalid for the field "words" where
// it is too long, and fault.Forbidden.
func (c *Cases) SaveDraft(ctx context.Context, who account.Who, s Subject, ref string, content json.RawMessage) error {
	if len(content) > maxDraft || !json.Valid(content) || len(ref) > 100 {
		return wrongField("words", "case.words_long", "n", MaxWords)
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := c.mayWrite(ctx, tx, who); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into case_drafts (merchant_id, user_id, subject, subject_ref, content, updated_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (merchant_id, user_id, subject, subject_ref) do update set content = excluded.content, updated_at = excluded.updated_at`,
			who.MerchantID, who.UserID, string(s), ref, string(content), at)
		return err
	})
}

// ReadDraft returns what somebody has begun to write about a subject, and false
// where there is nothing.
func (c *Cases) ReadDraft(ctx context.Context, who account.Who, s Subject, ref string) (d Draft, found bool, err error) {
	var content string
	var at db.Time
	err = c.d.QueryRow(ctx, `select content, updated_at from case_drafts where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4`,
		who.MerchantID, who.UserID, string(s), ref).Scan(&content, &at)
	if db.NotFound(err) {
		return Draft{}, false, nil
	}
	return Draft{s, ref, json.RawMessage(content), at.Time}, err == nil, err
}

// ForgetDrafts removes what somebody began to write longer ago than so, and
// returns how many drafts there were.
func (c *Cases) ForgetDrafts(ctx context.Context, before time.Time) (n int64, err error) {
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(ctx, `delete from case_drafts where updated_at < $1`, before)
		return err
	})
	return n, err
}
