package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/fee"
)

func TestASoundContentHasNoFinding(t *testing.T) {
	if found := Check(sound()); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestWhatIsWrongIsFoundAtItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Content)
		want   string
	}{
		"a summary without English":     {func(c *Content) { c.Summary.En = " " }, "summary-en missing []"},
		"no contact":                    {func(c *Content) { c.Contact = Text{} }, "contact-zh missing [] · contact-en missing []"},
		"no clauses":                    {func(c *Content) { c.Clauses = nil; c.Fees[0].Terms.Clause = "" }, "clauses no_clause [] · fees-0-clause missing []"},
		"no fees":                       {func(c *Content) { c.Fees = nil }, "summary-zh not_the_price [value ¥45.00] · summary-en not_the_price [value ¥45.00] · fees no_fee []"},
		"a clause that is not there":    {func(c *Content) { c.Fees[0].Terms.Clause = "4" }, "fees-0-clause no_such_clause [value 4]"},
		"a clause's number twice":       {func(c *Content) { c.Clauses = append(c.Clauses, c.Clauses[0]) }, "clauses-1-number twice [value 3]"},
		"a plan twice":                  {func(c *Content) { c.Fees = append(c.Fees, c.Fees[0]) }, "fees-1-plan twice [value sim-annual-36]"},
		"a price of another language":   {func(c *Content) { c.Clauses[0].Text.En = "We take ¥46.00 once a year. The first 30 days are free." }, "clauses-0-text-en only_chinese [value ¥45.00] · clauses-0-text-zh only_english [value ¥46.00] · clauses-0-text-en not_the_price [value ¥46.00]"},
		"a price that is not the price": {func(c *Content) { c.Fees[0].Amount = 4600 }, "summary-zh not_the_price [value ¥45.00] · summary-en not_the_price [value ¥45.00] · clauses-0-text-zh not_the_price [value ¥45.00] · clauses-0-text-en not_the_price [value ¥45.00]"},
		"days that differ":              {func(c *Content) { c.Fees[0].Terms.Refund = Text{"15 天内退", "refunded within 14 days"} }, "fees-0-refund-en only_chinese [value 15] · fees-0-refund-zh only_english [value 14]"},
		"a date that differs": {func(c *Content) {
			c.Limits = Text{"从 2026年12月1日起用于我们的终端。", "For our terminals from 2 December 2026."}
		}, "limits-en only_chinese [value 2026-12-01] · limits-zh only_english [value 2026-12-02]"},
		"jargon":                        {func(c *Content) { c.Limits.ZhCN = "只用于贷记卡。" }, "limits-zh jargon_plain [word 贷记卡 plain 信用卡]"},
		"jargon beside its plain name":  {func(c *Content) { c.Limits.ZhCN = "只用于贷记卡（信用卡）。" }, ""},
		"a phrase that says nothing":    {func(c *Content) { c.Limits.ZhCN = "敬请谅解。" }, "limits-zh empty [word 敬请谅解]"},
		"a sentence too long":           {func(c *Content) { c.Limits.En = strings.TrimSuffix(strings.Repeat("very ", 26), " ") + "." }, "limits-en too_long"},
		"Chinese where English belongs": {func(c *Content) { c.Limits.En = "只用于我们的终端。" }, "limits-en other_language []"},
		"English where Chinese belongs": {func(c *Content) { c.Limits.ZhCN = "For our terminals only." }, "limits-zh other_language []"},
		"no word about idle terminals":  {func(c *Content) { c.Fees[0].Idle = "" }, "fees-0-idle missing []"},
		"no cycle":                      {func(c *Content) { c.Fees[0].CycleMonths = 0 }, "fees-0-cycle missing []"},
		"a code with capitals":          {func(c *Content) { c.Fees[0].Plan = "SIM" }, "fees-0-plan code []"},
		"a deposit without condition":   {func(c *Content) { c.Fees[0].Item = fee.DeviceDeposit }, "fees-0-deposit missing []"},
		"a turnover without its months": {func(c *Content) {
			c.Fees[0].Item, c.Fees[0].Terms.Deposit = fee.DeviceDeposit, Deposit{Kind: ByTurnover, Turnover: 100}
		}, "fees-0-deposit_months missing []"},
		"a cap below the minimum":        {func(c *Content) { c.Fees[0] = rated(c.Fees[0]) }, "fees-0-cap cap_below_min []"},
		"how it is collected is missing": {func(c *Content) { c.Fees[0].Terms.Collected = Text{} }, "fees-0-collected-zh missing [] · fees-0-collected-en missing []"},
	} {
		t.Run(name, func(t *testing.T) {
			content := sound()
			c.change(content)
			var got []string
			for _, f := range Check(content) {
				line := f.Path + " " + strings.TrimPrefix(f.Key, "disclosures.check.")
				if !strings.HasSuffix(f.Key, "too_long") {
					line += " " + fmt.Sprint(f.Args)
				}
				got = append(got, line)
			}
			if strings.Join(got, " · ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " · "), c.want)
			}
		})
	}
}

