package ingest

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/ingest/table"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// importing is an import within its transaction.
type importing struct {
	db      *db.DB
	tx      *db.Tx
	clock   clock.Clock
	now     time.Time
	options Options
	found   *faults
}

// staged is a file that was read and not stored yet.
type staged struct {
	*importFile
	intake      *intake.Stage
	disclosures []Disclosure // in the place of rows, of plans.yaml
	stats       Stats
	faulty      bool // a row of it is wrong
	took        time.Duration
}

// run takes the files in batches with one file of each kind, which is all of
// them unless there are several of a kind.
func (i *importing) run(ctx context.Context, files []*importFile) ([]Imported, error) {
	if err := i.tx.Lock(ctx, "import"); err != nil {
		return nil, err
	}
	if err := intake.Begin(ctx, i.tx); err != nil {
		return nil, err
	}
	var done []Imported
	for rest := files; len(rest) > 0; {
		batch := distinctKinds(rest)
		rest = rest[len(batch):]
		stages, err := i.stage(ctx, batch)
		if err != nil {
			return nil, err
		}
		if len(done) == 0 {
			if err := i.ensureMonths(ctx, stages, rest); err != nil {
				return nil, err
			}
		}
		taken, err := i.take(ctx, stages)
		if err != nil {
			return nil, err
		}
		done = append(done, taken...)
	}
	return done, deduction.PendTouched(ctx, i.tx)
}

// distinctKinds returns the files before the first whose kind is there already.
func distinctKinds(files []*importFile) []*importFile {
	seen := map[Kind]bool{}
	for n, f := range files {
		if seen[f.Kind] {
			return files[:n]
		}
		seen[f.Kind] = true
	}
	return files
}

// stage reads the files of a batch.
func (i *importing) stage(ctx context.Context, batch []*importFile) ([]*staged, error) {
	var stages []*staged
	for _, f := range batch {
		began, before := i.clock.Now(), i.found.count()
		s := &staged{importFile: f}
		if err := takers[f.Kind].stage(ctx, i, s); err != nil {
			return nil, err
		}
		s.faulty = i.found.count() > before
		s.took = i.clock.Now().Sub(began)
		stages = append(stages, s)
	}
	return stages, nil
}

// take stores the files of a batch. At the first in which anything is wrong it
// ends, since those after it refer to what that one should have said.
func (i *importing) take(ctx context.Context, stages []*staged) ([]Imported, error) {
	var done []Imported
	for _, s := range stages {
		began := i.clock.Now()
		if s.faulty && takers[s.Kind].refersToItself {
			break
		}
		taken, problems, err := takers[s.Kind].take(ctx, i, s)
		if err != nil {
			return nil, err
		}
		for _, p := range problems.List {
			p.Value = table.Shorten(p.Value)
			i.found.add(RowError{s.Name, p})
		}
		i.found.more += problems.More
		if s.faulty || problems.Found() {
			break
		}
		done = append(done, Imported{
			File: s.Name, Kind: s.Kind, Taken: taken, EndsOpen: s.stats.EndsOpen, Took: s.took + i.clock.Now().Sub(began),
		})
	}
	return done, i.found.err()
}
