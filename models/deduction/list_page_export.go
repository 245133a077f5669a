package deduction

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// exportedAtOnce is how many lines are read at a time for a file: no reader's
// slow line keeps a connection of the database.
const exportedAtOnce = 1000

// EachListed calls each with every line of a merchant's bill that the filter
// lets through, newest first, until it returns an error. It may ask the database
// several times; a line that comes meanwhile, newer than those already given, is
// left out.
func EachListed(ctx context.Context, r db.Reader, merchantID int64, f ListFilter, each func(*ListedLine) error) error {
	for at := (Place{}); ; {
		lines := make([]ListedLine, 0, exportedAtOnce)
		clause := f.lines(merchantID)
		part := clause.at(at, exportedAtOnce)
		err := r.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				lines = append(lines, ListedLine{})
				return scanListed(rows, &lines[len(lines)-1])
			})
		}, `select `+listColumns+listTables+part, clause.args...)
		if err != nil {
			return err
		}
		for i := range lines {
			if err := each(&lines[i]); err != nil {
				return err
			}
		}
		if len(lines) < exportedAtOnce {
			return nil
		}
		at = OlderThan(&lines[len(lines)-1].Line)
	}
}
