package deduction

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// drawFee draws a fee with cycles of a terminal in use since 2024.
func drawFee(t *rapid.T) (*Terminal, PlanByID) {
	first := date.MustParse("2024-01-01").AddDays(rapid.IntRange(0, 365).Draw(t, "days after new year"))
	price := fee.Price{
		Kind: fee.Recurring, Amount: 3600, CycleMonths: rapid.SampledFrom([]int{1, 2, 3, 6, 12, 36}).Draw(t, "months"),
		FreeDays: rapid.SampledFrom([]int{0, 7, 30, 90}).Draw(t, "free days"), Idle: rapid.SampledFrom([]fee.Idle{fee.Accrue, fee.Skip}).Draw(t, "idle"),
	}
	if rapid.Bool().Draw(t, "once") {
		price = fee.Price{Kind: fee.OneOff, Amount: 9900, FreeDays: price.FreeDays}
	}
	terminal := counter(simYearly)
	terminal.ActivatedOn, terminal.Enrolments[0].Fee.AnchorOn = first, first
	if rapid.Bool().Draw(t, "goes") {
		terminal.InactiveFrom = first.AddDays(rapid.IntRange(1, 900).Draw(t, "gone after"))
	}
	if rapid.Bool().Draw(t, "is limited") {
		terminal.Enrolments[0].Fee.OwnLimit = new(rapid.SampledFrom([]money.Fen{0, 3600}).Draw(t, "limit"))
	}
	if rapid.Bool().Draw(t, "starts later") {
		terminal.ActivatedOn = first.AddDays(rapid.IntRange(0, 200).Draw(t, "activated after"))
	}
	terminal.Enrolments[0].Fee.Accepted[0].On = first
	plan := published(fee.SimData, "", price)
	plan.Cap12m = rapid.SampledFrom([]money.Fen{0, 3600, 7200}).Draw(t, "ceiling")
	schedule := fee.ScheduleOf(&price, first)
	for k := range rapid.IntRange(0, 12).Draw(t, "paid cycles") {
		from := schedule.Cycle(k + 1).From
		terminal.Deductions = append(terminal.Deductions, Deduction{
			ID: fmt.Sprintf("d_%d", k), Item: fee.SimData, PlanID: simYearly, Amount: price.Amount, At: from.At(10, 0), State: fee.Posted, Origin: fee.OriginCore,
		})
		if price.Kind == fee.OneOff {
			break
		}
	}
	return terminal, func(int64) *fee.Plan { return plan }
}

// within returns what is due by a day.
func within(all []coming, until date.Date) []coming {
	return slices.DeleteFunc(slices.Clone(all), func(c coming) bool { return c.on > until })
}

func TestWhatWasForeseenStaysTrueUntilItHasToBeMadeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terminal, plans := drawFee(t)
		lines, err := terminal.Judge(plans, fee.DefaultPolicy)
		if err != nil {
			t.Fatal(err)
		}
		known := terminal.Enrolments[0].Fee.AnchorOn
		if len(lines) > 0 {
			known = lines[len(lines)-1].On
		}
		today := known.AddDays(rapid.IntRange(0, 900).Draw(t, "days since the last fact"))
		kept, err := terminal.foresee(lines, plans, fee.DefaultPolicy, today)
		if err != nil {
			t.Fatal(err)
		}
		later := today.AddDays(rapid.IntRange(0, 400).Draw(t, "days later"))
		if !kept.again.IsZero() {
			later = min(later, kept.again.AddDays(-1))
		}
		fresh, err := terminal.foresee(lines, plans, fee.DefaultPolicy, later)
		if err != nil {
			t.Fatal(err)
		}
		until := later.AddDays(CompleteDays)
		if got, want := within(kept.charges, until), within(fresh.charges, until); !slices.Equal(got, want) {
			t.Errorf("foreseen on %s for %s are %+v; on that day itself %+v", today, later, got, want)
		}
		if len(kept.charges) > 0 && len(fresh.charges) > 0 && kept.charges[0] != fresh.charges[0] {
			t.Errorf("the next charge foreseen on %s is %+v; on %s it is %+v", today, kept.charges[0], later, fresh.charges[0])
		}
	})
}

const forecastsQuery = `select terminal_id || ' ' || plan_id || ' ' || cycle_index || ' ' || due_on || ' ' || amount_fen || ' ' || holds from forecasts order by due_on`

func TestJudgingKeepsWhatIsToComeAndSeesToItDailyOnceOverdue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		expect := func(want ...string) {
			t.Helper()
			if got := written(t, d, forecastsQuery); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("kept are\n%q\nwant\n%q", got, want)
			}
		}
		judge := func(day string, want int) {
			t.Helper()
			if n := judgeOn(t, d, day); n != want {
				t.Errorf("on %s it judged %d terminals; want %d", day, n, want)
			}
		}
		lines := written(t, d, linesQuery)
		expect("7 1 2 2026-01-31 3600 ")
		judge("2026-01-31", 0)
		judge("2026-02-01", 1)
		judge("2026-02-01", 0)
		expect("7 1 2 2026-01-31 3600 ")
		judge("2026-12-15", 1)
		expect("7 1 2 2026-01-31 3600 ", "7 1 3 2027-01-31 3600 ")
		judge("2027-02-01", 1)
		expect("7 1 2 2026-01-31 3600 arrears", "7 1 3 2027-01-31 3600 ")
		if got := written(t, d, linesQuery); fmt.Sprint(got) != fmt.Sprint(lines) {
			t.Errorf("foreseeing again changed the bill to\n%q\nfrom\n%q", got, lines)
		}
		run(t, d, `update terminals set inactive_from = '2025-07-01', inactive_reason = 'returned'`)
		judge("2027-02-02", 1)
		expect()
		judge("2027-02-03", 0)
	})
}

func TestWhatIsKeptIsWhatTheTerminalsPageForesees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, today := range []date.Date{date.New(2025, time.June, 1), date.New(2026, time.January, 31), date.New(2026, time.May, 1), date.New(2027, time.March, 1)} {
			judgeOn(t, d, today.String())
			page, err := ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, 3, "820000018093", today)
			if err != nil {
				t.Fatal(err)
			}
			var soon, later []string
			for _, c := range page.Fees[0].Charges {
				charge := fmt.Sprintf("%s %d %s", c.Cycle.From, c.Amount, c.Holds)
				if later = append(later, charge); c.Cycle.From <= today.AddDays(CompleteDays) {
					soon = append(soon, charge)
				}
			}
			kept := written(t, d, `select due_on || ' ' || amount_fen || ' ' || holds from forecasts order by due_on`)
			if len(kept) < max(1, len(soon)) || len(kept) > len(later) || !slices.Equal(kept, later[:len(kept)]) {
				t.Errorf("on %s kept are %q; the page foresees %q soon and %q in all", today, kept, soon, later)
			}
		}
	})
}
