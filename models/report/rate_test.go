package report

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// sold is a day's settlement of card sales, which adds up.
func sold(terminal int64, day string, count int64, card, cardFee money.Fen) deduction.Settlement {
	return deduction.Settlement{
		ID: fmt.Sprintf("s_%d_%s", terminal, day), Ref: fmt.Sprintf("S%d-%s", terminal, day), On: date.MustParse(day),
		CardCount: count, Card: card, CardFee: cardFee, PaidOut: card - cardFee,
	}
}

func TestTheEffectiveRateIsComparedWithTheAgreedOne(t *testing.T) {
	for name, c := range map[string]struct {
		terminals map[int64][]int64 // the plans of each
		settled   map[int64]deduction.Settlement
		effective money.Rate
		agreed    Agreed
	}{
		"as agreed": {
			map[int64][]int64{1: {2}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 3, 1000_00, 6_01)},
			6010, Agreed{Rate: 6000, Rates: []money.Rate{6000}, Due: 6_00, Slack: 1},
		},
		"dearer than agreed": {
			map[int64][]int64{1: {2}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 46, 30580_00, 917_34)},
			29998, Agreed{Rate: 6000, Rates: []money.Rate{6000}, Due: 183_48, Slack: 23},
		},
		"two rates, weighted by the sales": {
			map[int64][]int64{1: {2}, 2: {5}},
			map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 2, 3000_00, 18_00), 2: sold(2, "2026-10-06", 2, 1000_00, 5_50)},
			5875, Agreed{Rate: 5875, Rates: []money.Rate{5500, 6000}, Due: 23_50, Slack: 2},
		},
		"no rate was agreed": {
			map[int64][]int64{1: {3}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 2, 1000_00, 6_00)}, 6000, Agreed{Unclear: NotAgreed},
		},
		"credit cards have a price of their own": {
			map[int64][]int64{1: {6}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 2, 1000_00, 6_00)}, 6000, Agreed{Unclear: PricedBy},
		},
		"each sale has a cap": {
			map[int64][]int64{1: {7}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 2, 1000_00, 6_00)}, 6000, Agreed{Unclear: HasBounds},
		},
		"no fee was taken": {
			map[int64][]int64{1: {2}}, map[int64]deduction.Settlement{1: sold(1, "2026-10-05", 2, 1000_00, 0)}, 0, Agreed{Unclear: NoFee},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.SQLite(t)
			plans := publish(t, d)
			w := newWorld(1)
			for terminal, taken := range c.terminals {
				w.terminal(terminal, taken...)
			}
			for terminal, s := range c.settled {
				w.settlement(terminal, s)
			}
			w.write(t, d)
			month, _ := ParsePeriod("2026-10")
			page, err := ReadMonth(t.Context(), d, plans, 1, month, "")
			if err != nil {
				t.Fatal(err)
			}
			card, both := page.Rates[0], page.Rates[2]
			if !card.Rated || card.Effective != c.effective || fmt.Sprint(card.Agreed) != fmt.Sprint(c.agreed) {
				t.Errorf("by card it is %+v; want %d effective and %+v agreed", card, c.effective, c.agreed)
			}
			if page.Rates[1].Rated || page.Rates[1].Agreed.Unclear != NoFee {
				t.Errorf("by QR code it is %+v; want nothing, as nobody paid so", page.Rates[1])
			}
			if fmt.Sprint(both.Agreed) != fmt.Sprint(card.Agreed) || both.Effective != card.Effective {
				t.Errorf("together it is %+v; want that of the cards alone", both)
			}
		})
	}
}

func TestCardAndQRSalesTogetherAreWeighted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		w := newWorld(1)
		w.terminal(1, 2, 3)
		s := sold(1, "2026-10-05", 2, 1000_00, 6_00)
		s.QRCount, s.QR, s.QRFee = 4, 3000_00, 11_40
		s.PaidOut += s.QR - s.QRFee
		w.settlement(1, s)
		w.write(t, d)
		month, _ := ParsePeriod("2026-10")
		page, err := ReadMonth(t.Context(), d, plans, 1, month, "")
		if err != nil {
			t.Fatal(err)
		}
		want := Rate{
			Count: 6, Sales: 4000_00, Fee: 17_40, Effective: 4350, Rated: true,
			Agreed: Agreed{Rate: 4350, Rates: []money.Rate{3800, 6000}, Due: 17_40, Slack: 3},
		}
		if fmt.Sprint(page.Rates[2]) != fmt.Sprint(want) {
			t.Errorf("together it is %+v; want %+v", page.Rates[2], want)
		}
	})
}

func TestAChargeForASaleThatItDoesNotNameMakesTheRateUnclear(t *testing.T) {
	d := dbtest.SQLite(t)
	plans := publish(t, d)
	w := newWorld(1)
	w.terminal(1, 2)
	w.settlement(1, sold(1, "2026-10-05", 2, 1000_00, 6_00))
	w.deduction(1, deduction.Deduction{ID: "d_1", Item: fee.Transaction, PlanID: 2, Amount: 1_00, At: date.MustParse("2026-10-06").At(9, 0), State: fee.Posted})
	w.write(t, d)
	month, _ := ParsePeriod("2026-10")
	page, err := ReadMonth(t.Context(), d, plans, 1, month, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Rates[0]; got.Agreed.Unclear != NotStated || got.Fee != 7_00 {
		t.Errorf("by card it is %+v; want ¥7.00, and nothing said of what was agreed", got)
	}
}

func TestARateIsRoundedHalfUpToOnePartPerMillion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := money.Fen(rapid.Int64Range(0, 1_000_000_00).Draw(t, "fee"))
		of := money.Fen(rapid.Int64Range(1, 1_000_000_000_00).Draw(t, "sales"))
		got, known := share(part, of)
		// Twice the error of a rounded quotient is at most the divisor, and its
		// half goes up.
		twice := 2 * (int64(part)*1_000_000 - int64(got)*int64(of))
		if !known || twice >= int64(of) || twice < -int64(of) {
			t.Errorf("%d of %d is %d parts per million, known %t", part, of, got, known)
		}
	})
	for _, c := range [][2]money.Fen{{1, 0}, {1, -5}, {-1, 100}} {
		if got, known := share(c[0], c[1]); known {
			t.Errorf("%d of %d is said to be %d", c[0], c[1], got)
		}
	}
}
