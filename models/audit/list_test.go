package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func actions(all []audit.Read) (names []string) {
	for i := range all {
		names = append(names, all[i].Action)
	}
	return names
}

func TestEntriesAreFoundByWhoDidWhatToWhatAndWhen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (7, 'M7', '老街面馆', '周', '', '', '2025-01-01', '2025-01-01 00:00:00+00:00')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		by := func(kind audit.ActorKind, id string) audit.Actor { return audit.Actor{Kind: kind, ID: id} }
		record(t, d,
			audit.Entry{At: start, Actor: by(audit.User, "u_1"), MerchantID: 7, Action: "session.start", Subject: "s_1"},
			audit.Entry{At: start.Add(time.Hour), Actor: by(audit.Staff, "st_1"), MerchantID: 7, Action: "case.unmask", Subject: "c_1"},
			audit.Entry{At: start.Add(2 * time.Hour), Actor: by(audit.Staff, "st_2"), Action: "case.note", Subject: "c_1"},
			audit.Entry{At: start.AddDate(0, 0, 2), Actor: by(audit.System, "judge"), Action: "casework", Subject: "c_2"},
		)
		day := date.Of(start)
		for i, c := range []struct {
			q    audit.Query
			want []string
		}{
			{audit.Query{}, []string{"casework", "case.note", "case.unmask", "session.start"}},
			{audit.Query{Subject: "c_1"}, []string{"case.note", "case.unmask"}},
			{audit.Query{Actor: "st_1"}, []string{"case.unmask"}},
			{audit.Query{Merchant: "M7"}, []string{"case.unmask", "session.start"}},
			{audit.Query{Merchant: "M8"}, nil},
			{audit.Query{Action: "case.note"}, []string{"case.note"}},
			{audit.Query{Action: "case.*"}, []string{"case.note", "case.unmask"}},
			{audit.Query{From: day.AddDays(1)}, []string{"casework"}},
			{audit.Query{To: day}, []string{"case.note", "case.unmask", "session.start"}},
			{audit.Query{Subject: "c_1", Actor: "st_2", From: day, To: day}, []string{"case.note"}},
		} {
			all, err := audit.List(t.Context(), d, c.q, audit.Place{}, 10)
			if err != nil || !slices.Equal(actions(all), c.want) {
				t.Errorf("%d: got %v, %v; want %v", i, actions(all), err, c.want)
			}
		}
		seal(t, d, start.AddDate(0, 0, 1), 3)
		all, err := audit.List(t.Context(), d, audit.Query{Merchant: "M7"}, audit.Place{}, 1)
		if err != nil || len(all) != 1 || all[0].Seal != 1 || all[0].Merchant != "老街面馆" {
			t.Fatalf("got %+v, %v; want one of the first seal", all, err)
		}
		one, err := audit.Find(t.Context(), d, all[0].ID)
		if err != nil || one == nil || one.Action != "case.unmask" {
			t.Errorf("got %+v, %v; want the entry", one, err)
		}
	})
}

func TestALongListComesInPartsWithNothingTwiceOrLeftOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		same := make([]audit.Entry, 7)
		for i := range same {
			same[i] = entry(start, fmt.Sprintf("at_once.%d", i)) // of one moment
		}
		record(t, d, append(same, many(5)...)...)
		want, err := audit.List(t.Context(), d, audit.Query{}, audit.Place{}, 100)
		if err != nil || len(want) != 12 {
			t.Fatalf("got %d entries, %v; want 12", len(want), err)
		}
		var got []audit.Read
		for after := (audit.Place{}); ; after = got[len(got)-1].Place() {
			part, err := audit.List(t.Context(), d, audit.Query{}, after, 5)
			if err != nil {
				t.Fatal(err)
			}
			if len(part) == 0 {
				break
			}
			got = append(got, part...)
		}
		if !slices.Equal(actions(got), actions(want)) {
			t.Errorf("got %v, want %v", actions(got), actions(want))
		}
	})
}

func TestACheckThatWasAskedForIsKeptWithWhatItFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ask := func() (id string) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				id, err = audit.AskCheck(t.Context(), tx, start, audit.Actor{Kind: audit.Staff, ID: "st_1"}, "何审计", "r_1")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		heads := chained(t, d)
		id := ask()
		if again := ask(); id == "" || again != "" {
			t.Errorf("got %q and %q, want one check under way", id, again)
		}
		if last, err := lastCheck(t, d); err != nil || last != nil {
			t.Errorf("got %+v, %v; want no check made yet", last, err)
		}
		tamper(t, d, "delete from audit_entries")
		r := verify(t, d, heads...)
		err := d.Write(t.Context(), func(tx *db.Tx) error { return audit.KeepCheck(t.Context(), tx, settled, id, r, len(heads)) })
		if err != nil {
			t.Fatal(err)
		}
		last, err := lastCheck(t, d)
		if err != nil || last == nil || last.ID != id || last.Sound || last.AskedBy != "何审计" || last.Kept != 3 || last.Head != 3 || !slices.Equal(last.Findings, r.Findings) {
			t.Errorf("got %+v, %v; want %+v", last, err, r)
		}
	})
}

func lastCheck(t *testing.T, d *db.DB) (last *audit.Check, err error) {
	b := db.NewBatch()
	audit.AskLastCheck(b, &last)
	return last, d.Read(t.Context(), b)
}

func TestHeadsGoToAPlaceOnceAndInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		heads := chained(t, d)
		got, err := audit.Unanchored(t.Context(), d, "file")
		if err != nil || fmt.Sprint(got) != fmt.Sprint(heads) {
			t.Fatalf("got %v, %v; want %v", got, err, heads)
		}
		for _, up := range []audit.Head{heads[1], heads[0]} { // one that comes late changes nothing
			if err := audit.Anchored(t.Context(), d, settled, "file", up); err != nil {
				t.Fatal(err)
			}
		}
		if got, err = audit.Unanchored(t.Context(), d, "file"); err != nil || fmt.Sprint(got) != fmt.Sprint(heads[2:]) {
			t.Errorf("got %v, %v; want %v", got, err, heads[2:])
		}
		head, at, err := audit.ReadHead(t.Context(), d)
		if err != nil || head.String() != heads[2].String() || at.IsZero() {
			t.Errorf("got %s, %s, %v; want %s", head, at, err, heads[2])
		}
	})
}
