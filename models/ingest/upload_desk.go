package ingest

import (
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/staff"
)

// DeskKinds are what staff may send from a page. Disclosures and their prices are
// not among them: what merchants are charged is drafted at the desk, and reviewed
// by someone else before it is published.
var DeskKinds = slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return k == KindPlans })

// Send keeps a file that a member of staff sent from a page, for a job to take it
// in, and returns the upload's id; who sent it is on record. The file may have at
// most so many bytes. It returns fault.Forbidden, and fault.Invalid for the fields
// kind and file.
func Send(ctx context.Context, d *db.DB, jobs event.Queue, now time.Time, by staff.Actor, kind Kind, file Source, most int64) (uploadID string, err error) {
	if err := by.Must(staff.ChangeSettings); err != nil {
		return "", err
	}
	var bad []fault.Field
	if !slices.Contains(DeskKinds, kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "imports.kind_missing"})
	}
	switch {
	case file.ReaderAt == nil:
		bad = append(bad, fault.Field{Name: "file", Key: "imports.file_missing"})
	case file.Size == 0:
		bad = append(bad, fault.Field{Name: "file", Key: "import.file.empty"})
	case file.Size > most:
		bad = append(bad, fault.Field{Name: "file", Key: "import.file.too_large", Args: []any{"limit", max(most>>20, 1)}})
	}
	if len(bad) > 0 {
		return "", &fault.Error{Kind: fault.Invalid, Fields: bad}
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if uploadID, err = SendIn(ctx, tx, jobs, now, by.Audit(), kind, file); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Audit(), Action: "import.send", Subject: uploadID, RequestID: by.RequestID, Details: map[string]any{"kind": string(kind), "bytes": file.Size},
		})
	})
	return uploadID, err
}

// ReadAnyUpload returns what became of a file, whoever sent it, or
// fault.NotFound.
func ReadAnyUpload(ctx context.Context, r db.Reader, uploadID string) (*Upload, error) {
	return readUpload(ctx, r, uploadID, "")
}

// Arrival is a file that came, in whatever way: what was taken in, and of the
// last weeks what is not taken in yet or was refused.
type Arrival struct {
	ID     string // an upload's where IsSent
	IsSent bool   // ReadAnyUpload says more of it
	Kind   Kind
	File   string // its name
	ByKind audit.ActorKind
	By     string // name of the person or key, or empty
	State  UploadState
	intake.Taken
	At time.Time // UTC: when it was taken in, else when it came
}

// ArrivalPlace is where a part of the list ends: after the file of a moment with
// an id.
type ArrivalPlace struct {
	At time.Time
	ID string
}

// ListArrivals returns up to so many files, the latest first, after a place; its
// zero value is the beginning.
func ListArrivals(ctx context.Context, r db.Reader, after ArrivalPlace, most int) (all []Arrival, err error) {
	beyond, args := "", []any{most}
	if after.ID != "" {
		beyond, args = "and (at, id) < ($2, $3)", append(args, after.At, after.ID)
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Arrival
			var by, state db.Text
			err := rows.Scan(&a.ID, &a.IsSent, &a.Kind, &a.File, &a.ByKind, &by, &state, &a.Rows, &a.Added, &a.Changed, &a.Unchanged, &a.At)
			a.By, a.State = string(by), UploadState(state)
			all = append(all, a)
			return err
		})
	}, `
		select x.id, x.is_sent, x.kind, x.file_name, x.by_kind, coalesce(s.name, k.name), x.state, x.rows, x.added, x.changed, x.unchanged, x.at from (
			select * from (
				select id, false as is_sent, kind, file_name, by_kind, by_id, 'done' as state, rows, added, changed, unchanged, at
				from imports where true `+beyond+` order by at desc, id desc limit $1) i
			union all
			select * from (
				select id, true as is_sent, kind, file_name, by_kind, by_id, state, rows, added, changed, unchanged, at
				from uploads where state <> 'done' `+beyond+` order by at desc, id desc limit $1) u
		) x
		left join staff s on x.by_kind = 'staff' and s.id = x.by_id
		left join api_keys k on x.by_kind = 'api' and k.id = x.by_id
		order by x.at desc, x.id desc limit $1`, args...)
	return all, err
}
