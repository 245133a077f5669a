package guide

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// Edit is a guide as someone wants it kept.
type Edit struct {
	Slug     string
	New      bool // a guide that is not there yet
	Revision int  // of the draft as its editor saw it; 0: there was none
	Content  Content
}

// Save keeps a draft: of a new guide, the next version of a published one, or a
// draft as it stands. It returns the draft's revision; fault.Invalid where a part
// can't be kept, fault.Conflict where someone else saved in between, or the draft
// is in review, and fault.Forbidden.
func Save(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, e Edit) (revision int, err error) {
	if err := by.Must(staff.WriteGuides); err != nil {
		return 0, err
	}
	fields := checkShape(&e.Content)
	if !isSlug(e.Slug) {
		fields.Add(SlugField, "guides.check.slug")
	}
	if err := fields.Err(); err != nil {
		return 0, err
	}
	err = write(ctx, d, at, by, e.Slug, func(tx *db.Tx, w *working) (done Event, err error) {
		switch {
		case e.New && w.guideID != 0:
			var taken fault.Fields
			taken.Add(SlugField, "guides.check.taken")
			return Event{}, taken.Err()
		case !e.New && w.guideID == 0:
			return Event{}, fault.New(fault.NotFound, "")
		case w.versionID == 0 && e.Revision == 0:
			revision = 1
			return begin(ctx, tx, at, e, w)
		case w.state != Draft || w.revision != e.Revision:
			return Event{}, conflict()
		}
		revision = w.revision + 1
		text, hash, err := encode(&e.Content)
		if err != nil {
			return Event{}, err
		}
		_, err = tx.Exec(ctx, `update guide_versions set content = $2, content_hash = $3, revision = revision + 1, updated_at = $4 where id = $1`,
			w.versionID, db.JSON(text), hash, at)
		return Event{Kind: Changed}, err
	})
	return revision, err
}

// begin makes the first draft of a version.
func begin(ctx context.Context, tx *db.Tx, at time.Time, e Edit, w *working) (Event, error) {
	id, last, err := ensureGuide(ctx, tx, e.Slug, at)
	if err != nil {
		return Event{}, err
	}
	w.guideID, w.number = id, last+1
	w.versionID, err = insertVersion(ctx, tx, versionRow{guideID: id, version: last + 1, state: Draft, content: &e.Content, at: at})
	return Event{Kind: Created}, err
}

// Submit gives a draft to review. It returns fault.Invalid with all that Check
// finds, and the other faults of Save.
func Submit(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int) error {
	if err := by.Must(staff.WriteGuides); err != nil {
		return err
	}
	return write(ctx, d, at, by, slug, func(tx *db.Tx, w *working) (Event, error) {
		if err := w.is(Draft, revision); err != nil {
			return Event{}, err
		}
		fields := Check(w.content)
		if err := fields.Err(); err != nil {
			return Event{}, err
		}
		return Event{Kind: Submitted}, w.move(ctx, tx, InReview, at)
	})
}

// Withdraw takes a draft back from review, so that it can be changed.
func Withdraw(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int) error {
	if err := by.Must(staff.WriteGuides); err != nil {
		return err
	}
	return write(ctx, d, at, by, slug, func(tx *db.Tx, w *working) (Event, error) {
		if err := w.is(InReview, revision); err != nil {
			return Event{}, err
		}
		return Event{Kind: Withdrawn}, w.move(ctx, tx, Draft, at)
	})
}

