package deduction

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// readHome judges what there is to judge as of a day and reads a merchant's first
// page.
func readHome(t *testing.T, d *db.DB, merchantID int64, today string) *HomePage {
	t.Helper()
	judgeOn(t, d, today)
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	page, err := ReadHomePage(t.Context(), d, plans, fee.DefaultPolicy, merchantID, date.MustParse(today))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func run(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				t.Errorf("%s: %v", s, err)
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheFirstPageShowsWhatNeedsTheMerchantAndWhatIsToCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		page := readHome(t, d, 3, "2026-01-10")
		if page.Terminals != 1 || page.InUse != 1 || page.WrongCount != 0 || page.Unconfirmed != 0 || len(page.Changes) != 0 {
			t.Errorf("long after the last fault the page is %+v", page)
		}
		if page.ComingCount != 1 || page.ComingTotal != 3600 || page.Coming[0].DueOn != date.MustParse("2026-01-31") || page.Coming[0].Terminal.Alias != "前台" {
			t.Errorf("to come are %+v, %d of %s; want 36 yuan on 31 January", page.Coming, page.ComingCount, page.ComingTotal.Yuan())
		}
		if !page.Coming[0].NotifiedAt.IsZero() {
			t.Errorf("it was announced at %s, though nobody did", page.Coming[0].NotifiedAt)
		}
		if len(page.Taken) != 2 || page.Taken[0].ID != "d_2" || len(page.Sales) != 1 || page.Sales[0].LineID != "s_2-card" || page.Sales[0].Denied != 1 || page.Sales[0].Amount != 9900 {
			t.Errorf("taken last were %+v and from sales %+v", page.Taken, page.Sales)
		}

		page = readHome(t, d, 3, "2025-05-10")
		if page.WrongCount != 1 || page.Wrong[0].ID != "d_2" || page.Wrong[0].Terminal.SN != "820000018093" {
			t.Errorf("a week after the fault %d lines need a look: %+v", page.WrongCount, page.Wrong)
		}
		if len(page.Months) != 1 || page.Months[0].Amount != 3600 || page.Months[0].Item != fee.SimData {
			t.Errorf("this month and the last came to %+v; want 36 yuan in May", page.Months)
		}
		if other := readHome(t, d, 4, "2025-05-10"); other.Terminals != 0 || other.WrongCount != 0 || len(other.Taken) != 0 || len(other.Sales) != 0 || len(other.Months) != 0 || other.ComingCount != 0 {
			t.Errorf("another merchant sees %+v", other)
		}
	})
}

func TestMoneyThatCameBackNeedsNoLook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeOn(t, d, "2025-05-10")
		for _, c := range []struct {
			change string
			want   int
		}{
			{`update bill_lines set refunded_fen = 3600 where id = 'd_2'`, 0},
			{`update bill_lines set refunded_fen = 100 where id = 'd_2'`, 1},
			{`update bill_lines set refunded_fen = 0, state = 'refunded' where id = 'd_2'`, 0},
			{`update bill_lines set state = 'reversed' where id = 'd_2'`, 0},
			{`update bill_lines set state = 'denied' where id = 'd_2'`, 1},
			{`update bill_lines set state = 'held', decision = 'hold', reasons = 'arrears', expected_fen = 3600 where id = 'd_2'`, 1},
		} {
			run(t, d, c.change)
			if page := readHome(t, d, 3, "2025-05-10"); page.WrongCount != c.want || len(page.Wrong) != c.want {
				t.Errorf("after %s %d lines need a look; want %d", c.change, page.WrongCount, c.want)
			}
		}
	})
}

func TestWhatAnAgentTickedWaitsUntilTheMerchantAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		expect := func(want int) {
			t.Helper()
			if page := readHome(t, d, 3, "2025-06-01"); page.Unconfirmed != want {
				t.Errorf("%d acceptances wait; want %d", page.Unconfirmed, want)
			}
		}
		run(t, d, `insert into plans (id, code, disclosure_id, item) values (3, 'insurance-5', 1, 'insurance')`,
			`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
				values (3, 3, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 500, 1, 'skip', '{}')`,
			`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (3, 3, 7, 3, '2025-05-01')`,
			`insert into acceptances (id, enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
				values (30, 3, 3, 1, '2025-05-01', 'A-0091', 'agent', '2025-05-01 00:00:00+00:00'), (31, 3, 3, 1, '2025-05-02', 'A-0091', 'agent', '2025-05-01 00:00:00+00:00')`)
		expect(1)
		run(t, d, `insert into acceptance_denials (acceptance_id, merchant_id, denied_on, denied_by, recorded_at) values (30, 3, '2025-05-20', '周老板', '2025-05-20 00:00:00+00:00')`)
		expect(1)
		run(t, d, `insert into acceptance_denials (acceptance_id, merchant_id, denied_on, denied_by, recorded_at) values (31, 3, '2025-05-20', '周老板', '2025-05-20 00:00:00+00:00')`)
		expect(0)
		run(t, d, `insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			values (3, 3, 1, '2025-05-03', 'A-0091', 'agent', '2025-05-01 00:00:00+00:00')`)
		expect(1)
		run(t, d, `insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			values (3, 3, 1, '2025-05-21', '周老板', 'portal', '2025-05-21 00:00:00+00:00')`)
		expect(0)
	})
}

func TestAChangeOnItsWayIsShownWhereItWouldCostMore(t *testing.T) {
	for _, c := range []struct {
		name      string
		published string
		effective string
		amount    string
		accepted  bool
		want      int
	}{
		{"a rise", "2025-05-20", "2025-07-01", "4500", false, 1},
		{"a rise that was accepted", "2025-05-20", "2025-07-01", "4500", true, 1},
		{"a rise in force already", "2025-04-01", "2025-05-15", "4500", false, 0},
		{"a rise not published yet", "2025-06-02", "2025-08-01", "4500", false, 0},
		{"a rise published too late", "2025-05-20", "2025-06-10", "4500", false, 0},
		{"a lower price", "2025-05-20", "2025-07-01", "2400", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				furnish(t, d)
				run(t, d, `insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
						values (2, 1, 2, '`+c.published+`', '`+c.effective+`', 31, true, 'y', '2025-01-01 00:00:00+00:00')`,
					`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, free_days, idle, texts)
						values (9, 1, 2, 2, '`+c.published+`', '`+c.effective+`', 31, 'recurring', `+c.amount+`, 12, 30, 'accrue', '{}')`)
				if c.accepted {
					run(t, d, `insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
						values (1, 3, 2, '2025-05-25', '周老板', 'portal', '2025-05-25 00:00:00+00:00')`)
				}
				page := readHome(t, d, 3, "2025-06-01")
				if len(page.Changes) != c.want {
					t.Fatalf("%d changes are shown; want %d: %+v", len(page.Changes), c.want, page.Changes)
				}
				if c.want == 0 {
					return
				}
				change := page.Changes[0]
				if change.From.Number != 1 || change.To.Number != 2 || change.Terminals != 1 || (change.Accepted == 1) != c.accepted {
					t.Errorf("the change is %+v", change)
				}
			})
		})
	}
}

func TestAFeeOfWhichNothingWasTakenHasNoShareOfTheMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		if page := readHome(t, d, 3, "2025-05-10"); len(page.Months) != 1 {
			t.Fatalf("this month and the last came to %+v; want one fee", page.Months)
		}
		run(t, d, `update bill_months set amount_fen = 0`)
		if page := readHome(t, d, 3, "2025-05-10"); len(page.Months) != 0 {
			t.Errorf("of what was stopped before it was taken there is %+v", page.Months)
		}
	})
}
