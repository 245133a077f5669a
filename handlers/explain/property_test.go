package explain

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// drawExample takes one of the examples and changes a few of its facts at
// random, so that rules meet in ways that nobody thought of.
func drawExample(t *rapid.T) *example {
	all := examples()
	x := all[rapid.IntRange(0, len(all)-1).Draw(t, "example")]
	day := func(label string) date.Date {
		return day("2024-06-01").AddDays(rapid.IntRange(0, 900).Draw(t, label))
	}
	amount := func(label string) money.Fen {
		return money.Fen(rapid.SampledFrom([]int64{-3600, 0, 1, 300, 2400, 3600, 4500, 9900, 1 << 62}).Draw(t, label))
	}
	states := []fee.State{
		fee.Authorized, fee.Posted, fee.Refunded, fee.Waived, fee.Reversed, fee.Voided, fee.Held, fee.Denied, "", "queried",
	}
	changes := []func(){
		func() { x.c.Request.Amount = amount("amount") },
		func() { x.c.Request.At = day("at").At(rapid.IntRange(0, 23).Draw(t, "hour"), 0) },
		func() { x.c.Request.PeriodFrom = day("period") },
		func() { x.c.Request.PeriodFrom = 0 },
		func() {
			x.c.Request.Origin = rapid.SampledFrom([]string{"core", "agent", "import", "x"}).Draw(t, "origin")
		},
		func() { x.c.Request.Replay = rapid.Bool().Draw(t, "replay") },
		func() { x.c.Request.SaleNet = fen(int64(amount("net"))) },
		func() { x.c.Request.OrderRef = "ORD-7800" },
		func() { x.c.Request.SaleCount = count(rapid.Int64Range(0, 3).Draw(t, "count")) },
		func() { x.c.Request.Sale = fen(int64(max(0, amount("sale")))) },
		func() { x.c.Request.Method = rapid.SampledFrom([]fee.Method{"", fee.Credit, fee.QR}).Draw(t, "method") },
		func() { x.c.Enrolment = nil },
		func() { x.c.Terminal.ActivatedOn = day("activated") },
		func() { x.c.Terminal.InactiveFrom = day("inactive") },
		func() { x.c.Terminal.ReportedGoneOn = day("gone") },
		func() {
			x.c.Terminal.Replaces = &fee.Replaced{SN: "1122", Paid: []fee.Paid{{Through: day("paid through")}}}
		},
		func() { x.c.Merchant.ClosedOn = day("closed") },
		func() { x.c.Plan.Cap12m = max(0, amount("cap")) },
		func() {
			x.c.History = append(x.c.History, fee.Entry{
				Cycle: rapid.IntRange(0, 4).Draw(t, "cycle"), Amount: max(0, amount("taken")), On: day("taken on"),
				State: rapid.SampledFrom(states).Draw(t, "state"), OrderRef: rapid.SampledFrom([]string{"", "ORD-7800"}).Draw(t, "order"),
			})
		},
		func() {
			x.c.Notices = append(x.c.Notices, fee.Notice{
				Cycle: rapid.IntRange(1, 3).Draw(t, "announced"), Amount: amount("told"),
				DeliveredAt: x.c.Request.At.AddDate(0, 0, -rapid.IntRange(-1, 70).Draw(t, "ago")),
				Channel:     rapid.SampledFrom([]string{"sms", "pigeon"}).Draw(t, "channel"),
			})
		},
		func() { x.c.Disputes = append(x.c.Disputes, fee.Dispute{WholeItem: true, Open: true}) },
		func() {
			if e := x.c.Enrolment; e != nil {
				e.CancelledOn = day("cancelled")
			}
		},
		func() {
			if e := x.c.Enrolment; e != nil {
				e.OwnLimit = fen(int64(max(0, amount("limit"))))
			}
		},
		func() {
			if e := x.c.Enrolment; e != nil {
				e.Accepted = append(e.Accepted, fee.Acceptance{
					Version: rapid.IntRange(1, 3).Draw(t, "accepted"), On: day("accepted on"), Via: rapid.SampledFrom([]string{"app", "agent", ""}).Draw(t, "via"),
				})
			}
		},
		func() {
			if len(x.c.Plan.Versions) == 0 {
				return
			}
			v := x.c.Plan.Versions[0]
			v.Number = len(x.c.Plan.Versions) + 1
			v.EffectiveOn = day("effective")
			v.PublishedOn = v.EffectiveOn.AddDays(-rapid.SampledFrom([]int{0, 10, 31}).Draw(t, "lead"))
			v.Price.Amount = max(0, amount("price"))
			x.c.Plan.Versions = append(x.c.Plan.Versions, v)
		},
		func() { x.ctx.State = rapid.SampledFrom(states).Draw(t, "state of it") },
		func() { x.ctx.Refunded = max(0, amount("refunded")) },
		func() { x.ctx.Terminal = Terminal{} },
		func() { x.ctx.Settlement = nil },
		func() { x.zh, x.en = Terms{}, Terms{} },
		func() { x.ctx.Operator = Operator{} },
		func() { x.ctx.Ref, x.ctx.AcceptedBy = "", "" },
		func() {
			x.ctx.Next = &fee.Charge{On: day("next"), Amount: max(0, amount("next amount")), Holds: 1 << fee.Arrears}
		},
	}
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		changes[rapid.IntRange(0, len(changes)-1).Draw(t, "change")]()
	}
	return x
}

// textOf explains a drawn example, or reports that its facts can't be.
func textOf(x *example, l i18n.Locale) (Text, fee.Explanation, bool) {
	e, err := fee.Explain(x.c)
	if err != nil {
		return Text{}, e, false
	}
	return Deduction(i18n.For(l), e, x.context(l)), e, true
}

func TestTheSameFactsGiveTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawExample(t)
		for _, l := range i18n.Locales {
			first, _, ok := textOf(x, l)
			if !ok {
				return
			}
			again := *x
			facts := *x.c
			again.c = &facts
			facts.History = slices.Clone(facts.History)
			rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed"))).Shuffle(len(facts.History), func(i, j int) {
				facts.History[i], facts.History[j] = facts.History[j], facts.History[i]
			})
			second, _, _ := textOf(&again, l)
			if got, want := written(second), written(first); got != want {
				t.Fatalf("in %s the same facts in another order read\n%s\nwant\n%s", l, got, want)
			}
		}
	})
}

func TestWhateverTheFactsEveryTextIsThereAndPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawExample(t)
		for _, l := range i18n.Locales {
			text, e, ok := textOf(x, l)
			if !ok {
				return
			}
			checkWhole(t, text)
			checkStatuses(t, text, e, x.ctx)
			for _, p := range pieces(text) {
				for _, j := range jargon {
					if word := j.term.FindString(p.text); word != "" {
						t.Fatalf("in %s %q says %q", l, p.text, word)
					}
				}
				if gap.MatchString(p.text) {
					t.Fatalf("in %s %q has a gap", l, p.text)
				}
			}
		}
	})
}

// checkWhole holds that no text which must be there is empty.
func checkWhole(t *rapid.T, text Text) {
	missing := func(what, s string) {
		if s == "" {
			t.Fatalf("%s is empty in\n%s", what, written(text))
		}
	}
	missing("headline", text.Headline)
	missing("lead", text.Lead)
	missing("tag", text.Tag.Word)
	missing("title of the checks", text.ChecksTitle)
	for _, r := range text.Why {
		missing("label", r.Label)
		missing("row "+r.Label, strings.Join(r.Lines, "")+r.Link.Text+strings.Join(amounts(r.Calc), ""))
	}
	for _, g := range text.Checks {
		missing("title of "+string(g.Kind), g.Title)
		missing("summary of "+string(g.Kind), g.Summary)
		missing("word of "+string(g.Kind), g.Tag.Word)
		for _, r := range g.Rules {
			missing("rule "+r.Code.String(), r.Text)
		}
	}
	if len(text.Money) == 0 {
		t.Fatalf("nobody says where the money is in\n%s", written(text))
	}
}

func amounts(lines []CalcLine) (all []string) {
	for _, l := range lines {
		all = append(all, l.Amount)
	}
	return all
}

// checkStatuses holds that nothing unknown is shown as passed, and nothing
// broken as fine.
func checkStatuses(t *rapid.T, text Text, e fee.Explanation, ctx Context) {
	for _, g := range text.Checks {
		for _, r := range g.Rules {
			if (r.Tag.Tone == ToneOK) != (r.Status == fee.Passed && r.Code != fee.AmountUnder) {
				t.Fatalf("%s came out %s and is shown as %s", r.Code, r.Status, r.Tag.Tone)
			}
		}
		if g.Tag.Tone == ToneOK && g.Status != fee.Passed {
			t.Fatalf("group %s came out %s and is shown as passed", g.Kind, g.Status)
		}
	}
	if e.Verdict.Decision != fee.Allow && text.Tag.Tone == ToneOK {
		t.Fatalf("%s is shown as %s", e.Verdict.Decision, text.Tag.Word)
	}
	want := 0
	for code := range e.Verdict.Reasons.All() {
		if code.Level() != fee.LevelInfo {
			want++
		}
	}
	if ctx.State == fee.Held || ctx.State == fee.Denied {
		want += len(ctx.Own)
	}
	if len(text.Because) != want {
		t.Fatalf("got %d sentences of what is wrong, want %d: %q", len(text.Because), want, text.Because)
	}
}

func TestOfTwoChargesOnOneDayTheLaterPeriodIsTheLast(t *testing.T) {
	first := fee.Entry{Cycle: 1, Amount: 1500, On: day("2025-11-20"), State: fee.Posted}
	second := fee.Entry{Cycle: 2, Amount: 1500, On: day("2025-11-20"), State: fee.Posted}
	for _, history := range [][]fee.Entry{{first, second}, {second, first}} {
		x := named("two on one day", price(fee.Price{Kind: fee.Recurring, Amount: 1500, CycleMonths: 1, Idle: fee.Accrue}), amount(1500), replayed)
		x.c.History, x.c.Request.PeriodFrom = history, day("2025-02-03")
		got := Reason(i18n.For(i18n.ZhCN), fee.DuplicateCycle, x.explain(t), x.context(i18n.ZhCN))
		if want := "上一笔是 11月20日，属于第 2 期。"; !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want it to end with %q", got, want)
		}
	}
}

// TestEveryWorkedCaseIsExplained takes the worked cases of the rules.
func TestEveryWorkedCaseIsExplained(t *testing.T) {
	cases, err := os.ReadFile("../../models/fee/testdata/vectors/judge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	explained := 0
	for line := range bytes.Lines(cases) {
		c, err := fee.ParseCase(line)
		if err != nil {
			continue // an impossible case is refused, never explained
		}
		e, err := fee.Explain(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range i18n.Locales {
			ctx := Context{Case: c, Item: c.Plan.Item}
			text := Deduction(i18n.For(l), e, ctx)
			for code := range e.Verdict.Reasons.All() {
				if got := Reason(i18n.For(l), code, e, ctx); got == "" {
					t.Errorf("%s in %s says nothing", code, l)
				}
			}
			for _, p := range pieces(text) {
				for _, fault := range faults(p, l) {
					t.Errorf("%s: %s: %q", l, fault, p.text)
				}
			}
		}
		explained++
	}
	if explained < 60 {
		t.Errorf("%d cases were explained, want at least 60", explained)
	}
}
