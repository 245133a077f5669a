package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/setting"
)

const (
	// chunk is how many rows go in one transaction: few enough that whoever else
	// writes hardly waits.
	chunk = 2000

	// foundAtOnce is how many rows are found before they go: few enough to keep in
	// memory where each lies.
	foundAtOnce = 100_000

	// Ahead is how far ahead a run counts what will be over.
	Ahead = 30
)

// removedBy does it.
var removedBy = audit.Actor{Kind: audit.System, ID: "retention"}

// Count is what a run did by one rule.
type Count struct {
	Rule    string
	Removed int64 // rows that went, or out of which people were taken
	Months  int64 // partitions that went at once, with rows that nobody counted
	Coming  int64 // rows that will be over within the next days
}

// Run removes what is over, table by table and in chunks, and writes down how
// much it was. The files of complaints go with their rows; files may be nil where
// none are kept. Any rule that fails leaves the others to go on. It returns how
// many rows went.
func Run(ctx context.Context, d *db.DB, at clock.Clock, files file.Store) (removed int64, err error) {
	terms, err := setting.GetRetention(ctx, d)
	if err != nil {
		return 0, err
	}
	now, today := at.Now(), clock.Today(at)
	run := id.New("rt", now)
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into retention_runs (id, at) values ($1, $2)`, run, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("retention: %w", err)
	}
	var failed []error
	months := int64(0)
	for i := range rules {
		r := &rules[i]
		first := TermOf(r.group).cutoff(&terms, today, r.months)
		c, err := r.run(ctx, d, files, first)
		removed, months = removed+c.Removed, months+c.Months
		if err == nil {
			ahead, args := r.where(TermOf(r.group).cutoff(&terms, today.AddDays(Ahead), r.months))
			err = d.QueryRow(ctx, `select count(*) from `+r.table+` x where `+ahead, args...).Scan(&c.Coming)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("retention: %s: %w", r.key(), err))
			continue
		}
		if first.IsZero() {
			first = today // what has a moment of its own
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into retention_counts (run_id, rule, before, removed, months, coming) values ($1, $2, $3, $4, $5, $6)`,
				run, r.key(), first, c.Removed, c.Months, c.Coming)
			return err
		})
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return removed, err
	}
	return removed, d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `update retention_runs set done_at = $2, removed = $3 where id = $1`, run, at.Now(), removed); err != nil || removed+months == 0 {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: removedBy, Action: "retention.run", Subject: run, Details: map[string]any{"rows": removed, "months": months},
		})
	})
}

// run does one rule: whole months first, where the database splits the table by
// them, and then what is left, in chunks. It looks again until nothing is found,
// since what goes may have held back something else of the same table.
func (r *rule) run(ctx context.Context, d *db.DB, files file.Store, first date.Date) (c Count, err error) {
	if r.parts != "" && d.Dialect == db.Postgres {
		if c.Months, err = r.dropMonths(ctx, d, first); err != nil {
			return c, err
		}
	}
	for {
		places, err := r.find(ctx, d, first)
		if err != nil {
			return c, err
		}
		before := c.Removed
		for some := range slices.Chunk(places, chunk) {
			n, err := r.removeSome(ctx, d, files, first, some)
			c.Removed += n
			if err != nil {
				return c, err
			}
		}
		if c.Removed == before {
			return c, nil
		}
	}
}

// find returns where rows lie that are over. What stays is passed over once for
// all of them, however many chunks they make.
func (r *rule) find(ctx context.Context, d *db.DB, first date.Date) (places []string, err error) {
	where, args := r.where(first)
	column := `cast(x.rowid as text)`
	switch {
	case d.Dialect == db.Postgres && r.parts != "":
		column = `cast(x.tableoid as text) || ' ' || cast(x.ctid as text)`
	case d.Dialect == db.Postgres:
		column = `cast(x.ctid as text)`
	}
	err = d.Query(ctx, texts(&places), fmt.Sprintf(`select %s from %s x where %s limit %d`, column, r.table, where, foundAtOnce), args...)
	return places, err
}