// SendBack gives a draft back to its authors with what a reviewer wants changed.
// No author reviews: fault.Forbidden.
func SendBack(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int, comment string) error {
	var fields fault.Fields
	switch {
	case comment == "":
		fields.Add(CommentField, "guides.check.comment")
	case len([]rune(comment)) > MaxComment:
		fields.Add(CommentField, "guides.check.long", "most", MaxComment)
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return review(ctx, d, at, by, slug, revision, func(tx *db.Tx, w *working) (Event, error) {
		return Event{Kind: SentBack, Comment: comment}, w.move(ctx, tx, Draft, at)
	})
}

// Publish shows a version to readers in place of the one before, reviewed on the
// day of at by whoever publishes it. No author does so: fault.Forbidden.
func Publish(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int) error {
	return review(ctx, d, at, by, slug, revision, func(tx *db.Tx, w *working) (Event, error) {
		fields := Check(w.content)
		if err := fields.Err(); err != nil {
			return Event{}, err
		}
		_, err := tx.Exec(ctx, `
			update guide_versions set state = 'published', reviewed_on = $2, published_at = $3, updated_at = $3, revision = revision + 1
			where id = $1`, w.versionID, date.Of(at), at)
		return Event{Kind: Approved}, err
	})
}

// Discard gives a draft up. What was published before stays.
func Discard(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int) error {
	if err := by.Must(staff.WriteGuides); err != nil {
		return err
	}
	return write(ctx, d, at, by, slug, func(tx *db.Tx, w *working) (Event, error) {
		if err := w.is(Draft, revision); err != nil {
			return Event{}, err
		}
		return Event{Kind: GivenUp}, w.move(ctx, tx, Discarded, at)
	})
}

// review lets someone who did not write a version in review decide on it.
func review(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, revision int, decide func(tx *db.Tx, w *working) (Event, error)) error {
	if err := by.Must(staff.ReviewGuides); err != nil {
		return err
	}
	return write(ctx, d, at, by, slug, func(tx *db.Tx, w *working) (Event, error) {
		if err := w.is(InReview, revision); err != nil {
			return Event{}, err
		}
		wrote, err := w.wroteIt(ctx, tx, by.ID)
		if err != nil {
			return Event{}, err
		}
		if wrote {
			return Event{}, fault.New(fault.Forbidden, "guides.review.own")
		}
		return decide(tx, w)
	})
}

// working is a guide with its version at work, where there is one.
type working struct {
	guideID   int64 // 0: there is no such guide
	versionID int64 // 0: none is at work
	number    int
	state     State
	revision  int
	content   *Content
}

// is returns fault.Conflict where the version is not in the state in which, or
// not the one that, its reader saw.
func (w *working) is(s State, revision int) error {
	switch {
	case w.guideID == 0:
		return fault.New(fault.NotFound, "")
	case w.versionID == 0 || w.state != s || w.revision != revision:
		return conflict()
	}
	return nil
}

func conflict() error { return fault.New(fault.Conflict, "guides.conflict") }

// move changes the state alone; what was seen before no longer counts.
func (w *working) move(ctx context.Context, tx *db.Tx, to State, at time.Time) error {
	_, err := tx.Exec(ctx, `update guide_versions set state = $2, revision = revision + 1, updated_at = $3 where id = $1`, w.versionID, string(to), at)
	return err
}

func (w *working) wroteIt(ctx context.Context, tx *db.Tx, staffID string) (wrote bool, err error) {
	var n int
	err = tx.QueryRow(ctx, `select count(*) from guide_events where version_id = $1 and staff_id = $2 and kind in ('created', 'changed')`,
		w.versionID, staffID).Scan(&n)
	return n > 0, err
}

// write lets one after the other work on a guide, and notes what was done with
// the version and in the record.
func write(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, act func(tx *db.Tx, w *working) (Event, error)) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "guide "+slug); err != nil {
			return err
		}
		w, err := readWorking(ctx, tx, slug)
		if err != nil {
			return err
		}
		done, err := act(tx, w)
		if err != nil {
			return err
		}
		done.At, done.StaffID, done.Name = at, by.ID, by.Name
		if err := writeEvent(ctx, tx, w.versionID, done); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), Action: "guide." + string(done.Kind), Subject: slug, RequestID: by.RequestID,
			Details: map[string]any{"version": w.number},
		})
	})
}

func readWorking(ctx context.Context, tx *db.Tx, slug string) (*working, error) {
	w := &working{}
	var versionID, number, revision *int64
	var state db.Text
	var content db.JSON
	err := tx.QueryRow(ctx, `
		select g.id, v.id, v.version, v.state, v.revision, v.content
		from guides g
		left join guide_versions v on v.guide_id = g.id and v.state in ('draft', 'in_review')
		where g.slug = $1`, slug).Scan(&w.guideID, &versionID, &number, &state, &revision, &content)
	if db.NotFound(err) {
		return w, nil
	}
	if err != nil || versionID == nil {
		return w, err
	}
	w.versionID, w.number, w.state, w.revision = *versionID, int(*number), State(state), int(*revision)
	w.content, err = scanContent(content)
	return w, err
}
