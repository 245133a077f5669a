package export

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
)

var (
	monday = date.MustParse("2026-11-23").At(10, 0).UTC()
	today  = date.MustParse("2026-11-22").At(23, 0).UTC()
)

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, d *db.DB, statement string, args ...any) {
	t.Helper()
	must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement, args...); return err }))
}

// world is a database with merchants and the use cases on it.
type world struct {
	*Exports
	t     testing.TB
	clock *clock.Set
	store *file.Folder
	zhou  account.Who // owner of M1001
	other account.Who // owner of M1002
}

// newWorld takes in the sample of a year, if that is wanted.
func newWorld(t testing.TB, d *db.DB, sample bool) *world {
	t.Helper()
	store, err := file.OpenFolder(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	w := &world{t: t, clock: clock.At(today), store: store}
	if sample {
		must(t, ingesttest.TakeSample(t.Context(), d, w.clock.Now()))
	} else {
		for i := 1; i <= 2; i++ {
			exec(t, d, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values ($1, $2, '老街面馆', '周老板', '13800006621', '', '2024-01-01', $3)`,
				i, fmt.Sprintf("M100%d", i), today)
		}
	}
	w.clock.MoveTo(monday)
	w.Exports = New(Options{DB: d, Clock: w.clock, Files: store, Jobs: noJobs{}})
	w.zhou, w.other = w.owner("M1001", "u_zhou", "+8613911110001"), w.owner("M1002", "u_li", "+8613911110002")
	return w
}

// owner makes somebody an owner of a merchant, who has just signed in.
func (w *world) owner(ref, userID, phone string) account.Who {
	w.t.Helper()
	who := account.Who{UserID: userID, SessionID: "ss_" + userID, Visit: account.Visit{Address: "192.0.2.7", RequestID: "r_1", Locale: "zh-CN"}}
	must(w.t, w.d.QueryRow(w.t.Context(), `select id from merchants where ref = $1`, ref).Scan(&who.MerchantID))
	exec(w.t, w.d, `insert into users (id, phone, name, created_at) values ($1, $2, $3, $4)`, userID, phone, "老板"+userID, today)
	exec(w.t, w.d, `insert into memberships (user_id, merchant_id, role, created_at) values ($1, $2, 'owner', $3)`, userID, who.MerchantID, today)
	exec(w.t, w.d, `insert into sessions (id, token_hash, user_id, merchant_id, created_at, last_seen_at, expires_at, device, address) values ($1, $2, $3, $4, $5, $5, $6, '', '')`,
		who.SessionID, []byte(userID), userID, who.MerchantID, w.clock.Now(), w.clock.Now().AddDate(0, 1, 0))
	return who
}

// plain are words that a test can compare.
func plain(string) Words {
	return Words{
		Readme:  func(of Merchant, at time.Time) []byte { return []byte("about " + of.Ref) },
		Heading: func(c *Column) string { return c.Name },
		Line:    func(l *deduction.ListedLine) (check, explanation string) { return "check", "because" },
	}
}

// made asks for an export, makes it and returns it.
func (w *world) made(who account.Who) (exportID string, archive []byte) {
	w.t.Helper()
	exportID, err := w.Ask(w.t.Context(), who)
	must(w.t, err)
	if made, err := w.MakeNext(w.t.Context(), plain); err != nil || !made {
		w.t.Fatalf("made: %v, %v", made, err)
	}
	return exportID, w.fetched(who, exportID)
}

func (w *world) fetched(who account.Who, exportID string) []byte {
	w.t.Helper()
	f, err := w.Fetch(w.t.Context(), who, exportID)
	must(w.t, err)
	var b bytes.Buffer
	must(w.t, f.Write(w.t.Context(), &b))
	if int64(b.Len()) != f.Bytes {
		w.t.Fatalf("got %d bytes, it was said to have %d", b.Len(), f.Bytes)
	}
	return b.Bytes()
}

// unpacked reads an export's files, by name.
func unpacked(t testing.TB, archive []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	must(t, err)
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		files[f.Name], err = io.ReadAll(r)
		must(t, err)
	}
	return files
}

// latest is the merchant's latest export.
func (w *world) latest(who account.Who) Export {
	w.t.Helper()
	var all []Export
	b := db.NewBatch()
	AddLatest(b, who.MerchantID, &all)
	must(w.t, w.d.Read(w.t.Context(), b))
	if len(all) == 0 {
		w.t.Fatal("there is no export")
	}
	return all[0]
}
