package fee

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// yearly is a case that is allowed: 36 yuan a year after 30 free days, asked
// for on day 31, a week after its notice.
func yearly() *Case {
	at := date.MustParse("2025-02-09").At(10, 0)
	return &Case{
		Policy: DefaultPolicy,
		Plan: Plan{Item: SimData, Versions: []Version{{
			Number: 1, PublishedOn: date.MustParse("2024-10-01"), EffectiveOn: date.MustParse("2024-11-01"),
			Price: Price{Kind: Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: Accrue},
		}}},
		Enrolment: &Enrolment{
			AnchorOn: date.MustParse("2025-01-10"),
			Accepted: []Acceptance{{Version: 1, On: date.MustParse("2025-01-10"), Via: "app"}},
		},
		Terminal: Terminal{ActivatedOn: date.MustParse("2025-01-10")},
		Notices:  []Notice{{Cycle: 1, Amount: 3600, DeliveredAt: at.AddDate(0, 0, -7)}},
		Request:  Request{Amount: 3600, At: at, Origin: OriginCore},
	}
}

func TestAnImpossibleCaseIsRefusedAndNeverJudged(t *testing.T) {
	for name, spoil := range map[string]func(*Case){
		"two free periods":         func(c *Case) { c.Plan.Versions[0].Price.FreeMonths = 1 },
		"no version":               func(c *Case) { c.Plan.Versions = nil },
		"a cycle of no months":     func(c *Case) { c.Plan.Versions[0].Price.CycleMonths = 0 },
		"a cycle of minus one":     func(c *Case) { c.Plan.Versions[0].Price.CycleMonths = -1 },
		"a cycle beyond calendars": func(c *Case) { c.Plan.Versions[0].Price.CycleMonths = math.MaxInt },
		"idle not stated":          func(c *Case) { c.Plan.Versions[0].Price.Idle = "" },
		"an unknown kind":          func(c *Case) { c.Plan.Versions[0].Price.Kind = "weekly" },
		"an unknown item":          func(c *Case) { c.Plan.Item = "coffee" },
		"a price below zero":       func(c *Case) { c.Plan.Versions[0].Price.Amount = -1 },
		"a version twice":          func(c *Case) { c.Plan.Versions = append(c.Plan.Versions, c.Plan.Versions[0]) },
		"another cycle in one plan": func(c *Case) {
			v := c.Plan.Versions[0]
			v.Number, v.Price.CycleMonths = 2, 6
			c.Plan.Versions = append(c.Plan.Versions, v)
		},
		"no moment":             func(c *Case) { c.Request.At = time.Time{} },
		"no first day":          func(c *Case) { c.Enrolment.AnchorOn = 0 },
		"a sale below zero":     func(c *Case) { s := money.Fen(-1); c.Request.Sale = &s },
		"a count below zero":    func(c *Case) { n := int64(-1); c.Request.SaleCount = &n },
		"a policy of centuries": func(c *Case) { c.Policy.NoticeHours = math.MaxInt },
	} {
		c := yearly()
		spoil(c)
		if v, err := Judge(c); !errors.Is(err, ErrInvalidCase) {
			t.Errorf("%s: judged %v, %v", name, v, err)
		}
	}
}

func TestNoAnchorDriftsInFiftyYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := Price{Kind: Recurring, CycleMonths: rapid.IntRange(1, 36).Draw(t, "months"), Idle: Accrue}
		if rapid.Bool().Draw(t, "free days") {
			price.FreeDays = rapid.IntRange(1, 400).Draw(t, "days")
		} else {
			price.FreeMonths = rapid.IntRange(0, 24).Draw(t, "free months")
		}
		anchor := date.MustParse("2000-01-01").AddDays(rapid.IntRange(0, 20_000).Draw(t, "anchor"))
		s := ScheduleOf(&price, anchor)
		first := anchor.AddDays(price.FreeDays)
		_, _, wantDay := first.Civil()
		for k := 1; k <= 600/price.CycleMonths; k++ {
			c := s.Cycle(k)
			_, _, day := c.From.Civil()
			_, _, lastOfMonth := c.From.MonthStart().AddMonths(1).AddDays(-1).Civil()
			if day != min(wantDay, lastOfMonth) {
				t.Fatalf("cycle %d from %s starts on %s", k, first, c.From)
			}
			if next := s.Cycle(k + 1).From; c.To != next.AddDays(-1) || next <= c.From {
				t.Fatalf("cycle %d ends on %s, the next starts on %s", k, c.To, next)
			}
			if s.Started(c.From) != k || s.Started(c.From.AddDays(-1)) != k-1 || s.Started(c.To) != k || s.StartingOn(c.From) != k {
				t.Fatalf("cycle %d (%s to %s) is not found by its own days", k, c.From, c.To)
			}
		}
	})
}

