package staff_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
)

func manager(t *testing.T, m member) staff.Manager {
	t.Helper()
	by, err := staff.ManagerOf(m.session.Actor)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

func TestOnlyAnOperatorNamesTheStaff(t *testing.T) {
	for _, r := range staff.AllRoles {
		_, err := staff.ManagerOf(staff.Actor{ID: "st_1", Roles: []staff.Role{r}})
		if got, want := err == nil, r == staff.Operator; got != want {
			t.Errorf("%s may: %t, want %t", r, got, want)
		}
	}
}

func TestWhoIsAddedNeedsANameOfTheirOwnAndARole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("lin@example.com", staff.Support)
		for want, n := range map[string]staff.Newcomer{
			"staff.people.login_empty": {Roles: []staff.Role{staff.Lead}},
			"staff.people.login_wrong": {Login: "lin li", Roles: []staff.Role{staff.Lead}},
			"staff.people.login_taken": {Login: "LIN@example.com", Roles: []staff.Role{staff.Lead}},
			"staff.people.roles_empty": {Login: "wu"},
			"staff.people.roles_wrong": {Login: "wu", Roles: []staff.Role{"admin"}},
			"staff.people.name_long":   {Login: "wu", Name: strings.Repeat("长", 41), Roles: []staff.Role{staff.Lead}},
		} {
			_, _, err := w.Add(t.Context(), cli, n)
			refused(t, err, fault.Invalid, want)
		}
	})
}

func TestRolesHoldFromTheNextRequestAndTheirHistoryStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		op, lin := w.join("op", staff.Operator), w.join("lin", staff.Support)
		w.clock.Advance(time.Second)
		if err := w.SetRoles(ctx, manager(t, op), lin.id, []staff.Role{staff.Auditor, staff.Compliance}); err != nil {
			t.Fatal(err)
		}
		if got := sorted(w.mustHave("lin").Actor.Roles); !slices.Equal(got, []staff.Role{staff.Auditor, staff.Compliance}) {
			t.Errorf("has %v", got)
		}
		w.clock.Advance(time.Second)
		if err := w.SetRoles(ctx, manager(t, op), lin.id, []staff.Role{staff.Support}); err != nil {
			t.Fatal(err)
		}
		if got := w.mustHave("lin").Actor.Roles; !slices.Equal(got, []staff.Role{staff.Support}) {
			t.Errorf("has %v", got)
		}
		history, err := w.History(ctx, lin.id)
		if err != nil || len(history) != 7 {
			t.Fatalf("got %d changes, %v: %+v", len(history), err, history)
		}
		if first, last := history[6], history[0]; first.ByName != "" || !first.Granted || first.Role != staff.Support || last.ByName != "op" {
			t.Errorf("got %+v, %+v", first, last)
		}
		for _, change := range []string{`update staff_role_changes set granted = true`, `delete from staff_role_changes`} {
			err := w.d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, change)
				return err
			})
			if err == nil {
				t.Errorf("%s went through", change)
			}
		}
		refused(t, w.SetRoles(ctx, manager(t, op), lin.id, nil), fault.Invalid, "staff.people.roles_empty")
		refused(t, w.SetRoles(ctx, manager(t, op), "st_none", []staff.Role{staff.Lead}), fault.NotFound, "staff.people.gone")
		w.wasRecorded("staff.roles", 4)
	})
}

func TestNobodyChangesTheirOwnRolesAndTheLastOperatorStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		op, second := w.join("op", staff.Operator), w.join("second", staff.Operator)
		me := manager(t, op)
		refused(t, w.SetRoles(ctx, me, op.id, []staff.Role{staff.Operator, staff.Compliance}), fault.Forbidden, "staff.people.oneself")
		refused(t, w.Disable(ctx, me, op.id), fault.Forbidden, "staff.people.oneself")
		_, err := w.Reset(ctx, me, op.id)
		refused(t, err, fault.Forbidden, "staff.people.oneself")
		if err := w.Disable(ctx, me, second.id); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("second"); ok {
			t.Error("who may sign in no more is still signed in")
		}
		refused(t, w.Disable(ctx, cli, op.id), fault.Conflict, "staff.people.last_operator")
		refused(t, w.SetRoles(ctx, cli, op.id, []staff.Role{staff.Lead}), fault.Conflict, "staff.people.last_operator")
		if got := w.mustHave("op").Actor.Roles; !slices.Equal(got, []staff.Role{staff.Operator}) {
			t.Errorf("a refused change came through: %v", got)
		}
		if err := w.Enable(ctx, me, second.id); err != nil {
			t.Fatal(err)
		}
		if err := w.SetRoles(ctx, cli, op.id, []staff.Role{staff.Lead}); err != nil {
			t.Error(err)
		}
		w.wasRecorded("staff.disable", 1)
		w.wasRecorded("staff.enable", 1)
	})
}

func TestResettingTakesEverythingAwayButThePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		device := w.withPasskey(lin)
		half := w.half(lin, "h")
		asked := w.ask(half)
		given, err := w.Reset(ctx, cli, lin.id)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("lin"); ok {
			t.Error("a session lives on")
		}
		refused(t, w.SignInWithPasskey(ctx, half, device.Get(asked), browser("x", "10.0.0.1")), fault.Unauthenticated, "")
		refused(t, w.SignIn(ctx, "lin", long, browser("x", "10.0.0.1")), fault.Invalid, "staff.login.wrong")
		if err := w.SignIn(ctx, "lin", given, browser("h2", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		s := w.mustHave("h2")
		if s.Verified || s.OwnPassword || s.HasFactor() {
			t.Errorf("got %+v, want to begin anew", s)
		}
		if err := w.SetFirstPassword(ctx, s, long); err != nil {
			t.Fatal(err)
		}
		refused(t, w.SignInWithTOTP(ctx, s, stafftest.Code(t, lin.secret, w.clock.Now()), browser("x", "10.0.0.1")), fault.Unauthenticated, "")
		refused(t, w.SignInWithRecoveryCode(ctx, s, lin.codes[0], browser("x", "10.0.0.1")), fault.Unauthenticated, "")
		w.wasRecorded("staff.reset", 1)
	})
}

func TestTheListHasPagesAndSaysWhoHasWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.join("b", staff.Support, staff.Lead)
		w.add("a", staff.Operator)
		w.add("c", staff.Auditor)
		first, more, err := w.List(ctx, "", 2)
		if err != nil || !more || len(first) != 2 || first[0].Login != "a" || first[1].Login != "b" {
			t.Fatalf("got %+v, %t, %v", first, more, err)
		}
		if a, b := first[0], first[1]; !a.GivenUntil.Equal(monday.Add(staff.GivenLasts)) || a.Expired(monday) || !a.Expired(monday.Add(staff.GivenLasts)) || a.HasFactor || !a.SeenAt.IsZero() || !b.GivenUntil.IsZero() || !b.HasFactor || !b.SeenAt.Equal(monday) || len(b.Roles) != 2 {
			t.Errorf("got %+v", first)
		}
		rest, more, err := w.List(ctx, "b", 2)
		if err != nil || more || len(rest) != 1 || rest[0].Login != "c" {
			t.Errorf("got %+v, %t, %v", rest, more, err)
		}
		if c, err := w.FindLogin(ctx, "C"); err != nil || c.ID != rest[0].ID {
			t.Errorf("got %+v, %v", c, err)
		}
		_, err = w.Find(ctx, "st_none")
		refused(t, err, fault.NotFound, "staff.people.gone")
	})
}

func TestTheDemoLetsInItsOwnPeopleAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		demo := staff.NewDemo(w.People)
		if err := demo.Add(ctx, "lead", "小何", staff.Lead); err != nil {
			t.Fatal(err)
		}
		lin := w.join("lin", staff.Support)
		people, err := demo.People(ctx)
		if err != nil || len(people) != 1 || people[0].Name != "小何" {
			t.Fatalf("got %+v, %v", people, err)
		}
		if err := demo.SignIn(ctx, people[0].ID, browser("a", "127.0.0.1")); err != nil || !w.mustHave("a").Verified {
			t.Error(err)
		}
		refused(t, demo.SignIn(ctx, lin.id, browser("b", "127.0.0.1")), fault.NotFound, "staff.people.gone")
	})
}

func TestWhoAddsIsInTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, _ := w.add("lin", staff.Support)
		var kind audit.ActorKind
		var by string
		err := w.d.QueryRow(t.Context(), `select actor_kind, actor_id from audit_entries where action = 'staff.add' and subject = $1`, id).Scan((*string)(&kind), &by)
		if err != nil || kind != audit.CLI || by != "test" {
			t.Errorf("got %s %s, %v", kind, by, err)
		}
	})
}
