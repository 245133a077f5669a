package evidence

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
)

const kindDisclosure = "disclosure"

func addExport(ctx context.Context, tx *db.Tx, by staff.Actor, e *Export) error {
	_, err := tx.Exec(ctx, `
		insert into evidence_exports (id, kind, subject, manifest_hash, files, bytes, staff_id, staff_name, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, kindDisclosure, e.Subject, e.ManifestHash, e.Files, e.Bytes, by.ID, by.Name, e.At)
	return err
}

// exportsShown is how many packs of a version are listed.
const exportsShown = 50

// Exports lists the packs about a disclosure's version that were handed out last,
// the newest first.
func Exports(ctx context.Context, r db.Reader, slug string, version int) (all []Export, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Export
			err := rows.Scan(&e.ID, &e.Subject, &e.ManifestHash, &e.Files, &e.Bytes, &e.By, &e.At)
			all = append(all, e)
			return err
		})
	}, `
		select id, subject, manifest_hash, files, bytes, staff_name, at from evidence_exports
		where kind = $1 and subject = $2 order by id desc limit $3`, kindDisclosure, subject(slug, version), exportsShown)
	return all, err
}
