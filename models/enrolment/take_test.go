package enrolment

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// morning and evening are the moments of two imports.
var (
	morning = date.MustParse("2026-11-22").At(8, 0)
	evening = date.MustParse("2026-11-22").At(20, 0)
)

func takeRows(t *testing.T, d *db.DB, now time.Time, rows ...Row) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, Stage, Take, rows...)
}

// yearly is a terminal's enrolment in 36 yuan a year, accepted on its first day.
var yearly = Row{
	SN: "820000018093", Plan: "sim-annual-36", AnchorOn: date.MustParse("2025-01-10"),
	Version: 1, AcceptedOn: date.MustParse("2025-01-10"), AcceptedBy: "周老板", AcceptedVia: ViaApp,
}

// furnish writes a merchant with two terminals, and two plans, the first with
// two versions.
func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: date.MustParse("2024-06-24")})
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: "820000018093", MerchantRef: "M1"}, merchant.TerminalRow{SN: "820000032929", MerchantRef: "M1"})
	intaketest.Exec(t, d,
		`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{}')`,
		`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'x', '2025-01-01 00:00:00+00:00')`,
		`insert into plans (id, code, disclosure_id, item) values (1, 'sim-annual-36', 1, 'sim_data'), (2, 'withdraw-3', 1, 'withdrawal')`,
		`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 3600, 12, 'accrue', '{}'),
			       (1, 2, 1, '2026-03-01', '2026-05-01', 31, 'recurring', 4500, 12, 'accrue', '{}'),
			       (2, 1, 1, '2023-03-01', '2023-04-01', 31, 'per_item', 300, null, null, '{}')`,
		`delete from judge_pending`)
}

const (
	enrolled = `select t.sn || ' ' || p.code || ' ' || e.anchor_on || ' ' || coalesce(cast(e.cancelled_on as text), '-')
		from enrolments e join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id order by t.sn, p.code`
	accepted = `select t.sn || ' ' || p.code || ' ' || a.version || ' ' || a.accepted_on || ' ' || a.via
		from acceptances a join enrolments e on e.id = a.enrolment_id join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id
		order by t.sn, p.code, a.accepted_on, a.via`
	pending = `select t.sn || ' ' || p.since from judge_pending p join terminals t on t.id = p.terminal_id order by t.sn`
)

func TestRowsOfOneEnrolmentAreAcceptancesOfItsVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		second := yearly
		second.Version, second.AcceptedOn = 2, date.MustParse("2026-04-01")
		bare := Row{SN: "820000032929", Plan: "withdraw-3", AnchorOn: date.MustParse("2025-03-01")}
		taken, problems := takeRows(t, d, morning, yearly, second, bare)
		intaketest.Want(t, taken, problems, 3, 0, 0)
		intaketest.WantTexts(t, d, enrolled, "820000018093 sim-annual-36 2025-01-10 -", "820000032929 withdraw-3 2025-03-01 -")
		intaketest.WantTexts(t, d, accepted, "820000018093 sim-annual-36 1 2025-01-10 app", "820000018093 sim-annual-36 2 2026-04-01 app")
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01", "820000032929 0001-01-01")
	})
}

func TestTheSameRowsAgainChangeNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		bare := Row{SN: "820000032929", Plan: "withdraw-3", AnchorOn: date.MustParse("2025-03-01")}
		taken, problems := takeRows(t, d, morning, yearly, bare, yearly, bare)
		intaketest.Want(t, taken, problems, 2, 0, 2)
		intaketest.Exec(t, d, `delete from judge_pending`)
		taken, problems = takeRows(t, d, evening, yearly, bare)
		intaketest.Want(t, taken, problems, 0, 0, 2)
		intaketest.WantTexts(t, d, pending)
	})
}

func TestAnOpenEnrolmentIsBroughtToWhatTheRowsSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		intaketest.Exec(t, d, `delete from judge_pending`)
		cancelled := yearly
		cancelled.AnchorOn, cancelled.CancelledOn = date.MustParse("2025-01-11"), date.MustParse("2026-06-01")
		second := cancelled
		second.Version, second.AcceptedOn = 2, date.MustParse("2026-04-01")
		taken, problems := takeRows(t, d, evening, cancelled, second)
		intaketest.Want(t, taken, problems, 1, 1, 0)
		intaketest.WantTexts(t, d, enrolled, "820000018093 sim-annual-36 2025-01-11 2026-06-01")
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")
	})
}

func TestACancelledEnrolmentIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		cancelled := yearly
		cancelled.CancelledOn = date.MustParse("2026-06-01")
		takeRows(t, d, morning, cancelled)
		open, later, more := cancelled, cancelled, cancelled
		open.CancelledOn = 0
		later.CancelledOn = date.MustParse("2026-07-01")
		more.Version, more.AcceptedOn = 2, date.MustParse("2026-04-01")
		for _, row := range []struct {
			row   Row
			value string
		}{{open, ""}, {later, "2026-07-01"}, {more, "2026-06-01"}} {
			_, problems := takeRows(t, d, evening, row.row)
			intaketest.WantProblems(t, problems, `2 cancelled_on "`+row.value+`" import.stored.cancelled`)
		}
		taken, problems := takeRows(t, d, evening, cancelled)
		intaketest.Want(t, taken, problems, 0, 0, 1)
		intaketest.WantTexts(t, d, accepted, "820000018093 sim-annual-36 1 2025-01-10 app")
	})
}

func TestRowsOfOneEnrolmentMustAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		anchor, cancelled, by := yearly, yearly, yearly
		anchor.AnchorOn = date.MustParse("2025-01-11")
		cancelled.CancelledOn = date.MustParse("2026-06-01")
		by.AcceptedBy = "李老板"
		_, problems := takeRows(t, d, morning, yearly, anchor, cancelled, by)
		intaketest.WantProblems(t, problems,
			`3 anchor_on "2025-01-11" import.row.disagrees`,
			`4 cancelled_on "2026-06-01" import.row.disagrees`,
			`5 accepted_by "李老板" import.row.disagrees`)
		if got := problems.List[0].Args; len(got) != 2 || got[0] != "line" || got[1] != "2" {
			t.Errorf("the first problem points to %v; want line 2", got)
		}
	})
}

func TestAnAcceptanceIsNeverAltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		by, on := yearly, yearly
		by.AcceptedBy = "李老板"
		_, problems := takeRows(t, d, evening, by)
		intaketest.WantProblems(t, problems, `2 accepted_by "李老板" import.stored.acceptance`)

		on.AcceptedOn = date.MustParse("2025-01-12")
		taken, problems := takeRows(t, d, evening, on)
		intaketest.Want(t, taken, problems, 1, 0, 0)
		intaketest.WantTexts(t, d, accepted, "820000018093 sim-annual-36 1 2025-01-10 app", "820000018093 sim-annual-36 1 2025-01-12 app")
	})
}

func TestTerminalPlanAndVersionMustBeKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		terminal, plan, version := yearly, yearly, yearly
		terminal.SN, plan.Plan, version.Version = "404", "sim-monthly-3", 7
		_, problems := takeRows(t, d, morning, terminal, plan, version)
		intaketest.WantProblems(t, problems,
			`2 sn "404" import.reference.terminal`,
			`3 plan "sim-monthly-3" import.reference.plan`,
			`4 version "7" import.reference.version`)
		intaketest.WantTexts(t, d, enrolled)
	})
}
