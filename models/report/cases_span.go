package report

import "github.com/mingbai/mingbai/models/date"

// SpanOf returns the days of a month, a quarter or a year, as 2026-11, 2026-Q4 or
// 2026, and whether it is more than a month; false where it is none of them.
func SpanOf(text string) (s Span, isLong, ok bool) {
	if q, ok := ParseQuarter(text); ok {
		return Span{q.From(), q.Next().From()}, true, true
	}
	p, ok := ParsePeriod(text)
	if !ok {
		return Span{}, false, false
	}
	return Span{p.From, p.Next()}, p.IsYear(), true
}

// Begun reports whether the span has begun by a day.
func (s Span) Begun(today date.Date) bool { return s.From <= today }
