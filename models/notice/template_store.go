package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// templateAtWork is the version of a template that is drafted or in review.
type templateAtWork struct {
	id       int64 // 0: none is
	version  int
	state    TemplateState
	revision int
	words    *Words
}

func readTemplateAtWork(ctx context.Context, tx *db.Tx, t Template) (*templateAtWork, error) {
	work := &templateAtWork{}
	var state string
	var words db.JSON
	err := tx.QueryRow(ctx, `
		select id, version, state, revision, words from notice_templates
		where kind = $1 and channel = $2 and state in ('draft', 'in_review')`, string(t.Kind), string(t.Channel)).
		Scan(&work.id, &work.version, &state, &work.revision, &words)
	if db.NotFound(err) {
		return work, nil
	}
	if err != nil {
		return nil, err
	}
	work.state = TemplateState(state)
	work.words, err = readWords(words)
	return work, err
}

// is returns fault.Conflict where the version is not in the state in which, or
// not the one that, its reader saw.
func (w *templateAtWork) is(s TemplateState, revision int) error {
	if w.id == 0 || w.state != s || w.revision != revision {
		return templateConflict()
	}
	return nil
}

func (w *templateAtWork) begin(ctx context.Context, tx *db.Tx, t Template, words *Words, at time.Time) error {
	text, hash, err := encodeWords(words)
	if err != nil {
		return err
	}
	return tx.QueryRow(ctx, `
		insert into notice_templates (kind, channel, version, state, words, content_hash, revision, created_at, updated_at)
		select $1, $2, coalesce(max(version), 0) + 1, 'draft', $3, $4, 1, $5, $5 from notice_templates where kind = $1 and channel = $2
		returning id, version`, string(t.Kind), string(t.Channel), db.JSON(text), hash, at).Scan(&w.id, &w.version)
}

func (w *templateAtWork) reword(ctx context.Context, tx *db.Tx, words *Words, at time.Time) error {
	text, hash, err := encodeWords(words)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update notice_templates set words = $2, content_hash = $3, revision = revision + 1, updated_at = $4 where id = $1`,
		w.id, db.JSON(text), hash, at)
	return err
}

// move changes the state alone; what was seen before no longer counts.
func (w *templateAtWork) move(ctx context.Context, tx *db.Tx, to TemplateState, at time.Time) error {
	_, err := tx.Exec(ctx, `update notice_templates set state = $2, revision = revision + 1, updated_at = $3 where id = $1`, w.id, string(to), at)
	return err
}

func (w *templateAtWork) goLive(ctx context.Context, tx *db.Tx, t Template, at time.Time) error {
	_, err := tx.Exec(ctx, `update notice_templates set state = 'replaced', revision = revision + 1, updated_at = $3 where kind = $1 and channel = $2 and state = 'live'`,
		string(t.Kind), string(t.Channel), at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update notice_templates set state = 'live', live_at = $2, revision = revision + 1, updated_at = $2 where id = $1`, w.id, at)
	return err
}

func (w *templateAtWork) isBy(ctx context.Context, tx *db.Tx, staffID string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `
		select count(*) from notice_template_events where template_id = $1 and staff_id = $2 and kind in ('created', 'changed', 'restored')`,
		w.id, staffID).Scan(&n)
	return n > 0, err
}

func writeTemplateEvent(ctx context.Context, tx *db.Tx, templateID int64, e *TemplateEvent) error {
	_, err := tx.Exec(ctx, `insert into notice_template_events (template_id, at, kind, staff_id, name, comment) values ($1, $2, $3, $4, $5, $6)`,
		templateID, e.At, string(e.Kind), e.StaffID, e.Name, e.Comment)
	return err
}

// encodeWords writes words as they are stored, with the hash that names them.
func encodeWords(w *Words) (text []byte, hash string, err error) {
	if text, err = json.Marshal(w); err != nil {
		return nil, "", fmt.Errorf("notice: %w", err)
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

func readWords(text db.JSON) (*Words, error) {
	w := &Words{}
	if err := json.Unmarshal(text, w); err != nil {
		return nil, fmt.Errorf("notice: the words of a template: %w", err)
	}
	return w, nil
}
