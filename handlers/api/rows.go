package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// valueKind is what the JSON value of a property is.
type valueKind int

const (
	text valueKind = iota
	whole
	fen
)

// property is a property of a JSON object that stands for a column of a file.
type property struct {
	name   string
	column string
	kind   valueKind
}

// rowShape is how JSON objects stand for the rows of a kind of file, so that the
// same rules hold and the same is said of what is wrong.
type rowShape struct {
	kind       ingest.Kind
	properties []property
}

// propertyOf returns the property with a name, or nil.
func (s *rowShape) propertyOf(name string) *property {
	for i := range s.properties {
		if s.properties[i].name == name {
			return &s.properties[i]
		}
	}
	return nil
}

// nameOf returns the property that stands for a column.
func (s *rowShape) nameOf(column string) string {
	for _, p := range s.properties {
		if p.column == column {
			return p.name
		}
	}
	return column
}

// mostFaults is how many wrong values an answer lists.
const mostFaults = 1000

// rowFaults collects what is wrong with rows of JSON.
type rowFaults struct {
	list []fault.Field
	more int
}

func (f *rowFaults) add(name, key string, args ...any) {
	if len(f.list) >= mostFaults {
		f.more++
		return
	}
	f.list = append(f.list, fault.Field{Name: name, Key: key, Args: args})
}

// err returns a fault with all that was added, or nil.
func (f *rowFaults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Key: "api.rows_wrong", Args: []any{"n", len(f.list) + f.more}, Fields: f.list}
}

// rowWriter writes rows as the file that they stand for, one a line.
type rowWriter struct {
	shape  *rowShape
	csv    *csv.Writer
	cells  []string
	faults rowFaults
}

func newRowWriter(w io.Writer, shape *rowShape) *rowWriter {
	r := &rowWriter{shape: shape, csv: csv.NewWriter(w), cells: make([]string, len(shape.properties))}
	for i, p := range shape.properties {
		r.cells[i] = p.column
	}
	_ = r.csv.Write(r.cells) // Flush tells
	return r
}

// write writes a JSON object as the next line. What is wrong with it is named by
// the place before the property's name, such as [3]. or nothing.
func (r *rowWriter) write(place string, object json.RawMessage) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(object, &values); err != nil || values == nil {
		r.faults.add(strings.TrimSuffix(place, "."), "api.value.not_object")
		return nil
	}
	r.twice(place, object)
	for name := range values {
		if r.shape.propertyOf(name) == nil {
			r.faults.add(place+name, "api.value.unknown")
		}
	}
	empty := true
	for i, p := range r.shape.properties {
		cell, key := p.cell(values[p.name])
		if key != "" {
			r.faults.add(place+p.name, key)
		}
		r.cells[i] = cell
		empty = empty && strings.TrimSpace(cell) == ""
	}
	if empty { // a file's line without a value is passed over
		r.faults.add(strings.TrimSuffix(place, "."), missingKey)
	}
	return r.csv.Write(r.cells)
}

// twice adds the properties that an object has more than once: all but the last
// would be passed over. Its numbers are looked at cell by cell.
func (r *rowWriter) twice(place string, object json.RawMessage) {
	var faults rowFaults
	exact(object, &faults)
	for _, f := range faults.list {
		if f.Key == "api.value.twice" {
			r.faults.add(place+f.Name, f.Key)
		}
	}
}

// cell returns a value as it stands in a file, and what is wrong with it.
func (p *property) cell(value json.RawMessage) (cell, wrong string) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || string(value) == "null" {
		return "", ""
	}
	if p.kind == text {
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return "", "api.value.not_text"
		}
		if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return "", "import.value.control" // and a line would not be a row
		}
		return s, ""
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return "", "import.value.too_large"
	case err != nil:
		return "", "api.value.not_integer"
	case p.kind == fen:
		return money.Fen(n).Yuan(), ""
	}
	return strconv.FormatInt(n, 10), ""
}

// end finishes the file, and returns what is wrong with its rows.
func (r *rowWriter) end() error {
	r.csv.Flush()
	return errors.Join(r.csv.Error(), r.faults.err())
}

// file returns the rows' file.
func (s *rowShape) file(content io.ReaderAt, size int64) ingest.File {
	return ingest.File{Kind: s.kind, Name: "api", Open: func() (ingest.Source, func() error, error) {
		return ingest.Source{Name: "api", ReaderAt: content, Size: size}, func() error { return nil }, nil
	}}
}

// headerLines is how many lines a file has before its first row.
const headerLines = 1

// take takes rows in as the file that they stand for. What is wrong with a row
// is named by its place, as for write.
func (a *API) take(ctx context.Context, tx *db.Tx, shape *rowShape, file ingest.File, place func(row int) string) (intake.Taken, error) {
	done, err := ingest.ImportIn(ctx, a.DB, tx, a.Clock, CallOf(ctx).Actor(), []ingest.File{file}, ingest.Options{MaxErrors: mostFaults})
	refusal, ok := errors.AsType[*ingest.Refusal](err)
	if !ok {
		if err != nil {
			return intake.Taken{}, err
		}
		return done[0].Taken, nil
	}
	faults := rowFaults{more: refusal.More}
	for i := range refusal.Errors {
		e := &refusal.Errors[i]
		name := ""
		if e.Line > headerLines {
			name = place(e.Line - headerLines - 1)
		}
		if e.Column != "" {
			name += shape.nameOf(e.Column)
		}
		faults.add(strings.TrimSuffix(name, "."), e.Key, e.Args...)
	}
	return intake.Taken{}, faults.err()
}

// takeObjects takes in rows that were sent with a request of their own. The place
// of each stands before the names of its properties.
func (a *API) takeObjects(ctx context.Context, tx *db.Tx, shape *rowShape, objects []map[string]any, place func(row int) string) (intake.Taken, error) {
	var b bytes.Buffer
	w := newRowWriter(&b, shape)
	for i, o := range objects {
		text, err := json.Marshal(o)
		if err == nil {
			err = w.write(place(i), text)
		}
		if err != nil {
			return intake.Taken{}, err
		}
	}
	if err := w.end(); err != nil {
		return intake.Taken{}, err
	}
	return a.take(ctx, tx, shape, shape.file(bytes.NewReader(b.Bytes()), int64(b.Len())), place)
}

// noPlace is the place of a row that is the whole of what was sent.
func noPlace(int) string { return "" }

// ordinal is the place of a row in a list.
func ordinal(row int) string { return fmt.Sprintf("[%d].", row) }

// takeList takes in a list of rows, JSON in an array or an object a line, however
// long it is.
func (a *API) takeList(ctx context.Context, tx *db.Tx, shape *rowShape) (intake.Taken, error) {
	call := CallOf(ctx)
	file, err := os.CreateTemp("", "mingbai-rows-*")
	if err != nil {
		return intake.Taken{}, err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	w := newRowWriter(file, shape)
	rows := 0
	err = eachObject(io.NewSectionReader(call.file, 0, call.size), func(object json.RawMessage) error {
		rows++
		return w.write(ordinal(rows-1), object)
	})
	if err != nil {
		return intake.Taken{}, err
	}
	if err := w.end(); err != nil || rows == 0 {
		return intake.Taken{}, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return intake.Taken{}, err
	}
	return a.take(ctx, tx, shape, shape.file(file, size), ordinal)
}
