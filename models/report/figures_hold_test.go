package report

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatFewMerchantsStandBehindIsHeldBackWithWhatWouldGiveItAway(t *testing.T) {
	of := func(merchants ...int64) (parts []measure) {
		for _, m := range merchants {
			parts = append(parts, measure{Lines: m * 7, Merchants: m})
		}
		return parts
	}
	for name, c := range map[string]struct {
		sum    int64
		parts  []measure
		spared int
		held   string
		all    bool
	}{
		"nothing is small":                        {100, of(90, 10, 0), -1, "[false false false]", false},
		"nothing at all":                          {0, of(0, 0), -1, "[false false]", false},
		"the next smallest goes with a small one": {100, of(90, 9, 40), -1, "[false true true]", false},
		"two small ones need a third":             {100, of(90, 3, 4, 50), -1, "[false true true true]", false},
		"all that there is is small":              {14, of(9, 9), -1, "[true true]", false},
		"the sum itself is small":                 {9, of(9, 2, 0), -1, "[true true false]", true},
		"one part alone is the sum":               {9, of(9, 0), -1, "[true false]", true},
		"the spared one goes last":                {100, of(90, 9, 20), 2, "[true true false]", false},
		"unless there is no other":                {100, of(0, 9, 95), 2, "[false true true]", false},
	} {
		held, all := holdBack(measure{Merchants: c.sum}, c.parts, c.spared)
		if got := fmt.Sprint(held); got != c.held || all != c.all {
			t.Errorf("%s: got %s and the sum %t, want %s and %t", name, got, all, c.held, c.all)
		}
	}
}

// TestNoFewMerchantsCanBeWorkedOut plays the reader who knows the sum and every
// part that is shown.
func TestNoFewMerchantsCanBeWorkedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum measure
		parts := make([]measure, rapid.IntRange(1, 6).Draw(t, "parts"))
		largest := int64(0)
		for i := range parts {
			parts[i].Merchants = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 12), rapid.Int64Range(1, 500)).Draw(t, "merchants")
			sum.Merchants += parts[i].Merchants
			largest = max(largest, parts[i].Merchants)
		}
		// The same merchant may be in several parts.
		sum.Merchants = rapid.Int64Range(largest, sum.Merchants).Draw(t, "together")
		held, all := holdBack(sum, parts, rapid.IntRange(-1, len(parts)-1).Draw(t, "spared"))
		hidden, shown, most, anySmall := 0, 0, int64(0), sum.small()
		for i, p := range parts {
			anySmall = anySmall || p.small()
			switch {
			case p.small() && !held[i]:
				t.Fatalf("part %d of %d merchants is shown", i, p.Merchants)
			case held[i] && p.Merchants == 0:
				t.Fatalf("part %d is held back, and there is none", i)
			case held[i]:
				hidden++
				most = max(most, p.Merchants)
			case p.Merchants > 0:
				shown++
			}
		}
		switch {
		case !anySmall && (hidden > 0 || all):
			t.Fatal("nothing is small, and something is held back")
		case sum.small() && !all:
			t.Fatalf("the sum of %d merchants is shown", sum.Merchants)
		case !all && hidden == 1:
			t.Fatal("the one part that is held back follows from the sum")
		case !all && hidden > 0 && shown > 0 && most < Few:
			t.Fatal("what is held back together follows from the sum, and is of few")
		}
	})
}

func TestFaultsAreHeldBackWhereTheirSumIs(t *testing.T) {
	r := &reckoned{
		Lines: measure{Lines: 500, Merchants: 80}, Wrong: measure{Lines: 60, Merchants: 40, TooMuch: 9000},
		ByKind: map[lineKind]measure{
			kindDoubt: {Lines: 5, Merchants: 3}, lineKind(FaultOver): {Lines: 40, Merchants: 25, TooMuch: 6000}, lineKind(FaultTwice): {Lines: 20, Merchants: 15, TooMuch: 3000},
		},
		Returned: measure{Merchants: 20, TooMuch: 4000},
	}
	f := r.show() // as nothing was as agreed, what is wrong hides what is in doubt
	if !f.Doubt.Held || !f.Wrong.Held || !f.TooMuch.Held || !f.Returned.Held || f.Lines.Held || f.Lines.Value != 500 {
		t.Errorf("got %+v, want what is wrong held back and the sum shown", f)
	}
	for _, fault := range f.Faults {
		some := fault.Kind == FaultOver || fault.Kind == FaultTwice
		if fault.Lines.Held != some || fault.TooMuch.Held != some {
			t.Errorf("%s: got %+v, want it held back: %t", fault.Kind, fault, some)
		}
	}
	r.ByKind[kindAgreed] = measure{Lines: 435, Merchants: 80}
	if f = r.show(); f.Wrong.Held || f.Wrong.Value != 60 || !f.Agreed.Held || !f.Doubt.Held || f.Share != 0 || f.Returned.Value != 4000 {
		t.Errorf("got %+v, want what is wrong shown and what was as agreed held back", f)
	}
}
