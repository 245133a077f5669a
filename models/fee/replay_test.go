package fee

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// quarterly is 9 yuan a quarter from 1 January 2025, without a free period.
func quarterly(idle Idle) *Case {
	c := yearly()
	c.Plan.Versions[0].Price = Price{Kind: Recurring, Amount: 900, CycleMonths: 3, Idle: idle}
	c.Enrolment.AnchorOn = date.MustParse("2025-01-01")
	c.Enrolment.Accepted[0].On = date.MustParse("2025-01-01")
	c.Terminal.ActivatedOn = date.MustParse("2025-01-01")
	return c
}

func taken(on string, amount money.Fen, state State) Deduction {
	return Deduction{Ref: on, Amount: amount, At: date.MustParse(on).At(12, 0), State: state, Origin: OriginCore}
}

func TestAHistoryIsJudgedInTheOrderOfItsInstants(t *testing.T) {
	second, first := taken("2025-02-01", 900, Posted), taken("2025-01-02", 900, Posted)
	judged, err := Replay(quarterly(Accrue), []Deduction{second, first})
	if err != nil {
		t.Fatal(err)
	}
	if judged[0].Deduction.Ref != "2025-01-02" || judged[0].Verdict.Decision != Allow || judged[0].Settles != 1 {
		t.Errorf("the earlier one is judged %+v; want allowed, settling cycle 1", judged[0].Verdict)
	}
	if judged[1].Verdict.Reasons.String() != "duplicate_cycle" || judged[1].Settles != 0 {
		t.Errorf("the later one is judged %s; want duplicate_cycle", judged[1].Verdict.Reasons)
	}
}

func TestOfTwoDeductionsAtOneInstantTheFirstInTheFileCounts(t *testing.T) {
	a, b := taken("2025-01-02", 900, Posted), taken("2025-01-02", 900, Posted)
	a.Ref, b.Ref = "a", "b"
	judged, err := Replay(quarterly(Accrue), []Deduction{b, a})
	if err != nil {
		t.Fatal(err)
	}
	if judged[0].Deduction.Ref != "b" || judged[0].Verdict.Decision != Allow || judged[1].Verdict.Decision != Deny {
		t.Errorf("got %s then %s", judged[0].Deduction.Ref, judged[1].Deduction.Ref)
	}
}

func TestAnOverchargeSettlesItsCycleAllTheSame(t *testing.T) {
	judged, err := Replay(quarterly(Accrue), []Deduction{taken("2025-01-02", 1900, Posted), taken("2025-01-03", 900, Posted)})
	if err != nil {
		t.Fatal(err)
	}
	if judged[0].Verdict.Reasons.String() != "amount_over" || judged[0].Settles != 1 || judged[1].Verdict.Reasons.String() != "duplicate_cycle" {
		t.Errorf("got %s settling %d, then %s", judged[0].Verdict.Reasons, judged[0].Settles, judged[1].Verdict.Reasons)
	}
}

