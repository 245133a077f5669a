package dbtest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

// Filled makes databases that begin with the same data. What fills them runs once
// for each kind of database, for the first test that asks; the others get copies.
type Filled struct {
	Fill func(ctx context.Context, d *db.DB) error // fills a database that is migrated and empty

	sqlite   once[[]byte]
	postgres once[string] // the name of the database that is copied
}

// once holds what was made for whoever came first, or why it was not.
type once[T any] struct {
	sync.Once
	value T
	err   error
}

func (o *once[T]) get(make func() (T, error)) (T, error) {
	o.Do(func() { o.value, o.err = make() })
	return o.value, o.err
}

// URL returns the address of a new database with the data; it goes with the test.
func (f *Filled) URL(t testing.TB, dialect db.Dialect) string {
	t.Helper()
	if dialect == db.SQLite {
		content, err := f.sqlite.get(f.fillFile)
		if err != nil {
			t.Fatalf("filling a SQLite database: %v", err)
		}
		return newFile(t, content)
	}
	return newDatabase(t, func(c *cluster) (string, error) {
		name, err := f.postgres.get(func() (string, error) { return f.fillDatabase(c) })
		return "template " + name, err
	})
}

// Each runs the test on a new SQLite database with the data and on a new PostgreSQL
// one.
func (f *Filled) Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	each(t, test, f.SQLite, f.Postgres)
}

// Postgres returns a new database with the data in the tests' cluster; it goes with
// the test.
func (f *Filled) Postgres(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, f.URL(t, db.Postgres))
}

// SQLite returns a new database with the data, in a file that goes with the test.
func (f *Filled) SQLite(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, f.URL(t, db.SQLite))
}

// fill fills the database at an address.
func (f *Filled) fill(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, db.Options{MaxConns: 4, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(f.Fill(ctx, d), d.Close())
}

func (f *Filled) fillFile() ([]byte, error) {
	content, err := migratedFile()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mingbai-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "filled.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	if err := f.fill("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

func (f *Filled) fillDatabase(c *cluster) (string, error) {
	ctx := context.Background()
	name := nextName()
	if err := c.exec(ctx, "create database "+name+" template "+c.template); err != nil {
		return "", err
	}
	return name, f.fill(c.url(name))
}

// Drop removes the database that was copied, for TestMain.
func (f *Filled) Drop() error {
	name, _ := f.postgres.get(func() (string, error) { return "", nil })
	if name == "" {
		return nil
	}
	c, err := postgres()
	if err != nil {
		return err
	}
	return c.exec(context.Background(), "drop database "+name+" with (force)")
}
