package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is a cell as the sheet has it.
type value struct {
	kind    string // the format's letter for what the text means
	style   string
	text    string
	formula bool
}

// resolve returns what a person sees in the cell, written as a CSV file has it.
func (w *workbook) resolve(v value) (cell, error) {
	switch {
	case v.formula:
		return refuse(v, "import.cell.formula"), nil
	case v.kind == "e":
		return refuse(v, "import.cell.error"), nil
	case v.kind == "b":
		return refuse(v, "import.cell.boolean"), nil
	case v.kind == "inlineStr", v.kind == "str":
		return cell{text: v.text}, nil
	case v.kind == "s":
		text, ok := w.strings.at(strings.TrimSpace(v.text))
		if !ok {
			return cell{}, fmt.Errorf("table: no shared text %q", v.text)
		}
		return cell{text: text}, nil
	case v.kind == "d":
		return cell{text: strings.TrimSuffix(v.text, "T00:00:00")}, nil
	case v.kind != "" && v.kind != "n":
		return cell{}, fmt.Errorf("table: no cell is of type %q", v.kind)
	}
	text := strings.TrimSpace(v.text)
	if text == "" {
		return cell{}, nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		return cell{}, fmt.Errorf("table: no number: %q", v.text)
	}
	if w.shows(v.style) == asDate {
		return dateCell(v, number, w.from), nil
	}
	decimal, ok := plain(number)
	if !ok {
		return refuse(v, "import.cell.long_number"), nil
	}
	return cell{text: decimal}, nil
}

func refuse(v value, key string) cell { return cell{text: v.text, why: &Fault{Key: key}} }

func (w *workbook) shows(style string) look {
	i, err := strconv.Atoi(style)
	if err != nil || i < 0 || i >= len(w.styles) {
		return asNumber
	}
	return w.styles[i]
}

// digits is how many digits of a number a workbook keeps and shows.
const digits = 15

// plain writes a number as the digits that a person typed. A workbook keeps
// numbers in binary, so that 917.34 may stand in the file as 917.34000000000003
// and a calculated 36 as 35.999999999999996; rounding to the 15 digits that
// count gives the number back. Where that can't be told from a number that had
// more digits, such as a serial number typed as one, it is refused.
func plain(number float64) (string, bool) {
	const noise = 3 // digits between a typed number and the error of its binary form
	exact := strconv.FormatFloat(number, 'e', -1, 64)
	if significant(exact) > digits {
		rounded := strconv.FormatFloat(number, 'e', digits-1, 64)
		if significant(rounded) > digits-noise {
			return "", false
		}
		exact = rounded
	}
	number, err := strconv.ParseFloat(exact, 64)
	if err != nil || math.Abs(number) >= 1e15 {
		return "", false
	}
	if number == 0 {
		return "0", true
	}
	return strconv.FormatFloat(number, 'f', -1, 64), true
}

// significant counts the digits of a number in the form d.ddde±dd up to the
// last that is not zero.
func significant(e string) int {
	mantissa, _, _ := strings.Cut(strings.TrimPrefix(e, "-"), "e")
	return len(strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0"))
}

// epoch is the day from which a workbook counts its dates.
type epoch bool

const (
	from1900 epoch = false
	from1904 epoch = true // as workbooks of old Macs do
)

// dateCell writes a date as 2026-01-31, and a date with a time of day as
// 2026-01-31T09:30:00, without a zone since the workbook has none.
func dateCell(v value, days float64, from epoch) cell {
	first := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	if from == from1904 {
		first = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	const lastDay = 2_958_465 // 31 December 9999
	// The first 60 days count a 29 February 1900 that never was.
	if days < 61 || days > lastDay {
		return refuse(v, "import.cell.no_date")
	}
	whole, part := math.Modf(days)
	day := first.AddDate(0, 0, int(whole))
	seconds := math.Round(part * 86_400)
	if seconds == 0 {
		return cell{text: day.Format(time.DateOnly)}
	}
	return cell{text: day.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05")}
}
