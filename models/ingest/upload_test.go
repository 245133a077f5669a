package ingest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// heldJobs keeps the jobs that were inserted.
type heldJobs struct{ args []river.JobArgs }

func (h *heldJobs) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	h.args = append(h.args, args)
	return nil
}

var sender = audit.Actor{Kind: audit.API, ID: "k_1"}

// send keeps a file to be taken in.
func send(t *testing.T, d *db.DB, kind Kind, content string) string {
	t.Helper()
	var uploadID string
	var held heldJobs
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		uploadID, err = SendIn(t.Context(), tx, &held, morning, sender, kind, Source{Name: "a.csv", ReaderAt: strings.NewReader(content), Size: int64(len(content))})
		return err
	})
	if err != nil || len(held.args) != 1 || held.args[0] != (UploadArgs{ID: uploadID}) {
		t.Fatalf("got %v, jobs %v", err, held.args)
	}
	return uploadID
}

func upload(t *testing.T, d *db.DB, uploadID string) *Upload {
	t.Helper()
	u, err := ReadUpload(t.Context(), d, sender, uploadID)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// inWords is a language of keys.
var inWords = map[string]Translate{"en": func(key string, _ ...any) string { return "said " + key }}

const someMerchants = "merchant_ref,name,contact,phone,email,opened_on,closed_on\nU1,One,,,,2026-01-01,\nU2,Two,,,,2026-01-01,\n"

func TestAnUploadIsTakenInWholeAndItsPartsGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		uploadID := send(t, d, KindMerchants, someMerchants)
		if u := upload(t, d, uploadID); u.State != UploadWaiting || u.Bytes != int64(len(someMerchants)) {
			t.Errorf("before: got %+v", u)
		}
		if taken, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, false); err != nil || !taken {
			t.Fatalf("got %v, %v", taken, err)
		}
		u := upload(t, d, uploadID)
		if u.State != UploadDone || u.Taken != (intake.Taken{Rows: 2, Added: 2}) || u.ReadBytes != u.Bytes || !u.EndedAt.Equal(evening) {
			t.Errorf("after: got %+v", u)
		}
		var parts int
		if err := d.QueryRow(t.Context(), `select count(*) from upload_parts`).Scan(&parts); err != nil || parts != 0 {
			t.Errorf("got %d parts, %v", parts, err)
		}
		if taken, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, false); err != nil || taken {
			t.Errorf("again: got %v, %v", taken, err)
		}
	})
}

func TestAnUploadWithAWrongRowIsRefusedWithReasons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		uploadID := send(t, d, KindMerchants, strings.Replace(someMerchants, "U2,Two,,,,2026-01-01", "U2,,,,,2026-02-30", 1))
		if taken, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, false); err != nil || taken {
			t.Fatalf("got %v, %v", taken, err)
		}
		u := upload(t, d, uploadID)
		if u.State != UploadRefused || len(u.Errors) != 2 || u.Errors[0].Line != 3 || u.Errors[0].Column != "name" ||
			u.Errors[1].Value != "2026-02-30" || u.Errors[1].Code != "import.value.not_date" || u.Errors[1].Text["en"] != "said import.value.not_date" {
			t.Errorf("got %+v", u)
		}
		var merchants int
		if err := d.QueryRow(t.Context(), `select count(*) from merchants`).Scan(&merchants); err != nil || merchants != 0 {
			t.Errorf("got %d merchants, %v; want none", merchants, err)
		}
	})
}

func TestALargeUploadComesOutAsItWentIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var b bytes.Buffer
		b.WriteString("merchant_ref,name,contact,phone,email,opened_on,closed_on\n")
		const rows = 20_000
		for i := range rows {
			b.WriteString("U")
			b.WriteString(strings.Repeat("0", 60))
			b.WriteString(string(rune('a' + i%26)))
			b.WriteString(string(rune('a' + i/26%26)))
			b.WriteString(string(rune('a' + i/676%26)))
			b.WriteString(string(rune('a' + i/17576)))
			b.WriteString(",Name,,,,2026-01-01,\n")
		}
		uploadID := send(t, d, KindMerchants, b.String())
		if _, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, false); err != nil {
			t.Fatal(err)
		}
		if u := upload(t, d, uploadID); u.State != UploadDone || u.Added != rows {
			t.Errorf("got %s, %d added", u.State, u.Added)
		}
	})
}

func TestAnUploadThatFailsForTheLastTimeSaysSo(t *testing.T) {
	d := dbtest.SQLite(t)
	uploadID := send(t, d, KindMerchants, someMerchants)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `drop table imports`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, false); err == nil {
		t.Fatal("it was taken in")
	}
	if u := upload(t, d, uploadID); u.State != UploadWorking {
		t.Errorf("before the last time: got %s", u.State)
	}
	if _, err := TakeUpload(t.Context(), d, clock.At(evening), uploadID, inWords, true); err == nil {
		t.Fatal("it was taken in")
	}
	if u := upload(t, d, uploadID); u.State != UploadFailed {
		t.Errorf("after the last time: got %s", u.State)
	}
}

func TestAnUploadIsShownToItsSenderAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		uploadID := send(t, d, KindMerchants, someMerchants)
		for _, other := range []audit.Actor{{Kind: audit.API, ID: "k_2"}, {Kind: audit.Staff, ID: "k_1"}} {
			if _, err := ReadUpload(t.Context(), d, other, uploadID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%v: got %v", other, err)
			}
		}
		if n, err := ForgetUploads(t.Context(), d, morning.Add(uploadsLast-time.Second)); err != nil || n != 0 {
			t.Errorf("forgot %d, %v before its time", n, err)
		}
		if n, err := ForgetUploads(t.Context(), d, morning.Add(uploadsLast)); err != nil || n != 1 {
			t.Errorf("forgot %d, %v", n, err)
		}
	})
}
