package report

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// drawn is a merchant with a random history, and what it must add up to,
// counted by hand.
type drawn struct {
	*world
	months    map[string]*Total
	terminals map[cell]*Total
	refunded  map[string]money.Fen // lines that were given back, by month of the line
}

func (w *drawn) totals(c cell) [2]*Total {
	if w.months[c.month] == nil {
		w.months[c.month] = &Total{}
	}
	if w.terminals[c] == nil {
		w.terminals[c] = &Total{}
	}
	return [2]*Total{w.months[c.month], w.terminals[c]}
}

// drawWorld draws settlements and deductions of two months and some days
// around them, in a world of its own.
func drawWorld(t *rapid.T, merchantID int64) *drawn {
	w := &drawn{newWorld(merchantID), map[string]*Total{}, map[cell]*Total{}, map[string]money.Fen{}}
	amount := rapid.Int64Range(-50_00, 5000_00)
	fees := rapid.Int64Range(-1_00, 40_00)
	seq := int64(0)
	for n := range rapid.IntRange(1, 3).Draw(t, "terminals") {
		terminalID := merchantID*10 + int64(n)
		w.terminal(terminalID, 1, 2, 3, 4)
		var refs []deduction.Settlement
		for i := range rapid.IntRange(0, 4).Draw(t, "settlements") {
			s := deduction.Settlement{
				On:        date.MustParse("2026-09-28").AddDays(rapid.IntRange(0, 40).Draw(t, "day")),
				CardCount: rapid.Int64Range(0, 60).Draw(t, "cards"), Card: money.Fen(amount.Draw(t, "card")), CardFee: money.Fen(fees.Draw(t, "card fee")),
				QRCount: rapid.Int64Range(0, 60).Draw(t, "qrs"), QR: money.Fen(amount.Draw(t, "qr")), QRFee: money.Fen(fees.Draw(t, "qr fee")),
				PayoutCount: rapid.Int64Range(0, 2).Draw(t, "payouts"), PayoutFee: money.Fen(fees.Draw(t, "payout fee")),
				OtherFee: money.Fen(rapid.SampledFrom([]int64{0, 36_00, 99_00}).Draw(t, "other fee")),
			}
			s.ID, s.Ref = fmt.Sprintf("s_%d_%d", terminalID, i), fmt.Sprintf("S%d-%d", terminalID, i)
			s.PaidOut = s.Sales().Minus(s.Fees()).Plus(money.Fen(rapid.SampledFrom([]int64{0, 0, 0, 1, -3_00}).Draw(t, "gap")))
			w.settlement(terminalID, s)
			refs = append(refs, s)
			w.countSettlement(terminalID, &s)
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "deductions") {
			seq++
			d := deduction.Deduction{
				ID: fmt.Sprintf("d_%d_%d", terminalID, i), Amount: money.Fen(fees.Draw(t, "amount")), Seq: seq,
				At:    date.MustParse("2026-09-28").AddDays(rapid.IntRange(0, 40).Draw(t, "day")).At(rapid.IntRange(0, 23).Draw(t, "hour"), 30),
				State: rapid.SampledFrom([]fee.State{fee.Posted, fee.Posted, fee.Authorized, fee.Refunded, fee.Reversed, fee.Waived}).Draw(t, "state"),
			}
			fees := []struct {
				item fee.Item
				plan int64
			}{{fee.SimData, 1}, {fee.Transaction, 2}, {fee.Transaction, 3}, {fee.Withdrawal, 4}, {fee.Insurance, 0}, {fee.Transaction, 0}}
			f := rapid.SampledFrom(fees).Draw(t, "fee")
			d.Item, d.PlanID = f.item, f.plan
			var in *deduction.Settlement
			if len(refs) > 0 && rapid.Bool().Draw(t, "in a settlement") {
				in = &refs[rapid.IntRange(0, len(refs)-1).Draw(t, "settlement")]
				d.SettlementRef = in.Ref
			}
			w.deduction(terminalID, d)
			w.countDeduction(terminalID, &d, in)
		}
	}
	return w
}

func (w *drawn) countSettlement(terminalID int64, s *deduction.Settlement) {
	for _, total := range w.totals(cell{MonthOf(s.On).String(), terminalID}) {
		sum := Settled{
			Settlements: 1, CardCount: s.CardCount, Card: s.Card, CardFee: s.CardFee, QRCount: s.QRCount, QR: s.QR, QRFee: s.QRFee,
			PayoutCount: s.PayoutCount, PayoutFee: s.PayoutFee, OtherFee: s.OtherFee, PaidOut: s.PaidOut, Gap: s.Gap(),
		}
		if s.Gap() != 0 {
			sum.Gaps = 1
		}
		total.addSettled(&sum)
	}
}

func (w *drawn) countDeduction(terminalID int64, d *deduction.Deduction, in *deduction.Settlement) {
	if d.State == fee.Reversed || d.State == fee.Waived {
		return
	}
	on := date.Of(d.At)
	if d.State == fee.Refunded {
		for _, total := range w.totals(cell{MonthOf(on).String(), terminalID}) {
			total.Returned += d.Amount
		}
	}
	switch {
	case in == nil:
		method := map[int64]fee.Method{2: fee.Card, 3: fee.QR}[d.PlanID]
		for _, total := range w.totals(cell{MonthOf(on).String(), terminalID}) {
			total.addApart(d.Item, method, d.State, d.Amount)
		}
	case d.Item != fee.Transaction && d.Item != fee.Withdrawal:
		for _, total := range w.totals(cell{MonthOf(in.On).String(), terminalID}) {
			total.addExplained(d.Item, d.Amount)
		}
	}
}

