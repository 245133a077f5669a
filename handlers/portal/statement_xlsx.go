package portal

import (
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
)

// writeXLSX writes a statement as a workbook: a summary, the terminals, and of a
// month its days.
func (f *statementFile) writeXLSX(w io.Writer) (err error) {
	b, err := newWorkbook()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	if err := f.writeSheets(b); err != nil {
		return err
	}
	return b.write(w)
}

func (f *statementFile) writeSheets(b *workbook) error {
	var fees []report.Fee
	export := report.Export{
		Summary: func(s *report.Summary) error {
			fees = s.Total.Fees
			if err := b.begin(f.p.T("statements.file.sheet.summary"), nil); err != nil {
				return err
			}
			if err := f.summary(s, b); err != nil {
				return err
			}
			return b.begin(f.p.T("statements.file.sheet.terminals"), f.terminalHeads(fees))
		},
		Terminal: func(one *report.Terminal) error { return b.row(f.terminalRow(one, fees)...) },
	}
	if f.period.IsYear() {
		return f.read(export)
	}
	days := func() error {
		if b.name == f.p.T("statements.file.sheet.days") {
			return nil
		}
		return b.begin(f.p.T("statements.file.sheet.days"), f.dayHeads())
	}
	export.Settlement = func(s *report.Settlement) error {
		return errors.Join(days(), b.row(f.settlementRow(s)...))
	}
	export.Apart = func(l *report.Line) error {
		return errors.Join(days(), b.row(f.apartRow(l)...))
	}
	return f.read(export)
}

// workbook writes sheets one after another, row by row: only the last is open.
type workbook struct {
	file          *excelize.File
	money, day    int // styles
	rate, heading int
	sheet         *excelize.StreamWriter // the one that is open; nil: none yet
	name          string                 // of the part that is written, which may be several sheets
	heads         []any
	parts, rows   int
}

func newWorkbook() (*workbook, error) {
	b := &workbook{file: excelize.NewFile()}
	for _, s := range []struct {
		into  *int
		style excelize.Style
	}{
		{&b.money, excelize.Style{NumFmt: 4}}, // #,##0.00
		{&b.day, excelize.Style{CustomNumFmt: new("yyyy-mm-dd")}},
		{&b.rate, excelize.Style{CustomNumFmt: new("0.0000%")}},
		{&b.heading, excelize.Style{Font: &excelize.Font{Bold: true}}},
	} {
		var err error
		if *s.into, err = b.file.NewStyle(&s.style); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// begin opens a part with its headings, which may be none.
func (b *workbook) begin(name string, heads []any) error {
	b.name, b.heads, b.parts = name, heads, 0
	return b.open()
}

// open opens a new sheet of the part.
func (b *workbook) open() error {
	if err := b.flush(); err != nil {
		return err
	}
	name := b.name
	if b.parts++; b.parts > 1 {
		name += " " + strconv.Itoa(b.parts)
	}
	first := b.file.GetSheetName(0)
	if b.sheet == nil {
		if err := b.file.SetSheetName(first, name); err != nil {
			return err
		}
	} else if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	var err error
	if b.sheet, err = b.file.NewStreamWriter(name); err != nil {
		return err
	}
	b.rows = 0
	if err := b.sheet.SetColWidth(1, widthColumns, columnWidth); err != nil {
		return err
	}
	if len(b.heads) == 0 {
		return nil
	}
	if err := b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	heads := make([]any, len(b.heads))
	for i, head := range b.heads {
		heads[i] = excelize.Cell{StyleID: b.heading, Value: head}
	}
	return b.set(heads)
}

// The columns that are made wide enough for amounts and names, and how wide in
// characters.
const (
	widthColumns = 32
	columnWidth  = 15
)

func (b *workbook) row(cells ...any) error {
	if b.rows == excelize.TotalRows {
		if err := b.open(); err != nil {
			return err
		}
	}
	values := make([]any, len(cells))
	for i, cell := range cells {
		values[i] = b.value(cell)
	}
	return b.set(values)
}

func (b *workbook) set(values []any) error {
	b.rows++
	return b.sheet.SetRow("A"+strconv.Itoa(b.rows), values)
}

// value is a cell as the workbook takes it. Its numbers are binary fractions, as
// those of every workbook; shown with two decimals they are the amounts.
func (b *workbook) value(cell any) any {
	switch v := cell.(type) {
	case money.Fen:
		return excelize.Cell{StyleID: b.money, Value: decimal(v.Yuan())}
	case money.Rate:
		return excelize.Cell{StyleID: b.rate, Value: decimal(strconv.FormatInt(int64(v), 10) + "e-6")}
	case date.Date:
		year, month, day := v.Civil()
		return excelize.Cell{StyleID: b.day, Value: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
	case serialNumber:
		return string(v)
	default:
		return v
	}
}

func decimal(text string) any {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return n
}

func (b *workbook) flush() error {
	if b.sheet == nil {
		return nil
	}
	return b.sheet.Flush()
}

func (b *workbook) write(w io.Writer) error {
	if err := b.flush(); err != nil {
		return err
	}
	return b.file.Write(w)
}
