package fee

import (
	"maps"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// drawCase draws a case, most often one that can be, around the year 2025.
func drawCase(t *rapid.T) *Case {
	day := func(label string) date.Date {
		return date.MustParse("2024-06-01").AddDays(rapid.IntRange(0, 900).Draw(t, label))
	}
	maybeDay := func(label string) date.Date {
		if rapid.IntRange(0, 4).Draw(t, label+"?") > 0 {
			return 0
		}
		return day(label)
	}
	amount := func(label string) money.Fen {
		return money.Fen(rapid.SampledFrom([]int64{-1, 0, 1, 300, 2400, 3600, 3601, 4800, 9900}).Draw(t, label))
	}
	price := Price{Kind: rapid.SampledFrom([]Kind{Recurring, Recurring, OneOff, PerItem, PerSale}).Draw(t, "kind")}
	switch price.Kind {
	case Recurring:
		price.CycleMonths = rapid.SampledFrom([]int{1, 3, 6, 12}).Draw(t, "months")
		price.Idle = rapid.SampledFrom([]Idle{Accrue, Skip}).Draw(t, "idle")
		price.FreeDays = rapid.SampledFrom([]int{0, 30, 90}).Draw(t, "free")
	case OneOff:
		price.FreeMonths = rapid.SampledFrom([]int{0, 6}).Draw(t, "free")
	}
	c := &Case{
		Policy: DefaultPolicy,
		Plan:   Plan{Item: SimData, Cap12m: max(0, amount("cap"))},
		Terminal: Terminal{
			ActivatedOn: day("activated"), InactiveFrom: maybeDay("inactive"), ReportedGoneOn: maybeDay("gone"),
		},
		Merchant: Merchant{ClosedOn: maybeDay("closed")},
		Request: Request{
			Amount: amount("amount"), At: day("at").At(rapid.IntRange(0, 23).Draw(t, "hour"), 0), PeriodFrom: maybeDay("period"),
			Origin: rapid.SampledFrom([]string{"core", "agent"}).Draw(t, "origin"), Replay: rapid.Bool().Draw(t, "replay"),
		},
	}
	for n := range rapid.IntRange(1, 4).Draw(t, "versions") {
		v := Version{Number: n + 1, Price: price, EffectiveOn: day("effective")}
		v.PublishedOn = v.EffectiveOn.AddDays(-rapid.SampledFrom([]int{10, 31, 40}).Draw(t, "lead"))
		v.Price.Amount = max(0, amount("price"))
		if price.Kind == PerSale {
			v.Price.Amount, v.Price.Rate = 0, money.Rate(rapid.IntRange(0, 30_000).Draw(t, "rate"))
			v.Price.Min, v.Price.Cap = max(0, amount("min")), max(0, amount("cap of a sale"))
		}
		c.Plan.Versions = append(c.Plan.Versions, v)
	}
	if price.Kind == PerSale && rapid.Bool().Draw(t, "sale?") {
		sale := money.Fen(rapid.Int64Range(0, 10_000_000).Draw(t, "sale"))
		count := rapid.Int64Range(0, 50).Draw(t, "count")
		c.Request.Sale, c.Request.SaleCount = &sale, &count
	}
	if rapid.IntRange(0, 9).Draw(t, "enrolled") > 0 {
		c.Enrolment = &Enrolment{AnchorOn: day("anchor"), CancelledOn: maybeDay("cancelled")}
		for range rapid.IntRange(0, 4).Draw(t, "acceptances") {
			c.Enrolment.Accepted = append(c.Enrolment.Accepted, Acceptance{
				Version: rapid.IntRange(1, 4).Draw(t, "of"), On: day("on"), Via: rapid.SampledFrom([]string{"app", "agent"}).Draw(t, "via"),
			})
		}
	}
	states := []State{Authorized, Posted, Refunded, Waived, Reversed, Voided, Held, Denied}
	for range rapid.IntRange(0, 6).Draw(t, "history") {
		c.History = append(c.History, Entry{
			Cycle: rapid.IntRange(0, 5).Draw(t, "cycle"), Amount: max(0, amount("taken")), On: day("taken on"),
			State: rapid.SampledFrom(states).Draw(t, "state"),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "notices") {
		c.Notices = append(c.Notices, Notice{
			Cycle: rapid.IntRange(1, 5).Draw(t, "announced"), Amount: amount("promised"),
			DeliveredAt: c.Request.At.AddDate(0, 0, -rapid.IntRange(0, 70).Draw(t, "ago")),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "disputes") {
		c.Disputes = append(c.Disputes, Dispute{
			Cycle: rapid.IntRange(1, 5).Draw(t, "disputed"), WholeItem: rapid.Bool().Draw(t, "whole"), Open: rapid.Bool().Draw(t, "open"),
		})
	}
	return c
}

func shuffle[T any](r *rand.Rand, in []T) []T {
	out := slices.Clone(in)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