func TestEachCycleStandsAsItIs(t *testing.T) {
	c := quarterly(Accrue)
	judged, err := Replay(c, []Deduction{
		taken("2024-12-20", 900, Posted), // before anything started
		taken("2025-01-02", 900, Posted),
		taken("2025-02-02", 900, Posted),
		taken("2025-04-02", 1000, Posted),
		taken("2025-07-02", 900, Refunded),
		taken("2025-10-02", 900, Waived),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := reconciled(t, c, judged, "2024-01-01", "2026-12-31", "2026-02-01")
	want := strings.TrimSpace(`
1 duplicate 900 1800
2 over 900 1000
3 refunded 0 0
4 waived 0 0
5 open 900 0
0 unexpected 0 900
total 2700 3700`)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnIdleCycleLapsesWhereThePublishedPriceSaysSo(t *testing.T) {
	c := quarterly(Skip)
	judged, err := Replay(c, []Deduction{taken("2025-04-02", 800, Posted)})
	if err != nil {
		t.Fatal(err)
	}
	got := reconciled(t, c, judged, "2025-01-01", "2025-12-31", "2025-08-01")
	want := "1 lapsed 0 0\n2 under 900 800\n3 open 900 0\ntotal 1800 800"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSpansThatFollowEachOtherNeitherDropNorRepeatADeduction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		deductions := make([]Deduction, rapid.IntRange(0, 8).Draw(t, "n"))
		for i := range deductions {
			deductions[i] = taken(date.MustParse("2024-07-01").AddDays(rapid.IntRange(0, 800).Draw(t, "on")).String(),
				money.Fen(rapid.SampledFrom([]int64{300, 2400, 3600}).Draw(t, "amount")), rapid.SampledFrom([]State{Posted, Refunded, Reversed}).Draw(t, "state"))
			deductions[i].Ref = fmt.Sprint(i)
		}
		judged, err := Replay(c, deductions)
		if err != nil {
			t.Fatal(err)
		}
		today := date.MustParse("2027-06-01")
		seen := map[*Deduction]int{}
		var actual, posted money.Fen
		from := date.First
		for _, to := range []date.Date{date.MustParse("2025-06-30"), date.MustParse("2025-12-31"), date.Last} {
			account, err := Reconcile(c, judged, from, to, today)
			if err != nil {
				t.Fatal(err)
			}
			var expected, total money.Fen
			for _, l := range account.Lines {
				expected, total = expected+l.Expected, total+l.Actual
				for _, d := range l.Deductions {
					seen[d]++
				}
			}
			if expected != account.Expected || total != account.Actual || total-expected != account.Difference {
				t.Fatalf("lines add up to %d and %d, the account says %d and %d", expected, total, account.Expected, account.Actual)
			}
			actual += total
			from = to.AddDays(1)
		}
		for _, j := range judged {
			posted += j.Deduction.Actual()
			if seen[j.Deduction] != 1 {
				t.Fatalf("%s on %s is listed %d times", j.Deduction.Ref, date.Of(j.Deduction.At), seen[j.Deduction])
			}
		}
		if actual != posted {
			t.Fatalf("the spans hold %d, the history %d", actual, posted)
		}
	})
}

func TestTheForecastNamesEachCycleToComeAtThePriceThatStands(t *testing.T) {
	c := quarterly(Accrue)
	dearer := c.Plan.Versions[0]
	dearer.Number, dearer.PublishedOn, dearer.EffectiveOn, dearer.Price.Amount = 2, date.MustParse("2025-05-01"), date.MustParse("2025-06-10"), 1200
	c.Plan.Versions = append(c.Plan.Versions, dearer)
	c.History = []Entry{{Cycle: 1, Amount: 900, On: date.MustParse("2025-01-02"), State: Posted}}
	foresee := func() (s []string) {
		charges, err := Forecast(c, date.MustParse("2025-05-20"), date.MustParse("2025-10-31"))
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range charges {
			s = append(s, fmt.Sprintf("%s %d %s", ch.On, ch.Amount, ch.Holds))
		}
		return s
	}
	if got, want := strings.Join(foresee(), "; "), "2025-05-20 900 ; 2025-07-01 900 ; 2025-10-01 900 "; got != want {
		t.Errorf("without consent the forecast is %q; want %q", got, want)
	}
	c.Enrolment.Accepted = append(c.Enrolment.Accepted, Acceptance{Version: 2, On: date.MustParse("2025-05-19"), Via: "portal"})
	if got, want := strings.Join(foresee(), "; "), "2025-05-20 900 ; 2025-07-01 1200 ; 2025-10-01 1200 "; got != want {
		t.Errorf("with consent the forecast is %q; want %q", got, want)
	}
	c.Enrolment.CancelledOn = date.MustParse("2025-07-01")
	if got, want := strings.Join(foresee(), "; "), "2025-05-20 900 "; got != want {
		t.Errorf("once stopped the forecast is %q; want %q", got, want)
	}
}

func TestWhatTheForecastNamesIsWhatTheGateWouldAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		today := date.MustParse("2025-06-01")
		charges, err := Forecast(c, today, today.AddMonths(24))
		if err != nil {
			t.Fatal(err)
		}
		for i, ch := range charges {
			asked := *c
			for _, before := range charges[:i] {
				asked.History = append(asked.History[:len(asked.History):len(asked.History)],
					Entry{Cycle: before.Cycle.Index, Amount: before.Amount, On: before.On, State: Posted})
			}
			at := ch.On.Start().Add(9 * time.Hour)
			asked.Request = Request{Amount: ch.Amount, At: at, PeriodFrom: ch.Cycle.From, Origin: OriginCore}
			asked.Notices = []Notice{{Cycle: ch.Cycle.Index, Amount: ch.Amount, DeliveredAt: at.AddDate(0, 0, -7)}}
			v, err := Judge(&asked)
			if err != nil || v.Reasons != ch.Holds || v.Expected != ch.Amount {
				t.Fatalf("%s: foreseen %d with %q, the gate says %d with %q, %v", ch.On, ch.Amount, ch.Holds, v.Expected, v.Reasons, err)
			}
		}
	})
}

