package guide

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// publish lets one write a version of a guide, and another publish it.
func publish(t *testing.T, d *db.DB, by, reviewer staff.Actor, e Edit) {
	t.Helper()
	revision := save(t, d, by, e)
	if err := errors.Join(Submit(t.Context(), d, morning, by, e.Slug, revision), Publish(t.Context(), d, morning, reviewer, e.Slug, revision+1)); err != nil {
		t.Fatal(err)
	}
}

func TestAGuideIsTakenDownByASecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, later := t.Context(), morning.Add(time.Hour)
		publish(t, d, chen, lin, Edit{Slug: "sim-fee", New: true, Content: sound()})
		c := NewCatalogue(d)
		if _, err := c.Refresh(ctx); err != nil || c.Guides().BySlug("sim-fee") == nil || c.Guides().TakenDown("sim-fee") {
			t.Fatalf("readers see %+v, %v; want the guide", c.Guides(), err)
		}
		for _, s := range []struct {
			name    string
			by      staff.Actor
			slug    string
			version int
			reason  string
			want    fault.Kind
		}{
			{"who may not review", support, "sim-fee", 1, "x", fault.Forbidden},
			{"the author", chen, "sim-fee", 1, "x", fault.Forbidden},
			{"another version than readers see", lin, "sim-fee", 2, "x", fault.Conflict},
			{"without a reason", lin, "sim-fee", 1, "", fault.Invalid},
			{"with a long one", lin, "sim-fee", 1, strings.Repeat("长", MaxComment+1), fault.Invalid},
			{"one that is not there", lin, "nothing", 1, "x", fault.NotFound},
			{"another", lin, "sim-fee", 1, "价格变了", ""},
			{"twice", lin, "sim-fee", 1, "x", fault.Conflict},
		} {
			if err := TakeDown(ctx, d, later, s.by, s.slug, s.version, s.reason); fault.KindOf(err) != s.want {
				t.Fatalf("%s: got %v, want the fault %q", s.name, err, s.want)
			}
		}
		if changed, err := c.Refresh(ctx); err != nil || !changed || c.Guides().BySlug("sim-fee") != nil || len(c.Guides().All) != 0 || !c.Guides().TakenDown("sim-fee") {
			t.Errorf("readers see %+v, %v; want nothing", c.Guides(), err)
		}
		detail, err := Get(ctx, d, "sim-fee")
		if err != nil || !detail.Down || detail.Published.Number != 1 || len(detail.Events) != 4 {
			t.Fatalf("staff see %+v, %v", detail, err)
		}
		if e := detail.Events[0]; e.Kind != TakenDown || e.Name != lin.Name || e.Comment != "价格变了" || !e.At.Equal(later) {
			t.Errorf("the latest is %+v", e)
		}
		if all, err := List(ctx, d); err != nil || len(all) != 1 || !all[0].Down {
			t.Errorf("the list has %+v, %v", all, err)
		}
		// A new version brings it back.
		publish(t, d, chen, lin, Edit{Slug: "sim-fee", Content: sound()})
		if _, err := c.Refresh(ctx); err != nil || c.Guides().BySlug("sim-fee") == nil || c.Guides().TakenDown("sim-fee") {
			t.Errorf("readers see %+v, %v; want the new version", c.Guides(), err)
		}
		if detail, err := Get(ctx, d, "sim-fee"); err != nil || detail.Down {
			t.Errorf("staff see %+v, %v", detail, err)
		}
		var audited int
		if err := d.QueryRow(ctx, `select count(*) from audit_entries where action = 'guide.taken_down' and subject = 'sim-fee'`).Scan(&audited); err != nil || audited != 1 {
			t.Errorf("got %d entries in the record, %v; want one", audited, err)
		}
	})
}

func TestOfManyWhoTakeAGuideDownOneDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d, chen, lin, Edit{Slug: "sim-fee", New: true, Content: sound()})
		faults := make([]error, 6)
		var all sync.WaitGroup
		for i := range faults {
			all.Go(func() {
				by := staff.Actor{ID: fmt.Sprintf("st_%d", i), Name: "x", Roles: []staff.Role{staff.Lead}}
				faults[i] = TakeDown(context.WithoutCancel(t.Context()), d, morning, by, "sim-fee", 1, "x")
			})
		}
		all.Wait()
		done := 0
		for _, err := range faults {
			if err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("got %v, want a conflict", err)
			}
		}
		if done != 1 {
			t.Errorf("%d took it down, want one", done)
		}
	})
}

func TestAShippedGuideThatWasTakenDownStaysDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		all := []Shipped{{"one", sound(), date.MustParse("2026-11-20")}}
		if _, err := ship(ctx, d, morning, all); err != nil {
			t.Fatal(err)
		}
		if err := TakeDown(ctx, d, morning, lin, "one", 1, "不合我们的做法"); err != nil {
			t.Fatal(err)
		}
		all[0].Content.En.Title = "In other words"
		if n, err := ship(ctx, d, morning, all); err != nil || n != 0 {
			t.Errorf("the next program shipped %d, %v; want none", n, err)
		}
	})
}

func TestWhyAGuideWasTakenDownCannotBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d, chen, lin, Edit{Slug: "sim-fee", New: true, Content: sound()})
		if err := TakeDown(t.Context(), d, morning, lin, "sim-fee", 1, "x"); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"update guide_withdrawals set reason = 'y'", "delete from guide_withdrawals"} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), s); return err })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v, want a refusal", s, err)
			}
		}
	})
}
