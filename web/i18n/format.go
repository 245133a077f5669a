package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the server may have no zone files
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// Civil is a calendar date; a year of zero or less is no date.
type Civil interface {
	Civil() (year int, month time.Month, day int)
}

// Yuan is an amount of money, written in yuan with two decimals as in "-36.00".
type Yuan interface{ Yuan() string }

var shanghai = func() *time.Location {
	l, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return l
}()

// formats are the messages that every date goes through, looked up once.
type formats struct {
	date, shortDate, month, year        *message
	dateTime, shortDateTime, span, tail *message
	comma, and                          string
	months, shortMonths                 [13]string
}

func readFormats(entries map[string]*entry) (formats, error) {
	var f formats
	var err error
	get := func(key string) *message {
		e := entries["common.format."+key]
		if e == nil {
			err = fmt.Errorf("common.format.%s is missing", key)
			return &message{}
		}
		return e.forms[plural.Other]
	}
	f.date, f.shortDate = get("date"), get("short_date")
	f.month, f.year = get("month"), get("year")
	f.dateTime, f.shortDateTime = get("date_time"), get("short_date_time")
	f.span, f.tail = get("span"), get("sn_tail")
	f.comma, f.and = get("list.comma").text, get("list.and").text
	for m := 1; m <= 12; m++ {
		f.months[m] = get("months.m" + strconv.Itoa(m)).text
		f.shortMonths[m] = get("short_months.m" + strconv.Itoa(m)).text
	}
	return f, err
}

func (p *Printer) appendValue(b []byte, key string, value any) []byte {
	switch v := value.(type) {
	case string:
		return append(b, v...)
	case int:
		return appendGrouped(b, int64(v))
	case int64:
		return appendGrouped(b, v)
	case int32:
		return appendGrouped(b, int64(v))
	case Yuan:
		return appendYuan(b, v.Yuan())
	case Civil:
		return p.appendCivil(b, p.format.date, v)
	case time.Time:
		return p.appendMoment(b, p.format.dateTime, p.format.date, v)
	case time.Duration:
		return p.appendDuration(b, v)
	}
	p.mistake(key, fmt.Sprintf("can't write a %T", value))
	return append(b, fmt.Sprint(value)...) // a copy, so that b can stay on the stack
}

// Money writes an amount in fen as ¥1,204.50, and a negative one as −¥36.00.
func (p *Printer) Money(fen int64) string {
	var buffer [40]byte
	return p.text(appendMoney(buffer[:0], fen))
}

func appendMoney(b []byte, fen int64) []byte {
	n := uint64(fen)
	if fen < 0 {
		b = append(b, minus...)
		n = -n
	}
	b = append(b, "¥"...)
	b = appendGroupedUnsigned(b, n/100)
	return append(b, '.', byte('0'+n/10%10), byte('0'+n%10))
}

// minus is the sign of its own, as wide as a digit, that no line break and no
// screen reader takes for a hyphen.
const minus = "−"

// appendYuan writes "1204.50" as money.
func appendYuan(b []byte, yuan string) []byte {
	if rest, negative := strings.CutPrefix(yuan, "-"); negative {
		b, yuan = append(b, minus...), rest
	}
	whole, decimals, _ := strings.Cut(yuan, ".")
	b = append(b, "¥"...)
	b = group(b, whole)
	return append(append(b, '.'), decimals...)
}

// Count writes a number of things as 1,204.
func (p *Printer) Count(n int64) string {
	var buffer [32]byte
	return p.text(appendGrouped(buffer[:0], n))
}

func appendGrouped(b []byte, n int64) []byte {
	if n < 0 {
		b = append(b, minus...)
		return appendGroupedUnsigned(b, -uint64(n))
	}
	return appendGroupedUnsigned(b, uint64(n))
}

func appendGroupedUnsigned(b []byte, n uint64) []byte {
	var buffer [20]byte
	digits := strconv.AppendUint(buffer[:0], n, 10)
	return group(b, digits)
}

