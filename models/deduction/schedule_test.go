package deduction_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// schedule says when the counter's next year is to be taken.
func schedule(t *testing.T, d *db.DB, now time.Time, in deduction.Intent) (p *deduction.Planned, err error) {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		p, err = deduction.Schedule(t.Context(), tx, audit.Actor{Kind: audit.API, ID: "k_core"}, "r1", now, plans, fee.DefaultPolicy, in)
		return err
	})
	return p, err
}

// nextYear is the counter's third year.
func nextYear(on string) deduction.Intent {
	return deduction.Intent{
		SN: counter, Item: fee.SimData, Plan: "sim-annual-36", Amount: 3600, On: date.MustParse(on), PeriodFrom: date.MustParse("2027-01-10"),
	}
}

// furnishAgreed furnishes terminals that are in use, and whose merchants agreed to
// what they pay.
func furnishAgreed(t *testing.T, d *db.DB) {
	t.Helper()
	furnishTerminals(t, d)
	intaketest.Exec(t, d, `update terminals set activated_on = '2025-01-10'`, `
		insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select id, merchant_id, 1, '2025-01-10', '周老板', 'app', '2025-01-10 00:00:00+00:00' from enrolments`,
		`insert into judge_pending (terminal_id, since) select id, '2025-01-10' from terminals`)
}

func TestAScheduledChargeIsForeseenOnItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishAgreed(t, d)
		judge := func() {
			t.Helper()
			if _, err := deduction.JudgePending(t.Context(), d, clock.At(morning), fee.DefaultPolicy, nil); err != nil {
				t.Fatal(err)
			}
		}
		judge()
		const foreseen = `select due_on || ' ' || coalesce(cast(period_from as text), '') || ' ' || amount_fen from forecasts f join terminals t on t.id = f.terminal_id
			where t.sn = '` + counter + `' and cycle_index = 3`
		intaketest.WantTexts(t, d, foreseen, "2027-01-10  3600")
		intaketest.Exec(t, d, `delete from forecast_changes`)

		p, err := schedule(t, d, morning, nextYear("2027-01-25"))
		if err != nil || len(p.Differs) != 0 || p.Charge == nil || p.Charge.On != date.MustParse("2027-01-25") || p.Charge.Amount != 3600 {
			t.Fatalf("got %+v, %v", p, err)
		}
		judge()
		intaketest.WantTexts(t, d, foreseen, "2027-01-25 2027-01-10 3600")
		intaketest.WantTexts(t, d, `select sn from forecast_changes c join terminals t on t.id = c.terminal_id`, counter)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		today := date.Of(morning)
		all, err := deduction.ReadForecast(t.Context(), d, plans.Fee, fee.DefaultPolicy, counter, today, today.AddMonths(12))
		at := slices.IndexFunc(all, func(f deduction.Foreseen) bool { return f.Cycle.From == date.MustParse("2027-01-10") })
		if err != nil || at < 0 || all[at].On != date.MustParse("2027-01-25") {
			t.Errorf("the forecast is %+v, %v", all, err)
		}
		merchantID := int64(0)
		if err := d.QueryRow(t.Context(), `select merchant_id from terminals where sn = $1`, counter).Scan(&merchantID); err != nil {
			t.Fatal(err)
		}
		for range 2 { // from the sheet, then from the tables
			page, err := deduction.ReadTerminalPage(t.Context(), d, plans, fee.DefaultPolicy, merchantID, counter, today)
			if err != nil {
				t.Fatal(err)
			}
			on := date.Date(0)
			for _, f := range page.Fees {
				for _, c := range f.Charges {
					if c.Cycle.From == date.MustParse("2027-01-10") {
						on = c.On
					}
				}
			}
			if on != date.MustParse("2027-01-25") {
				t.Errorf("the terminal's page says %s", on)
			}
			intaketest.Exec(t, d, `update terminal_sheets set sheet = null`)
		}
		year, err := deduction.ReadComingYear(t.Context(), d, plans, fee.DefaultPolicy, merchantID, today)
		if err != nil || !slices.ContainsFunc(year.Charges, func(c deduction.Coming) bool {
			return c.Terminal.SN == counter && c.Cycle == 3 && c.DueOn == date.MustParse("2027-01-25")
		}) {
			t.Errorf("the coming year is %+v, %v", year, err)
		}
	})
}

func TestWhatIsScheduledOtherwiseThanForeseenRaisesAnAlarmOnce(t *testing.T) {
	cases := []struct {
		name   string
		change func(in *deduction.Intent)
		want   []deduction.Difference
		on     string
	}{
		{"another amount", func(in *deduction.Intent) { in.Amount = 4800 }, []deduction.Difference{deduction.OtherAmount}, "2027-01-10"},
		{"before its day", func(in *deduction.Intent) { in.On = date.MustParse("2027-01-01") }, []deduction.Difference{deduction.BeforeItsDay}, "2027-01-10"},
		{"a period that there is not", func(in *deduction.Intent) { in.PeriodFrom = date.MustParse("2027-01-11") }, []deduction.Difference{deduction.NotForeseen}, ""},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishAgreed(t, d)
		for n, c := range cases {
			in := nextYear("2027-01-10")
			c.change(&in)
			for range 2 {
				p, err := schedule(t, d, morning, in)
				if err != nil || !slices.Equal(p.Differs, c.want) {
					t.Fatalf("%s: got %+v, %v", c.name, p, err)
				}
				if told := p.Charge != nil; told != (c.on != "") || told && (p.Charge.On != date.MustParse(c.on) || p.Charge.Amount != 3600) {
					t.Errorf("%s: the merchant is told %+v", c.name, p.Charge)
				}
			}
			if got := intaketest.Texts(t, d, `select ref from alarms where kind = 'schedule_differs'`); len(got) != n+1 {
				t.Errorf("%s: alarms for %q", c.name, got)
			}
		}
		if _, err := schedule(t, d, morning, nextYear("2027-01-10")); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, `select cycle_index || ' ' || on_date || ' ' || amount_fen from scheduled_charges order by cycle_index`, "0 2027-01-10 3600", "3 2027-01-10 3600")
		if got := intaketest.Texts(t, d, `select ref from alarms where kind = 'schedule_differs'`); len(got) != len(cases) {
			t.Errorf("what is scheduled as foreseen raised an alarm: %q", got)
		}
	})
}

func TestWhatCanNotBeScheduledIsRefusedByField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishAgreed(t, d)
		for _, c := range []struct {
			field  string
			change func(in *deduction.Intent)
		}{
			{"sn", func(in *deduction.Intent) { in.SN = "nobody's" }},
			{"plan", func(in *deduction.Intent) { in.Plan = "nothing" }},
			{"plan", func(in *deduction.Intent) { in.Plan = "withdraw-3" }},
			{"plan", func(in *deduction.Intent) { in.SN, in.Plan = till, "" }},
			{"plan", func(in *deduction.Intent) { in.Item, in.Plan = fee.Service, "" }},
			{"item", func(in *deduction.Intent) { in.Item, in.Plan = fee.Withdrawal, "" }},
			{"on", func(in *deduction.Intent) { in.On = date.MustParse("2026-11-21") }},
			{"on", func(in *deduction.Intent) { in.On = date.MustParse("2029-11-21") }},
			{"amount_fen", func(in *deduction.Intent) { in.Amount = 0 }},
		} {
			in := nextYear("2027-01-10")
			c.change(&in)
			_, err := schedule(t, d, morning, in)
			if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Errorf("got %v; want a fault of %q", err, c.field)
			}
		}
		intaketest.WantTexts(t, d, `select on_date from scheduled_charges`)
	})
}
