package merchant_test

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

func TestTheMonthsOfUsageFollowItsDays(t *testing.T) {
	const months = `select terminal_id || ' ' || month || ' ' || used_mb || ' in ' || days || ', ' || coalesce(allowance_mb, -1) || ' ' || coalesce(balance_fen, -1) || ' ' || last_on
		from usage_months order by terminal_id, month`
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, step := range []struct {
			statement string
			want      []string
		}{
			{
				`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb, balance_fen)
					values (1, 7, '2026-01-30', 3, 100, null), (1, 7, '2026-01-31', 4, null, 90), (1, 7, '2026-02-01', 5, null, null), (1, 8, '2026-01-31', 6, null, null)`,
				[]string{"7 2026-01-01 7 in 2, 100 90 2026-01-31", "7 2026-02-01 5 in 1, -1 -1 2026-02-01", "8 2026-01-01 6 in 1, -1 -1 2026-01-31"},
			},
			{ // days that come late add up, and leave what is known later
				`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb, balance_fen)
					values (1, 7, '2026-01-02', 1, 120, 80), (1, 7, '2026-02-02', 0, 60, 10)`,
				[]string{"7 2026-01-01 8 in 3, 100 90 2026-01-31", "7 2026-02-01 5 in 2, 60 10 2026-02-02", "8 2026-01-01 6 in 1, -1 -1 2026-01-31"},
			},
			{ // a balance rises when somebody pays
				`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb, balance_fen)
					values (1, 7, '2026-02-04', 1, null, 500), (1, 7, '2026-02-03', 1, 50, 5)`,
				[]string{"7 2026-01-01 8 in 3, 100 90 2026-01-31", "7 2026-02-01 7 in 4, 50 500 2026-02-04", "8 2026-01-01 6 in 1, -1 -1 2026-01-31"},
			},
			{
				`update sim_usage set used_mb = used_mb + 10, allowance_mb = 40, balance_fen = null where terminal_id = 7 and used_on >= '2026-01-30'`,
				[]string{"7 2026-01-01 28 in 3, 40 80 2026-01-31", "7 2026-02-01 47 in 4, 40 -1 2026-02-04", "8 2026-01-01 6 in 1, -1 -1 2026-01-31"},
			},
			{
				`delete from sim_usage where used_on in ('2026-01-31', '2026-02-02', '2026-02-04')`,
				[]string{"7 2026-01-01 14 in 2, 40 80 2026-01-30", "7 2026-02-01 26 in 2, 40 -1 2026-02-03"},
			},
		} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), step.statement); return err }); err != nil {
				t.Fatal(err)
			}
			intaketest.WantTexts(t, d, months, step.want...)
		}
	})
}