func group[text ~string | ~[]byte](b []byte, digits text) []byte {
	for i := 0; i < len(digits); i++ {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	return b
}

// Percent writes a rate in parts per million with at least two decimals and as
// many more as it has: 6000 is 0.60%, 5250 is 0.525%.
func (p *Printer) Percent(ppm int64) string {
	var buffer [32]byte
	b := buffer[:0]
	n := uint64(ppm)
	if ppm < 0 {
		b = append(b, minus...)
		n = -n
	}
	b = appendGroupedUnsigned(b, n/10_000)
	b = append(b, '.')
	rest := n % 10_000
	for scale, written := uint64(1000), 0; written < 2 || rest > 0; scale, written = scale/10, written+1 {
		b = append(b, byte('0'+rest/scale))
		rest %= scale
	}
	return p.text(append(b, '%'))
}

// Date writes a date in full: 2025年12月3日, 3 December 2025. No date is empty.
func (p *Printer) Date(c Civil) string { return p.civil(p.format.date, c) }

// ShortDate writes a date whose year the reader knows: 12月3日, 3 Dec.
func (p *Printer) ShortDate(c Civil) string { return p.civil(p.format.shortDate, c) }

// Month writes the month of a date: 2025年12月, December 2025.
func (p *Printer) Month(c Civil) string { return p.civil(p.format.month, c) }

// Year writes a year: 2025年, 2025.
func (p *Printer) Year(year int) string { return p.civil(p.format.year, day{year, time.January, 1}) }

// Span writes the days from one date to another, both included.
func (p *Printer) Span(from, to Civil) string {
	var buffer [96]byte
	b := buffer[:0]
	for _, part := range p.format.span.parts {
		switch part.name {
		case "from":
			b = p.appendCivil(b, p.format.date, from)
		case "to":
			b = p.appendCivil(b, p.format.date, to)
		default:
			b = append(b, part.literal...)
		}
	}
	return p.text(b)
}

// DateTime writes a moment, in Shanghai: 2025年11月26日 10:02,
// 26 November 2025, 10:02. The zero moment is empty.
func (p *Printer) DateTime(t time.Time) string {
	return p.moment(p.format.dateTime, p.format.date, t)
}

// ShortDateTime is DateTime without the year.
func (p *Printer) ShortDateTime(t time.Time) string {
	return p.moment(p.format.shortDateTime, p.format.shortDate, t)
}

// Time writes the time of day of a moment in Shanghai, as 10:02.
func (p *Printer) Time(t time.Time) string {
	var buffer [8]byte
	return p.text(t.In(shanghai).AppendFormat(buffer[:0], "15:04"))
}

// DayOf writes the date on which a moment falls in Shanghai.
func (p *Printer) DayOf(t time.Time) string {
	return p.moment(p.format.date, p.format.date, t)
}

// RelativeDays writes how far a day is from today: 0 is today, 11 in eleven
// days, -1 yesterday.
func (p *Printer) RelativeDays(days int) string {
	switch {
	case days == 0:
		return p.T("common.relative.today")
	case days == 1:
		return p.T("common.relative.tomorrow")
	case days == -1:
		return p.T("common.relative.yesterday")
	case days < 0:
		return p.N("common.relative.days_ago", -days)
	default:
		return p.N("common.relative.in_days", days)
	}
}

// Duration writes a span of time in the largest unit it fills once, rounded up
// to that unit, since a reader told to wait should not have to wait again:
// 60 seconds is a minute, 61 seconds are two minutes.
func (p *Printer) Duration(d time.Duration) string {
	var buffer [48]byte
	return p.text(p.appendDuration(buffer[:0], d))
}

func (p *Printer) appendDuration(b []byte, d time.Duration) []byte {
	key, size := "common.duration.seconds", time.Second
	switch {
	case d >= 24*time.Hour:
		key, size = "common.duration.days", 24*time.Hour
	case d >= time.Hour:
		key, size = "common.duration.hours", time.Hour
	case d >= time.Minute:
		key, size = "common.duration.minutes", time.Minute
	}
	e := p.entries[key]
	if e == nil {
		return append(b, p.missing(key)...)
	}
	n := max(0, int64((d+size-1)/size))
	for _, part := range p.choose(e, key, count{n: n, given: true}, nil).parts {
		if part.name == "n" {
			b = appendGrouped(b, n)
		} else {
			b = append(b, part.literal...)
		}
	}
	return b
}

// Sentences puts sentences one after another: English parts them by a space,
// Chinese by their full stops alone. Empty ones are left out.
func (p *Printer) Sentences(sentences ...string) string {
	between := ""
	if p.locale == En {
		between = " "
	}
	said := sentences[:0:0]
	for _, s := range sentences {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, between)
}

// List joins a few names: 前台、收银台和外卖; front counter, till and delivery.
func (p *Printer) List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], p.format.comma) + p.format.and + names[last]
}

