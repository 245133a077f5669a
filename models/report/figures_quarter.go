package report

import (
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// Quarter is a calendar quarter in Shanghai, by its first day.
type Quarter struct{ from date.Date }

// QuarterOf returns the quarter in which a day lies.
func QuarterOf(d date.Date) Quarter {
	year, month, _ := d.Civil()
	return Quarter{date.New(year, (month-1)/3*3+1, 1)}
}

// ParseQuarter reads a quarter written as 2026-Q3.
func ParseQuarter(s string) (Quarter, bool) {
	var year, n int
	if len(s) != len("2026-Q3") {
		return Quarter{}, false
	}
	if _, err := fmt.Sscanf(s, "%d-Q%d", &year, &n); err != nil || n < 1 || n > 4 || year < 1 {
		return Quarter{}, false
	}
	q := Quarter{date.New(year, time.Month(n*3-2), 1)}
	return q, q.String() == s
}

// String writes the quarter as 2026-Q3.
func (q Quarter) String() string { return fmt.Sprintf("%04d-Q%d", q.Year(), q.Number()) }

// Year returns the year.
func (q Quarter) Year() int { year, _, _ := q.from.Civil(); return year }

// Number returns 1 to 4.
func (q Quarter) Number() int { _, month, _ := q.from.Civil(); return int(month+2) / 3 }

// From returns the first day.
func (q Quarter) From() date.Date { return q.from }

// To returns the last day.
func (q Quarter) To() date.Date { return q.Next().from.AddDays(-1) }

// Next returns the quarter after it.
func (q Quarter) Next() Quarter { return Quarter{q.from.AddMonths(3)} }

// Previous returns the quarter before it.
func (q Quarter) Previous() Quarter { return Quarter{q.from.AddMonths(-3)} }

// Over reports whether the quarter has ended by a day.
func (q Quarter) Over(today date.Date) bool { return today >= q.Next().from }
