package intake

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
)

// Rule finds the rows that break it.
type Rule struct {
	Column string // as the file names it
	Key    string // of the message
	// Query is a SELECT whose first column is the line and whose second is the
	// value as the file has it, as text.
	Query string
	// Args names the message's arguments, one for each further column, as text.
	Args []string
}

// Find notes a problem for each row that breaks one of the rules.
func (p *Problems) Find(ctx context.Context, tx *db.Tx, rules ...Rule) error {
	for _, r := range rules {
		if err := p.find(ctx, tx, r); err != nil {
			return fmt.Errorf("looking for %s in %s: %w", r.Key, r.Column, err)
		}
	}
	return nil
}

func (p *Problems) find(ctx context.Context, tx *db.Tx, r Rule) error {
	columns := "line, value"
	for i := range r.Args {
		columns += fmt.Sprintf(", arg%d", i)
	}
	query := fmt.Sprintf("with found (%s) as (%s) select %s, count(*) over () from found order by line limit %d", columns, r.Query, columns, mostProblems)
	return tx.Query(ctx, func(rows db.Rows) error {
		var line, total int64
		texts := make([]db.Text, 1+len(r.Args)) // the value, and those of the arguments
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
			found := Problem{Line: int(line), Column: r.Column, Value: string(texts[0]), Key: r.Key}
			for i, name := range r.Args {
				found.Args = append(found.Args, name, string(texts[1+i]))
			}
			p.Add(found)
			listed++
			return nil
		})
		p.More += int(total) - listed
		return err
	}, query)
}