func TestAVerdictDoesNotDependOnTheOrderOfFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want, wantErr := Explain(c)
		shuffled := *c
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffled.History, shuffled.Notices, shuffled.Disputes = shuffle(r, c.History), shuffle(r, c.Notices), shuffle(r, c.Disputes)
		shuffled.Plan.Versions = shuffle(r, c.Plan.Versions)
		if c.Enrolment != nil {
			e := *c.Enrolment
			e.Accepted = shuffle(r, e.Accepted)
			shuffled.Enrolment = &e
		}
		got, gotErr := Explain(&shuffled)
		if got.Verdict != want.Verdict || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("in another order: %v, %v\nwant %v, %v", got.Verdict, gotErr, want.Verdict, wantErr)
		}
	})
}

func TestAddingAFaultNeverImprovesADecision(t *testing.T) {
	faults := map[string]func(*Case){
		"no notice":    func(c *Case) { c.Notices = nil },
		"open dispute": func(c *Case) { c.Disputes = append(c.Disputes, Dispute{WholeItem: true, Open: true}) },
		"gone":         func(c *Case) { c.Terminal.InactiveFrom = c.Request.On() },
		"closed":       func(c *Case) { c.Merchant.ClosedOn = c.Request.On() },
		"by hand":      func(c *Case) { c.Request.Origin, c.Request.Approved = "agent", false },
		"small sale":   func(c *Case) { net := c.Request.Amount.Minus(1); c.Request.SaleNet = &net },
		"reported": func(c *Case) {
			c.Terminal.ReportedGoneOn = date.First
		},
		"same order": func(c *Case) {
			c.Request.OrderRef = "again"
			c.History = append(c.History, Entry{Amount: 1, On: c.Request.On(), State: Posted, OrderRef: "again"})
		},
		"stopped": func(c *Case) {
			if c.Enrolment != nil {
				c.Enrolment.CancelledOn = date.First
			}
		},
		"own limit": func(c *Case) {
			if c.Enrolment != nil {
				c.Enrolment.OwnLimit = new(money.Fen)
			}
		},
	}
	rank := map[Decision]int{Allow: 0, Hold: 1, Deny: 2}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		before, err := Judge(c)
		if err != nil {
			return
		}
		name := rapid.SampledFrom(sortedKeys(faults)).Draw(t, "fault")
		if c.Enrolment != nil {
			e := *c.Enrolment
			c.Enrolment = &e
		}
		faults[name](c)
		after, err := Judge(c)
		if err != nil {
			t.Fatalf("with %s the case can't be judged: %v", name, err)
		}
		if rank[after.Decision] < rank[before.Decision] {
			t.Fatalf("%s turns %v into %v", name, before, after)
		}
	})
}

func TestTheCalculationAddsUpToTheAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		e, err := Explain(c)
		if err != nil {
			return
		}
		var total money.Fen
		for _, l := range e.Lines {
			total += l.Amount
		}
		if total != c.Request.Amount {
			t.Fatalf("%v add up to %d; want %d", e.Lines, total, c.Request.Amount)
		}
	})
}

func TestWhatIsNotKnownIsNeverShownAsPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		e, err := Explain(c)
		if err != nil {
			return
		}
		shown := Codes(0)
		for _, g := range e.Groups {
			for _, r := range g.Rules {
				shown.add(r.Code)
				if fired := e.Verdict.Reasons.Has(r.Code); fired != (r.Status == Failed) && r.Code.Level() != LevelInfo {
					t.Fatalf("%s fired: %v, shown as %s", r.Code, fired, r.Status)
				}
				if r.Code == NoticeMissing && r.Status == Passed && e.Facts.Notice == nil {
					t.Fatal("a notice nobody can name is shown as given")
				}
				if r.Code == AmountOver && r.Status == Passed && e.Facts.Version == nil {
					t.Fatal("an amount that no version makes is shown as right")
				}
			}
		}
		for code := range e.Verdict.Reasons.All() {
			if !shown.Has(code) {
				t.Fatalf("%s fired and is not shown", code)
			}
		}
	})
}

func TestAReplayOfHistoryShowsAMissingNoticeAsNotChecked(t *testing.T) {
	c := yearly()
	c.Notices, c.Request.Replay = nil, true
	e, err := Explain(c)
	if err != nil {
		t.Fatal(err)
	}
	told := e.Groups[2]
	if e.Verdict.Decision != Allow || told.Kind != GroupTold || told.Status != Unchecked {
		t.Errorf("the verdict is %s and the group %+v; want allow, told first, unchecked", e.Verdict.Decision, told)
	}
}

