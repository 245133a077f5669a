package guide

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Detail is a guide with all that staff need to work on it.
type Detail struct {
	Slug      string
	AtWork    *Version // nil: nothing is
	Published *Version // the latest; nil: nothing yet
	Down      bool     // that version was taken away from readers
	Events    []Event  // of all versions, the latest first
	Reasons   []Reason // that readers gave about the published version, the latest first
	Yes, No   int
}

// Version is a version of a guide.
type Version struct {
	Number     int
	State      State
	Revision   int
	Content    *Content
	Shipped    bool
	ReviewedOn date.Date
	UpdatedAt  time.Time
	Authors    []string // ids of the staff who changed its text
}

// Wrote reports whether someone is an author of the version.
func (v *Version) Wrote(staffID string) bool { return slices.Contains(v.Authors, staffID) }

// Reason is what a reader said of a guide.
type Reason struct {
	At     time.Time
	Locale string
	Helped bool
	Text   string
}

// reasonsShown is how many reasons staff see at once.
const reasonsShown = 50

// Get reads a guide in one round trip; fault.NotFound where there is none.
func Get(ctx context.Context, r db.Reader, slug string) (*Detail, error) {
	d := &Detail{Slug: slug}
	known := false
	b := db.NewBatch()
	b.Add(`select 1 from guides where slug = $1`, []any{slug}, func(rows db.Rows) error {
		known = rows.Next()
		return rows.Err()
	})
	b.Add(`
		select v.version, v.state, v.revision, v.content, v.shipped, v.reviewed_on, v.updated_at
		from guides g
		join guide_versions v on v.guide_id = g.id
		where g.slug = $1 and (v.state in ('draft', 'in_review') or v.version = (
			select max(l.version) from guide_versions l where l.guide_id = g.id and l.state = 'published'))`, []any{slug}, d.readVersions)
	b.Add(`
		select v.version, e.at, e.kind, e.staff_id, e.name, e.comment, e.id
		from guides g
		join guide_versions v on v.guide_id = g.id
		join guide_events e on e.version_id = v.id
		where g.slug = $1
		union all
		select v.version, t.at, 'taken_down', t.staff_id, t.name, t.reason, 9000000000000000000
		from guides g
		join guide_versions v on v.guide_id = g.id
		join guide_withdrawals t on t.version_id = v.id
		where g.slug = $1
		order by 2 desc, 7 desc`, []any{slug}, d.readEvents)
	votes := `
		from guides g
		join guide_versions v on v.guide_id = g.id and v.version = (
			select max(l.version) from guide_versions l where l.guide_id = g.id and l.state = 'published')
		join guide_votes o on o.version_id = v.id
		where g.slug = $1`
	b.Add(`select o.helped, count(*)`+votes+` group by o.helped`, []any{slug}, d.readVotes)
	b.Add(`select o.at, o.locale, o.helped, o.reason`+votes+` and o.reason <> '' order by o.at desc limit $2`, []any{slug, reasonsShown}, d.readReasons)
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	if !known {
		return nil, fault.New(fault.NotFound, "")
	}
	for _, e := range d.Events {
		for _, v := range []*Version{d.AtWork, d.Published} {
			if v != nil && e.Version == v.Number && e.Kind.writes() && !v.Wrote(e.StaffID) {
				v.Authors = append(v.Authors, e.StaffID)
			}
		}
		d.Down = d.Down || e.Kind == TakenDown && d.Published != nil && e.Version == d.Published.Number
	}
	return d, nil
}

func (d *Detail) readVersions(rows db.Rows) error {
	return db.Each(rows, func() error {
		v := &Version{}
		var state string
		var content db.JSON
		err := rows.Scan(&v.Number, &state, &v.Revision, &content, &v.Shipped, &v.ReviewedOn, &v.UpdatedAt)
		if err != nil {
			return err
		}
		if v.State = State(state); v.State == Published {
			d.Published = v
		} else {
			d.AtWork = v
		}
		v.Content, err = scanContent(content)
		return err
	})
}

func (d *Detail) readEvents(rows db.Rows) error {
	return db.Each(rows, func() error {
		var e Event
		var kind string
		var order int64
		err := rows.Scan(&e.Version, &e.At, &kind, &e.StaffID, &e.Name, &e.Comment, &order)
		e.Kind = EventKind(kind)
		d.Events = append(d.Events, e)
		return err
	})
}

func (d *Detail) readVotes(rows db.Rows) error {
	return db.Each(rows, func() error {
		var helped bool
		var n int
		err := rows.Scan(&helped, &n)
		if helped {
			d.Yes = n
		} else {
			d.No = n
		}
		return err
	})
}

func (d *Detail) readReasons(rows db.Rows) error {
	return db.Each(rows, func() error {
		var r Reason
		err := rows.Scan(&r.At, &r.Locale, &r.Helped, &r.Text)
		d.Reasons = append(d.Reasons, r)
		return err
	})
}
