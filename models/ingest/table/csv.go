package table

import (
	"encoding/csv"
	"errors"
	"io"
)

// csvRows reads the rows of a CSV file.
type csvRows struct {
	text   text
	budget *budget
	csv    *csv.Reader
	total  int64
	line   int // of the last row
	cells  []cell
}

func newCSV(t text, size int64) *csvRows {
	limited := &budget{r: t, left: maxRecord}
	c := csv.NewReader(limited)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return &csvRows{text: t, budget: limited, csv: c, total: size}
}

func (c *csvRows) next() (int, []cell, error) {
	for {
		record, err := c.csv.Read()
		if err != nil {
			return 0, nil, c.fault(err)
		}
		c.budget.left = maxRecord
		c.cells = c.cells[:0]
		c.line, _ = c.csv.FieldPos(0)
		blank := true
		for _, text := range record {
			blank = blank && text == ""
			c.cells = append(c.cells, cell{text: text})
		}
		// A spreadsheet saves rows that were emptied as commas alone.
		if blank {
			continue
		}
		return c.line, c.cells, nil
	}
}

// fault says why the rows can't be told apart from here on. A quotation mark
// without its second makes the rest of the file one field.
func (c *csvRows) fault(err error) error {
	broken, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case errors.Is(err, errBudget):
		return &Fault{Line: c.line + 1, Key: "import.file.endless_row"}
	case ok:
		return &Fault{Line: broken.StartLine, Key: "import.file.quote"}
	}
	return err
}

func (c *csvRows) progress() (read, total int64) { return c.text.counter.n, c.total }

// budget lets a bounded number of bytes through between two refills, so that a
// row that never ends can't fill the memory.
type budget struct {
	r    io.Reader
	left int
}

var errBudget = errors.New("table: a row is too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
