package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// inAuditCommand runs a part of mingbai audit on a database, and returns what it
// said and the status it ended with.
func inAuditCommand(t *testing.T, url string, args ...string) (string, int) {
	t.Helper()
	t.Setenv("MINGBAI_DATABASE", url)
	var said bytes.Buffer
	c := auditCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetOut(&said)
	c.SetErr(&said)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	if err == nil {
		return said.String(), 0
	}
	e, ok := errors.AsType[exit](err)
	if !ok {
		t.Fatalf("%v: got %v, want an exit", args, err)
	}
	return said.String() + e.Error(), e.status
}

func TestTheRecordIsVerifiedFromTheCommandLine(t *testing.T) {
	url, heads := dbtest.SQLiteURL(t), filepath.Join(t.TempDir(), "heads.txt")
	t.Setenv("MINGBAI_AUDIT_HEAD_FILE", heads)
	want := func(status int, says string, args ...string) {
		t.Helper()
		if said, got := inAuditCommand(t, url, args...); got != status || !strings.Contains(said, says) {
			t.Errorf("%v: says %q and ends with %d, want %q and %d", args, said, got, says, status)
		}
	}
	want(0, "sound: 0 entries", "verify")
	want(2, "nothing is sealed yet", "head")

	d, err := db.Open(t.Context(), url, db.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	now := time.Now().UTC()
	for i := range 3 {
		at := now.Add(time.Duration(i-5) * time.Hour)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return audit.Write(t.Context(), tx, audit.Entry{At: at, Actor: audit.Actor{Kind: audit.System, ID: "test"}, Action: "test.step"})
		})
		if err == nil {
			_, _, err = audit.Seal(t.Context(), d, at.Add(time.Hour))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := anchor.KeepAll(t.Context(), d, now, []anchor.Place{anchor.File{Path: heads}}); err != nil {
		t.Fatal(err)
	}
	want(0, "sound: 3 entries in 3 seals, compared with 3 heads", "verify")
	said, _ := inAuditCommand(t, url, "head")
	if !strings.HasPrefix(said, "3:") {
		t.Fatalf("the head is %q", said)
	}
	safe := filepath.Join(t.TempDir(), "safe.txt")
	if err := os.WriteFile(safe, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	want(0, "compared with 1 heads", "verify", "--head", safe)
	want(2, "there is no file", "verify", "--head", safe+"x")

	err = d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range []string{
			"drop trigger audit_entries_refuse_update", "drop trigger audit_seals_refuse_delete",
			"update audit_entries set action = 'test.other' where id = (select min(id) from audit_entries)", "delete from audit_seals where seq = 3",
		} {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(1, "seal 1: changed\nseal 3: cut\n", "verify")
	want(1, "seal 1: changed\nseal 3: cut\n", "verify", "--head", safe)

	if err := os.WriteFile(heads, []byte("something else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(2, "not the head of a chain", "verify")
	t.Setenv("MINGBAI_AUDIT_HEAD_URL", "ftp://x")
	want(2, "AUDIT_HEAD_URL", "verify")
}
