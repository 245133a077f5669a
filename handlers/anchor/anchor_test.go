package anchor_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/web/sms"
)

var (
	start  = time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	secret = []byte(strings.Repeat("k", 32))
)

// seal adds an entry at each hour given and seals it.
func seal(t *testing.T, d *db.DB, hours ...int) {
	t.Helper()
	for _, h := range hours {
		at := start.Add(time.Duration(h) * time.Hour)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return audit.Write(t.Context(), tx, audit.Entry{At: at, Actor: audit.Actor{Kind: audit.System, ID: "test"}, Action: "test.step", Subject: "x"})
		})
		if err == nil {
			_, _, err = audit.Seal(t.Context(), d, at.Add(30*time.Minute))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// rewrite makes another chain of the first entries, as somebody could who owns
// the database.
func rewrite(t *testing.T, d *db.DB, upTo int) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, statement := range []string{
			"drop trigger audit_entries_refuse_update", "drop trigger audit_entries_refuse_delete", "drop trigger audit_seals_refuse_delete",
			"delete from audit_seals", "update audit_entries set action = 'test.other' where id = (select min(id) from audit_entries)",
		} {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), "delete from audit_entries where id not in (select id from audit_entries order by id limit $1)", upTo)
		return err
	})
	if err == nil {
		_, _, err = audit.Seal(t.Context(), d, start.AddDate(0, 1, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T) anchor.Store {
	t.Helper()
	f, err := file.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return anchor.Store{Files: f, Where: "test"}
}

func TestARewrittenRecordIsFoundOutByEveryPlace(t *testing.T) {
	for name, place := range map[string]func(t *testing.T) anchor.Place{
		"file": func(t *testing.T) anchor.Place {
			return anchor.File{Path: filepath.Join(t.TempDir(), "heads", "heads.txt")}
		},
		"store": func(t *testing.T) anchor.Place { return folder(t) },
	} {
		for what, upTo := range map[string]int{"rewritten": 5, "cut off": 2} {
			t.Run(name+" "+what, func(t *testing.T) {
				d, places := dbtest.SQLite(t), []anchor.Place{place(t)}
				for _, hours := range [][]int{{}, {1, 2}, {3, 4, 5}, {}} {
					seal(t, d, hours...)
					if err := anchor.KeepAll(t.Context(), d, start, places); err != nil {
						t.Fatal(err)
					}
				}
				r, kept, err := anchor.Verify(t.Context(), d, places)
				if err != nil || !r.Sound() || kept != 5 {
					t.Fatalf("before: got %+v with %d heads, %v; want a sound chain and 5 heads", r, kept, err)
				}
				rewrite(t, d, upTo)
				r, _, err = anchor.Verify(t.Context(), d, places)
				if err != nil || !slices.Contains(r.Findings, audit.Finding{Seq: 1, Flaw: audit.Cut}) {
					t.Errorf("got %+v, %v; want it found out at the first seal", r, err)
				}
			})
		}
	}
}

func TestAStoreTakesNoOtherHeadForASeal(t *testing.T) {
	d, place := dbtest.SQLite(t), folder(t)
	seal(t, d, 1, 2)
	if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{place}); err != nil {
		t.Fatal(err)
	}
	err := place.Keep(t.Context(), []audit.Head{{Seq: 2, Hash: make([]byte, 32)}})
	if !errors.Is(err, anchor.ErrDiffers) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestALineThatAPowerCutBrokeOffIsLeftOut(t *testing.T) {
	name := filepath.Join(t.TempDir(), "heads.txt")
	whole := audit.Head{Seq: 7, Hash: make([]byte, 32)}
	if err := os.WriteFile(name, []byte(whole.String()+"\n8:00ff"), 0o600); err != nil {
		t.Fatal(err)
	}
	if heads, err := anchor.ReadFile(name); err != nil || len(heads) != 1 || heads[0].String() != whole.String() {
		t.Errorf("got %v, %v; want the one head", heads, err)
	}
	for _, bad := range []string{"no head\n", "8:00ff\n" + whole.String() + "\n"} {
		if err := os.WriteFile(name, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if heads, err := anchor.ReadFile(name); err == nil {
			t.Errorf("%q: got %v, want an error", bad, heads)
		}
	}
}

func TestHeadsArePostedSignedUntilTheyAreTaken(t *testing.T) {
	d := dbtest.SQLite(t)
	seal(t, d, 1, 2)
	status, taken := http.StatusServiceUnavailable, 0
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if want := sms.Sign(secret, r.Header.Get(sms.HeaderTimestamp), r.Header.Get(sms.HeaderNonce), body); r.Header.Get(sms.HeaderSignature) != want {
			t.Errorf("the signature is %q, want %q", r.Header.Get(sms.HeaderSignature), want)
		}
		var content struct {
			Heads []struct {
				Seal int64  `json:"seal"`
				Hash string `json:"sha256"`
			} `json:"heads"`
		}
		if err := json.Unmarshal(body, &content); err != nil || len(content.Heads) != 2 || content.Heads[1].Seal != 2 || len(content.Heads[1].Hash) != 64 {
			t.Errorf("got %s, %v; want two heads", body, err)
		}
		taken++
		w.WriteHeader(status)
	}))
	defer there.Close()
	post, err := anchor.NewPost(there.URL, secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{post}); err == nil {
		t.Error("an answer of 503 is no error")
	}
	status = http.StatusNoContent
	for range 2 {
		if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{post}); err != nil {
			t.Fatal(err)
		}
	}
	if taken != 2 {
		t.Errorf("they were posted %d times, want twice", taken)
	}
}

