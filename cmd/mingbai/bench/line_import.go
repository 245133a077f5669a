package bench

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
)

// importedTerminals and importedDays make a file of 20,000 rows.
const (
	importedTerminals = 1000
	importedDays      = 20
)

// imported is a kind of file with the tables that its import fills.
type imported struct {
	name  string
	file  ingest.File
	table string   // of the rows
	empty []string // tables to empty before each run
}

// imports measures an import, from the file to the commit, against PostgreSQL's
// COPY of the very same rows into the very same table.
func (r *runner) imports(ctx context.Context) ([]Result, error) {
	d, err := r.databases.postgres(ctx, "imports")
	if err != nil {
		return nil, err
	}
	w := world{terminals: importedTerminals, days: importedDays}
	files := w.files()
	if _, err := ingest.Import(ctx, d, clock.At(now), importer, files, ingest.Options{}); err != nil {
		return nil, err
	}
	if err := settle(ctx, d); err != nil {
		return nil, err
	}
	settlements, deductions := files[len(files)-2], files[len(files)-1]
	var results []Result
	// settlements last, since deductions refer to them
	for _, i := range []imported{
		{"import-deductions", deductions, "deductions", []string{"deductions", "deduction_refs", "plan_charges", "deduction_news", "judge_pending"}},
		{"import-settlements", settlements, "settlements", []string{"settlements", "settlement_refs", "settlement_gaps", "judge_pending"}},
	} {
		result, err := r.importOf(ctx, d, i)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (r *runner) importOf(ctx context.Context, d *db.DB, i imported) (Result, error) {
	rows, err := copyOut(ctx, d, i.table)
	if err != nil {
		return Result{}, err
	}
	// timed runs a function on empty tables and times it alone
	timed := func(run func(ctx context.Context) (int64, error)) side {
		return func(ctx context.Context) (pace, error) {
			for _, table := range i.empty {
				if _, err := d.SQL().ExecContext(ctx, "truncate "+table); err != nil {
					return pace{}, err
				}
			}
			began := time.Now()
			n, err := run(ctx)
			return pace{done: int(n), took: time.Since(began)}, err
		}
	}
	base := timed(func(ctx context.Context) (int64, error) { return copyIn(ctx, d, i.table, rows) })
	candidate := timed(func(ctx context.Context) (int64, error) {
		done, err := ingest.Import(ctx, d, clock.At(now), importer, []ingest.File{i.file}, ingest.Options{})
		if err != nil {
			return 0, err
		}
		return done[0].Added, nil
	})
	rounds, err := compare(ctx, r.Rounds, base, candidate)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Name: i.name, What: "import of " + i.table + ", file to commit, against COPY into the table", Unit: "×", Spread: ratio(rounds), Reach: "≥ 0.50",
		Detail: fmt.Sprintf("%s a row, %d rows", times(rounds), rounds[0].candidate.done/2),
	}, nil
}

// copyOut returns a table's rows as COPY reads them.
func copyOut(ctx context.Context, d *db.DB, table string) ([]byte, error) {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	var rows bytes.Buffer
	_, err = conn.Conn().PgConn().CopyTo(ctx, &rows, "copy (select * from "+table+") to stdout")
	return rows.Bytes(), err
}

// copyIn copies rows into the table and commits.
func copyIn(ctx context.Context, d *db.DB, table string, rows []byte) (int64, error) {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	tag, err := conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(rows), "copy "+table+" from stdin")
	return tag.RowsAffected(), err
}
