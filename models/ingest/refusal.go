package ingest

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Translate writes a message: its key, and name and value of each placeholder
// in turn. The T of a printer is one.
type Translate func(key string, args ...any) string

// RowError says what is wrong with a row, or with a whole file. Its line is the
// one where the row begins, from 1, or 0 for the whole file; its column is as
// the header names it, or the place in plans.yaml. Its value may be personal
// data and belongs in no log.
type RowError struct {
	File string // the file's name without its folder
	intake.Problem
}

// Reason says what is wrong and what is wanted instead.
func (e *RowError) Reason(t Translate) string { return t(e.Key, e.Args...) }

// Sentence says where it is wrong, what stands there and the reason. It leaves
// the file's name out.
func (e *RowError) Sentence(t Translate) string {
	line, reason := strconv.Itoa(e.Line), e.Reason(t)
	switch {
	case e.Line == 0 && e.Column == "":
		return reason
	case e.Line == 0:
		return t("import.sentence.column", "column", e.ColumnName(t), "reason", reason)
	case e.Column == "":
		return t("import.sentence.line", "line", line, "reason", reason)
	case e.Value == "":
		return t("import.sentence.line_column", "line", line, "column", e.ColumnName(t), "reason", reason)
	default:
		return t("import.sentence.cell", "line", line, "column", e.ColumnName(t), "value", e.Value, "reason", reason)
	}
}

// ColumnName returns the column in the reader's language, with the name that
// the file uses for it where the two differ.
func (e *RowError) ColumnName(t Translate) string {
	key, ok := columnNames[e.Column]
	if !ok {
		return e.Column
	}
	name := t(key)
	if name == e.Column {
		return name
	}
	return t("import.sentence.column_name", "name", name, "column", e.Column)
}

// Refusal says that a file, or a folder of them, was not taken, and why.
// Nothing of it was kept. It is a fault of kind Invalid, or TooLarge where the
// size is to blame.
type Refusal struct {
	Errors  []RowError // in the order of the files and their lines
	More    int        // how many more there are than listed
	Ignored []string   // of a folder, names of files that look like input and belong to no kind
}

// Error names the first place and its key, for the log. It leaves values out.
func (r *Refusal) Error() string {
	e := r.Errors[0]
	return fmt.Sprintf("ingest: %s:%d: %s %s, and %d more", e.File, e.Line, e.Column, e.Key, len(r.Errors)+r.More-1)
}

// Unwrap returns the fault that decides how the answer looks.
func (r *Refusal) Unwrap() error {
	if r.Errors[0].Key == "import.file.too_large" {
		return fault.New(fault.TooLarge, "import.refused")
	}
	return fault.New(fault.Invalid, "import.refused")
}

// Summary says that nothing was changed, what is wrong first, how much more
// there is, and what to do.
func (r *Refusal) Summary(t Translate) []string {
	lines := []string{t("import.refused"), r.Errors[0].Sentence(t)}
	if more := len(r.Errors) + r.More - 1; more > 0 {
		lines = append(lines, t("import.more", "n", more))
	}
	return append(lines, t("import.next"))
}

// Notes returns what may be the cause, a sentence each: files of the folder whose
// names were misspelt.
func (r *Refusal) Notes(t Translate) []string { return ignored(r.Ignored, t) }

// ignored says which files were not read.
func ignored(names []string, t Translate) []string {
	var notes []string
	for _, name := range names {
		notes = append(notes, t("import.note.ignored", "file", name))
	}
	return notes
}

// faults collects what is wrong. It may be told of more than it keeps.
type faults struct {
	list []RowError
	more int
	max  int
}

const defaultMaxErrors = 1000

func newFaults(o Options) *faults {
	return &faults{max: cmp.Or(o.MaxErrors, defaultMaxErrors)}
}

func (f *faults) add(e RowError) {
	if len(f.list) >= f.max {
		f.more++
		return
	}
	e.File = filepath.Base(e.File)
	f.list = append(f.list, e)
}

func (f *faults) count() int { return len(f.list) + f.more }

// err returns a Refusal where anything is wrong. What was found late stands
// beside what it belongs to: files are in the order of reading, rows in that of
// their lines.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	files := map[string]int{}
	for _, e := range f.list {
		if _, ok := files[e.File]; !ok {
			files[e.File] = len(files)
		}
	}
	slices.SortStableFunc(f.list, func(a, b RowError) int {
		return cmp.Or(cmp.Compare(files[a.File], files[b.File]), cmp.Compare(a.Line, b.Line))
	})
	return &Refusal{Errors: f.list, More: f.more}
}