// broken is a place that takes nothing.
type broken struct{}

func (broken) Name() string                             { return "broken" }
func (broken) Keep(context.Context, []audit.Head) error { return errors.New("no") }

func TestAPlaceThatRefusesKeepsNoOtherBack(t *testing.T) {
	d, kept := dbtest.SQLite(t), anchor.File{Path: filepath.Join(t.TempDir(), "heads.txt")}
	seal(t, d, 1)
	if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{broken{}, kept}); err == nil {
		t.Error("got no error")
	}
	if heads, err := kept.Heads(t.Context(), 0); err != nil || len(heads) != 1 {
		t.Errorf("got %v, %v; want the head", heads, err)
	}
}

func TestHeadsThatWereTakenAwayAreMissed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		here, elsewhere := anchor.File{Path: filepath.Join(t.TempDir(), "heads.txt")}, anchor.File{Path: filepath.Join(t.TempDir(), "heads.txt")}
		for _, hours := range [][]int{{1}, {2}} {
			seal(t, d, hours...)
			if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{here}); err != nil {
				t.Fatal(err)
			}
		}
		verify := func(p anchor.Place) (kept int, err error) {
			_, kept, err = anchor.Verify(t.Context(), d, []anchor.Place{p})
			return kept, err
		}
		if kept, err := verify(here); err != nil || kept != 2 {
			t.Fatalf("got %d heads, %v", kept, err)
		}
		// Another folder is another place, and gets all of them.
		if err := anchor.KeepAll(t.Context(), d, start, []anchor.Place{elsewhere}); err != nil {
			t.Fatal(err)
		}
		if kept, err := verify(elsewhere); err != nil || kept != 2 {
			t.Errorf("in another folder: got %d heads, %v", kept, err)
		}
		all, err := os.ReadFile(here.Path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(all), "\n")
		if err := os.WriteFile(here.Path, []byte(first+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := verify(here); !errors.Is(err, anchor.ErrLost) {
			t.Errorf("with the last head gone: got %v", err)
		}
		if err := os.Remove(here.Path); err != nil {
			t.Fatal(err)
		}
		if _, err := verify(here); !errors.Is(err, anchor.ErrLost) {
			t.Errorf("with the file gone: got %v", err)
		}
	})
}
