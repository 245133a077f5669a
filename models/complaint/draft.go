package complaint

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// maxDraft bounds what is kept of a form that is not sent yet, in bytes.
const maxDraft = 32 << 10

// How much somebody may keep unsent at a merchant, beside what they write from
// scratch.
const (
	MaxDrafts     = 20
	MaxDraftFiles = 40 // in all of them
)

// ErrDraftsFull is fault.Conflict: somebody keeps as much unsent as they may. What
// they have at hand can be filed all the same.
var ErrDraftsFull = fault.New(fault.Conflict, "case.drafts_full", "n", MaxDrafts, "files", MaxDraftFiles)

// Draft is what somebody has begun to write about a subject, on whichever device.
type Draft struct {
	Subject   Subject
	Ref       string
	Content   json.RawMessage // the form's fields
	UpdatedAt time.Time       // zero: there is none
	Files     []File
}

// SaveDraft keeps what somebody has begun to write, in place of what they had
// before on the same subject, and adds files to it. It returns fault.Invalid for
// the field "words" where it is too long, and for "files", ErrDraftsFull, and
// fault.Forbidden.
func (c *Cases) SaveDraft(ctx context.Context, who account.Who, s Subject, ref string, content json.RawMessage, uploads []Upload) error {
	if len(content) > maxDraft || !json.Valid(content) || len(ref) > 100 {
		return wrongField("words", "case.words_long", "n", MaxWords)
	}
	at := c.clock.Now()
	all, err := c.store(ctx, at, uploads, func() error { return c.mayDraft(ctx, who, s, ref, len(uploads)) })
	if err != nil {
		return err
	}
	var known []stored
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := c.mayWrite(ctx, tx, who); err != nil {
			return err
		}
		if err := roomForDraft(ctx, tx, who, s, ref, len(all)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into case_drafts (merchant_id, user_id, subject, subject_ref, content, updated_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (merchant_id, user_id, subject, subject_ref) do update set content = excluded.content, updated_at = excluded.updated_at`,
			who.MerchantID, who.UserID, string(s), ref, string(content), at)
		if err != nil {
			return err
		}
		known, err = addDraftFiles(ctx, tx, at, who, s, ref, all)
		return err
	})
	if err != nil {
		return errors.Join(err, c.unstore(ctx, all))
	}
	return c.unstore(ctx, known)
}

// mayDraft says before files are taken in whether somebody may keep so many, and
// has room for any.
func (c *Cases) mayDraft(ctx context.Context, who account.Who, s Subject, ref string, files int) error {
	if _, err := c.mayWrite(ctx, c.d, who); err != nil {
		return err
	}
	if err := roomBeside(ctx, c.d, who, s, ref, files); err != nil {
		return err
	}
	has, err := draftFiles(ctx, c.d, who, s, ref)
	if err == nil && len(has) >= MaxFiles {
		err = wrongField("files", "case.files_full", "n", MaxFiles)
	}
	return err
}

// roomForDraft is roomBeside, where two that begin at once wait for each other.
func roomForDraft(ctx context.Context, tx *db.Tx, who account.Who, s Subject, ref string, files int) error {
	if s == OfNothing {
		return nil // there is one
	}
	if err := tx.Lock(ctx, "drafts of "+who.UserID); err != nil {
		return err
	}
	return roomBeside(ctx, tx, who, s, ref, files)
}

// roomBeside returns ErrDraftsFull where somebody keeps as many others unsent as
// they may, or as many files in them.
func roomBeside(ctx context.Context, r db.Reader, who account.Who, s Subject, ref string, files int) error {
	if s == OfNothing {
		return nil // there is one
	}
	var others, kept int
	err := r.QueryRow(ctx, `
		select (select count(*) from case_drafts where merchant_id = $1 and user_id = $2 and subject <> 'none' and (subject <> $3 or subject_ref <> $4)),
			(select count(*) from case_draft_files where merchant_id = $1 and user_id = $2 and subject <> 'none' and (subject <> $3 or subject_ref <> $4))`,
		who.MerchantID, who.UserID, string(s), ref).Scan(&others, &kept)
	if err == nil && (others >= MaxDrafts || files > 0 && kept+files > MaxDraftFiles) {
		err = ErrDraftsFull
	}
	return err
}

// ReadDraft returns what somebody has begun to write about a subject, and false
// where there is nothing.
func (c *Cases) ReadDraft(ctx context.Context, who account.Who, s Subject, ref string) (d Draft, found bool, err error) {
	b := db.NewBatch()
	AddDraft(b, who, s, ref, &d)
	err = c.d.Read(ctx, b)
	return d, !d.UpdatedAt.IsZero(), err
}

// AddDraft has a batch read what somebody has begun to write about a subject.
func AddDraft(b *db.Batch, who account.Who, s Subject, ref string, d *Draft) {
	d.Subject, d.Ref = s, ref
	args := []any{who.MerchantID, who.UserID, string(s), ref}
	b.Add(`select content, updated_at from case_drafts where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var content string
			var at db.Time
			err := rows.Scan(&content, &at)
			d.Content, d.UpdatedAt = json.RawMessage(content), at.Time
			return err
		})
	})
	b.Add(`select id, name, type, bytes, at from case_draft_files where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4 order by at, id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f File
			var at db.Time
			err := rows.Scan(&f.ID, &f.Name, &f.Type, &f.Bytes, &at)
			f.At = at.Time
			d.Files = append(d.Files, f)
			return err
		})
	})
}

// takeDraft removes what somebody had begun to write, and returns its files. Of two
// that take it at once one gets them: whoever does is to give them to a case, or to
// forget their contents.
func takeDraft(ctx context.Context, tx *db.Tx, who account.Who, s Subject, ref string) ([]stored, error) {
	_, err := tx.Exec(ctx, `delete from case_drafts where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4`, who.MerchantID, who.UserID, string(s), ref)
	if err != nil {
		return nil, err
	}
	files, err := scanStored(ctx, tx, `
		delete from case_draft_files where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4 returning id, name, type, bytes, sum`,
		who.MerchantID, who.UserID, string(s), ref)
	slices.SortFunc(files, func(a, b stored) int { return cmp.Compare(a.id, b.id) })
	return files, err
}

// DropDraft throws away what somebody has begun to write about a subject.
func (c *Cases) DropDraft(ctx context.Context, who account.Who, s Subject, ref string) error {
	var files []stored
	err := c.d.Write(ctx, func(tx *db.Tx) (err error) {
		files, err = takeDraft(ctx, tx, who, s, ref)
		return err
	})
	if err != nil {
		return err
	}
	return c.unstore(ctx, files)
}

// forgetAtOnce is how many files of drafts are forgotten in one transaction.
const forgetAtOnce = 100

// ForgetDrafts removes what somebody began to write longer ago than so, and
// returns how many drafts there were.
func (c *Cases) ForgetDrafts(ctx context.Context, before time.Time) (n int64, err error) {
	for {
		var files []stored
		err := c.d.Write(ctx, func(tx *db.Tx) (err error) {
			// What was filed since it was looked for is a case's, and is not forgotten.
			files, err = scanStored(ctx, tx, `
				delete from case_draft_files where id in (
					select f.id from case_draft_files f join case_drafts d
						on d.merchant_id = f.merchant_id and d.user_id = f.user_id and d.subject = f.subject and d.subject_ref = f.subject_ref
					where d.updated_at < $1 order by f.id limit $2)
				returning id, name, type, bytes, sum`, before, forgetAtOnce)
			return err
		})
		if err == nil {
			err = c.unstore(ctx, files)
		}
		if err != nil {
			return 0, err
		}
		if len(files) < forgetAtOnce {
			break
		}
	}
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(ctx, `delete from case_drafts where updated_at < $1`, before)
		return err
	})
	return n, err
}
