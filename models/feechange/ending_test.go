package feechange

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	lead    = staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Lead}, RequestID: "r_2"}
	support = staff.Actor{ID: "st_2", Name: "王", Roles: []staff.Role{staff.Support}}
)

const dues = `select t.sn || ' ' || r.cycle || ' ' || r.cycle_from || ' ' || r.cycle_to || ' ' || r.paid_fen || '×' || r.days_left || '/' || r.days || '=' || r.amount_fen || ' ' || r.due_since
	from refund_dues r join terminals t on t.id = r.terminal_id order by 1`

const cancelled = `select t.sn || ' ' || coalesce(cast(e.cancelled_on as text), '-') from enrolments e join terminals t on t.id = e.terminal_id order by 1`

// end ends the service of the first merchant, who objects, on the earliest day.
func end(t *testing.T, d *db.DB) date.Date {
	t.Helper()
	on := EarliestEnd(today, rises)
	if _, err := EndService(t.Context(), d, morning, lead, changeOf(t, d, "M1"), on, "原价不够成本"); err != nil {
		t.Fatal(err)
	}
	return on
}

func TestAServiceEndsThirtyWholeDaysAfterTheDecisionAndNotBeforeTheChange(t *testing.T) {
	if got, want := EarliestEnd(today, rises), date.MustParse("2026-12-23"); got != want {
		t.Errorf("decided on %s it ends on %s; want %s: thirty days lie between", today, got, want)
	}
	if got, want := EarliestEnd(today, date.MustParse("2027-02-01")), date.MustParse("2027-02-01"); got != want {
		t.Errorf("got %s; want %s, the change's day", got, want)
	}
}

func TestAnEndedServiceIsRefundedByTheDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, "太贵了")
		on := end(t, d)
		intaketest.WantTexts(t, d, cancelled, counter+" 2026-12-23", till+" 2026-12-23", stall+" -")
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen, stall+" 2027-03-02 3600 1")
		p := read(t, d, "M1", today)
		if e := p.Ending; e == nil || e.EndsOn != on || e.By != "林" || e.Terminals != 2 || e.Due != 0 || p.Count.Open != 2 {
			t.Fatalf("the page shows the ending %+v at %+v", e, p.Count)
		}
		for _, at := range []date.Date{on.AddDays(-1), on, on} {
			if _, err := CarryOutEndings(t.Context(), d, at.At(0, 30)); err != nil {
				t.Fatal(err)
			}
			if at < on {
				intaketest.WantTexts(t, d, dues)
			}
		}
		// 2 March 2026 to 1 March 2027 has 365 days, of which 69 are left: 36.00 × 69 ÷ 365 = 6.8054…
		intaketest.WantTexts(t, d, dues,
			counter+" 2 2026-03-02 2027-03-01 3600×69/365=681 2026-12-23", till+" 2 2026-03-02 2027-03-01 3600×69/365=681 2026-12-23")
		if p := read(t, d, "M1", on); p.Ending.Due != 1362 || p.Terminals[0].Due != 681 || p.Ending.CarriedOutAt.IsZero() || p.Count.Open != 0 || p.Count.Ended != 2 {
			t.Errorf("afterwards the page shows %+v, %+v, %+v", p.Ending, p.Terminals[0], p.Count)
		}
		for _, c := range []struct {
			came string
			back money.Fen
		}{
			{"refunded_fen = 0", 0}, {"refunded_fen = 500", 500}, {"refunded_fen = 700", 681}, {"refunded_fen = 0, state = 'reversed', settles = false", 681},
		} {
			intaketest.Exec(t, d, `update bill_lines set `+c.came+` where cycle_index = 2 and terminal_id = (select id from terminals where sn = '`+counter+`')`)
			if p := read(t, d, "M1", on); p.Ending.Due != 1362 || p.Ending.Back != c.back || p.Terminals[0].Due != 681 || p.Terminals[0].Back != c.back || p.Terminals[1].Back != 0 {
				t.Errorf("with %s the page shows %+v and %+v; want %d to be back", c.came, p.Ending, p.Terminals[0], c.back)
			}
		}
		intaketest.WantTexts(t, d, entries, "fee_change.object u_1", "service.end st_1", "service.ended end_services")
	})
}

func TestWhoAcceptsUntilTheLastDayKeepsTheService(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, "")
		on := end(t, d)
		accept(t, d, "M1", on.AddDays(-1).At(23, 0), till)
		intaketest.WantTexts(t, d, cancelled, counter+" 2026-12-23", till+" -", stall+" -")
		_, err := Accept(t.Context(), d, on.At(0, 30), owner(t, d, "M1"), changeOf(t, d, "M1"), Chosen{All: true})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("an acceptance on the day of the end gives %v; want a conflict", err)
		}
		if _, err := CarryOutEndings(t.Context(), d, on.At(1, 0)); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, d, dues, counter+" 2 2026-03-02 2027-03-01 3600×69/365=681 2026-12-23")
	})
}

