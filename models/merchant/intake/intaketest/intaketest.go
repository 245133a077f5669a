// Package intaketest gives rows to the verbs that take files in, and shows what
// they left in the database.
package intaketest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Rows are the rows of a file whose first line is its header.
func Rows[R any](rows ...R) intake.Rows[R] {
	return func(each func(line int, row *R) error) error {
		for i := range rows {
			if err := each(i+2, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// Stage is the first step of a verb.
type Stage[R any] func(ctx context.Context, tx *db.Tx, rows intake.Rows[R]) (*intake.Stage, error)

// Take is the second step of a verb.
type Take func(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error)

// errRefused rolls back what was refused.
var errRefused = errors.New("refused")

// File takes the rows in, in a transaction of their own that is rolled back
// where anything is wrong with them. The terminals it touched are added to
// judge_pending as an import would.
func File[R any](t *testing.T, d *db.DB, now time.Time, stage Stage[R], take Take, rows ...R) (taken intake.Taken, problems intake.Problems) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := intake.Begin(t.Context(), tx); err != nil {
			return err
		}
		s, err := stage(t.Context(), tx, Rows(rows...))
		if err != nil {
			return err
		}
		if taken, problems, err = take(t.Context(), tx, s, now); err != nil {
			return err
		}
		if problems.Found() {
			return errRefused
		}
		_, err = tx.Exec(t.Context(), "insert into judge_pending select terminal_id, since from ("+intake.Touched+") touched where true on conflict do nothing")
		return err
	})
	if err != nil && !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	return taken, problems
}

// Want fails the test unless the rows were taken, and so many of them were
// added, changed and left.
func Want(t *testing.T, taken intake.Taken, problems intake.Problems, added, changed, unchanged int64) {
	t.Helper()
	want := intake.Taken{Rows: added + changed + unchanged, Added: added, Changed: changed, Unchanged: unchanged}
	if problems.Found() {
		t.Fatalf("got the problems %+v; want none", problems.List)
	}
	if taken != want {
		t.Errorf("got %+v; want %+v", taken, want)
	}
}

// WantProblems fails the test unless these are the problems, each written as
// its line, column, value and key.
func WantProblems(t *testing.T, problems intake.Problems, want ...string) {
	t.Helper()
	var got []string
	for _, p := range problems.List {
		got = append(got, fmt.Sprintf("%d %s %q %s", p.Line, p.Column, p.Value, p.Key))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the problems\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Texts returns the one text column of a SELECT.
func Texts(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	var all []string
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s db.Text
			err := rows.Scan(&s)
			all = append(all, string(s))
			return err
		})
	}, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// WantTexts fails the test unless the SELECT returns these texts.
func WantTexts(t *testing.T, d *db.DB, query string, want ...string) {
	t.Helper()
	if got := Texts(t, d, query); !slices.Equal(got, want) {
		t.Errorf("%s\nreturned %q\nwant     %q", query, got, want)
	}
}

// Exec runs statements, for what no verb of the package under test writes.
func Exec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