// counter gives each drawn world a merchant of its own.
type counter struct{ last int64 }

func (c *counter) next() int64 { c.last++; return c.last }

func TestAStatementIsItsSettlementsColumnsAndWhatWasTakenApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		var merchants counter
		rapid.Check(t, func(rt *rapid.T) {
			w := drawWorld(rt, merchants.next())
			w.write(t, d)
			for _, name := range []string{"2026-09", "2026-10", "2026-11"} {
				month, _ := ParsePeriod(name)
				page, err := ReadMonth(t.Context(), d, plans, w.merchantID, month, "")
				if err != nil {
					t.Fatal(err)
				}
				wantTotal(rt, name, &page.Total, w.months[name])
				if name != "2026-09" {
					wantTotal(rt, "before "+name, &page.Last, w.months[MonthOf(month.Before()).String()])
				}
				var sum Total
				for i := range page.Terminals {
					terminal := &page.Terminals[i]
					wantTotal(rt, name+" of "+terminal.SN, &terminal.Total, w.terminals[cell{name, terminal.ID}])
					sum.Add(&terminal.Total)
				}
				sum.Returned = page.Total.Returned // of lines whose settlement lies in another month no terminal may be listed
				wantTotal(rt, name+" of all terminals", &sum, w.months[name])
				if gap := page.Total.PaidOut - (page.Total.Sales() - page.Total.SettledFees()); gap != page.Total.Gap || int64(len(page.Gaps)) != page.Total.Gaps {
					rt.Errorf("%s: paid out differs by %d, said to be %d, in %d of %d settlements", name, gap, page.Total.Gap, len(page.Gaps), page.Total.Gaps)
				}
			}
		})
	})
}

// wantTotal compares what was read with what was counted by hand.
func wantTotal(t *rapid.T, what string, got, want *Total) {
	t.Helper()
	counted := Total{}
	if want != nil {
		counted = *want
	}
	counted.Fees = append([]Fee(nil), counted.Fees...)
	counted.finish()
	if fmt.Sprint(*got) != fmt.Sprint(counted) {
		t.Errorf("%s: got\n%+v\nwant\n%+v", what, *got, counted)
	}
}

func TestAStatementIsTheSumOfTheLinesOfItsBill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		var merchants counter
		rapid.Check(t, func(rt *rapid.T) {
			w := drawWorld(rt, merchants.next())
			w.write(t, d)
			page, err := ReadYear(t.Context(), d, plans, w.merchantID, YearOf(today), today)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]money.Fen{}
			for _, f := range page.Total.Fees {
				if f.Sum() != 0 {
					got[string(f.Kind)+" "+string(f.Item)] = f.Sum()
				}
			}
			if want := lineSums(t, d, plans, w.merchantID); fmt.Sprint(got) != fmt.Sprint(want) {
				rt.Errorf("the statement's fees are\n%v\nthe bill's lines add up to\n%v", got, want)
			}
			var kept money.Fen
			row := d.QueryRow(t.Context(), `select cast(coalesce(sum(amount_fen), 0) as bigint) from bill_months where merchant_id = $1`, w.merchantID)
			if err := row.Scan(&kept); err != nil {
				t.Fatal(err)
			}
			if page.Total.Kept() != kept {
				rt.Errorf("kept is %d; the bill's months add up to %d", page.Total.Kept(), kept)
			}
		})
	})
}

// lineSums adds up a merchant's bill line by line, by the fee that a statement
// counts a line to.
func lineSums(t *testing.T, d *db.DB, plans *disclosure.Plans, merchantID int64) map[string]money.Fen {
	t.Helper()
	sums := map[string]money.Fen{}
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind deduction.Kind
			var item fee.Item
			var planID int64
			var inSettlement bool
			var amount money.Fen
			if err := rows.Scan(&kind, &item, &planID, &inSettlement, &amount); err != nil {
				return err
			}
			if kind == deduction.KindDeduction {
				kind = kindApart(item, methodOf(plans, planID))
				if inSettlement && item == fee.Transaction && kind == deduction.KindDeduction {
					kind = deduction.KindCard // what explains a settlement's sales and names no way of paying counts to its card fees
				}
			}
			sums[string(kind)+" "+string(item)] += amount
			return nil
		})
	}, `select kind, item, coalesce(plan_id, 0), settlement_ref is not null, amount_fen from bill_lines
		where merchant_id = $1 and state in ('posted', 'authorized', 'refunded')`, merchantID)
	if err != nil {
		t.Fatal(err)
	}
	for key, sum := range sums {
		if sum == 0 {
			delete(sums, key)
		}
	}
	return sums
}

func TestAYearIsTheSumOfItsMonths(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		var merchants counter
		rapid.Check(t, func(rt *rapid.T) {
			w := drawWorld(rt, merchants.next())
			w.write(t, d)
			year, err := ReadYear(t.Context(), d, plans, w.merchantID, YearOf(today), today)
			if err != nil {
				t.Fatal(err)
			}
			if len(year.Months) != 11 {
				rt.Fatalf("the year has %d months; want those up to November", len(year.Months))
			}
			var sum Total
			for i := range year.Months {
				if i < 8 { // nothing is drawn for them
					wantTotal(rt, year.Months[i].Month.String(), &year.Months[i].Total, nil)
					continue
				}
				month, err := ReadMonth(t.Context(), d, plans, w.merchantID, MonthOf(year.Months[i].Month), "")
				if err != nil {
					t.Fatal(err)
				}
				wantTotal(rt, year.Months[i].Month.String(), &year.Months[i].Total, &month.Total)
				sum.Add(&month.Total)
			}
			wantTotal(rt, "the year", &year.Total, &sum)
		})
	})
}
