package i18n

import (
	"math"
	"testing"
	"time"
)

type fen int64

func (f fen) Yuan() string {
	return map[fen]string{120450: "1204.50", -3600: "-36.00"}[f]
}

func TestAmountsAreGroupedWithTwoDecimals(t *testing.T) {
	for fen, want := range map[int64]string{
		0: "¥0.00", 5: "¥0.05", 120450: "¥1,204.50", -3600: "−¥36.00",
		99_999_999: "¥999,999.99", 100_000_000: "¥1,000,000.00",
		math.MaxInt64: "¥92,233,720,368,547,758.07", math.MinInt64: "−¥92,233,720,368,547,758.08",
	} {
		if got := For(ZhCN).Money(fen); got != want {
			t.Errorf("Money(%d) = %q, want %q", fen, got, want)
		}
	}
}

func TestARateShowsTwoDecimalsAndAsManyMoreAsItHas(t *testing.T) {
	for ppm, want := range map[int64]string{
		6000: "0.60%", 5250: "0.525%", 0: "0.00%", 1: "0.0001%", 10_000: "1.00%",
		29_900: "2.99%", 1_000_000: "100.00%", -500: "−0.05%", 12_345_678: "1,234.5678%",
	} {
		if got := For(En).Percent(ppm); got != want {
			t.Errorf("Percent(%d) = %q, want %q", ppm, got, want)
		}
	}
}

func TestDatesAreWrittenInTheReadersLanguage(t *testing.T) {
	d := day{2025, time.December, 3}
	at := time.Date(2025, 11, 26, 2, 2, 59, 0, time.UTC)
	for _, c := range []struct {
		name   string
		write  func(p *Printer) string
		zh, en string
	}{
		{"date", func(p *Printer) string { return p.Date(d) }, "2025年12月3日", "3 December 2025"},
		{"short date", func(p *Printer) string { return p.ShortDate(d) }, "12月3日", "3 Dec"},
		{"month", func(p *Printer) string { return p.Month(d) }, "2025年12月", "December 2025"},
		{"year", func(p *Printer) string { return p.Year(2025) }, "2025年", "2025"},
		{"moment", func(p *Printer) string { return p.DateTime(at) }, "2025年11月26日 10:02", "26 November 2025, 10:02"},
		{"short moment", func(p *Printer) string { return p.ShortDateTime(at) }, "11月26日 10:02", "26 Nov, 10:02"},
		{"time of day", func(p *Printer) string { return p.Time(at) }, "10:02", "10:02"},
		{"day of a late moment", func(p *Printer) string { return p.DayOf(at.Add(14 * time.Hour)) }, "2025年11月27日", "27 November 2025"},
		{"span", func(p *Printer) string { return p.Span(d, day{2026, time.December, 2}) }, "2025年12月3日到2026年12月2日", "3 December 2025 to 2 December 2026"},
		{"no date", func(p *Printer) string { return p.Date(day{0, time.December, 31}) }, "", ""},
		{"no moment", func(p *Printer) string { return p.DateTime(time.Time{}) }, "", ""},
		{"today", func(p *Printer) string { return p.RelativeDays(0) }, "今天", "today"},
		{"tomorrow", func(p *Printer) string { return p.RelativeDays(1) }, "明天", "tomorrow"},
		{"yesterday", func(p *Printer) string { return p.RelativeDays(-1) }, "昨天", "yesterday"},
		{"to come", func(p *Printer) string { return p.RelativeDays(11) }, "11 天后", "in 11 days"},
		{"gone by", func(p *Printer) string { return p.RelativeDays(-2) }, "2 天前", "2 days ago"},
		{"a minute", func(p *Printer) string { return p.Duration(time.Minute) }, "1 分钟", "1 minute"},
		{"over a minute", func(p *Printer) string { return p.Duration(61 * time.Second) }, "2 分钟", "2 minutes"},
		{"part of a second", func(p *Printer) string { return p.Duration(time.Millisecond) }, "1 秒", "1 second"},
		{"no time", func(p *Printer) string { return p.Duration(-time.Hour) }, "0 秒", "0 seconds"},
		{"hours", func(p *Printer) string { return p.Duration(2 * time.Hour) }, "2 小时", "2 hours"},
		{"days", func(p *Printer) string { return p.Duration(48 * time.Hour) }, "2 天", "2 days"},
		{"tail", func(p *Printer) string { return p.Tail("N910-20384-0387") }, "尾号 0387", "ending 0387"},
		{"short tail", func(p *Printer) string { return p.Tail("87") }, "尾号 87", "ending 87"},
		{"one name", func(p *Printer) string { return p.List([]string{"A"}) }, "A", "A"},
		{"three names", func(p *Printer) string { return p.List([]string{"A", "B", "C"}) }, "A、B和C", "A, B and C"},
		{"no name", func(p *Printer) string { return p.List(nil) }, "", ""},
		{"count", func(p *Printer) string { return p.Count(-12345) }, "−12,345", "−12,345"},
	} {
		if got := c.write(For(ZhCN)); got != c.zh {
			t.Errorf("%s in Chinese is %q, want %q", c.name, got, c.zh)
		}
		if got := c.write(For(En)); got != c.en {
			t.Errorf("%s in English is %q, want %q", c.name, got, c.en)
		}
	}
}

func TestAPhoneNumberShowsItsEndsOnly(t *testing.T) {
	for phone, want := range map[string]string{
		"+8613812346621": "138****6621", "13812346621": "138****6621", "+85291234567": "+85****4567",
		"12345": "****45", "": "****",
	} {
		if got := MaskPhone(phone); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", phone, got, want)
		}
	}
}

func TestAMailAddressIsMasked(t *testing.T) {
	for address, want := range map[string]string{
		"zhou@example.com": "z***@example.com", "周@example.com": "周***@example.com", "@example.com": "***@example.com", "zhou": "***", "": "***",
	} {
		if got := MaskMail(address); got != want {
			t.Errorf("MaskMail(%q) = %q, want %q", address, got, want)
		}
	}
}