func TestAServiceIsEndedOnlyByWhoMayInTimeForAReasonAndOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		change, on := changeOf(t, d, "M1"), EarliestEnd(today, rises)
		try := func(by staff.Actor, id string, on date.Date, reason string, want fault.Kind) {
			t.Helper()
			if _, err := EndService(t.Context(), d, morning, by, id, on, reason); fault.KindOf(err) != want {
				t.Errorf("got %v; want %s", err, want)
			}
		}
		try(lead, change, on, "原因", fault.Conflict) // nobody objected
		object(t, d, "M1", morning, "")
		try(support, change, on, "原因", fault.Forbidden)
		try(staff.Actor{Roles: []staff.Role{staff.Lead}}, change, on, "原因", fault.Forbidden)
		try(lead, change, on.AddDays(-1), "原因", fault.Invalid)
		try(lead, change, 0, "原因", fault.Invalid)
		try(lead, change, on, " ", fault.Invalid)
		try(lead, "fc_404", on, "原因", fault.NotFound)
		intaketest.WantTexts(t, d, cancelled, counter+" -", till+" -", stall+" -")
		try(lead, change, on, "原因", "")
		try(lead, change, on.AddDays(1), "原因", fault.Conflict)
	})
}

func TestWhoAcceptedAllCantLoseTheService(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, "")
		accept(t, d, "M1", morning)
		if _, err := EndService(t.Context(), d, morning, lead, changeOf(t, d, "M1"), EarliestEnd(today, rises), "原因"); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v; want a conflict", err)
		}
		intaketest.WantTexts(t, d, `select count(*) || '' from service_endings`, "0")
	})
}

func TestTheUnusedPartIsNeverLessThanItsShareNorAFenMore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		paid := money.Fen(rapid.Int64Range(1, 1e12).Draw(r, "paid"))
		days := rapid.IntRange(1, 36600).Draw(r, "days")
		left := rapid.IntRange(1, days).Draw(r, "left")
		got := unusedPart(paid, days, left)
		if got*money.Fen(days) < paid*money.Fen(left) || (got-1)*money.Fen(days) >= paid*money.Fen(left) || got > paid {
			r.Errorf("%d of %d days of %v are %v", left, days, paid, got)
		}
	})
}

func TestObjectionsAreListedUntilTheyAreOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M2", morning, "一")
		object(t, d, "M1", morning.Add(1e9), "二")
		object(t, d, "M1", morning.Add(2e9), "三")
		list := func(f ObjectionFilter) string {
			t.Helper()
			page, err := ListObjections(t.Context(), d, f, ObjectionMark{}, today)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, o := range page.Rows {
				text += fmt.Sprint(o.MerchantRef, o.Words, o.Open, o.State, " ")
			}
			return text
		}
		want := func(f ObjectionFilter, want string) {
			t.Helper()
			if got := list(f); got != want {
				t.Errorf("%+v lists %q; want %q", f, got, want)
			}
		}
		want(ObjectionFilter{}, "M1三2open M2一1open ")
		want(ObjectionFilter{Merchant: "M2"}, "M2一1open ")
		want(ObjectionFilter{Merchant: "老街"}, "M1三2open ")
		want(ObjectionFilter{PlanID: 404}, "")
		b, n := db.NewBatch(), 0
		CountObjections(b, &n)
		if err := d.Read(t.Context(), b); err != nil || n != 2 {
			t.Errorf("%d wait, %v; want 2", n, err)
		}
		end(t, d)
		accept(t, d, "M2", morning.Add(3e9))
		want(ObjectionFilter{State: ObjectionOpen}, "")
		want(ObjectionFilter{State: ObjectionEnding}, "M1三2ending ")
		want(ObjectionFilter{State: ObjectionOver}, "M2一0over ")
		waiting := func() (n int) {
			t.Helper()
			b := db.NewBatch()
			CountObjections(b, &n)
			if err := d.Read(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := waiting(); n != 0 {
			t.Errorf("%d wait; want none", n)
		}
		c, err := ReadCase(t.Context(), d, plansOf(t, d).Fee, fee.DefaultPolicy, changeOf(t, d, "M1"), "", today)
		if err != nil || c.Merchant != "老街面馆" || len(c.Page.Answers) != 2 || c.Page.Ending == nil {
			t.Errorf("the case is %+v, %v", c, err)
		}
		if _, err := ReadCase(t.Context(), d, plansOf(t, d).Fee, fee.DefaultPolicy, "fc_404", "", today); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown case gives %v; want not found", err)
		}
	})
}

func TestAMarkLeadsToTheRestOfTheList(t *testing.T) {
	d := dbtest.SQLite(t)
	furnish(t, d)
	open(t, d)
	object(t, d, "M1", morning, "一")
	object(t, d, "M2", morning, "二")
	all, err := ListObjections(t.Context(), d, ObjectionFilter{}, ObjectionMark{}, today)
	if err != nil || len(all.Rows) != 2 {
		t.Fatalf("got %+v, %v", all, err)
	}
	mark, ok := ParseObjectionMark(ObjectionMark{all.Rows[0].At, all.Rows[0].AnswerID}.String())
	if !ok {
		t.Fatal("the mark can't be read")
	}
	rest, err := ListObjections(t.Context(), d, ObjectionFilter{}, mark, today)
	if err != nil || len(rest.Rows) != 1 || rest.Rows[0].AnswerID != all.Rows[1].AnswerID {
		t.Errorf("after the first come %+v, %v; want the second", rest.Rows, err)
	}
	for _, bad := range []string{"x", "1", ".", "1.'", "-1.a", "zzzzzzzzzzzzzzz.a"} {
		if _, ok := ParseObjectionMark(bad); ok {
			t.Errorf("%q is read as a mark", bad)
		}
	}
}
