package disclosure

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/plain"
)

// Finding says why a content can't be submitted, and where. Path names the
// field of the form, such as fees-2-refund-en; Key and Args are a message.
type Finding struct {
	Path string
	Key  string
	Args []any
}

// Check returns everything that stands in the way of submitting a content: what
// is missing in either language, a number that one language has and the other
// has not, an amount that is not the price, and what is not plain.
func Check(c *Content) []Finding {
	tidy := c.tidy()
	k := checker{content: &tidy}
	k.whole()
	for i := range tidy.Clauses {
		k.clause(i, &tidy.Clauses[i])
	}
	for i := range tidy.Fees {
		k.fee(i, &tidy.Fees[i])
	}
	return k.findings
}

type checker struct {
	content  *Content
	findings []Finding
}

func (k *checker) add(path, key string, args ...any) {
	k.findings = append(k.findings, Finding{path, key, args})
}

func (k *checker) whole() {
	c := k.content
	k.text("title", &c.Title)
	k.text("summary", &c.Summary)
	k.text("contact", &c.Contact)
	k.text("limits", &c.Limits)
	k.amounts("summary", &c.Summary, k.stated(func(*ContentFee) bool { return true }))
	if len(c.Clauses) == 0 {
		k.add("clauses", "disclosures.check.no_clause")
	}
	if len(c.Fees) == 0 {
		k.add("fees", "disclosures.check.no_fee")
	}
}

func (k *checker) clause(i int, c *Clause) {
	path := fmt.Sprintf("clauses-%d-", i)
	if c.Number == "" {
		k.add(path+"number", "disclosures.check.missing")
	}
	for j := range i {
		if c.Number != "" && k.content.Clauses[j].Number == c.Number {
			k.add(path+"number", "disclosures.check.twice", "value", c.Number)
			break
		}
	}
	k.text(path+"heading", &c.Heading)
	k.text(path+"text", &c.Text)
	if about := k.stated(func(f *ContentFee) bool { return f.Terms.Clause == c.Number }); len(about) > 0 {
		k.amounts(path+"text", &c.Text, about)
	}
}

var codePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const longestCode = 60

// feePath names a field of a fee.
func feePath(i int, field string) string { return fmt.Sprintf("fees-%d-%s", i, field) }

func (k *checker) fee(i int, f *ContentFee) {
	path := feePath(i, "")
	switch {
	case f.Plan == "":
		k.add(path+"plan", "disclosures.check.missing")
	case len(f.Plan) > longestCode || !codePattern.MatchString(f.Plan):
		k.add(path+"plan", "disclosures.check.code")
	}
	for j := range i {
		if f.Plan != "" && k.content.Fees[j].Plan == f.Plan {
			k.add(path+"plan", "disclosures.check.twice", "value", f.Plan)
			break
		}
	}
	if !f.Item.Known() {
		k.add(path+"item", "disclosures.check.missing")
	}
	k.price(path, f)
	switch {
	case f.Terms.Clause == "":
		k.add(path+"clause", "disclosures.check.missing")
	case k.content.Clause(f.Terms.Clause) == nil:
		k.add(path+"clause", "disclosures.check.no_such_clause", "value", f.Terms.Clause)
	}
	k.deposit(path, f)
	for _, t := range f.Terms.texts() {
		k.text(path+t.name, t.text)
		k.amounts(path+t.name, t.text, k.stated(func(other *ContentFee) bool { return other == f }))
	}
}

func (k *checker) price(path string, f *ContentFee) {
	price, before := f.Price(), len(k.findings)
	switch f.Kind {
	case "":
		k.add(path+"kind", "disclosures.check.missing")
		return
	case fee.PerSale:
		if f.Rate <= 0 {
			k.add(path+"rate", "disclosures.check.missing")
		}
	default:
		if f.Amount <= 0 {
			k.add(path+"amount", "disclosures.check.missing")
		}
	}
	if f.Kind == fee.Recurring && f.CycleMonths < 1 {
		k.add(path+"cycle", "disclosures.check.missing")
	}
	if f.Kind == fee.Recurring && f.Idle == "" {
		k.add(path+"idle", "disclosures.check.missing")
	}
	if f.Kind == fee.PerSale && f.Cap > 0 && f.Cap < f.Min {
		k.add(path+"cap", "disclosures.check.cap_below_min")
	}
	if len(k.findings) == before && price.Validate() != nil {
		k.add(path+"kind", "disclosures.check.impossible_price")
	}
}

func (k *checker) deposit(path string, f *ContentFee) {
	d := &f.Terms.Deposit
	if f.Item != fee.DeviceDeposit {
		return
	}
	switch d.Kind {
	case ByReturn:
	case ByTurnover:
		if d.Turnover <= 0 {
			k.add(path+"deposit_turnover", "disclosures.check.missing")
		}
		if d.Months < 1 {
			k.add(path+"deposit_months", "disclosures.check.missing")
		}
	default:
		k.add(path+"deposit", "disclosures.check.missing")
	}
}

// text checks a text in both languages.
func (k *checker) text(path string, t *Text) {
	k.language(path+"-zh", "zh-CN", t.ZhCN)
	k.language(path+"-en", "en", t.En)
	if t.ZhCN == "" || t.En == "" {
		return
	}
	zh, en := figuresOf(t.ZhCN), figuresOf(t.En)
	for _, f := range zh.lacking(en) {
		k.add(path+"-en", "disclosures.check.only_chinese", "value", f)
	}
	for _, f := range en.lacking(zh) {
		k.add(path+"-zh", "disclosures.check.only_english", "value", f)
	}
}

func (k *checker) language(path, locale, text string) {
	switch {
	case text == "":
		k.add(path, "disclosures.check.missing")
		return
	case (locale == "zh-CN") != strings.ContainsFunc(text, isHan):
		k.add(path, "disclosures.check.other_language")
		return
	}
	for _, f := range plain.Check(locale, text) {
		switch f.Rule {
		case plain.TooLong:
			k.add(path, "disclosures.check.too_long", "sentence", f.Sentence, "length", f.Length, "longest", f.Longest)
		case plain.Jargon, plain.Code:
			if f.Plain != "" {
				k.add(path, "disclosures.check.jargon_plain", "word", f.Word, "plain", f.Plain)
			} else {
				k.add(path, "disclosures.check.jargon", "word", f.Word)
			}
		case plain.Formal:
			k.add(path, "disclosures.check.formal", "word", f.Word)
		default:
			k.add(path, "disclosures.check.empty", "word", f.Word)
		}
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// stated returns the amounts and rates of the fees chosen, as figures.
func (k *checker) stated(chosen func(*ContentFee) bool) figures {
	all := figures{}
	for i := range k.content.Fees {
		f := &k.content.Fees[i]
		if !chosen(f) {
			continue
		}
		for _, amount := range []int64{int64(f.Amount), int64(f.Min), int64(f.Cap), int64(f.Cap12m), int64(f.Terms.Deposit.Turnover)} {
			if amount > 0 {
				all.add(moneyFigure(amount))
			}
		}
		if f.Rate > 0 {
			all.add(rateFigure(int64(f.Rate)))
		}
	}
	return all
}

// amounts notes amounts of money and rates in a text that the structured prices
// it is about do not have.
func (k *checker) amounts(path string, t *Text, stated figures) {
	for _, each := range []struct{ path, text string }{{path + "-zh", t.ZhCN}, {path + "-en", t.En}} {
		for _, f := range figuresOf(each.text).lacking(stated) {
			if isPrice(f) {
				k.add(each.path, "disclosures.check.not_the_price", "value", f)
			}
		}
	}
}
