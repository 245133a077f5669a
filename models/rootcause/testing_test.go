package rootcause

import (
	"context"
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// monday is when every test begins.
var monday = date.MustParse("2026-11-23").At(9, 0).UTC()

var (
	anchor = date.MustParse("2025-12-10")
	wang   = staff.Actor{ID: "st_1", Name: "王", Roles: []staff.Role{staff.Support}, RequestID: "r_1"}
	chen   = staff.Actor{ID: "st_2", Name: "陈", Roles: []staff.Role{staff.Lead}}
	qian   = staff.Actor{ID: "st_3", Name: "钱", Roles: []staff.Role{staff.Auditor}}
	gui    = staff.Actor{ID: "st_4", Name: "桂", Roles: []staff.Role{staff.Compliance}}
)

// world is a database with merchants, and the use cases on it.
type world struct {
	*Causes
	t     *testing.T
	clock *clock.Set
}

// each runs the test on both databases, with so many merchants.
func each(t *testing.T, merchants int, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d, merchants)
		test(t, open(t, d))
	})
}

// open returns the use cases on a database that is furnished.
func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	files, err := file.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, clock: clock.At(monday)}
	cases := complaint.New(complaint.Options{DB: d, Clock: w.clock, Plans: func() *disclosure.Plans { return plans }, Policy: func() fee.Policy { return fee.DefaultPolicy }, Files: files})
	w.Causes = New(d, w.clock, cases, nil)
	return w
}

// furnish writes merchants with a terminal each, which all pay 36 yuan a year and
// 99 for the service, once; of each the service was taken for 104 yuan, and the
// year twice. The terminals of even merchants are agent A-2's, the others A-1's.
func furnish(t *testing.T, d *db.DB, merchants int) {
	t.Helper()
	published := date.MustParse("2023-03-01")
	version := func(p fee.Price) []fee.Version {
		return []fee.Version{{Number: 1, PublishedOn: published, EffectiveOn: published.AddMonths(1), Price: p}}
	}
	existing := disclosure.Existing{
		Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: published, EffectiveOn: published.AddMonths(1)}},
		Plans: []disclosure.ExistingPlan{
			{Plan: fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: version(fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, Idle: fee.Accrue})}, Lines: []int{1}, StatedBy: []int{1}},
			{Plan: fee.Plan{Code: "service-99", Item: fee.Service, Versions: version(fee.Price{Kind: fee.OneOff, Amount: 9900})}, Lines: []int{2}, StatedBy: []int{1}},
		},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{existing}, monday)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var shops []merchant.Row
	var terminals []merchant.TerminalRow
	var agreed []enrolment.Row
	var taken []deduction.Row
	for n := 1; n <= merchants; n++ {
		ref, sn := fmt.Sprintf("M%03d", n), fmt.Sprintf("8200000%05d", n)
		shops = append(shops, merchant.Row{Ref: ref, Name: "店" + ref, Contact: "周老板", OpenedOn: anchor})
		terminals = append(terminals, merchant.TerminalRow{SN: sn, MerchantRef: ref, Alias: "前台", ActivatedOn: anchor, AgentRef: fmt.Sprintf("A-%d", 2-n%2)})
		row := func(kind, plan string, item fee.Item, amount money.Fen, on date.Date) {
			taken = append(taken, deduction.Row{
				Ref: kind + ref, SN: sn, Item: item, Plan: plan, At: on.At(18, 0).UTC(), PeriodFrom: anchor, State: fee.Posted, Origin: fee.OriginCore, Amount: amount,
			})
		}
		row("L", "sim-annual-36", fee.SimData, 3600, anchor)
		row("T", "sim-annual-36", fee.SimData, 3600, anchor.AddDays(9))
		row("D", "service-99", fee.Service, 10400, anchor.AddDays(20))
		for _, plan := range []string{"sim-annual-36", "service-99"} {
			agreed = append(agreed, enrolment.Row{SN: sn, Plan: plan, AnchorOn: anchor, Version: 1, AcceptedOn: anchor, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp})
		}
	}
	intaketest.File(t, d, monday, merchant.StageMerchants, merchant.TakeMerchants, shops...)
	intaketest.File(t, d, monday, merchant.StageTerminals, merchant.TakeTerminals, terminals...)
	intaketest.File(t, d, monday, enrolment.Stage, enrolment.Take, agreed...)
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, monday)
	}
	_, problems := intaketest.File(t, d, monday, stage, deduction.TakeDeductions, taken...)
	intaketest.WantProblems(t, problems)
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(monday), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
	statements := []string{
		`insert into users (id, phone, name, created_at) values ('u_1', '+8613800006621', '周老板', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_1', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants`,
	}
	for i, a := range []staff.Actor{wang, chen, qian, gui} {
		statements = append(statements,
			fmt.Sprintf(`insert into staff (id, login, name, password_hash, created_at) values ('%s', 'p%d', '%s', '', '2026-01-01 00:00:00+00:00')`, a.ID, i, a.Name),
			fmt.Sprintf(`insert into staff_role_changes (staff_id, role, granted, at, by_kind, by_id) values ('%s', '%s', true, '2026-01-01 00:00:00+00:00', 'cli', 'test')`, a.ID, a.Roles[0]))
	}
	intaketest.Exec(t, d, statements...)
}

// who is the owner of the merchant with a number.
func (w *world) who(ref string) account.Who {
	w.t.Helper()
	return account.Who{UserID: "u_1", MerchantID: int64(w.count(`select id from merchants where ref = $1`, ref))}
}

// file files a complaint about a deduction of a merchant's.
func (w *world) file(kind, ref string) string {
	w.t.Helper()
	var line string
	w.must(w.d.QueryRow(w.t.Context(), `select id from deductions where ref = $1`, kind+ref).Scan(&line))
	f, err := w.cases.File(w.t.Context(), w.who(ref), complaint.NewCase{Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: line, Reason: complaint.TooMuch})
	w.must(err)
	return f.Number
}

// ofPlan are the criteria of everything that was taken by a plan.
func (w *world) ofPlan(code string) Criteria {
	w.t.Helper()
	return Criteria{PlanID: int64(w.count(`select id from plans where code = $1`, code)), Version: 1, From: anchor, To: anchor.AddMonths(11)}
}

// proposal proposes all against what criteria find, as somebody who has just
// looked would.
func (w *world) proposal(number string, c Criteria) Proposal {
	w.t.Helper()
	f, err := Find(w.t.Context(), w.d, wang, c, complaint.Mark{}, date.Of(w.clock.Now()))
	w.must(err)
	return Proposal{
		Token: fmt.Sprintf("%s %+v", number, c), Case: number, Criteria: c, Seen: f.Seen(),
		Plan: Plan{Refund: true, Stop: true, Reason: "代理商按旧价提交", Words: "你同意的是 99 元，多收的退给你。"},
	}
}

// propose proposes it as somebody.
func (w *world) propose(p Proposal) (causeID string) {
	w.t.Helper()
	causeID, err := w.Propose(w.t.Context(), wang, p)
	w.must(err)
	return causeID
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantFault(err error, kind fault.Kind, what string) {
	w.t.Helper()
	if !fault.Is(err, kind) {
		w.t.Errorf("%s: got %v, want %s", what, err, kind)
	}
}

// count reads a number from the database.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.d.QueryRow(w.t.Context(), query, args...).Scan(&n))
	return n
}

// want fails the test unless the database says the number.
func (w *world) want(n int, what, query string, args ...any) {
	w.t.Helper()
	if got := w.count(query, args...); got != n {
		w.t.Errorf("%s: got %d, want %d", what, got, n)
	}
}
