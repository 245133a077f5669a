package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	maxRows    = 1_048_576 // of a sheet, by the format
	maxColumns = 16_384
)

// sheetRows reads the rows of a workbook's sheet.
type sheetRows struct {
	book    *workbook
	budget  *budget
	counter *counter
	content io.ReadCloser
	xml     *xml.Decoder
	total   int64
	line    int
	cells   []cell
	width   int  // of the first row that has cells
	ended   bool // the sheet's data have come to their end
}

func newSheetRows(w *workbook, part *zip.File, limit int64) (*sheetRows, error) {
	content, err := part.Open()
	if err != nil {
		return nil, err
	}
	s := &sheetRows{
		book:    w,
		content: content,
		counter: &counter{r: io.LimitReader(content, limit)},
		total:   int64(part.UncompressedSize64),
	}
	s.budget = &budget{r: s.counter, left: maxRecord}
	s.xml = xml.NewDecoder(s.budget)
	return s, nil
}

func (s *sheetRows) progress() (read, total int64) { return s.counter.n, s.total }

func (s *sheetRows) next() (int, []cell, error) {
	for {
		token, err := s.xml.Token()
		if err != nil {
			return 0, nil, s.fault(err, s.line+1)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "row" || s.ended {
				continue
			}
			if err := s.row(t); err != nil {
				return 0, nil, s.fault(err, s.line)
			}
			s.budget.left = maxRecord
			if len(s.cells) > 0 {
				s.pad()
				return s.line, s.cells, nil
			}
		case xml.EndElement:
			s.ended = s.ended || t.Name.Local == "sheetData"
			s.budget.left = maxRecord
		}
	}
}

// pad gives a row the empty cells at its end that the sheet leaves out.
func (s *sheetRows) pad() {
	if s.width == 0 {
		s.width = len(s.cells)
	}
	for len(s.cells) < s.width {
		s.cells = append(s.cells, cell{})
	}
}

// fault says why there are no more rows: the sheet is at its end, which its
// checksum has confirmed by now, or it is damaged at about the line.
func (s *sheetRows) fault(err error, line int) error {
	closed := s.content.Close()
	switch {
	case err == io.EOF && s.ended && closed == nil:
		return io.EOF
	case errors.Is(err, errBudget):
		return &Fault{Line: line, Key: "import.file.endless_row"}
	}
	return damagedWorkbook(err)
}

// row reads the cells of a row, without empty ones at its end.
func (s *sheetRows) row(start xml.StartElement) error {
	line := s.line + 1
	if r := attribute(start, "r"); r != "" {
		var err error
		if line, err = strconv.Atoi(r); err != nil {
			return err
		}
	}
	if line <= s.line || line > maxRows {
		return fmt.Errorf("table: row %d after %d", line, s.line)
	}
	s.line = line
	s.cells = s.cells[:0]
	filled := 0
	for {
		token, err := s.xml.Token()
		if err != nil {
			return unexpected(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				if err := s.xml.Skip(); err != nil {
					return unexpected(err)
				}
				continue
			}
			column, c, err := s.cell(t)
			if err != nil {
				return err
			}
			for len(s.cells) < column {
				s.cells = append(s.cells, cell{})
			}
			s.cells = append(s.cells, c)
			if c.text != "" || c.why != nil {
				filled = len(s.cells)
			}
		case xml.EndElement:
			s.cells = s.cells[:filled]
			return nil
		}
	}
}

// cell reads one cell and returns in which column it stands, from 0.
func (s *sheetRows) cell(start xml.StartElement) (column int, c cell, err error) {
	column = len(s.cells)
	if r := attribute(start, "r"); r != "" {
		if column, err = columnOf(r); err != nil {
			return 0, cell{}, err
		}
	}
	if column < len(s.cells) || column >= maxColumns {
		return 0, cell{}, fmt.Errorf("table: column %d after %d", column, len(s.cells))
	}
	v := value{kind: attribute(start, "t"), style: attribute(start, "s")}
	for {
		token, err := s.xml.Token()
		if err != nil {
			return 0, cell{}, unexpected(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "f":
				v.formula = true
				err = s.xml.Skip()
			case "v", "is":
				v.text, err = s.text(t.Name.Local)
			default:
				err = s.xml.Skip()
			}
			if err != nil {
				return 0, cell{}, unexpected(err)
			}
		case xml.EndElement:
			c, err := s.book.resolve(v)
			if c.why != nil {
				c.why.Args = append(c.why.Args, "cell", cellName(column, s.line))
			}
			return column, c, err
		}
	}
}

// text reads a cell's value (v), which is plain text, or the text that stands
// in the cell itself (is).
func (s *sheetRows) text(element string) (string, error) {
	if element == "is" {
		b, err := appendText(nil, s.xml)
		return string(b), err
	}
	var b []byte
	for {
		token, err := s.xml.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			b = append(b, t...)
		case xml.StartElement:
			return "", fmt.Errorf("table: %s in a value", t.Name.Local)
		case xml.EndElement:
			return string(b), nil
		}
	}
}

// unexpected says that the end of the file is not where it should be.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf returns the column of a cell's name, from 0: "C7" is in column 2.
func columnOf(name string) (int, error) {
	n := 0
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(name[i]-'A') + 1; n > maxColumns {
			break
		}
	}
	if n == 0 || n > maxColumns {
		return 0, fmt.Errorf("table: no cell is named %q", name)
	}
	return n - 1, nil
}

// cellName is the name that the person who looks for the cell knows it by.
func cellName(column, line int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name + strconv.Itoa(line)
}
