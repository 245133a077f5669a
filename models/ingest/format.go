package ingest

import (
	"errors"
	"io"
	"slices"

	"github.com/mingbai/mingbai/models/ingest/table"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Format is how the rows of one kind of file are read into values of T.
type Format[T any] struct {
	kind    Kind
	columns []column[T]
	check   func(*T, *checker) // rules that join columns; may be nil
}

// column is one column of a format.
type column[T any] struct {
	name string
	need bool // an empty cell is refused
	free bool // a file may be without the column; those that are stand last
	set  func(row *T, text string) *problem
}

// problem is why a text is refused; nil says that it is fine.
type problem struct {
	key  string
	args []any
}

func because(key string, args ...any) *problem { return &problem{key, args} }

// required is a column whose cells are parsed into the field at, and may not be
// empty.
func required[T, V any](name string, parse func(string) (V, *problem), at func(*T) *V) column[T] {
	return column[T]{name: name, need: true, set: func(row *T, text string) *problem {
		v, p := parse(text)
		*at(row) = v
		return p
	}}
}

// optional is a column whose cells may be empty, which leaves the field at its
// zero value.
func optional[T, V any](name string, parse func(string) (V, *problem), at func(*T) *V) column[T] {
	c := required(name, parse, at)
	c.need = false
	return c
}

// spare is an optional column that a file may be without.
func spare[T, V any](name string, parse func(string) (V, *problem), at func(*T) *V) column[T] {
	c := optional(name, parse, at)
	c.free = true
	return c
}

// Columns returns the names that a file's header must have, in any order.
func (f *Format[T]) Columns() []string {
	return f.names(false)
}

// names returns the columns that a file must have, or those that it may lack.
func (f *Format[T]) names(free bool) (names []string) {
	for i := range f.columns {
		if f.columns[i].free == free {
			names = append(names, f.columns[i].name)
		}
	}
	return names
}

// Read gives each row of the file with its line to each, in order. It returns a
// *Refusal where any row is wrong; until it has returned without an error,
// nothing that each was given may be kept. Rows after a wrong one are still
// read, to find all that is wrong, but are not given to each. An error of each
// ends the reading and is returned as it is.
func (f *Format[T]) Read(src Source, o Options, each func(line int, row T) error) (Stats, error) {
	found := newFaults(o)
	stats, err := f.read(src, o, found, func(line int, row *T, sound bool) error {
		if !sound || found.count() > 0 {
			return nil
		}
		return each(line, *row)
	})
	if err == nil {
		err = found.err()
	}
	if err != nil {
		return Stats{}, err
	}
	return stats, nil
}

// read gives every row to each, sound or not, and adds what is wrong to found.
// A row that is not sound has what could be read of it.
func (f *Format[T]) read(src Source, o Options, found *faults, each func(line int, row *T, sound bool) error) (Stats, error) {
	options := table.Options{Columns: f.Columns(), Spare: f.names(true), MaxBytes: o.MaxBytes}
	if o.Progress != nil {
		options.Progress = func(p table.Progress) error {
			return o.Progress(Progress{File: src.Name, Read: p.Read, Total: p.Total, Rows: p.Rows})
		}
	}
	rows, err := table.Open(src, src.Size, options)
	if err != nil {
		return Stats{}, blame(src, found, err)
	}
	stats := Stats{EndsOpen: rows.EndsOpen()}
	var row T
	for {
		r, err := rows.Next()
		if err == io.EOF {
			stats.whole = true
			return stats, nil
		}
		if err != nil {
			return stats, blame(src, found, err)
		}
		stats.Rows++
		before := found.count()
		f.decode(src, r, found, &row)
		if err := each(r.Line, &row, found.count() == before); err != nil {
			return stats, err
		}
	}
}

// decode fills row with the cells and adds what is wrong with them to found.
func (f *Format[T]) decode(src Source, r table.Row, found *faults, row *T) {
	var empty T
	*row = empty
	for _, wrong := range r.Faults {
		found.add(rowError(src, wrong))
		if wrong.Column == "" {
			return
		}
	}
	sound := len(r.Faults) == 0
	for i := range f.columns {
		c := &f.columns[i]
		text := r.Cells[i]
		var p *problem
		switch {
		case text != "":
			p = c.set(row, text)
		case c.need && !unreadable(r, c.name):
			p = because("import.value.missing")
		}
		if p != nil {
			sound = false
			found.add(RowError{src.Name, intake.Problem{Line: r.Line, Column: c.name, Value: table.Shorten(text), Key: p.key, Args: p.args}})
		}
	}
	if sound && f.check != nil {
		f.check(row, &checker{src: src, line: r.Line, found: found})
	}
}

// unreadable reports whether the row's cell of the column was found wrong by
// the table already.
func unreadable(r table.Row, name string) bool {
	return slices.ContainsFunc(r.Faults, func(f table.Fault) bool { return f.Column == name })
}

// checker takes down what is wrong with a row whose cells are right, each by
// itself.
type checker struct {
	src   Source
	line  int
	found *faults
}

func (c *checker) fault(column, value, key string, args ...any) {
	c.found.add(RowError{c.src.Name, intake.Problem{Line: c.line, Column: column, Value: table.Shorten(value), Key: key, Args: args}})
}

// blame adds what the table finds wrong with the file to found. Any other error
// is not the file's fault and is returned.
func blame(src Source, found *faults, err error) error {
	if header, ok := errors.AsType[table.Faults](err); ok {
		for _, f := range header {
			found.add(rowError(src, f))
		}
		return nil
	}
	if f, ok := errors.AsType[*table.Fault](err); ok {
		found.add(rowError(src, *f))
		return nil
	}
	return err
}

func rowError(src Source, f table.Fault) RowError {
	return RowError{src.Name, intake.Problem(f)}
}
