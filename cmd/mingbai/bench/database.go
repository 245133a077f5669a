package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/cluster"
	"github.com/mingbai/mingbai/models/ingest"
)

// importer is who the made-up files come from.
var importer = audit.Actor{Kind: audit.System, ID: "bench"}

// databases makes the databases that are measured and removes them at the end.
type databases struct {
	server string // PostgreSQL's address; empty until one is needed
	dir    string // of the SQLite files
	undo   []func() error
}

// newDatabases makes nothing yet: a line that needs no database should not wait
// for one.
func newDatabases(server string) (*databases, error) {
	dir, err := os.MkdirTemp("", "mingbai-bench-")
	if err != nil {
		return nil, err
	}
	return &databases{server: server, dir: dir}, nil
}

// durable are the settings of the throw-away server: those that PostgreSQL comes
// with, for a machine of this size with a solid-state disk, so that a commit is
// on disk when it says so.
var durable = []string{"shared_buffers=512MB", "max_wal_size=4GB", "jit=off", "random_page_cost=1.1"}

// postgres opens a new database on the server, which is started where none was
// given.
func (s *databases) postgres(ctx context.Context, name string) (*db.DB, error) {
	if s.server == "" {
		starting, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		var err error
		if s.server, err = cluster.Start(starting, "", durable...); err != nil {
			return nil, fmt.Errorf("%w; or name a server with --database", err)
		}
	}
	address, err := url.Parse(s.server)
	if err != nil {
		return nil, errors.New("--database is no address such as postgres://user@host/postgres")
	}
	name = fmt.Sprintf("mingbai_bench_%d_%s", os.Getpid(), name)
	if err := s.admin(ctx, "create database "+name+" template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"); err != nil {
		return nil, err
	}
	s.undo = append(s.undo, func() error {
		return s.admin(context.WithoutCancel(ctx), "drop database "+name+" with (force)")
	})
	address.Path = "/" + name
	return s.open(ctx, address.String())
}

// admin runs a statement in the server's own database.
func (s *databases) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.server)
	if err != nil {
		return fmt.Errorf("the PostgreSQL server to measure on: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// sqlite opens a new file.
func (s *databases) sqlite(ctx context.Context, name string) (*db.DB, error) {
	return s.open(ctx, s.sqliteAddress(name))
}

func (s *databases) sqliteAddress(name string) string {
	return "sqlite:" + filepath.Join(s.dir, name+".db")
}

func (s *databases) open(ctx context.Context, address string) (*db.DB, error) {
	d, err := db.Open(ctx, address, db.Options{Clock: clock.At(now), Logger: quiet()})
	if err != nil {
		return nil, err
	}
	s.undo = append(s.undo, d.Close)
	_, err = d.Migrate(ctx)
	return d, err
}

// close removes everything that was made, the last first.
func (s *databases) close() error {
	var faults []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		faults = append(faults, s.undo[i]())
	}
	return errors.Join(append(faults, os.RemoveAll(s.dir))...)
}

// judged says how long it took to make the bills.
type judged struct {
	terminals int
	lines     int
	took      time.Duration
}

// fill takes the world in and makes its bills, as any import does.
func fill(ctx context.Context, d *db.DB, w world) (judged, error) {
	c := clock.At(now)
	if _, err := ingest.Import(ctx, d, c, importer, w.files(), ingest.Options{}); err != nil {
		return judged{}, err
	}
	began := time.Now()
	terminals, err := ingest.Judge(ctx, d, c, nil)
	if err != nil {
		return judged{}, err
	}
	j := judged{terminals: terminals, took: time.Since(began)}
	if err := d.QueryRow(ctx, "select count(*) from bill_lines").Scan(&j.lines); err != nil {
		return judged{}, err
	}
	return j, settle(ctx, d)
}

// settle does what a server does by itself in the hours after an import: it
// cleans up, and tells the planner what the tables hold.
func settle(ctx context.Context, d *db.DB) error {
	statement := "vacuum (analyze)"
	if d.Dialect == db.SQLite {
		statement = "analyze"
	}
	if _, err := d.SQL().ExecContext(ctx, statement); err != nil {
		return err
	}
	if d.Dialect == db.Postgres {
		_, err := d.SQL().ExecContext(ctx, "checkpoint")
		return err
	}
	return nil
}
