package portal

import (
	"io"
	"strconv"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/spreadsheet"
)

// writeCSV writes a month's settlements day by day and then what was taken
// apart from them, or a year's terminals month by month.
func (f *statementFile) writeCSV(w io.Writer) error {
	rows, err := spreadsheet.New(w)
	if err != nil {
		return err
	}
	t := &csvTable{rows: rows}
	if err := f.writeRows(t); err != nil {
		return err
	}
	return t.rows.Flush()
}

func (f *statementFile) writeRows(t *csvTable) error {
	if f.period.IsYear() {
		var fees []report.Fee
		return f.read(report.Export{
			Summary: func(s *report.Summary) error {
				fees = s.Total.Fees
				return t.row(f.terminalHeads(fees)...)
			},
			Terminal: func(one *report.Terminal) error { return t.row(f.terminalRow(one, fees)...) },
		})
	}
	if err := t.row(f.dayHeads()...); err != nil {
		return err
	}
	return f.read(report.Export{
		Settlement: func(s *report.Settlement) error { return t.row(f.settlementRow(s)...) },
		Apart:      func(l *report.Line) error { return t.row(f.apartRow(l)...) },
	})
}

// csvTable writes rows as spreadsheets read them best.
type csvTable struct {
	rows *spreadsheet.Writer
	line []string
}

func (t *csvTable) row(cells ...any) error {
	t.line = t.line[:0]
	for _, cell := range cells {
		t.line = append(t.line, csvText(cell))
	}
	return t.rows.Row(t.line...)
}

// csvText writes a cell. What came from elsewhere can't act as a formula.
func csvText(cell any) string {
	switch v := cell.(type) {
	case string:
		return spreadsheet.Text(v)
	case serialNumber:
		return spreadsheet.Code(string(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case money.Fen:
		return v.Yuan()
	case money.Rate:
		return strconv.FormatInt(int64(v), 10)
	case date.Date:
		return v.String()
	default:
		return ""
	}
}
