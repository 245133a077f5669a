// Package event hands work to later: a use case inserts a job inside its own
// transaction, and a worker runs it once that is committed. River keeps the
// jobs in the same database.
//
// A job's arguments are written down as JSON: they hold ids, never personal
// data. A job may be run again after a crash between its end and the note of
// it, so that it checks what is left to do before doing it.
package event

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/mingbai/mingbai/models/db"
)

// Queue takes jobs. Use cases ask for it, and tests may stand in for it.
type Queue interface {
	// Insert adds a job that exists if and only if tx is committed. Options may
	// be nil. A job that is unique and already there is not added again, and
	// that is no error.
	Insert(ctx context.Context, tx *db.Tx, args river.JobArgs, o *river.InsertOpts) error
}

// Config says what a process does with jobs.
type Config struct {
	// Workers are the kinds of job that this process can run; without any it
	// only inserts.
	Workers *river.Workers
	// Periodic are jobs that come up by themselves; of several processes one
	// inserts them.
	Periodic []*river.PeriodicJob
	// Concurrency is how many jobs run at once; 0 is 4.
	Concurrency int
	// SoftStop is how long Stop lets a running job go on before its context is
	// cancelled; 0 is 20 s.
	SoftStop time.Duration
	// Logger receives failures; nil is slog.Default().
	Logger *slog.Logger
}

// Jobs is the queue and, where there are workers, who works it.
type Jobs struct {
	client client
	done   func()
}

// client is what of a River client does not depend on the database's kind.
type client interface {
	insert(ctx context.Context, tx *db.Tx, args river.JobArgs, o *river.InsertOpts) error
	list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error)
	get(ctx context.Context, tx *db.Tx, jobID int64) (*rivertype.JobRow, error)
	retry(ctx context.Context, tx *db.Tx, jobID int64) error
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Open prepares the queue of a migrated database. Where there are workers it
// opens connections of its own, which Close ends: waiting for news holds one of
// them for good, and SQLite's queue wants exactly one.
func Open(ctx context.Context, d *db.DB, c Config) (*Jobs, error) {
	own, done, owns := d, func() {}, false
	var err error
	if c.Workers != nil {
		if owns, err = d.OwnsJobs(ctx); err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
		if own, done, err = d.ForJobs(ctx); err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
	}
	var made client
	if d.Dialect == db.Postgres {
		made, err = newClient(riverpgxv5.New(own.Pool()), c, owns, false, (*db.Tx).Pgx)
	} else {
		made, err = newClient(riversqlite.New(own.SQL()), c, owns, true, (*db.Tx).SQL)
	}
	if err != nil {
		done()
		return nil, fmt.Errorf("event: %w", err)
	}
	return &Jobs{client: made, done: done}, nil
}

// Insert adds a job that exists if and only if tx is committed.
func (j *Jobs) Insert(ctx context.Context, tx *db.Tx, args river.JobArgs, o *river.InsertOpts) error {
	if err := j.client.insert(ctx, tx, args, o); err != nil {
		return fmt.Errorf("event: inserting %s: %w", args.Kind(), err)
	}
	return nil
}

// Start begins to work the queue and returns; cancelling ctx stops it as Stop
// does.
func (j *Jobs) Start(ctx context.Context) error { return j.client.Start(ctx) }

// Stop takes up no more jobs and waits for those that run, until ctx is done.
func (j *Jobs) Stop(ctx context.Context) error { return j.client.Stop(ctx) }

// Close ends the queue's own connections. Stop comes first.
func (j *Jobs) Close() { j.done() }

type riverClient[T any] struct {
	*river.Client[T]
	unwrap func(*db.Tx) T
}

func (c riverClient[T]) insert(ctx context.Context, tx *db.Tx, args river.JobArgs, o *river.InsertOpts) error {
	_, err := c.InsertTx(ctx, c.unwrap(tx), args, o)
	return err
}

func newClient[T any](driver riverdriver.Driver[T], c Config, owns, poll bool, unwrap func(*db.Tx) T) (client, error) {
	logger := c.Logger
	if logger == nil {
		logger = slog.Default()
	}
	config := &river.Config{
		ErrorHandler:    failures{logger},
		Logger:          db.Warnings(logger),
		PollOnly:        poll, // SQLite has no LISTEN; River would ask twenty times a second
		SoftStopTimeout: c.SoftStop,
		Workers:         c.Workers,
	}
	if config.SoftStopTimeout == 0 {
		config.SoftStopTimeout = 20 * time.Second
	}
	if c.Workers != nil {
		n := c.Concurrency
		if n == 0 {
			n = 4
		}
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: n}}
		config.PeriodicJobs = c.Periodic
		if !owns { // only the tables' owner can build their indexes anew
			config.ReindexerSchedule = river.NeverSchedule()
		}
	}
	made, err := river.NewClient(driver, config)
	if err != nil {
		return nil, err
	}
	return riverClient[T]{made, unwrap}, nil
}
