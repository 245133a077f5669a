package deduction

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// TestAskingOfAFeeThatStandsForItselfCarriesNothingOfWhatCameBefore asks for a
// payout after many: each is judged by itself, but for those of the same order.
func TestAskingOfAFeeThatStandsForItselfCarriesNothingOfWhatCameBefore(t *testing.T) {
	terminal := counter(payout)
	plan := planByID(payout)
	at := date.MustParse("2025-03-01").At(9, 0)
	for i := range 5000 {
		d := Deduction{ID: fmt.Sprint("d_", i), Item: plan.Item, PlanID: payout, Amount: 300, At: at.Add(time.Duration(i) * time.Second), State: fee.Posted, Origin: "core"}
		if i == 2500 {
			d.OrderRef = "O1"
		}
		terminal.Deductions = append(terminal.Deductions, d)
	}
	ask := func(order string) fee.Codes {
		c, err := terminal.Ask(planByID, plan, payout, plan.Item, fee.DefaultPolicy, fee.Request{Amount: 300, At: at.AddDate(0, 1, 0), Origin: fee.OriginCore, OrderRef: order})
		if err != nil {
			t.Fatal(err)
		}
		v, err := fee.Judge(c)
		if err != nil {
			t.Fatal(err)
		}
		return v.Reasons
	}
	if got := ask("O1"); !got.Has(fee.DuplicateOrder) {
		t.Errorf("the same order: got %v", got)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := ask("O2")
	runtime.ReadMemStats(&after)
	if got.Has(fee.DuplicateOrder) {
		t.Errorf("another order: got %v", got)
	}
	const most = 100 << 10
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes > most {
		t.Errorf("a question took %d bytes, want at most %d", bytes, most)
	}
}
