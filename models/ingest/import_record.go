package ingest

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/id"
)

// welcome lets the people at the merchants' phones sign in.
func (i *importing) welcome(ctx context.Context, actor audit.Actor, done []Imported) error {
	for _, f := range done {
		if f.Kind == KindMerchants && f.Added+f.Changed > 0 {
			_, err := account.EnsureOwners(ctx, i.tx, actor, i.now)
			return err
		}
	}
	return nil
}

// record notes the files in the table of imports and in the audit. A file's
// name is the sender's own, and stays out of the audit.
func (i *importing) record(ctx context.Context, actor audit.Actor, files []*importFile, done []Imported) error {
	for n, f := range files {
		importID, taken := id.New("i", i.now), done[n].Taken
		_, err := i.tx.Exec(ctx, `
			insert into imports (id, kind, file_name, sha256, rows, added, changed, unchanged, by_kind, by_id, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			importID, string(f.Kind), f.Name, f.sum, taken.Rows, taken.Added, taken.Changed, taken.Unchanged,
			string(actor.Kind), actor.ID, i.now)
		if err != nil {
			return fmt.Errorf("ingest: noting the import of %s: %w", f.Kind, err)
		}
		err = audit.Write(ctx, i.tx, audit.Entry{
			At: i.clock.Now(), Actor: actor, Action: "import." + string(f.Kind), Subject: importID,
			Details: map[string]any{"sha256": fmt.Sprintf("%x", f.sum), "added": taken.Added, "changed": taken.Changed, "unchanged": taken.Unchanged},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