func rated(f ContentFee) ContentFee {
	f.Kind, f.Amount, f.CycleMonths, f.FreeDays, f.Idle = fee.PerSale, 4500, 0, 0, ""
	f.Rate, f.Min, f.Cap = 6000, 100, 50
	return f
}

func TestAFigureIsTheSameInBothLanguages(t *testing.T) {
	for want, texts := range map[string][]string{
		"¥36.00":     {"36 元", "36.00元", "¥36", "￥３６．００", "36 yuan", "RMB 36", "36块"},
		"¥12000.00":  {"1.2 万元", "12,000 元", "¥1.2万", "CNY 12000.00"},
		"0.6%":       {"0.60%", "０．６％", "0.6 %"},
		"2026-12-10": {"2026年12月10日", "2026 年 12 月 10 号", "10 December 2026", "December 10, 2026", "2026-12-10", "10 Dec 2026"},
		"12-10":      {"12月10日", "10 December", "December 10"},
		"2026-12":    {"2026年12月", "December 2026"},
		"30":         {"30 天", "30 days", "３０天"},
		"20000":      {"2万", "20,000"},
		"0.5":        {"0.50"},
		"":           {"一年一次", "once a year"},
	} {
		for _, text := range texts {
			if got := strings.Join(slices.Sorted(maps.Keys(figuresOf(text))), " "); got != want {
				t.Errorf("%q: got %q, want %q", text, got, want)
			}
		}
	}
}

func FuzzFiguresOfAnyTextAreFound(f *testing.F) {
	f.Add("2026年12月10日起 1.2万元, 0.60%")
	f.Add("Jan 5, 2026 ¥,,,")
	f.Fuzz(func(t *testing.T, text string) {
		if lacking := figuresOf(text).lacking(figuresOf(text)); len(lacking) > 0 {
			t.Errorf("%q lacks its own %v", text, lacking)
		}
	})
}

// TestTheHashesOfContentsStay pins the written form: what changes it would change
// the hash of everything that was ever approved.
func TestTheHashesOfContentsStay(t *testing.T) {
	untidy := sound()
	untidy.Title.En = "  Terminal fees \r\n"
	for _, c := range []*Content{sound(), untidy} {
		if got, want := c.Hash(), "917657c702a42b769cbb8469892a3da88d4a1c1101fc0e7b8d5730f928dd103d"; got != want {
			t.Errorf("got %s, want %s of\n%s", got, want, c.Encode())
		}
	}
	back, err := DecodeContent(sound().Encode())
	if err != nil || back.Hash() != sound().Hash() {
		t.Errorf("what was written reads back as %+v, %v", back, err)
	}
}

func TestAComparisonSaysWhatDiffersWordByWord(t *testing.T) {
	before, after := sound(), sound()
	after.Fees[0].Amount = 4800
	after.Fees[0].Terms.Refund = Text{"已经开始的一期按天退", "A period that has begun is refunded by the day"}
	after.Clauses[0].Text = Text{"每年收一次 ¥48.00。前 30 天免费。", "We take ¥48.00 once a year. The first 30 days are free."}
	after.Clauses = append(after.Clauses, Clause{"4", Text{"押金", "Deposit"}, Text{"没有押金。", "There is no deposit."}})
	after.Fees = append(after.Fees, ContentFee{Plan: "new", Terms: Terms{Title: Text{"新", "New"}, Stop: Text{"打电话", "Call"}}})
	var got []string
	for _, c := range Compare(before, after) {
		line := fmt.Sprintf("%s %s %s", c.Part, c.Name, c.Field)
		if c.Added() {
			line += " added"
		}
		for _, s := range Words(c.Before.ZhCN, c.After.ZhCN) {
			line += " " + map[Op]string{Kept: "=", Gone: "-", New: "+"}[s.Op] + s.Text
		}
		got = append(got, line)
	}
	want := []string{
		"fee sim-annual-36 price",
		"fee sim-annual-36 refund =已经开始的一期 -不 +按天 =退",
		"fee new  added +新",
		"fee new stop +打电话",
		"clause 3 text =每年收一次  -¥45.00 +¥48.00 =。前 30 天免费。",
		"clause 4  added +押金",
		"clause 4 text +没有押金。",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if same := Compare(before, sound()); len(same) > 0 {
		t.Errorf("the same content differs in %v", same)
	}
	removed := Compare(after, before)
	if !slices.ContainsFunc(removed, func(c Change) bool { return c.Removed() && c.Name == "new" }) {
		t.Errorf("a fee that is gone is not listed in %v", removed)
	}
}
