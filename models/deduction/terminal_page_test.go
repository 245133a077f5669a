package deduction

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

func TestATerminalsPageShowsWhatItPaidAndWhatIsToCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		page, err := ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, 3, "820000018093", date.MustParse("2025-06-01"))
		if err != nil {
			t.Fatal(err)
		}
		if page.Terminal.Alias != "前台" || page.Terminal.Shop != "总店" || page.ThisYear != 3200+9900+3600+3600 || len(page.Recent) != 4 {
			t.Errorf("the page is %+v", page)
		}
		if page.Recent[0].ID != "d_2" || page.Recent[0].Verdict.Reasons.String() != "duplicate_cycle" {
			t.Errorf("the latest line is %+v; want d_2, a duplicate", page.Recent[0])
		}
		sim := page.Fees[0]
		if sim.Plan.Name("en") != "SIM data" || len(sim.Lines) != 2 || sim.AcceptedBy != "周老板" {
			t.Errorf("the first fee is %+v", sim)
		}
		if len(sim.Charges) != 1 || sim.Charges[0].On != date.MustParse("2026-01-31") || sim.Charges[0].Amount != 3600 {
			t.Errorf("to come are %+v; want 36 yuan on 2026-01-31", sim.Charges)
		}
		if lines := sim.Account.Lines; len(lines) != 1 || lines[0].Standing != fee.StandsDuplicate || sim.Account.Difference != 3600 {
			t.Errorf("the account is %+v; want one cycle taken twice", sim.Account)
		}
	})
}

func TestAnotherMerchantsTerminalIsNotThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if page, err := ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, 4, "820000018093", date.MustParse("2025-06-01")); !fault.Is(err, fault.NotFound) {
			t.Errorf("merchant 4 sees %+v, %v", page, err)
		}
	})
}

func TestEveryLinesPageExplainsTheVerdictThatTheListShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		today := date.MustParse("2025-06-01")
		for _, id := range []string{"d_1", "d_2", "s_1-card", "s_2-card"} {
			page, err := ReadDetailPage(t.Context(), d, plans, fee.DefaultPolicy, 3, id, today)
			if err != nil {
				t.Fatal(err)
			}
			if page.Explanation.Verdict != page.Line.Verdict || page.Line.ID != id || page.Terminal.SN != "820000018093" || page.Fee == nil {
				t.Errorf("%s is explained by %+v; listed with %+v", id, page.Explanation.Verdict, page.Line.Verdict)
			}
			if page.Line.SettlementRef != "" && (page.Settlement == nil || page.Settlement.Ref != page.Line.SettlementRef) {
				t.Errorf("%s comes with settlement %+v; want %s", id, page.Settlement, page.Line.SettlementRef)
			}
			if _, err := ReadDetailPage(t.Context(), d, plans, fee.DefaultPolicy, 4, id, today); !fault.Is(err, fault.NotFound) {
				t.Errorf("another merchant reads %s: %v", id, err)
			}
		}
	})
}

func TestAComplaintSaysNothingAgainstWhatWasTakenBeforeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		today := date.MustParse("2025-06-01")
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return OpenDispute(t.Context(), tx, today.At(9, 0), "x_late", 3, 7, fee.SimData)
		}); err != nil {
			t.Fatal(err)
		}
		for _, anew := range []bool{false, true} {
			if anew {
				execute(t, d, `insert into judge_pending (terminal_id, since) values (7, '2020-01-01') on conflict (terminal_id) do update set since = excluded.since`)
				judgeAll(t, d, 1)
			}
			for id, want := range map[string]string{"d_1": "", "d_2": "duplicate_cycle"} {
				page, err := ReadDetailPage(t.Context(), d, plans, fee.DefaultPolicy, 3, id, today)
				if err != nil {
					t.Fatal(err)
				}
				if got := page.Explanation.Verdict.Reasons.String(); got != want || page.Line.Verdict.Reasons.String() != want {
					t.Errorf("judged anew %v, %s is explained by %q and listed with %q; want %q", anew, id, got, page.Line.Verdict.Reasons, want)
				}
			}
		}
	})
}
