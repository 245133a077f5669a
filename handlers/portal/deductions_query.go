package portal

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/width"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/form"
)

// The addresses of the list and of the same list as a file.
const (
	deductionsPath = "/deductions"
	deductionPath  = "/deductions/" // and the id of one
	exportPath     = "/deductions.csv"
)

// The fields of the list's address.
const (
	terminalParam = "terminal"
	feeParam      = "fee"
	monthParam    = "month"
	fromParam     = "from"
	toParam       = "to"
	checkParam    = "check"
	amountParam   = "amount"
	olderParam    = "older"
	newerParam    = "newer"
)

// deductionQuery is what the address of a list asks for.
type deductionQuery struct {
	filter   deduction.ListFilter
	at       deduction.Place
	newer    bool      // the place is before a line
	month    date.Date // first day of the month asked for
	from, to date.Date
	state    form.State
	kept     url.Values // the filters that count
}

// readDeductionQuery reads the filter and the place from the address. What
// nobody could have picked is left out; what somebody may have typed wrong is a
// failure of the state.
func readDeductionQuery(c echo.Context) (*deductionQuery, error) {
	values, err := form.Read(c)
	if err != nil {
		return nil, err
	}
	q := &deductionQuery{kept: url.Values{}}
	var failures []form.Failure
	p := printer(c)
	read := func(name string, take func(text string) bool, key string) {
		text := values.Get(name)
		switch {
		case text == "":
		case take(text):
			q.kept.Set(name, text)
		case key != "":
			failures = append(failures, form.Failure{Field: name, Message: p.T(key)})
		}
	}
	read(terminalParam, q.takeTerminal, "")
	read(feeParam, q.takeFee, "")
	read(monthParam, q.takeMonth, "")
	read(fromParam, func(text string) bool { return takeDay(text, &q.from) }, "deductions.filter.bad_day")
	read(toParam, func(text string) bool { return takeDay(text, &q.to) }, "deductions.filter.bad_day")
	read(checkParam, q.takeCheck, "")
	read(amountParam, q.takeAmount, "deductions.filter.bad_amount")
	if !q.from.IsZero() && !q.to.IsZero() && q.to < q.from {
		failures = append(failures, form.Failure{Field: toParam, Message: p.T("deductions.filter.backwards")})
	}
	q.filter.From, q.filter.To = q.from, q.to
	if !q.month.IsZero() {
		last := q.month.AddMonths(1).AddDays(-1)
		q.filter.From = max(q.from, q.month)
		if q.to.IsZero() || q.to > last {
			q.filter.To = last
		}
	}
	if older, ok := deduction.ParseOlder(values.Get(olderParam)); ok {
		q.at = older
	} else if newer, ok := deduction.ParseNewer(values.Get(newerParam)); ok {
		q.at, q.newer = newer, true
	}
	q.state = form.Filled(values)
	if len(failures) > 0 {
		q.state = form.Failed(values, "", failures)
	}
	return q, nil
}

// takeTerminal takes what may be a serial number.
func (q *deductionQuery) takeTerminal(text string) bool {
	q.filter.SN = text
	return true
}

func (q *deductionQuery) takeFee(text string) bool {
	item := fee.Item(text)
	if !slices.Contains(listedItems(), item) {
		return false
	}
	q.filter.Item = item
	return true
}

func (q *deductionQuery) takeMonth(text string) bool {
	month, err := date.Parse(text + "-01")
	q.month = month
	return err == nil
}

func monthValue(month date.Date) string { return month.String()[:len("2026-01")] }

func (q *deductionQuery) takeCheck(text string) bool {
	check := deduction.Check(text)
	if !check.Known() {
		return false
	}
	q.filter.Check = check
	return true
}

// takeAmount takes yuan as a person writes them: with the sign of the currency,
// with thousands separators, in full-width figures.
func (q *deductionQuery) takeAmount(text string) bool {
	plain := strings.NewReplacer("\u00a5", "", ",", "", " ", "").Replace(width.Fold.String(text))
	amount, err := money.ParseYuan(plain)
	if err != nil {
		return false
	}
	q.filter.Amount = &amount
	return true
}

// takeDay takes a date as browsers send it, or typed with other separators
// where they know no field for dates.
func takeDay(text string, day *date.Date) bool {
	parts := strings.FieldsFunc(width.Fold.String(text), func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	for i := range parts {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	parsed, err := date.Parse(strings.Join(parts, "-"))
	*day = parsed
	return err == nil
}

// outOfDate reports whether a part next to a place has become the beginning of
// the list and is shorter than the list's newest part would be.
func (q *deductionQuery) outOfDate(read *deduction.ListPage) bool {
	return q.newer && !read.Newer && len(read.Lines) < deduction.ListPageSize
}

// address is that of a list with the same filters but for one, which is changed,
// or left out where its value is empty.
func (q *deductionQuery) address(path, name, value string) string {
	values := url.Values{}
	for param := range q.kept {
		values.Set(param, q.kept.Get(param))
	}
	values.Del(name)
	if value != "" {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