func reconciled(t *testing.T, c *Case, judged []Judged, from, to, today string) string {
	t.Helper()
	a, err := Reconcile(c, judged, date.MustParse(from), date.MustParse(to), date.MustParse(today))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range a.Lines {
		fmt.Fprintf(&b, "%d %s %d %d\n", l.Cycle.Index, l.Standing, l.Expected, l.Actual)
	}
	fmt.Fprintf(&b, "total %d %d", a.Expected, a.Actual)
	return b.String()
}

func TestAHistoryIsJudgedByTheOwnLimitOfItsDays(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	stopped := money.Fen(0)
	facts := &Case{
		Plan: Plan{Code: "overage", Item: Overage, Versions: []Version{{
			Number: 1, PublishedOn: date.MustParse("2025-01-01"), EffectiveOn: date.MustParse("2025-03-01"), Price: Price{Kind: PerItem, Amount: 500},
		}}},
		Enrolment: &Enrolment{
			AnchorOn: date.MustParse("2025-03-01"), Accepted: []Acceptance{{Version: 1, On: date.MustParse("2025-03-01"), Via: "paper"}}, OwnLimit: &stopped,
			OwnLimits: []MonthLimit{{at("2026-03-10T00:00:00Z"), 0}, {at("2026-04-01T00:00:00Z"), 1000}, {at("2026-05-20T00:00:00Z"), 0}},
		},
		Terminal: Terminal{ActivatedOn: date.MustParse("2025-03-01")}, Policy: DefaultPolicy,
	}
	var history []Deduction
	add := func(when string, want bool) {
		history = append(history, Deduction{Ref: map[bool]string{true: "over", false: "within"}[want], Amount: 500, At: at(when), State: Posted, Origin: "core"})
	}
	add("2026-03-09T00:00:00Z", false) // nothing was set yet
	add("2026-03-11T00:00:00Z", true)
	add("2026-04-02T00:00:00Z", false)
	add("2026-04-03T00:00:00Z", false)
	add("2026-04-04T00:00:00Z", true)
	add("2026-05-19T00:00:00Z", false)
	add("2026-05-20T00:00:00Z", true)
	judged, err := Replay(facts, history)
	if err != nil {
		t.Fatal(err)
	}
	for i := range judged {
		if got, want := judged[i].Verdict.Reasons.Has(OwnLimit), judged[i].Deduction.Ref == "over"; got != want {
			t.Errorf("%s: got over the limit %v, want %v", judged[i].Deduction.At, got, want)
		}
	}
	if facts.Enrolment.OwnLimit != &stopped {
		t.Error("the facts' own limit was replaced")
	}
}

func TestAHistoryIsJudgedByTheRulesOfNoticesOfItsDays(t *testing.T) {
	c := quarterly(Accrue)
	until := date.MustParse("2025-03-01").Start()
	c.Policy = Policy{NoticeHours: 72, NoticeMaxDays: 40, DisclosureDays: 31, Before: &Former{Until: until, NoticeHours: 24, NoticeMaxDays: 60}}
	first, second := taken("2025-01-02", 900, Posted), taken("2025-04-02", 900, Posted)
	first.Live, second.Live = true, true
	for i, d := range []*Deduction{&first, &second} {
		c.Notices = append(c.Notices, Notice{Cycle: i + 1, Amount: 900, DeliveredAt: d.At.Add(-36 * time.Hour), Channel: "sms"})
	}
	judged, err := Replay(c, []Deduction{first, second})
	if err != nil {
		t.Fatal(err)
	}
	if got := judged[0].Verdict.Reasons.String(); got != "" {
		t.Errorf("told a day and a half before, when a day was asked for: got %s", got)
	}
	if got := judged[1].Verdict.Reasons.String(); got != "notice_missing" {
		t.Errorf("told a day and a half before, when three days were asked for: got %q", got)
	}
}
