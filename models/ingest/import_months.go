package ingest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// worthAPartition is how many rows of a month make it worth the cost of a
// partition where there is none yet. Fewer rows lie well in the default one.
const worthAPartition = 10_000

// monthsPatience is how long an import waits for its partitions: for a second
// connection, and for those who are writing to the tables. It goes on without
// them.
const monthsPatience = 10 * time.Second

// ensureMonths makes the partitions that the files are worth. It works on
// another connection and waits for nobody to be writing to the tables, so that
// this transaction must not have begun to.
func (i *importing) ensureMonths(ctx context.Context, read []*staged, unread []*importFile) error {
	if i.db.Dialect != db.Postgres || i.db.Pool().Config().MaxConns < 2 || i.found.count() > 0 {
		return nil
	}
	months, err := worthyMonths(read, unread)
	if err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, monthsPatience)
	defer cancel()
	for _, month := range months {
		if err := i.db.EnsureMonths(patient, month, month); err != nil {
			if patient.Err() != nil && ctx.Err() == nil {
				return nil
			}
			return err
		}
	}
	return nil
}

// worthyMonths returns the first days of the months of which some kind has rows
// enough. Files that were not read yet are read for it.
func worthyMonths(read []*staged, unread []*importFile) ([]date.Date, error) {
	type kindMonth struct {
		kind  Kind
		month date.Date
	}
	rows := map[kindMonth]int64{}
	add := func(kind Kind, months map[date.Date]int64) {
		for month, n := range months {
			rows[kindMonth{kind, month}] += n
		}
	}
	for _, s := range read {
		add(s.Kind, s.intake.Months)
	}
	for _, f := range unread {
		count := takers[f.Kind].months
		if count == nil {
			continue
		}
		months, err := count(f.source)
		if err != nil {
			return nil, err
		}
		add(f.Kind, months)
	}
	worthy := map[date.Date]bool{}
	for of, n := range rows {
		if n >= worthAPartition {
			worthy[of.month] = true
		}
	}
	return slices.Sorted(maps.Keys(worthy)), nil
}