// Tail writes the last four characters of a terminal's serial number, which is
// all that a page shows of it: 尾号 0387, ending 0387.
func (p *Printer) Tail(sn string) string {
	var buffer [32]byte
	b := buffer[:0]
	for _, part := range p.format.tail.parts {
		if part.name == "" {
			b = append(b, part.literal...)
			continue
		}
		b = append(b, lastRunes(sn, 4)...)
	}
	return p.text(b)
}

// MaskPhone hides the middle of a phone number: +8613812346621 is 138****6621.
// A number too short to hide anything shows its last two digits alone.
func MaskPhone(phone string) string {
	phone = strings.TrimPrefix(phone, "+86")
	if len(phone) < 8 {
		return "****" + lastRunes(phone, 2)
	}
	return phone[:3] + "****" + phone[len(phone)-4:]
}

// MaskMail hides the name in a mail address but for its first letter:
// zhou@example.com is z***@example.com.
func MaskMail(address string) string {
	name, host, ok := strings.Cut(address, "@")
	if !ok {
		return "***"
	}
	_, first := utf8.DecodeRuneInString(name)
	return name[:first] + "***@" + host
}

func lastRunes(s string, n int) string {
	from := len(s)
	for ; n > 0 && from > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	return s[from:]
}

// day is a date as the printer itself needs one.
type day struct {
	year  int
	month time.Month
	day   int
}

func (d day) Civil() (int, time.Month, int) { return d.year, d.month, d.day }

func (p *Printer) civil(m *message, c Civil) string {
	var buffer [48]byte
	return p.text(p.appendCivil(buffer[:0], m, c))
}

func (p *Printer) appendCivil(b []byte, m *message, c Civil) []byte {
	year, month, day := c.Civil()
	return p.appendDay(b, m, year, month, day)
}

func (p *Printer) appendDay(b []byte, m *message, year int, month time.Month, day int) []byte {
	if year <= 0 {
		return b
	}
	if len(m.parts) == 0 {
		return append(b, m.text...)
	}
	for _, part := range m.parts {
		switch part.name {
		case "year":
			b = strconv.AppendInt(b, int64(year), 10)
		case "month":
			b = append(b, p.format.months[month]...)
		case "short_month":
			b = append(b, p.format.shortMonths[month]...)
		case "day":
			b = strconv.AppendInt(b, int64(day), 10)
		default:
			b = append(b, part.literal...)
		}
	}
	return b
}

func (p *Printer) moment(m, date *message, t time.Time) string {
	var buffer [64]byte
	return p.text(p.appendMoment(buffer[:0], m, date, t))
}

// appendMoment writes m, whose {date} is written as the message date says.
func (p *Printer) appendMoment(b []byte, m, date *message, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	local := t.In(shanghai)
	year, month, day := local.Date()
	if m == date {
		return p.appendDay(b, date, year, month, day)
	}
	for _, part := range m.parts {
		switch part.name {
		case "date":
			b = p.appendDay(b, date, year, month, day)
		case "time":
			b = local.AppendFormat(b, "15:04")
		default:
			b = append(b, part.literal...)
		}
	}
	return b
}