func TestADisputeCountsFromWhenItWasOpened(t *testing.T) {
	c := yearly()
	for _, opened := range []struct {
		at   time.Time
		want bool
	}{{time.Time{}, true}, {c.Request.At, true}, {c.Request.At.Add(time.Microsecond), false}} {
		c.Disputes = []Dispute{{WholeItem: true, Open: true, OpenedAt: opened.at}}
		v, err := Judge(c)
		if err != nil {
			t.Fatal(err)
		}
		if v.Reasons.Has(OpenDispute) != opened.want {
			t.Errorf("opened at %s and asked at %s: %v; want open_dispute %v", opened.at, c.Request.At, v.Reasons, opened.want)
		}
		text, err := c.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"open":true`) != opened.want {
			t.Errorf("opened at %s it is written as %s", opened.at, text)
		}
	}
}

func TestTheLimitsOfAnInt64AreSafe(t *testing.T) {
	most := money.Max
	n := int64(math.MaxInt64)
	for name, price := range map[string]Price{
		"per item":  {Kind: PerItem, Amount: most},
		"per sale":  {Kind: PerSale, Rate: math.MaxInt64, Min: most},
		"recurring": {Kind: Recurring, Amount: most, CycleMonths: 1, Idle: Accrue},
	} {
		for _, amount := range []money.Fen{money.Min, -1, 0, 1, most} {
			c := yearly()
			c.Plan.Versions[0].Price = price
			c.Plan.Cap12m = most
			c.Enrolment.OwnLimit = &most
			c.History = []Entry{{Amount: most, On: c.Request.On(), State: Posted}, {Amount: most, On: c.Request.On(), State: Posted}}
			c.Request.Amount, c.Request.Sale, c.Request.SaleCount = amount, &most, &n
			v, err := Judge(c)
			if err != nil {
				t.Fatalf("%s of %d: %v", name, amount, err)
			}
			if v.Reasons.Has(AmountOver) || v.Expected < 0 || amount > 0 && v.Reasons.Has(CapExceeded) {
				t.Errorf("%s of %d: %v, expecting %d", name, amount, v.Reasons, v.Expected)
			}
		}
	}
}

func TestTheExactShareIsShownBeforeRounding(t *testing.T) {
	for _, c := range []struct {
		rate money.Rate
		sale money.Fen
		want string
	}{{6000, 531800, "31.908"}, {6000, 123456, "7.40736"}, {1, 1, "0.00000001"}, {10000, 10000, "1"}, {0, 5, "0"}} {
		if got := exactShare(c.rate, c.sale); got != c.want {
			t.Errorf("%d ppm of %d fen is shown as %s; want %s", c.rate, c.sale, got, c.want)
		}
	}
}

func FuzzParseCase(f *testing.F) {
	f.Add([]byte(`{"policy":null,"plan":{"item":"sim_data","versions":[{"version":1,"published_on":"2024-10-01","effective_on":"2024-11-01","price":{"kind":"one_off","amount_fen":1}}]},"enrolment":{"anchor_on":"9999-12-31"},"request":{"amount_fen":1,"at":"9999-12-31T23:59:59-12:00"}}`))
	f.Add([]byte(`{"request":{"amount_fen":1,"at":"2025-01-01T00:00:00Z"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCase(text)
		if err != nil {
			if !errors.Is(err, ErrInvalidCase) {
				t.Fatalf("%s: an error that says nothing: %v", text, err)
			}
			return
		}
		e, err := Explain(c)
		if err != nil {
			t.Fatalf("%s: read, and not judged: %v", text, err)
		}
		if e.Verdict.Reasons.Decision() != e.Verdict.Decision {
			t.Fatalf("%s: %v is %s", text, e.Verdict.Reasons, e.Verdict.Decision)
		}
		if _, err := Forecast(c, c.Request.On(), c.Request.On().AddMonths(13)); err != nil {
			t.Fatalf("%s: judged, and not foreseen: %v", text, err)
		}
	})
}

func BenchmarkJudgeRecurring(b *testing.B) {
	c := yearly()
	for k := range 3 {
		c.History = append(c.History, Entry{Cycle: k + 1, Amount: 3600, On: date.MustParse("2025-02-09").AddMonths(12 * k), State: Posted})
	}
	c.Request.At = date.MustParse("2028-02-09").At(10, 0)
	c.Notices = []Notice{{Cycle: 4, Amount: 3600, DeliveredAt: c.Request.At.AddDate(0, 0, -7)}}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := Judge(c); err != nil || v.Decision != Allow {
			b.Fatal(v, err)
		}
	}
}
