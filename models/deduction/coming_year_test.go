package deduction

import (
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

func comingYear(t *testing.T, d *db.DB, merchantID int64, today string) *ComingYear {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	year, err := ReadComingYear(t.Context(), d, plans, fee.DefaultPolicy, merchantID, date.MustParse(today))
	if err != nil {
		t.Fatal(err)
	}
	return year
}

func TestAYearAheadIsForeseenAsOnTheTerminalsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		// A second terminal pays by the month.
		run(t, d,
			`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
				values (8, 3, 1, '820000018094', '后厨', 'K9', '智能触屏POS', '2025-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`,
			`insert into plans (id, code, disclosure_id, item, method) values (3, 'service-monthly', 1, 'service', null)`,
			`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, free_days, free_months, idle, ppm, texts)
				values (3, 3, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 300, 1, null, null, 'skip', null, '{"title":{"zh-CN":"服务费","en":"Service"},"clause":"4"}')`,
			`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (3, 3, 8, 3, '2025-01-31')`,
			`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (3, 3, 1, '2025-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00')`,
			`insert into judge_pending (terminal_id, since) values (8, '2025-01-01')`,
		)
		judgeAll(t, d, 2)
		year := comingYear(t, d, 3, "2025-06-01")
		if !year.Whole || !slices.IsSortedFunc(year.Charges, func(a, b Coming) int { return int(a.DueOn.DaysSince(b.DueOn)) }) {
			t.Errorf("foreseen are %+v", year)
		}
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		listed := 0
		for _, sn := range []string{"820000018093", "820000018094"} {
			page, err := ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, 3, sn, date.MustParse("2025-06-01"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range page.Fees {
				for _, charge := range f.Charges {
					if charge.Cycle.From >= date.MustParse("2026-06-01") {
						continue // the page looks a day further
					}
					listed++
					if !slices.ContainsFunc(year.Charges, func(c Coming) bool {
						return c.Terminal.SN == sn && c.PlanID == f.PlanID && c.Cycle == charge.Cycle.Index && c.DueOn == charge.Cycle.From && c.Amount == charge.Amount
					}) {
						t.Errorf("%s: cycle %d of plan %d on %s is on its page, and not foreseen", sn, charge.Cycle.Index, f.PlanID, charge.Cycle.From)
					}
				}
			}
		}
		if listed < 13 || listed != len(year.Charges) {
			t.Errorf("%d charges are on the pages and %d foreseen", listed, len(year.Charges))
		}
		if other := comingYear(t, d, 4, "2025-06-01"); len(other.Charges) != 0 {
			t.Errorf("another merchant sees %+v", other)
		}
	})
}

func TestOfManyTerminalsWhatIsKeptIsListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i := range yearTerminals {
				n := 100 + i
				_, err := tx.Exec(t.Context(), `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
					values ($1, 3, 1, $2, '', '', '', '2025-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`, n, "8300"+itoa(n))
				if err != nil {
					return err
				}
				_, err = tx.Exec(t.Context(), `insert into forecasts (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds)
					values (3, $1, 1, 1, '2025-07-01', 3600, 1, '')`, n)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		year := comingYear(t, d, 3, "2025-06-01")
		if year.Whole || len(year.Charges) != yearTerminals+1 || year.Charges[0].Amount != 3600 {
			t.Errorf("%d charges, whole %t; want %d and not whole", len(year.Charges), year.Whole, yearTerminals+1)
		}
	})
}
