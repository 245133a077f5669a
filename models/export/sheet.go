package export

import (
	"io"

	"github.com/mingbai/mingbai/models/spreadsheet"
)

// sheet writes rows in one format.
type sheet interface {
	begin(t *Table, w *Words) error
	row(t *Table, cells []cell) error
	end() error
}

// jsonSheet writes objects: a list of them, or of a long table one a line.
type jsonSheet struct {
	to   io.Writer
	long bool
	rows int
	line []byte
}

func newJSON(to io.Writer) sheet { return &jsonSheet{to: to} }

func (s *jsonSheet) begin(t *Table, _ *Words) error {
	if s.long = t.Long; s.long {
		return nil
	}
	_, err := io.WriteString(s.to, "[")
	return err
}

func (s *jsonSheet) row(t *Table, cells []cell) error {
	b := s.line[:0]
	if !s.long {
		if s.rows > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n')
	}
	b = append(b, '{')
	for i := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, t.Columns[i].Name...)
		b = append(b, '"', ':')
		b = cells[i].json(b)
	}
	b = append(b, '}')
	if s.long {
		b = append(b, '\n')
	}
	s.rows, s.line = s.rows+1, b
	_, err := s.to.Write(b)
	return err
}

func (s *jsonSheet) end() error {
	if s.long {
		return nil
	}
	_, err := io.WriteString(s.to, "\n]\n")
	return err
}

// csvSheet writes what spreadsheets read as it is meant.
type csvSheet struct {
	to   io.Writer
	rows *spreadsheet.Writer
	line []string
}

func newCSV(to io.Writer) sheet { return &csvSheet{to: to} }

func (s *csvSheet) begin(t *Table, w *Words) (err error) {
	for i := range t.Columns {
		s.line = append(s.line, w.Heading(&t.Columns[i]))
	}
	if s.rows, err = spreadsheet.New(s.to); err != nil {
		return err
	}
	return s.rows.Row(s.line...)
}

func (s *csvSheet) row(_ *Table, cells []cell) error {
	for i := range cells {
		s.line[i] = cells[i].csv()
	}
	return s.rows.Row(s.line...)
}

func (s *csvSheet) end() error { return s.rows.Flush() }
