package guide

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// encode writes a content as it is stored, with the hash that names it.
func encode(c *Content) (text []byte, hash string, err error) {
	if text, err = json.Marshal(c); err != nil {
		return nil, "", fmt.Errorf("guide: %w", err)
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

func hashOf(c *Content) (string, error) {
	_, hash, err := encode(c)
	return hash, err
}

// ensureGuide returns the guide with a slug, which it makes where there is none,
// and the number of its latest version, 0 where there is none.
func ensureGuide(ctx context.Context, tx *db.Tx, slug string, at time.Time) (id int64, last int, err error) {
	_, err = tx.Exec(ctx, `insert into guides (slug, created_at) values ($1, $2) on conflict (slug) do nothing`, slug, at)
	if err != nil {
		return 0, 0, err
	}
	err = tx.QueryRow(ctx, `
		select g.id, coalesce(max(v.version), 0)
		from guides g left join guide_versions v on v.guide_id = g.id
		where g.slug = $1
		group by g.id`, slug).Scan(&id, &last)
	return id, last, err
}

// versionRow is a version to be inserted.
type versionRow struct {
	guideID     int64
	version     int
	state       State
	content     *Content
	shipped     bool
	reviewedOn  date.Date
	publishedAt time.Time
	at          time.Time
}

func insertVersion(ctx context.Context, tx *db.Tx, v versionRow) (id int64, err error) {
	text, hash, err := encode(v.content)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `
		insert into guide_versions (guide_id, version, state, content, content_hash, shipped, revision, reviewed_on, published_at, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $9)
		returning id`,
		v.guideID, v.version, string(v.state), db.JSON(text), hash, v.shipped, v.reviewedOn, db.At(v.publishedAt), v.at).Scan(&id)
	return id, err
}

// writeEvent notes what was done with a version.
func writeEvent(ctx context.Context, tx *db.Tx, versionID int64, e Event) error {
	_, err := tx.Exec(ctx, `insert into guide_events (version_id, at, kind, staff_id, name, comment) values ($1, $2, $3, $4, $5, $6)`,
		versionID, e.At, string(e.Kind), e.StaffID, e.Name, e.Comment)
	return err
}

// scanContent reads a stored content.
func scanContent(text db.JSON) (*Content, error) {
	c := &Content{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("guide: a stored content: %w", err)
	}
	return c, nil
}
