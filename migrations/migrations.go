// Package migrations holds the schema's history for both databases and applies
// what is missing. It only goes up; each file is one transaction. The files of
// the two folders have the same names and make the same tables.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Up applies what is missing, in order, and returns the names of the files
// that were applied, those before one that failed too. Dialect is "postgres" or
// "sqlite". The caller sees to it that nobody else does the same at the same time,
// and that on PostgreSQL no lock is waited for longer than LockWait: a file that
// got none is undone and tried again.
func Up(ctx context.Context, dialect string, db *sql.DB) ([]string, error) {
	p, err := provider(dialect, db)
	if err != nil {
		return nil, err
	}
	var names []string
	for tries := 1; ; {
		r, err := p.UpByOne(ctx)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return names, nil
		case err == nil:
			names, tries = append(names, r.Source.Path), 1
			continue
		case !inTheWay(err) || tries == mostTries:
			return names, fmt.Errorf("migrations: %w", err)
		}
		tries++
		select { // those who were kept waiting go first
		case <-ctx.Done():
			return names, fmt.Errorf("migrations: %w", err)
		case <-time.After(LockWait):
		}
	}
}

// LockWait is how long a file waits for those who work on its tables. All who ask
// for the table after it wait behind it: so it gives up soon, and comes again.
const LockWait = 2 * time.Second

// mostTries is how often a file is tried, two minutes in all.
const mostTries = 30

// inTheWay reports whether a file was undone since somebody works on its tables.
func inTheWay(err error) bool {
	at, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err)
	const lockNotAvailable, deadlockDetected = "55P03", "40P01"
	return ok && (at.SQLState() == lockNotAvailable || at.SQLState() == deadlockDetected)
}

// Versions returns the version the database is at (0: none) and the newest
// that this program knows.
func Versions(ctx context.Context, dialect string, db *sql.DB) (current, latest int64, err error) {
	p, err := provider(dialect, db)
	if err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	latest = sources[len(sources)-1].Version
	exists, err := hasTable(ctx, dialect, db)
	if err != nil || !exists {
		return 0, latest, err
	}
	current, err = p.GetDBVersion(ctx)
	return current, latest, err
}

// Text returns all files of a dialect, one after another: the schema's name
// for whoever keeps a copy of a migrated database.
func Text(dialect string) (string, error) {
	names, err := fs.Glob(files, dialect+"/*.sql")
	if err != nil {
		return "", fmt.Errorf("migrations: %w", err)
	}
	var b strings.Builder
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("migrations: %w", err)
		}
		b.Write(content)
	}
	return b.String(), nil
}

// hasTable keeps a question about the version from creating goose's own table.
func hasTable(ctx context.Context, dialect string, db *sql.DB) (exists bool, err error) {
	q := "select to_regclass('goose_db_version') is not null"
	if dialect == "sqlite" {
		q = "select count(*) > 0 from sqlite_schema where type = 'table' and name = 'goose_db_version'"
	}
	return exists, db.QueryRowContext(ctx, q).Scan(&exists)
}

func provider(dialect string, db *sql.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(files, dialect)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	gooseDialect := goose.DialectSQLite3
	if dialect == "postgres" {
		gooseDialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(gooseDialect, db, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}
