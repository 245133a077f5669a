package ingest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

func source(content string) Source {
	return Source{Name: "商户.csv", ReaderAt: strings.NewReader(content), Size: int64(len(content))}
}

func TestAFileFromTheDeskGoesTheWayOfAnyOtherAndIsOnRecord(t *testing.T) {
	by := staff.Actor{ID: "st_1", Name: "许运维", Roles: []staff.Role{staff.Operator}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var held heldJobs
		uploadID, err := Send(t.Context(), d, &held, morning, by, KindMerchants, source(someMerchants), 1<<20)
		if err != nil || len(held.args) != 1 || held.args[0] != (UploadArgs{ID: uploadID}) {
			t.Fatalf("got %v, jobs %v", err, held.args)
		}
		bad, err := Send(t.Context(), d, &held, morning, by, KindMerchants, source("merchant_ref,name,contact,phone,email,opened_on,closed_on\n,One,,,,2026-01-01,\n"), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{uploadID, bad} {
			if _, err := TakeUpload(t.Context(), d, clock.At(evening), id, inWords, true); err != nil {
				t.Fatal(err)
			}
		}
		u, err := ReadAnyUpload(t.Context(), d, bad)
		if err != nil || u.State != UploadRefused || u.File != "商户.csv" || len(u.Errors) != 1 {
			t.Fatalf("got %+v, %v", u, err)
		}
		var csv bytes.Buffer
		if err := u.WriteCSV(&csv, "en", inWords["en"]); err != nil || !strings.Contains(csv.String(), "商户.csv,2,merchant_ref,") || !strings.Contains(csv.String(), u.Errors[0].Text["en"]) {
			t.Errorf("the file of what is wrong is\n%s%v", csv.String(), err)
		}
		var noted int
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'import.send' and actor_id = 'st_1'`).Scan(&noted); err != nil || noted != 2 {
			t.Errorf("%d are on record, %v; want both", noted, err)
		}
		if _, err := ReadAnyUpload(t.Context(), d, "up_none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want none found", err)
		}
	})
}

func TestWhatCameIsListedOnceTheLatestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		taken, waiting := send(t, d, KindMerchants, someMerchants), ""
		if _, err := TakeUpload(t.Context(), d, clock.At(evening), taken, inWords, true); err != nil {
			t.Fatal(err)
		}
		waiting = send(t, d, KindTerminals, "x")
		all, err := ListArrivals(t.Context(), d, ArrivalPlace{}, 10)
		if err != nil || len(all) != 2 {
			t.Fatalf("got %+v, %v; want what was taken in and what waits", all, err)
		}
		if all[0].IsSent || all[0].State != UploadDone || all[0].Added != 2 || all[0].ByKind != audit.API || all[1].ID != waiting || !all[1].IsSent || all[1].State != UploadWaiting {
			t.Errorf("got %+v", all)
		}
		first, err := ListArrivals(t.Context(), d, ArrivalPlace{}, 1)
		if err != nil || len(first) != 1 {
			t.Fatal(first, err)
		}
		rest, err := ListArrivals(t.Context(), d, ArrivalPlace{At: first[0].At, ID: first[0].ID}, 10)
		if err != nil || len(rest) != 1 || rest[0].ID != waiting {
			t.Errorf("after the first come %+v, %v", rest, err)
		}
	})
}

func TestTheDeskIsToldWhatIsWrongWithAFileBeforeItIsSent(t *testing.T) {
	d := dbtest.SQLite(t)
	operator := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Operator}}
	for name, c := range map[string]struct {
		kind   Kind
		file   Source
		fields []string
	}{
		"nothing":        {"", Source{}, []string{"kind", "file"}},
		"an empty file":  {KindMerchants, source(""), []string{"file"}},
		"one too large":  {KindMerchants, source(strings.Repeat("x", 1025)), []string{"file"}},
		"prices":         {KindPlans, source("x"), []string{"kind"}},
		"a kind of none": {"x", source("x"), []string{"kind"}},
	} {
		_, err := Send(t.Context(), d, &heldJobs{}, morning, operator, c.kind, c.file, 1024)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok {
			t.Errorf("%s: got %v, want a fault", name, err)
			continue
		}
		var fields []string
		for _, one := range f.Fields {
			fields = append(fields, one.Name)
		}
		if !slices.Equal(fields, c.fields) {
			t.Errorf("%s: at fault are %v, want %v", name, fields, c.fields)
		}
	}
	if _, err := Send(t.Context(), d, &heldJobs{}, morning, staff.Actor{ID: "st_2", Roles: []staff.Role{staff.Support}}, KindMerchants, source("x"), 1024); !fault.Is(err, fault.Forbidden) {
		t.Errorf("support may send files: %v", err)
	}
}
