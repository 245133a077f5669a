// Package table reads files of rows: CSV in UTF-8 or GB18030, and the first
// visible sheet of an XLSX workbook. It knows nothing of what the columns mean.
//
// A file is read strictly, since a row that is quietly left out is money that
// is quietly left out: a header by name with every column once, every row as
// wide as the header, no damaged character, no formula. It is read as a stream,
// in memory that does not grow with the number of rows.
//
// The sheet is read here, cell by cell, because what must be refused can't be
// told from the values that a spreadsheet library streams: formulas, cells that
// are true or false, long numbers that lost their last digits, and a sheet that
// breaks off in the middle.
package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Options says how a file is to be read.
type Options struct {
	Columns  []string             // the names that the header must have, each once, in any order
	Spare    []string             // names that it may have too
	MaxBytes int64                // size above which the file is refused; 0: no limit
	Progress func(Progress) error // called every few thousand rows and at the end; an error of it ends the reading; may be nil
}

// Progress says how far the reading has come.
type Progress struct {
	Read, Total int64 // bytes; of a workbook, those of its sheet
	Rows        int   // rows after the header
}

// Row is one row after the header.
type Row struct {
	Line   int      // line of the file where the row begins, from 1; in a workbook the row's number
	Cells  []string // in the order of Options.Columns and then of Options.Spare, where one that is not there is empty; without white space around them; valid until the next row is read
	Faults []Fault  // what is wrong with the row; a cell that could not be read is empty in Cells
}

// Fault is something wrong with the file, as a message key and its values.
type Fault struct {
	Line   int    // 0: the whole file
	Column string // as the header names it; empty: the whole row
	Value  string // as it stands in the file
	Key    string
	Args   []any // name, value, name, value…
}

// Error names line, column and key, for the log. It leaves the value out.
func (f *Fault) Error() string { return fmt.Sprintf("line %d: %s: %s", f.Line, f.Column, f.Key) }

// Faults is everything wrong with a header.
type Faults []Fault

// Error names the first fault, for the log.
func (f Faults) Error() string { return f[0].Error() }

// source is a file's rows, header included, before columns have names.
type source interface {
	// next returns the line and the cells of the next row that is not empty, or
	// io.EOF. A *Fault says why nothing more can be read.
	next() (line int, cells []cell, err error)
	progress() (read, total int64)
}

// cell is a cell's text, or the reason why it has none.
type cell struct {
	text string
	why  *Fault // Key and Args alone
}

// Reader reads a file row by row.
type Reader struct {
	options Options
	rows    source
	column  []int // position in the file → position in Options.Columns
	names   []string
	short   bool // a row too short at the end of the file may be cut off there
	cells   []string
	ahead   *ahead
	count   int
}

// ahead is a row that was read before it was asked for.
type ahead struct {
	line  int
	cells []cell
	err   error
}

const (
	maxCell       = 32_767  // characters, as in a spreadsheet
	maxRecord     = 1 << 20 // bytes of one row
	progressEvery = 4096    // rows
)

