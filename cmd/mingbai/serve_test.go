package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestTheStartSaysThatTheSecretIsAnother(t *testing.T) {
	d := dbtest.SQLite(t)
	people, err := newPeople(config{URL: overTLS, Secret: strings.Repeat("s", 32)}, d, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	a := &app{desk: desk{people: people}}
	said := func() string {
		t.Helper()
		var log bytes.Buffer
		if err := a.warnOfSecret(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	if got := said(); got != "" {
		t.Errorf("with nothing sealed the log says %q", got)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), "insert into staff (id, login, name, password_hash, created_at) values ('st_1', 'lin', '林', '', $1)", clock.System{}.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "insert into staff_totps (id, staff_id, name, secret, last_step, added_at) values ('tf_1', 'st_1', 'phone', $1, 0, $2)",
			[]byte("sealed with another secret"), clock.System{}.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said(), "mingbai staff reset"; !strings.Contains(got, want) || !strings.Contains(got, "apps=1") {
		t.Errorf("the log says %q, want %q in it", got, want)
	}
}
