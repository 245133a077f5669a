package guide

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// TakeDown takes a published guide away from readers, with the reason, which
// staff see. The version is the one that whoever decides saw; none of its authors
// does so: fault.Forbidden. It returns fault.Conflict where readers see another
// version by now, or none. A version published later shows the guide again.
func TakeDown(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, version int, reason string) error {
	if err := by.Must(staff.ReviewGuides); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "guide "+slug); err != nil {
			return err
		}
		w, err := readShown(ctx, tx, slug, version)
		if err != nil {
			return err
		}
		wrote, err := w.wroteIt(ctx, tx, by.ID)
		if err != nil {
			return err
		}
		if wrote {
			return fault.New(fault.Forbidden, "guides.take_down.own")
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into guide_withdrawals (version_id, at, staff_id, name, reason) values ($1, $2, $3, $4, $5)`,
			w.versionID, at, by.ID, by.Name, reason)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), Action: "guide." + string(TakenDown), Subject: slug, RequestID: by.RequestID,
			Details: map[string]any{"version": version, "reason": reason},
		})
	})
}

func checkReason(reason string) error {
	var fields fault.Fields
	switch {
	case reason == "":
		fields.Add(CommentField, "guides.take_down.reason")
	case utf8.RuneCountInString(reason) > MaxComment:
		fields.Add(CommentField, "guides.check.long", "most", MaxComment)
	}
	return fields.Err()
}

// readShown returns the version that readers see, which has to be the one given.
func readShown(ctx context.Context, tx *db.Tx, slug string, version int) (*working, error) {
	w := &working{state: Published}
	var down bool
	err := tx.QueryRow(ctx, `
		select v.guide_id, v.id, v.version, exists (select 1 from guide_withdrawals t where t.version_id = v.id)
		from guides g
		join guide_versions v on v.guide_id = g.id
		where g.slug = $1 and v.state = 'published'
		order by v.version desc
		limit 1`, slug).Scan(&w.guideID, &w.versionID, &w.number, &down)
	switch {
	case db.NotFound(err):
		return nil, fault.New(fault.NotFound, "")
	case err == nil && (down || w.number != version):
		err = conflict()
	}
	return w, err
}
