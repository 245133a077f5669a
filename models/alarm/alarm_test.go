package alarm_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

var (
	now  = date.MustParse("2026-11-22").At(10, 0).UTC()
	chen = alarm.By{Actor: audit.Actor{Kind: audit.Staff, ID: "st_1"}, Name: "陈主管", RequestID: "r1"}
)

func raise(t *testing.T, d *db.DB, all ...alarm.Alarm) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error { return alarm.RaiseAll(t.Context(), tx, all) })
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, d *db.DB, answered bool, kind alarm.Kind, before string) ([]alarm.Raised, bool) {
	t.Helper()
	all, more, err := alarm.List(t.Context(), d, answered, kind, before)
	if err != nil {
		t.Fatal(err)
	}
	return all, more
}

func TestWhatIsRaisedTwiceStandsOnceAsItWasAtFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := alarm.Alarm{Kind: alarm.Spike, Subject: "A1/7/2026-11-22", Ref: "d_1", At: now, Facts: alarm.Facts{
			Name: "A1", Plan: "sim-36", Item: "sim_data", On: date.MustParse("2026-11-22"), Count: 41, Most: 40, Amount: 3600, Expected: 1,
		}}
		again := first
		again.Ref, again.Facts.Count = "d_2", 42
		raise(t, d, first, again)
		raise(t, d, again)
		raise(t, d)
		all, more := list(t, d, false, "", "")
		if len(all) != 1 || more || all[0].Alarm != first {
			t.Fatalf("got %+v and more: %t, want only %+v", all, more, first)
		}
	})
}

func TestAnAlarmIsAnsweredOnceWithARemark(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		raise(t, d, alarm.Alarm{Kind: alarm.Ungated, Subject: "d_1", Ref: "d_1", At: now}, alarm.Alarm{Kind: alarm.WebhookDead, Subject: "we_1", Ref: "we_1", At: now})
		all, _ := list(t, d, false, alarm.Ungated, "")
		if len(all) != 1 {
			t.Fatalf("got %d alarms of the kind, want 1", len(all))
		}
		answer := func(id, remark string) error {
			return alarm.Answer(t.Context(), d, now.Add(time.Hour), chen, id, remark)
		}
		for _, c := range []struct {
			id, remark string
			want       fault.Kind
		}{
			{"al_none", "x", fault.NotFound}, {all[0].ID, "  ", fault.Invalid}, {all[0].ID, string(make([]byte, 501)), fault.Invalid},
		} {
			if err := answer(c.id, c.remark); !fault.Is(err, c.want) {
				t.Errorf("answering %s with %d letters: got %v, want %v", c.id, len(c.remark), err, c.want)
			}
		}
		if err := answer(all[0].ID, " 核心系统补扣，已退 "); err != nil {
			t.Fatal(err)
		}
		if err := answer(all[0].ID, "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("answering twice: got %v, want a conflict", err)
		}
		answered, _ := list(t, d, true, "", "")
		if len(answered) != 1 || answered[0].AnsweredBy != "陈主管" || answered[0].Remark != "核心系统补扣，已退" || !answered[0].AnsweredAt.Equal(now.Add(time.Hour)) {
			t.Errorf("got %+v", answered)
		}
		var open, recorded int
		b := db.NewBatch()
		alarm.CountOpen(b, &open)
		b.Add("select count(*) from audit_entries where action = 'alarm.answer' and actor_id = 'st_1'", nil, func(rows db.Rows) error { return db.First(rows, &recorded) })
		if err := d.Read(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if open != 1 || recorded != 1 {
			t.Errorf("%d wait and %d are in the record, want 1 and 1", open, recorded)
		}
	})
}

func TestEveryAlarmIsListedOncePageAfterPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 2*alarm.Shown + 3
		for i := range n {
			raise(t, d, alarm.Alarm{Kind: alarm.Ungated, Subject: strconv.Itoa(i), Ref: strconv.Itoa(i), At: now.Add(time.Duration(i) * time.Millisecond)})
		}
		var seen []string
		for before, pages := "", 0; ; pages++ {
			all, more := list(t, d, false, "", before)
			for _, a := range all {
				seen = append(seen, a.Subject)
			}
			if !more || pages > n {
				break
			}
			before = all[len(all)-1].ID
		}
		if len(seen) != n || seen[0] != strconv.Itoa(n-1) || seen[n-1] != "0" {
			t.Errorf("got %d from %q to %q", len(seen), seen[0], seen[len(seen)-1])
		}
		slices.Sort(seen)
		if all := slices.Compact(seen); len(all) != n {
			t.Errorf("got %d different ones, want %d", len(all), n)
		}
	})
}
