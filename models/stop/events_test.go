package stop

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

func TestOtherSystemsAreToldOfRequestsAndOfNothingThatWasWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		if _, err := stopSIM(t, d, morning, "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		if _, err := report(t, d, Returned, "2026-11-01"); err != nil {
			t.Fatal(err)
		}
		if _, err := report(t, d, Returned, "2026-11-01"); err == nil {
			t.Error("it is said to be gone twice")
		}
		intaketest.WantTexts(t, d, `select e.kind || ' ' || t.sn || ' ' || coalesce(p.code, '-') || ' ' || e.data from api_events e
			join terminals t on t.id = e.terminal left join plans p on p.id = e.plan order by e.number`,
			`enrolment.cancel_requested `+counter+` sim-annual-36 {"number":"S2026-1122-01","kind":"fee","on":"2026-12-01","paid_through":"2027-01-09"}`,
			`terminal.reported_gone `+counter+` - {"number":"S2026-1122-02","kind":"returned","on":"2026-11-01"}`)
	})
}
