package staff

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/form"
)

// draftForm is the form of a draft: fields by name, as they were typed. Clauses
// and fees are counted from 0 in the names.
type draftForm struct{ values form.Values }

// formOf writes a content into a form.
func formOf(c *disclosure.Content) draftForm {
	f := draftForm{form.Values{}}
	f.setText("title", c.Title)
	f.setText("summary", c.Summary)
	f.setText("contact", c.Contact)
	f.setText("limits", c.Limits)
	for i := range c.Clauses {
		clause, at := &c.Clauses[i], row("clauses", i)
		f.set(at+"number", clause.Number)
		f.setText(at+"heading", clause.Heading)
		f.setText(at+"text", clause.Text)
	}
	for i := range c.Fees {
		f.setFee(row("fees", i), &c.Fees[i])
	}
	return f
}

func row(kind string, i int) string { return kind + "-" + strconv.Itoa(i) + "-" }

func (f draftForm) set(name, value string) { f.values[name] = []string{value} }

func (f draftForm) setText(name string, t disclosure.Text) {
	f.set(name+"-zh", t.ZhCN)
	f.set(name+"-en", t.En)
}

func (f draftForm) setFee(at string, c *disclosure.ContentFee) {
	f.set(at+"plan", c.Plan)
	f.set(at+"item", string(c.Item))
	f.set(at+"method", string(c.Method))
	f.set(at+"kind", string(c.Kind))
	f.set(at+"amount", yuan(c.Amount))
	f.set(at+"cycle", whole(c.CycleMonths))
	f.set(at+"free", whole(max(c.FreeDays, c.FreeMonths)))
	unit := "days"
	if c.FreeMonths > 0 {
		unit = "months"
	}
	f.set(at+"free_unit", unit)
	f.set(at+"idle", string(c.Idle))
	f.set(at+"rate", percent(c.Rate))
	f.set(at+"min", yuan(c.Min))
	f.set(at+"cap", yuan(c.Cap))
	f.set(at+"cap_12m", yuan(c.Cap12m))
	f.set(at+"clause", c.Terms.Clause)
	f.set(at+"deposit", string(c.Terms.Deposit.Kind))
	f.set(at+"deposit_turnover", yuan(c.Terms.Deposit.Turnover))
	f.set(at+"deposit_months", whole(c.Terms.Deposit.Months))
	for _, t := range feeTexts(&c.Terms) {
		f.setText(at+t.name, *t.text)
	}
}

// feeText is a text of a fee with the name of its fields.
type feeText struct {
	name, label string
	text        *disclosure.Text
}

func feeTexts(t *disclosure.Terms) []feeText {
	return []feeText{
		{"title", "admin_disclosures.edit.name", &t.Title}, {"collected", "disclosures.fees.collected", &t.Collected},
		{"recipient", "disclosures.fees.recipient", &t.Recipient}, {"priced_by", "admin_disclosures.edit.priced_by", &t.PricedBy},
		{"refund", "disclosures.fees.refund", &t.Refund}, {"stop", "disclosures.fees.stop", &t.Stop},
	}
}

// count returns how many rows of a kind the form has.
func (f draftForm) count(kind string) (n int) {
	for f.values.Has(row(kind, n) + firstOf[kind]) {
		n++
	}
	return n
}

// firstOf is the field that every row of a kind has.
var firstOf = map[string]string{"clauses": "number", "fees": "plan"}

// mostRows is how many rows of a kind a form may have.
const mostRows = 60

// add puts an empty row at the end.
func (f draftForm) add(kind string) {
	n := f.count(kind)
	if n >= mostRows {
		return
	}
	if kind == "fees" {
		f.setFee(row(kind, n), &disclosure.ContentFee{})
		return
	}
	at := row(kind, n)
	f.set(at+"number", strconv.Itoa(n+1))
	f.setText(at+"heading", disclosure.Text{})
	f.setText(at+"text", disclosure.Text{})
}

// remove takes a row away; those below it move up.
func (f draftForm) remove(kind string, gone int) {
	n := f.count(kind)
	if gone < 0 || gone >= n {
		return
	}
	moved := url.Values{}
	for name, values := range f.values {
		i, field, ok := partsOf(name, kind)
		switch {
		case !ok || i < gone:
			moved[name] = values
		case i > gone:
			moved[row(kind, i-1)+field] = values
		}
	}
	clear(f.values)
	for name, values := range moved {
		f.values[name] = values
	}
}

func partsOf(name, kind string) (i int, field string, ok bool) {
	rest, ok := strings.CutPrefix(name, kind+"-")
	if !ok {
		return 0, "", false
	}
	number, field, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, "", false
	}
	i, err := strconv.Atoi(number)
	return i, field, err == nil
}

// content reads the form. What is no number is a fault.Invalid with its fields.
func (f draftForm) content() (*disclosure.Content, error) {
	r := draftReader{draftForm: f}
	c := &disclosure.Content{Title: f.text("title"), Summary: f.text("summary"), Contact: f.text("contact"), Limits: f.text("limits")}
	for i := range min(f.count("clauses"), mostRows) {
		at := row("clauses", i)
		c.Clauses = append(c.Clauses, disclosure.Clause{Number: f.values.Get(at + "number"), Heading: f.text(at + "heading"), Text: f.text(at + "text")})
	}
	for i := range min(f.count("fees"), mostRows) {
		c.Fees = append(c.Fees, r.fee(row("fees", i)))
	}
	return c, r.faults.Err()
}

