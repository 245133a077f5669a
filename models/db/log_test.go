package db_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// ticking is a clock that is a second further each time it is asked.
type ticking struct{ *clock.Set }

func (c ticking) Now() time.Time {
	c.Advance(time.Second)
	return c.Set.Now()
}

// eachURL runs a test with the address of a new database of either kind.
func eachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { test(t, dbtest.PostgresURL(t)) })
	}
}

func openWith(t *testing.T, url string, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestASlowReadIsLoggedWithoutItsValues(t *testing.T) {
	eachURL(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		d := openWith(t, url, db.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)), SlowQuery: 2 * time.Second, Clock: ticking{clock.At(time.Unix(0, 0))},
		})
		const phone = "+8613800006621"
		read := func(turns int) {
			t.Helper()
			b := db.NewBatch()
			b.Add("select id from users where phone = $1", []any{phone}, func(db.Rows) error { return nil })
			b.Add("select 2", nil, func(db.Rows) error {
				for range turns {
					d.Gorm(t.Context()).NowFunc() // the clock goes on
				}
				return nil
			})
			if err := d.Read(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		read(0)
		if log.Len() > 0 {
			t.Errorf("got log %q for a quick read, want nothing", &log)
		}
		read(2)
		for _, want := range []string{"level=WARN", "slow query", "took=3s", "statements=2", "from users where phone"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("got log %q, want %q in it", &log, want)
			}
		}
		log.Reset()
		err := d.Query(t.Context(), func(db.Rows) error { d.Gorm(t.Context()).NowFunc(); return nil }, "select id from users where phone = $1", phone)
		if err != nil || !strings.Contains(log.String(), "took=2s") {
			t.Errorf("got %v and log %q, want the slow query in it", err, &log)
		}
		if strings.Contains(log.String(), phone) {
			t.Errorf("got log %q, want no phone number in it", &log)
		}
	})
}

func TestAFailureInGORMIsLoggedWithoutItsValues(t *testing.T) {
	eachURL(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		d := openWith(t, url, db.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		type user struct {
			ID, Phone, Name string
			CreatedAt       time.Time
		}
		for _, id := range []string{"u_1", "u_2"} {
			_ = d.Write(t.Context(), func(tx *db.Tx) error {
				return tx.Gorm().Create(&user{ID: id, Phone: "+8613800006621", Name: "someone", CreatedAt: time.Unix(0, 0)}).Error
			})
		}
		if !strings.Contains(log.String(), "users") {
			t.Errorf("got log %q, want the statement that failed", &log)
		}
		for _, secret := range []string{"13800006621", "someone"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("got log %q, want no value in it", &log)
			}
		}
	})
}

func TestGORMTakesTheTimeFromTheClock(t *testing.T) {
	eachURL(t, func(t *testing.T, url string) {
		at := time.Date(2025, 5, 1, 2, 3, 4, 5000, time.UTC)
		d := openWith(t, url, db.Options{Logger: slog.New(slog.DiscardHandler), Clock: clock.At(at)})
		type user struct {
			ID, Phone, Name string
			CreatedAt       time.Time
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Gorm().Create(&user{ID: "u_1", Phone: "+1"}).Error })
		if err != nil {
			t.Fatal(err)
		}
		var got time.Time
		if err := d.QueryRow(t.Context(), "select created_at from users").Scan(&got); err != nil || !got.Equal(at) {
			t.Errorf("got %s, %v; want %s", got, err, at)
		}
	})
}

func TestTheJobQueuesConnectionsPassByThePooler(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	url := dbtest.PostgresURL(t)
	for direct, want := range map[string]string{"": "pooled", url + "&application_name=direct": "direct"} {
		d := openWith(t, url+"&application_name=pooled", db.Options{Logger: slog.New(slog.DiscardHandler), DirectURL: direct})
		own, done, err := d.ForJobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		var got string
		if err := own.SQL().QueryRowContext(t.Context(), "show application_name").Scan(&got); err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}

func TestAnEmptyBatchAsksNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, counter := db.Count(t.Context())
		if err := d.Read(ctx, db.NewBatch()); err != nil || counter.Statements() != 0 {
			t.Errorf("got %v after %d statements, want nothing asked", err, counter.Statements())
		}
	})
}
