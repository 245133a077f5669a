package guide

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Ship publishes the guides that come with the program and are not there yet, or
// came in other words with an earlier one. A guide that staff have changed or
// taken down stays as they left it. It returns how many it published; of several programs that
// start at the same time one does.
func Ship(ctx context.Context, d *db.DB, at time.Time) (published int, err error) {
	all, err := ShippedGuides()
	if err != nil {
		return 0, err
	}
	return ship(ctx, d, at, all)
}

func ship(ctx context.Context, d *db.DB, at time.Time, all []Shipped) (published int, err error) {
	fresh, err := unshipped(ctx, d, all)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "shipped guides"); err != nil {
			return err
		}
		fresh, err := unshipped(ctx, tx, all)
		if err != nil || len(fresh) == 0 {
			return err
		}
		for i := range fresh {
			if err := fresh[i].publish(ctx, tx, at); err != nil {
				return fmt.Errorf("guide: shipping %s: %w", fresh[i].Slug, err)
			}
		}
		published = len(fresh)
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: audit.Actor{Kind: audit.System, ID: "guides"}, Action: "guide.ship", Subject: "guides",
			Details: map[string]any{"guides": published},
		})
	})
	return published, err
}

// unshipped returns what of the guides has to be published.
func unshipped(ctx context.Context, r db.Reader, all []Shipped) (fresh []Shipped, err error) {
	type stored struct {
		hash     string
		reviewed date.Date
		own      bool // staff have changed it, or taken it down
	}
	there := map[string]stored{}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var slug, hash string
			var reviewed date.Date
			var own bool
			if err := rows.Scan(&slug, &hash, &reviewed, &own); err != nil {
				return err
			}
			there[slug] = stored{hash, reviewed, there[slug].own || own} // the latest version comes last
			return nil
		})
	}, `
		select g.slug, v.content_hash, v.reviewed_on,
			not v.shipped or exists (select 1 from guide_withdrawals t where t.version_id = v.id)
		from guides g
		join guide_versions v on v.guide_id = g.id
		where v.state <> 'discarded'
		order by g.slug, v.version`)
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	for _, s := range all {
		is, known := there[s.Slug]
		hash, err := hashOf(&s.Content)
		if err != nil {
			return nil, err
		}
		if !known || !is.own && (is.hash != hash || is.reviewed != s.ReviewedOn) {
			fresh = append(fresh, s)
		}
	}
	return fresh, nil
}

func (s *Shipped) publish(ctx context.Context, tx *db.Tx, at time.Time) error {
	guideID, last, err := ensureGuide(ctx, tx, s.Slug, at)
	if err != nil {
		return err
	}
	_, err = insertVersion(ctx, tx, versionRow{
		guideID: guideID, version: last + 1, state: Published, content: &s.Content, shipped: true, reviewedOn: s.ReviewedOn, publishedAt: at, at: at,
	})
	return err
}
