package guide

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Listed is a guide as staff see it in a list.
type Listed struct {
	Slug      string
	Content   *Content // of the version at work, else of the published one
	AtWork    State    // empty: nothing is at work
	Published int      // number of the latest version published; 0: none
	Shipped   bool     // that version came with the program
	Down      bool     // that version was taken away from readers
	Reviewed  date.Date
	UpdatedAt time.Time
	Yes, No   int // answers to whether the published version helped
}

// List reads every guide in one query, by category and order.
func List(ctx context.Context, r db.Reader) (all []Listed, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l Listed
			var work, seen db.JSON
			var state db.Text
			var published *int
			var shipped *bool
			var updated, seenAt db.Time
			err := rows.Scan(&l.Slug, &state, &work, &updated, &published, &seen, &shipped, &l.Reviewed, &seenAt, &l.Yes, &l.No, &l.Down)
			if err != nil {
				return err
			}
			l.AtWork, l.UpdatedAt = State(state), updated.Time
			content := work
			if published != nil {
				l.Published, l.Shipped = *published, *shipped
			}
			if len(work) == 0 {
				content, l.UpdatedAt = seen, seenAt.Time
			}
			if len(content) == 0 {
				return nil // every draft of it was given up
			}
			l.Content, err = scanContent(content)
			all = append(all, l)
			return err
		})
	}, `
		select g.slug, w.state, w.content, w.updated_at, p.version, p.content, p.shipped, p.reviewed_on, p.updated_at,
			(select count(*) from guide_votes v where v.version_id = p.id and v.helped),
			(select count(*) from guide_votes v where v.version_id = p.id and not v.helped),
			exists (select 1 from guide_withdrawals t where t.version_id = p.id)
		from guides g
		left join guide_versions w on w.guide_id = g.id and w.state in ('draft', 'in_review')
		left join guide_versions p on p.guide_id = g.id and p.version = (
			select max(l.version) from guide_versions l where l.guide_id = g.id and l.state = 'published')
		order by g.slug`)
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Listed) int { return compare(a.Content, b.Content) })
	return all, nil
}

// CountForReview adds to a batch how many guides wait for a review that someone,
// who wrote none of it, may give.
func CountForReview(b *db.Batch, staffID string, n *int) {
	b.Add(`
		select count(*) from guide_versions v
		where v.state = 'in_review' and not exists (
			select 1 from guide_events e where e.version_id = v.id and e.staff_id = $1 and e.kind in ('created', 'changed'))`,
		[]any{staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
