package complaint

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
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
	"github.com/mingbai/mingbai/models/worktime"
)

// monday is when every test begins: the opening of a working day, 09:00.
var monday = date.MustParse("2026-11-23").At(9, 0).UTC()

var (
	anchor     = date.MustParse("2025-01-10")
	wang       = staff.Actor{ID: "st_1", Name: "王", Roles: []staff.Role{staff.Support}, RequestID: "r_2"}
	lin        = staff.Actor{ID: "st_2", Name: "林", Roles: []staff.Role{staff.Support}}
	chen       = staff.Actor{ID: "st_3", Name: "陈", Roles: []staff.Role{staff.Lead}}
	qian       = staff.Actor{ID: "st_4", Name: "钱", Roles: []staff.Role{staff.Auditor}}
	shen       = staff.Actor{ID: "st_5", Name: "沈", Roles: []staff.Role{staff.Compliance}}
	counter    = "820000018093"
	stall      = "820000032929"
	lawful     = "D1" // deductions: as agreed
	twice      = "D3" // the second for one cycle
	dearly     = "D4" // more than agreed
	pictureOf1 = Upload{Name: "小票.png", Content: picture()}
)

func picture() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// world is a database with two merchants and the use cases on it.
type world struct {
	*Cases
	t     *testing.T
	clock *clock.Set
	zhou  account.Who // owner of the first merchant
	wu    account.Who // viewer of the first
	li    account.Who // owner of the second
	lines map[string]string
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	furnish(t, d)
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
	w := &world{t: t, clock: clock.At(monday), lines: map[string]string{}}
	w.Cases = New(Options{DB: d, Clock: w.clock, Plans: func() *disclosure.Plans { return plans }, Policy: func() fee.Policy { return fee.DefaultPolicy }, Files: files})
	w.zhou = account.Who{UserID: "u_1", MerchantID: w.merchant("M1"), Visit: account.Visit{Address: "192.0.2.7", RequestID: "r_1"}}
	w.wu = account.Who{UserID: "u_2", MerchantID: w.zhou.MerchantID}
	w.li = account.Who{UserID: "u_3", MerchantID: w.merchant("M2")}
	err = d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var ref, id string
			err := rows.Scan(&ref, &id)
			w.lines[ref] = id
			return err
		})
	}, `select ref, id from deductions`)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// furnish writes two merchants with a terminal each, which pays 36 yuan a year;
// of the counter two years were taken, then the second once more, and a service
// for more than agreed.
func furnish(t *testing.T, d *db.DB) {
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
	intaketest.File(t, d, monday, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", Contact: "周老板", OpenedOn: anchor}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: anchor})
	intaketest.File(t, d, monday, merchant.StageTerminals, merchant.TakeTerminals,
		merchant.TerminalRow{SN: counter, MerchantRef: "M1", Alias: "前台", ActivatedOn: anchor},
		merchant.TerminalRow{SN: stall, MerchantRef: "M2", Alias: "摊位", ActivatedOn: anchor})
	for _, sn := range []string{counter, stall} {
		for _, plan := range []string{"sim-annual-36", "service-99"} {
			intaketest.File(t, d, monday, enrolment.Stage, enrolment.Take, enrolment.Row{
				SN: sn, Plan: plan, AnchorOn: anchor, Version: 1, AcceptedOn: anchor, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp,
			})
		}
	}
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, monday)
	}
	row := func(ref, sn, plan string, item fee.Item, amount money.Fen, from, on date.Date) deduction.Row {
		return deduction.Row{Ref: ref, SN: sn, Item: item, Plan: plan, At: on.At(18, 0).UTC(), PeriodFrom: from, State: fee.Posted, Origin: fee.OriginCore, Amount: amount}
	}
	second := anchor.AddMonths(12)
	_, problems := intaketest.File(t, d, monday, stage, deduction.TakeDeductions,
		row("D1", counter, "sim-annual-36", fee.SimData, 3600, anchor, anchor), row("D2", counter, "sim-annual-36", fee.SimData, 3600, second, second),
		row("D3", counter, "sim-annual-36", fee.SimData, 3600, second, second.AddDays(3)), row("D4", counter, "service-99", fee.Service, 10400, anchor, second),
		row("D9", stall, "sim-annual-36", fee.SimData, 3600, anchor, anchor))
	intaketest.WantProblems(t, problems)
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(monday), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
	statements := []string{
		`insert into users (id, phone, name, created_at) values ('u_1', '+8613800006621', '周老板', '2026-01-01 00:00:00+00:00'),
			('u_2', '+8613800006622', '小吴', '2026-01-01 00:00:00+00:00'), ('u_3', '+8613800006623', '李老板', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_1', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M1'`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_2', id, 'viewer', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M1'`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_3', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M2'`,
	}
	for i, a := range []staff.Actor{wang, lin, chen, qian} {
		login := string(rune('a' + i))
		statements = append(statements,
			`insert into staff (id, login, name, password_hash, created_at) values ('`+a.ID+`', '`+login+`', '`+a.Name+`', '', '2026-01-01 00:00:00+00:00')`,
			`insert into staff_role_changes (staff_id, role, granted, at, by_kind, by_id) values ('`+a.ID+`', '`+string(a.Roles[0])+`', true, '2026-01-01 00:00:00+00:00', 'cli', 'test')`)
	}
	intaketest.Exec(t, d, statements...)
}