// Open looks at the file of the given size, and reads its header. It returns a
// *Fault where the file can't be read, Faults where its header is wrong, and
// any other error where the disk or the network failed.
func Open(file io.ReaderAt, size int64, options Options) (*Reader, error) {
	switch {
	case options.MaxBytes > 0 && size > options.MaxBytes:
		return nil, &Fault{Key: "import.file.too_large", Args: []any{"limit", megabytes(options.MaxBytes)}}
	case size == 0:
		return nil, &Fault{Key: "import.file.empty"}
	}
	rows, ends, err := open(file, size, options)
	if err != nil {
		return nil, err
	}
	r := &Reader{options: options, rows: rows, cells: make([]string, len(options.Columns)+len(options.Spare)), short: !ends}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

// Signatures of files that are no text.
var (
	zipStart = []byte("PK\x03\x04")                       // XLSX is a ZIP archive
	oleStart = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // XLS, and XLSX with a password
)

// open tells by content, not by name, what the file is. ends says that it ends
// with the end of a row.
func open(file io.ReaderAt, size int64, options Options) (rows source, ends bool, err error) {
	start := make([]byte, min(size, int64(len(oleStart))))
	if _, err := io.ReadFull(io.NewSectionReader(file, 0, size), start); err != nil {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(start, zipStart):
		rows, err = openWorkbook(file, size, options)
		return rows, true, err
	case bytes.HasPrefix(start, oleStart):
		return nil, false, &Fault{Key: "import.file.old_excel"}
	}
	text, err := decode(file, size)
	if err != nil {
		return nil, false, err
	}
	ends, err = endsWithLine(file, size)
	return newCSV(text, size), ends, err
}

// readHeader finds out which column is which.
func (r *Reader) readHeader() error {
	line, header, err := r.rows.next()
	if err == io.EOF {
		return &Fault{Key: "import.file.empty"}
	}
	if err != nil {
		return err
	}
	var faults Faults
	fault := func(column, key string, args ...any) {
		faults = append(faults, Fault{Line: line, Column: column, Key: key, Args: args})
	}
	known := slices.Concat(r.options.Columns, r.options.Spare)
	found := make([]bool, len(known))
	seen := map[string]bool{}
	for i, c := range header {
		name := strings.TrimSpace(c.text)
		at := slices.Index(known, name)
		switch {
		case c.why != nil:
			fault("", c.why.Key, c.why.Args...)
		case name == "":
			fault("", "import.header.empty", "position", strconv.Itoa(i+1))
		case seen[name]:
			fault(Shorten(name), "import.header.twice")
		case at < 0:
			fault(Shorten(name), "import.header.unknown", "known", strings.Join(known, ", "))
		default:
			found[at] = true
		}
		seen[name] = true
		r.column = append(r.column, at)
		r.names = append(r.names, name)
	}
	for at, name := range r.options.Columns {
		if !found[at] {
			fault(name, "import.header.missing")
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// Next returns the next row, or io.EOF after the last. A row with faults is
// returned like any other, so that the rest of the file can be looked at too;
// an error ends the reading, and is a *Fault where the file is to blame.
func (r *Reader) Next() (Row, error) {
	line, cells, err := r.read()
	if err != nil {
		if err == io.EOF {
			err = r.report(io.EOF)
		}
		return Row{}, err
	}
	r.count++
	if r.count%progressEvery == 0 {
		if err := r.report(nil); err != nil {
			return Row{}, err
		}
	}
	row := Row{Line: line, Cells: r.cells}
	if len(cells) != len(r.column) {
		row.Faults = append(row.Faults, r.width(line, len(cells)))
		clear(r.cells)
		return row, nil
	}
	for i, c := range cells {
		text, why := c.text, c.why
		if why == nil {
			text = strings.TrimSpace(text)
			why = damaged(text)
		}
		r.cells[r.column[i]] = text
		if why != nil {
			r.cells[r.column[i]] = ""
			row.Faults = append(row.Faults, Fault{
				Line: line, Column: r.names[i], Value: Shorten(text), Key: why.Key, Args: why.Args,
			})
		}
	}
	return row, nil
}

func (r *Reader) read() (int, []cell, error) {
	if a := r.ahead; a != nil {
		r.ahead = nil
		return a.line, a.cells, a.err
	}
	return r.rows.next()
}

// width words why a row does not have as many cells as the header. The last row
// of a file that ends without a line end was probably cut off.
func (r *Reader) width(line, got int) Fault {
	f := Fault{Line: line, Key: "import.row.too_many", Args: []any{"got", got, "want", len(r.column)}}
	if got > len(r.column) {
		return f
	}
	f.Key = "import.row.too_few"
	if !r.short {
		return f
	}
	a := &ahead{}
	a.line, a.cells, a.err = r.rows.next()
	if a.err == io.EOF {
		f.Key = "import.row.cut"
	}
	r.ahead = a
	return f
}

// report tells the progress; it returns last unless telling failed.
func (r *Reader) report(last error) error {
	if r.options.Progress == nil {
		return last
	}
	read, total := r.rows.progress()
	if last == io.EOF {
		read = total
	}
	if err := r.options.Progress(Progress{Read: read, Total: total, Rows: r.count}); err != nil {
		return err
	}
	return last
}

// EndsOpen reports whether the file ends without a line end, which is allowed,
// and is also what a file looks like that was cut off inside its last cell.
func (r *Reader) EndsOpen() bool { return r.short }

// damaged returns why a text can't be what was meant. U+FFFD stands for a
// character that some program before could not read.
func damaged(text string) *Fault {
	if strings.ContainsRune(text, utf8.RuneError) {
		return &Fault{Key: "import.cell.damaged"}
	}
	if len(text) > maxCell && utf8.RuneCountInString(text) > maxCell {
		return &Fault{Key: "import.cell.too_long", Args: []any{"limit", maxCell}}
	}
	return nil
}

// Shorten clips a value that is quoted back to 80 characters, so that a list of
// faults stays a list.
func Shorten(s string) string {
	const most = 80
	runes := 0
	for i := range s {
		if runes == most {
			return s[:i] + "…"
		}
		runes++
	}
	return s
}

func megabytes(n int64) string { return strconv.FormatInt(max(n>>20, 1), 10) }