// still returns the condition of rows at places that are over even now: another
// row may have come to lie there.
func (r *rule) still(dialect db.Dialect, first date.Date, places []string) (string, []any, error) {
	list, err := json.Marshal(places)
	if err != nil {
		return "", nil, err
	}
	where, args := r.where(first)
	args = append(args, string(list))
	of := fmt.Sprintf(`x.rowid in (select cast(value as integer) from json_each($%d))`, len(args))
	switch {
	case dialect == db.Postgres && r.parts != "":
		of = fmt.Sprintf(`(x.tableoid, x.ctid) in (
			select cast(split_part(p, ' ', 1) as oid), cast(split_part(p, ' ', 2) as tid) from json_array_elements_text(cast($%d as json)) p)`, len(args))
	case dialect == db.Postgres:
		of = fmt.Sprintf(`x.ctid in (select cast(p as tid) from json_array_elements_text(cast($%d as json)) p)`, len(args))
	}
	return ` where ` + of + ` and (` + where + `)`, args, nil
}

// removeSome removes the rows at places. What a row's file holds goes before the
// row does: where that fails, the next run finds the row again.
func (r *rule) removeSome(ctx context.Context, d *db.DB, files file.Store, first date.Date, places []string) (n int64, err error) {
	still, args, err := r.still(d.Dialect, first, places)
	if err != nil {
		return 0, err
	}
	if r.files && files != nil {
		var keys []string
		if err := d.Query(ctx, texts(&keys), `select x.id from `+r.table+` x`+still, args...); err != nil {
			return 0, err
		}
		for _, key := range keys {
			if err := files.Remove(ctx, key); err != nil {
				return 0, err
			}
		}
	}
	statement := `delete from ` + r.table + ` as x` + still
	if r.set != "" {
		statement = `update ` + r.table + ` as x set ` + r.set + still
	}
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, statement, args...)
		return err
	})
	return n, err
}

// texts reads rows of one text each.
func texts(into *[]string) func(db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var text string
			err := rows.Scan(&text)
			*into = append(*into, text)
			return err
		})
	}
}

// patience is how long it waits for a table that is being read before it leaves a
// month to the next run.
const patience = "5s"

// dropMonths takes away the months that are over as a whole, and returns how
// many.
func (r *rule) dropMonths(ctx context.Context, d *db.DB, first date.Date) (dropped int64, err error) {
	var months []date.Date
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			month, err := date.Parse(strings.ReplaceAll(strings.TrimPrefix(name, r.table+"_"), "_", "-") + "-01")
			if err == nil && month.AddMonths(1) <= first {
				months = append(months, month)
			}
			return nil // the partition of what fits into no month has no day in its name
		})
	}, `select cast(c.relname as text) from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1`, r.table)
	if err != nil {
		return 0, err
	}
	for _, month := range months {
		err := d.Write(ctx, func(tx *db.Tx) error {
			free := true
			if r.parts != "true" {
				if err := tx.QueryRow(ctx, `select `+r.parts, month.Start(), month.AddMonths(1).Start()).Scan(&free); err != nil {
					return err
				}
			}
			if !free {
				return nil // something of it is still needed: the others go one by one
			}
			if _, err := tx.Exec(ctx, `set local lock_timeout = '`+patience+`'`); err != nil {
				return err
			}
			var gone bool
			if err := tx.QueryRow(ctx, `select drop_month($1::regclass, $2)`, r.table, month).Scan(&gone); err != nil {
				return err
			}
			if gone {
				dropped++
			}
			return nil
		})
		if err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// Next returns when the job comes up next after a run.
func Next(last time.Time) time.Time { return last.Add(Every) }

// Every is how often it comes up.
const Every = 24 * time.Hour