func (w *world) merchant(ref string) (id int64) {
	w.t.Helper()
	if err := w.d.QueryRow(w.t.Context(), `select id from merchants where ref = $1`, ref).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// at puts the clock at a time of a day of November or December.
func (w *world) at(day string, hour, minute int) {
	w.clock.MoveTo(date.MustParse(day).At(hour, minute).UTC())
}

// file files a complaint about a deduction.
func (w *world) file(ref string) string {
	w.t.Helper()
	f, err := w.File(w.t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[ref], Reason: TooMuch})
	w.must(err)
	return f.Number
}

// must fails the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wantFault fails the test unless an error is a fault of the kind.
func (w *world) wantFault(err error, kind fault.Kind, what string) {
	w.t.Helper()
	if !fault.Is(err, kind) {
		w.t.Errorf("%s: got %v, want %s", what, err, kind)
	}
}

// head reads a case.
func (w *world) head(number string) *head {
	w.t.Helper()
	h, err := readHead(w.t.Context(), w.d, `c.number = $1`, number)
	w.must(err)
	return h
}

// now works out how a case stands.
func (w *world) now(number string) worktime.Standing {
	w.t.Helper()
	s, err := w.head(number).log.At(w.clock.Now())
	w.must(err)
	return s
}

func (w *world) wantState(number string, want worktime.State) {
	w.t.Helper()
	if got := w.now(number).State; got != want {
		w.t.Errorf("%s is %s, want %s", number, got, want)
	}
}

// text reads one text from the database.
func (w *world) text(query string, args ...any) (text string) {
	w.t.Helper()
	w.must(w.d.QueryRow(w.t.Context(), query, args...).Scan(&text))
	return text
}

// held reports what is held of the counter.
func (w *world) held() string {
	w.t.Helper()
	return w.text(`select coalesce((select string_agg(d.item, ' ') from disputes d join terminals t on t.id = d.terminal_id where d.closed_at is null and t.sn = $1), '')`, counter)
}

// decide decides a case as somebody.
func (w *world) decide(by staff.Actor, number string, f Finding, amount money.Fen) {
	w.t.Helper()
	w.must(w.Decide(w.t.Context(), by, number, Judgement{Finding: f, RootCause: "重复提交", Reason: "这笔收了两次", Amount: &amount}))
}

// after is so long after the tests begin.
func after(d time.Duration) time.Time { return monday.Add(d) }
