package evidence_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/staff"
)

func TestAPackOfEachKindIsWholeAndOnRecord(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	by := staff.Actor{ID: "st_1", Name: "何审计", Roles: []staff.Role{staff.Auditor}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `
				insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (7, 'M7', '老街面馆', '周', '', '', '2025-01-01', $1)`, now)
			if err != nil {
				return err
			}
			return audit.Write(t.Context(), tx, audit.Entry{At: now, Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, MerchantID: 7, Action: "session.start", Subject: "s_1"})
		})
		if err != nil {
			t.Fatal(err)
		}
		store, err := file.OpenFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		found, err := evidence.Find(t.Context(), d, by, evidence.Wanted{
			Kind: evidence.OfMerchant, Subject: " M7 ", From: date.MustParse("2026-01-01"), To: date.MustParse("2026-12-31"), Reason: "来函",
		})
		if err != nil || found.MerchantID != 7 {
			t.Fatalf("found %+v, %v", found, err)
		}
		about := evidence.Matter{MerchantID: 7, MerchantRef: "M7", CaseID: "c_1", LineID: "d_1"}
		ofCase, ofLine := about, about
		ofCase.Wanted = evidence.Wanted{Kind: evidence.OfCase, Subject: "C2026-1", Reason: "x"}
		ofLine.Wanted, ofLine.CaseID = evidence.Wanted{Kind: evidence.OfDeduction, Subject: "d_1", Reason: "x"}, ""
		for _, m := range []*evidence.Matter{found, &ofCase, &ofLine} {
			var pack bytes.Buffer
			e, err := evidence.ExportMatter(t.Context(), d, store, now, by, m, []evidence.File{evidence.Text("about.txt", []byte("x"))}, &pack)
			if err != nil {
				t.Fatalf("%s: %v", m.Kind, err)
			}
			manifest, hash, wrong, err := evidence.Check(bytes.NewReader(pack.Bytes()), int64(pack.Len()))
			if err != nil || len(wrong) > 0 || hash != e.ManifestHash || manifest.About.Subject != m.Subject {
				t.Errorf("%s: got %+v, %s, %v, %v; want a whole pack with the manifest %s", m.Kind, manifest.About, hash, wrong, err, e.ManifestHash)
			}
		}
		taken, err := evidence.Taken(t.Context(), d)
		if err != nil || len(taken) != 3 || taken[0].By != by.Name {
			t.Errorf("taken were %+v, %v", taken, err)
		}
		var noted int
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'evidence.export' and actor_id = 'st_1'`).Scan(&noted); err != nil || noted != 3 {
			t.Errorf("%d are on record, %v; want 3", noted, err)
		}
	})
}

func TestAPackIsNotMadeOfNothingOrForNoReason(t *testing.T) {
	d := dbtest.SQLite(t)
	by := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Lead}}
	for name, w := range map[string]evidence.Wanted{
		"kind": {Subject: "x", Reason: "x"}, "subject": {Kind: evidence.OfCase, Reason: "x", Subject: "none"}, "reason": {Kind: evidence.OfDeduction, Reason: strings.Repeat("x", 501)},
		"from": {Kind: evidence.OfMerchant, Subject: "x", To: date.MustParse("2026-01-01"), Reason: "x"},
	} {
		_, err := evidence.Find(t.Context(), d, by, w)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || !slices.ContainsFunc(f.Fields, func(one fault.Field) bool { return one.Name == name }) {
			t.Errorf("%s: got %v, want a fault of the field", name, err)
		}
	}
	by.Roles = []staff.Role{staff.Support}
	if _, err := evidence.Find(t.Context(), d, by, evidence.Wanted{Kind: evidence.OfCase, Subject: "x", Reason: "x"}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("support may take packs: %v", err)
	}
}
