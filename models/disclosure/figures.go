package disclosure

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// figures are the amounts, rates, dates and other numbers of a text, written
// alike in both languages: ¥36.00, 0.60%, 2026-12-10, 2026-12, 12-10, 30.
type figures map[string]bool

func (f figures) add(one string) { f[one] = true }

// lacking lists, in order, what others don't have.
func (f figures) lacking(others figures) (only []string) {
	for _, one := range slices.Sorted(maps.Keys(f)) {
		if !others[one] {
			only = append(only, one)
		}
	}
	return only
}

// isPrice reports whether a figure is an amount of money or a rate.
func isPrice(figure string) bool {
	return strings.HasPrefix(figure, "¥") || strings.HasSuffix(figure, "%")
}

func moneyFigure(fen int64) string { return fmt.Sprintf("¥%d.%02d", fen/100, fen%100) }

func rateFigure(ppm int64) string {
	return trimZeros(fmt.Sprintf("%d.%04d", ppm/10_000, ppm%10_000)) + "%"
}

// Chinese characters are written by their code points: year, month, day (in
// both words), yuan, and ten thousand.
const (
	number  = `([0-9][0-9,]*(?:\.[0-9]+)?)`
	hanYear = "\u5e74"
	hanMon  = "\u6708"
	hanDay  = "[\u65e5\u53f7]"
	hanYuan = "[\u5143\u5757]"
	hanWan  = "\u4e07"
	months  = `(January|February|March|April|May|June|July|August|September|October|November|December|` +
		`Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?`
)

// The forms a figure may have, the more telling ones first: what one has taken
// the next does not see.
var (
	isoDate    = regexp.MustCompile(`\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b`)
	hanDate    = regexp.MustCompile(`([0-9]{4})\s*` + hanYear + `\s*([0-9]{1,2})\s*` + hanMon + `\s*([0-9]{1,2})\s*` + hanDay)
	hanMonth   = regexp.MustCompile(`([0-9]{4})\s*` + hanYear + `\s*([0-9]{1,2})\s*` + hanMon)
	hanShort   = regexp.MustCompile(`([0-9]{1,2})\s*` + hanMon + `\s*([0-9]{1,2})\s*` + hanDay)
	dayFirst   = regexp.MustCompile(`\b([0-9]{1,2})\s+` + months + `(?:\s+([0-9]{4})\b)?`)
	monthFirst = regexp.MustCompile(`\b` + months + `\s+([0-9]{1,2})(?:\s*,\s*([0-9]{4}))?\b`)
	monthYear  = regexp.MustCompile(`\b` + months + `\s+([0-9]{4})\b`)
	amount     = regexp.MustCompile(`(?:¥|RMB|CNY)\s*` + number + `\s*(` + hanWan + `)?` + `|` + number + `\s*(` + hanWan + `)?\s*(?:` + hanYuan + `|(?:yuan|RMB|CNY)\b)`)
	percent    = regexp.MustCompile(number + `\s*%`)
	plainNum   = regexp.MustCompile(number + `\s*(` + hanWan + `)?`)
)

// figuresOf finds the figures of a text.
func figuresOf(text string) figures {
	f := figures{}
	rest := width.Narrow.String(text)
	take := func(pattern *regexp.Regexp, write func(parts []string) string) {
		rest = pattern.ReplaceAllStringFunc(rest, func(found string) string {
			f.add(write(pattern.FindStringSubmatch(found)))
			return " "
		})
	}
	take(isoDate, func(m []string) string { return m[1] + "-" + m[2] + "-" + m[3] })
	take(hanDate, func(m []string) string { return m[1] + "-" + two(m[2]) + "-" + two(m[3]) })
	take(hanMonth, func(m []string) string { return m[1] + "-" + two(m[2]) })
	take(hanShort, func(m []string) string { return two(m[1]) + "-" + two(m[2]) })
	take(dayFirst, func(m []string) string { return dated(m[3], m[2], m[1]) })
	take(monthYear, func(m []string) string { return m[2] + "-" + monthOf(m[1]) })
	take(monthFirst, func(m []string) string { return dated(m[3], m[1], m[2]) })
	take(amount, func(m []string) string { return "¥" + inFull(m[1]+m[3], m[2]+m[4], 2) })
	take(percent, func(m []string) string { return trimZeros(plainDigits(m[1])) + "%" })
	take(plainNum, func(m []string) string { return trimZeros(inFull(m[1], m[2], 0)) })
	return f
}

func dated(year, month, day string) string {
	short := monthOf(month) + "-" + two(day)
	if year == "" {
		return short
	}
	return year + "-" + short
}

func monthOf(name string) string {
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(m.String(), name[:3]) {
			return two(strconv.Itoa(int(m)))
		}
	}
	return name
}

func two(n string) string {
	if len(n) == 1 {
		return "0" + n
	}
	return n
}

func plainDigits(n string) string { return strings.ReplaceAll(n, ",", "") }

// inFull writes a number with at least so many decimals, counted out where it
// is said in ten thousands.
func inFull(n, wan string, decimals int) string {
	whole, part, _ := strings.Cut(plainDigits(n), ".")
	if wan != "" {
		part += "0000"
		whole, part = whole+part[:4], part[4:]
		part = strings.TrimRight(part, "0")
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	for len(part) < decimals {
		part += "0"
	}
	if part == "" {
		return whole
	}
	return whole + "." + part
}

func trimZeros(n string) string {
	if !strings.Contains(n, ".") {
		return n
	}
	return strings.TrimRight(strings.TrimRight(n, "0"), ".")
}
