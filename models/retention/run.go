package retention

import (
	"context"
	"errors"
	"fmt"
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
		if _, err := tx.Exec(ctx, `update retention_runs set done_at = $2, removed = $3 where id = $1`, run, now, removed); err != nil || removed+months == 0 {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: removedBy, Action: "retention.run", Subject: run, Details: map[string]any{"rows": removed, "months": months},
		})
	})
}

// run does one rule: whole months first, where the database splits the table by
// them, and then what is left, in chunks.
func (r *rule) run(ctx context.Context, d *db.DB, files file.Store, first date.Date) (c Count, err error) {
	if r.parts != "" && d.Dialect == db.Postgres {
		if c.Months, err = r.dropMonths(ctx, d, first); err != nil {
			return c, err
		}
	}
	for {
		n, err := r.removeSome(ctx, d, files, first)
		c.Removed += n
		if err != nil || n == 0 {
			return c, err
		}
	}
}

// removeSome removes one chunk. What a row's file held goes once the row is gone:
// of one that breaks off in between, nothing leads to the file any more.
func (r *rule) removeSome(ctx context.Context, d *db.DB, files file.Store, first date.Date) (n int64, err error) {
	where, args := r.where(first)
	place := "rowid"
	switch {
	case d.Dialect == db.Postgres && r.parts != "":
		place = "(tableoid, ctid)"
	case d.Dialect == db.Postgres:
		place = "ctid"
	}
	some := fmt.Sprintf(` where %s in (select %s from %s x where %s limit %d)`, place, strings.Trim(place, "()"), r.table, where, chunk)
	statement := `delete from ` + r.table + some
	if r.set != "" {
		statement = `update ` + r.table + ` set ` + r.set + some
	}
	if !r.files {
		err = d.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(ctx, statement, args...)
			return err
		})
		return n, err
	}
	var gone []string
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		gone = nil
		err = tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var key string
				err := rows.Scan(&key)
				gone = append(gone, key)
				return err
			})
		}, statement+` returning id`, args...)
		return err
	})
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, key := range gone {
		if files != nil {
			failed = append(failed, files.Remove(context.WithoutCancel(ctx), key))
		}
	}
	return int64(len(gone)), errors.Join(failed...)
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
