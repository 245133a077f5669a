package enrolment

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// limits are what was set, and what holds.
const limits = `
	select o.limit_fen || ' ' || o.name || ' ' || coalesce(o.set_by, '-') || ', now ' || e.own_limit_fen
	from own_limits o join enrolments e on e.id = o.enrolment_id order by o.id`

func TestOverageCostsNothingUntilTheMerchantTurnsItOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.Exec(t, d, `insert into plans (id, code, disclosure_id, item) values (3, 'extra-5', 1, 'overage')`,
			`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, texts)
				values (3, 1, 1, '2023-03-01', '2023-04-01', 31, 'per_item', 500, '{}')`)
		extra := yearly
		extra.Plan = "extra-5"
		extras := Which{Query: `select id from enrolments where plan_id = $1`, Args: []any{3}}
		takeRows(t, d, morning, extra)
		intaketest.WantTexts(t, d, limits, "0  -, now 0")
		takeRows(t, d, evening, extra)
		intaketest.WantTexts(t, d, limits, "0  -, now 0")
		intaketest.Exec(t, d, `delete from judge_pending`)

		at := date.MustParse("2026-11-22").At(10, 0).UTC()
		set := func(limit money.Fen, at time.Time) int64 {
			return in(t, d, func(tx *db.Tx) (int64, error) { return LimitIn(t.Context(), tx, extras, limit, at, "u_1", "周梅") })
		}
		if n := set(3000, at); n != 1 {
			t.Errorf("set %d; want 1", n)
		}
		intaketest.WantTexts(t, d, pending, "820000018093 2026-11-22")
		if n := set(3000, at.Add(time.Hour)); n != 0 {
			t.Errorf("the same again set %d; want none", n)
		}
		if n := set(0, at.Add(2*time.Hour)); n != 1 {
			t.Errorf("set %d; want 1", n)
		}
		intaketest.WantTexts(t, d, limits, "0  -, now 0", "3000 周梅 u_1, now 0", "0 周梅 u_1, now 0")

		takeRows(t, d, evening, extra) // the core system knows nothing of it
		intaketest.WantTexts(t, d, limits, "0  -, now 0", "3000 周梅 u_1, now 0", "0 周梅 u_1, now 0")
	})
}

func TestOtherFeesHaveNoLimitUnlessOneIsSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		intaketest.WantTexts(t, d, `select coalesce(cast(own_limit_fen as text), 'none') from enrolments`, "none")
		intaketest.WantTexts(t, d, limits)
	})
}
