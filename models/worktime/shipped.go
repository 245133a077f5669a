package worktime

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// The public holidays of 2026 and the weekend days worked for them, after the
// official announcement of 4 November 2025.
var (
	holidays2026 = [][2]string{
		{"2026-01-01", "2026-01-03"}, // New Year
		{"2026-02-15", "2026-02-23"}, // Spring Festival
		{"2026-04-04", "2026-04-06"}, // Qingming
		{"2026-05-01", "2026-05-05"}, // Labour Day
		{"2026-06-19", "2026-06-21"}, // Dragon Boat
		{"2026-09-25", "2026-09-27"}, // Mid-Autumn
		{"2026-10-01", "2026-10-07"}, // National Day
	}
	makeUp2026 = []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}
)

var shipped = mustShip()

// Shipped returns the calendar that the product comes with: Monday to Friday,
// 09:00 to 12:00 and 13:30 to 18:00 (450 minutes a day), and China's official
// days of 2026. Days of other years follow the week alone until staff enter
// them.
func Shipped() *Calendar { return shipped }

func mustShip() *Calendar {
	var week Week
	for day := time.Monday; day <= time.Friday; day++ {
		week[day] = []Interval{{9 * 60, 12 * 60}, {13*60 + 30, 18 * 60}}
	}
	var closed, open []date.Date
	for _, h := range holidays2026 {
		for d, last := date.MustParse(h[0]), date.MustParse(h[1]); d <= last; d++ {
			closed = append(closed, d)
		}
	}
	for _, d := range makeUp2026 {
		open = append(open, date.MustParse(d))
	}
	return mustCalendar(week, closed, open)
}

// everyHour counts calendar time as if it were working time.
var everyHour = mustCalendar(Week{{{0, 1440}}, {{0, 1440}}, {{0, 1440}}, {{0, 1440}}, {{0, 1440}}, {{0, 1440}}, {{0, 1440}}}, nil, nil)

func mustCalendar(week Week, closed, open []date.Date) *Calendar {
	c, err := NewCalendar(week, closed, open)
	if err != nil {
		panic(err)
	}
	return c
}
