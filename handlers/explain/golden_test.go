package explain

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

var update = flag.Bool("update", false, "write what is explained now into the golden files")

// in returns the example's explanation in a language.
func (x *example) in(t *testing.T, l i18n.Locale) Text {
	t.Helper()
	return Deduction(i18n.For(l), x.explain(t), x.context(l))
}

func (x *example) context(l i18n.Locale) Context {
	ctx := x.ctx
	ctx.Case, ctx.Terms = x.c, x.zh
	if l == i18n.En {
		ctx.Terms = x.en
	}
	return ctx
}

func TestExplanationsReadAsTheyDid(t *testing.T) {
	kept := map[string]bool{}
	for _, x := range examples() {
		file := filepath.Join("testdata", x.name+".golden")
		kept[file] = true
		t.Run(x.name, func(t *testing.T) {
			var got strings.Builder
			for _, l := range i18n.Locales {
				fmt.Fprintf(&got, "# %s\n%s\n", l, written(x.in(t, l)))
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s differs; read the new words aloud, then run go test -update\ngot:\n%s\nwant:\n%s", file, got.String(), want)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !kept[file] {
			t.Errorf("%s belongs to no example: take it out", file)
		}
	}
}

// written lays an explanation out as text.
func written(x Text) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", x.Headline, x.Lead)
	for _, s := range x.Because {
		fmt.Fprintf(&b, "! %s\n", s)
	}
	fmt.Fprintf(&b, "[%s %s] %s\n\n", x.Tag.Tone, x.Tag.Word, x.Short)
	for _, r := range x.Why {
		fmt.Fprintf(&b, "%s:\n", r.Label)
		if r.Link.Text != "" {
			fmt.Fprintf(&b, "    %s <%s>\n", r.Link.Text, r.Link.URL)
		}
		for _, s := range r.Lines {
			fmt.Fprintf(&b, "    %s\n", s)
		}
		for _, l := range r.Calc {
			sum := ""
			if l.Total {
				sum = "= "
			}
			fmt.Fprintf(&b, "    %s | %s%s\n", l.Text, sum, l.Amount)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", x.ChecksTitle)
	for _, g := range x.Checks {
		fmt.Fprintf(&b, "[%s %s] %s / %s\n", g.Tag.Tone, g.Tag.Word, g.Title, g.Summary)
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "    [%s %s] %s\n", r.Tag.Tone, r.Tag.Word, r.Text)
		}
	}
	b.WriteString("\n")
	for _, s := range x.Money {
		fmt.Fprintf(&b, "$ %s\n", s)
	}
	for _, s := range x.Next.Lines {
		fmt.Fprintf(&b, "> %s\n", s)
	}
	for _, l := range x.Next.Links {
		fmt.Fprintf(&b, "> %s <%s>\n", l.Text, l.URL)
	}
	return b.String()
}

// never lists how a rule can't come out: some are said only where they fire,
// some only inform, and some rest on facts that are always known.
var never = map[fee.Status][]fee.Code{
	fee.Passed: {fee.VersionNotAccepted, fee.NotItemised},
	fee.Failed: {fee.AmountUnder, fee.NotItemised},
}

// uncheckable are the rules that may lack the fact they need.
var uncheckable = []fee.Code{fee.AmountOver, fee.NotItemised, fee.WrongMethod, fee.DuplicateCycle, fee.NoticeMissing}

func TestExamplesShowEveryRuleHoweverItComesOut(t *testing.T) {
	shown := map[fee.RuleCheck]bool{}
	for _, x := range examples() {
		for _, g := range x.explain(t).Groups {
			for _, r := range g.Rules {
				shown[r] = true
			}
		}
	}
	for status, codes := range never {
		for _, code := range codes {
			if shown[fee.RuleCheck{Code: code, Status: status}] {
				t.Errorf("%s came out %s, want never", code, status)
			}
			shown[fee.RuleCheck{Code: code, Status: status}] = true
		}
	}
	for code := range fee.AllCodes() {
		for _, status := range []fee.Status{fee.Passed, fee.Failed} {
			if !shown[fee.RuleCheck{Code: code, Status: status}] {
				t.Errorf("no example in which %s comes out %s", code, status)
			}
		}
	}
	for _, code := range uncheckable {
		if !shown[fee.RuleCheck{Code: code, Status: fee.Unchecked}] {
			t.Errorf("no example in which %s can't be checked", code)
		}
	}
}

func TestExamplesShowEveryCalculationPriceStateAndKind(t *testing.T) {
	shown := map[any]bool{}
	for _, x := range examples() {
		e := x.explain(t)
		for _, l := range e.Lines {
			shown[l.Kind] = true
		}
		if e.Facts.Price != nil {
			shown[e.Facts.Price.Kind] = true
		}
		shown[x.ctx.State], shown[x.ctx.Kind] = true, true
	}
	for _, want := range []any{
		fee.CalcCycle, fee.CalcCount, fee.CalcRate, fee.CalcMin, fee.CalcCap, fee.CalcRounding, fee.CalcOver, fee.CalcUnder, fee.CalcUnpriced,
		fee.Recurring, fee.OneOff, fee.PerItem, fee.PerSale,
		fee.Authorized, fee.Posted, fee.Refunded, fee.Waived, fee.Reversed, fee.Voided, fee.Held, fee.Denied,
		KindCard, KindQR, KindPayout, KindOther,
	} {
		if !shown[want] {
			t.Errorf("no example of %T %v", want, want)
		}
	}
}