func (f draftForm) text(name string) disclosure.Text {
	return disclosure.Text{ZhCN: f.values.Get(name + "-zh"), En: f.values.Get(name + "-en")}
}

// draftReader notes what it can't read.
type draftReader struct {
	draftForm
	faults fault.Fields
}

// fee reads a fee: of its price only what the kind has, so that what was typed
// before the kind was changed says nothing.
func (r *draftReader) fee(at string) disclosure.ContentFee {
	v := r.values
	c := disclosure.ContentFee{
		Plan: v.Get(at + "plan"), Item: fee.Item(r.oneOf(at+"item", items...)), Method: fee.Method(r.oneOf(at+"method", methods...)),
		Kind: fee.Kind(r.oneOf(at+"kind", kinds...)), Cap12m: r.money(at + "cap_12m"),
	}
	c.Terms.Clause = v.Get(at + "clause")
	for _, t := range feeTexts(&c.Terms) {
		*t.text = r.text(at + t.name)
	}
	switch c.Kind {
	case fee.PerSale:
		c.Rate, c.Min, c.Cap = r.rate(at+"rate"), r.money(at+"min"), r.money(at+"cap")
	default:
		c.Amount = r.money(at + "amount")
	}
	if c.Kind == fee.Recurring {
		c.CycleMonths, c.Idle = r.whole(at+"cycle"), fee.Idle(r.oneOf(at+"idle", idles...))
	}
	if c.Kind == fee.Recurring || c.Kind == fee.OneOff {
		if n := r.whole(at + "free"); v.Get(at+"free_unit") == "months" {
			c.FreeMonths = n
		} else {
			c.FreeDays = n
		}
	}
	if c.Item == fee.DeviceDeposit {
		d := &c.Terms.Deposit
		d.Kind = disclosure.DepositKind(r.oneOf(at+"deposit", deposits...))
		if d.Kind == disclosure.ByTurnover {
			d.Turnover, d.Months = r.money(at+"deposit_turnover"), r.whole(at+"deposit_months")
		}
	}
	return c
}

// The values that the form's lists offer beside none.
var (
	items    = names(fee.Items)
	methods  = []string{string(fee.Card), string(fee.Credit), string(fee.Debit), string(fee.QR)}
	kinds    = []string{string(fee.Recurring), string(fee.OneOff), string(fee.PerItem), string(fee.PerSale)}
	idles    = []string{string(fee.Accrue), string(fee.Skip)}
	deposits = []string{string(disclosure.ByReturn), string(disclosure.ByTurnover)}
)

func names[T ~string](all []T) (texts []string) {
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return texts
}

func (r *draftReader) oneOf(name string, offered ...string) string {
	value := r.values.Get(name)
	for _, one := range offered {
		if value == one {
			return value
		}
	}
	if value != "" {
		r.faults.Add(name, "admin_disclosures.fault.choice")
	}
	return ""
}

func (r *draftReader) money(name string) money.Fen {
	value := strings.TrimPrefix(r.values.Get(name), "\u00a5")
	if value == "" {
		return 0
	}
	amount, err := money.ParseYuan(value)
	if err != nil || amount < 0 {
		r.faults.Add(name, "admin_disclosures.fault.amount")
	}
	return max(amount, 0)
}

const mostMonths = 36_600

func (r *draftReader) whole(name string) int {
	if r.values.Get(name) == "" {
		return 0
	}
	n := r.values.Number(name)
	if n < 0 || n > mostMonths {
		r.faults.Add(name, "admin_disclosures.fault.whole")
		return 0
	}
	return n
}

var percentPattern = regexp.MustCompile(`^([0-9]{1,2})(?:\.([0-9]{1,4}))?$`)

// rate reads a share in per cent.
func (r *draftReader) rate(name string) money.Rate {
	value := strings.TrimSpace(strings.TrimSuffix(r.values.Get(name), "%"))
	if value == "" {
		return 0
	}
	m := percentPattern.FindStringSubmatch(value)
	if m == nil {
		r.faults.Add(name, "admin_disclosures.fault.rate")
		return 0
	}
	ppm, _ := strconv.Atoi(m[1] + m[2] + strings.Repeat("0", 4-len(m[2]))) // the pattern leaves digits alone
	return money.Rate(ppm)
}

func percent(rate money.Rate) string {
	if rate == 0 {
		return ""
	}
	part := strconv.Itoa(int(rate) % 10_000)
	part = strings.TrimRight(strings.Repeat("0", 4-len(part))+part, "0")
	for len(part) < 2 {
		part += "0"
	}
	return strconv.Itoa(int(rate)/10_000) + "." + part
}

func yuan(amount money.Fen) string {
	if amount == 0 {
		return ""
	}
	return amount.Yuan()
}

func whole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
