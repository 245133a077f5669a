package intake

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
)

// Find notes a problem for each row of a SELECT. The SELECT's first column is
// named line, its second is the value as the file has it, as text; each of
// names is an argument of the message and takes a further column, as text.
func (p *Problems) Find(ctx context.Context, tx *db.Tx, column, key string, names []string, query string, args ...any) error {
	limited := fmt.Sprintf("select found.*, count(*) over () from (%s) found order by line limit %d", query, mostProblems)
	return tx.Query(ctx, func(rows db.Rows) error {
		var line, total int64
		texts := make([]db.Text, 1+len(names))
		dest := []any{&line}
		for i := range texts {
			dest = append(dest, &texts[i])
		}
		dest = append(dest, &total)
		listed := 0
		err := db.Each(rows, func() error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			found := Problem{Line: int(line), Column: column, Value: string(texts[0]), Key: key}
			for i, name := range names {
				found.Args = append(found.Args, name, string(texts[1+i]))
			}
			p.Add(found)
			listed++
			return nil
		})
		p.More += int(total) - listed
		return err
	}, limited, args...)
}
