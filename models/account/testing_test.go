package account

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// world is a database with a few merchants, and the use cases on it.
type world struct {
	*Accounts
	t      *testing.T
	clock  *clock.Set
	jobs   *jobs
	asked  map[string][]string // number → the codes asked for
	left   []Left
	erased []string
}

// jobs counts what is inserted, in place of the queue.
type jobs struct{ n int }

func (j *jobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error {
	j.n++
	return nil
}

// monday is when every test begins.
var monday = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

var (
	zhou = "+8613800006621" // owner of merchants 1 and 2
	li   = "+8613900001188" // owner of merchant 3
)

// each runs the test on both databases, with three merchants and their owners.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t: t, clock: clock.At(monday), jobs: &jobs{}, asked: map[string][]string{}}
		a, err := New(Options{DB: d, Clock: w.clock, Jobs: w.jobs, Words: words, Secret: []byte(strings.Repeat("s", 32)), Leaving: w.noteLeft, Erasing: w.noteErased})
		if err != nil {
			t.Fatal(err)
		}
		w.Accounts = a
		w.merchant(1, "老街面馆", "周老板", "138 0000 6621")
		w.merchant(2, "新街茶馆", "周老板", "+86 138-0000-6621")
		w.merchant(3, "顺意便利店", "李老板", "１３９００００１１８８")
		w.ensureOwners(3)
		test(t, w)
	})
}

// words writes a message so that a test can read what went into it.
func words(locale, key string, args ...any) string {
	return strings.TrimSpace(fmt.Sprintln(append([]any{locale, key}, args...)...))
}

// noteLeft notes of which merchants somebody left, in place of what follows.
func (w *world) noteLeft(_ context.Context, _ *db.Tx, l Left) error {
	w.left = append(w.left, l)
	return nil
}

// noteErased notes whose account was erased, in place of what follows.
func (w *world) noteErased(_ context.Context, _ *db.Tx, userID string) error {
	w.erased = append(w.erased, userID)
	return nil
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) merchant(id int64, name, contact, phone string) {
	w.t.Helper()
	w.exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values ($1, $2, $3, $4, $5, '', '2024-01-01', $6)`,
		id, fmt.Sprintf("M%d", id), name, contact, phone, monday)
}

func (w *world) ensureOwners(want int64) {
	w.t.Helper()
	err := w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		got, err := EnsureOwners(w.t.Context(), tx, byUser("importer"), w.clock.Now())
		if err == nil && got != want {
			w.t.Errorf("%d owners were added, want %d", got, want)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// count returns what a query that counts finds.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.d.QueryRow(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) userID(phone string) string {
	w.t.Helper()
	u, known, err := userByPhone(w.t.Context(), w.d, phone)
	if err != nil || !known {
		w.t.Fatalf("no user has %s: %v", phone, err)
	}
	return u.id
}

// sent returns the messages to a number, the newest first.
func (w *world) sent(phone string) []outbox.Entry {
	w.t.Helper()
	all, err := outbox.To(w.t.Context(), w.d, phone, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// codeOf returns the code of a message that words wrote.
func codeOf(e outbox.Entry) string {
	_, code, _ := strings.Cut(e.Text, "code ")
	return strings.TrimSpace(code[strings.LastIndex(code, " ")+1:])
}

// send has a code sent to a number and returns it.
func (w *world) send(phone string) string {
	w.t.Helper()
	return w.sendFrom(phone, Visit{Address: "192.0.2.7", Locale: "zh-CN"})
}

// sendFrom has a code sent to a number, asked for by a browser, and returns it.
func (w *world) sendFrom(phone string, v Visit) string {
	w.t.Helper()
	if err := w.ask(phone, v); err != nil {
		w.t.Fatal(err)
	}
	all := w.sent(phone)
	if len(all) == 0 {
		w.t.Fatalf("no message went to %s", phone)
	}
	return codeOf(all[0])
}

// ask has a code sent to a number, and remembers it for the browser of enter.
func (w *world) ask(phone string, v Visit) error {
	e164, name, err := w.SendCode(w.t.Context(), phone, v)
	if err == nil {
		w.asked[e164] = KeepCode(w.asked[e164], name)
	}
	return err
}

// askOwn has a code sent to the number that somebody wants to have, and remembers
// it as ask does.
func (w *world) askOwn(who Who, phone string) error {
	e164, name, err := w.SendNumberCode(w.t.Context(), who, phone)
	if err == nil {
		w.asked[e164] = KeepCode(w.asked[e164], name)
	}
	return err
}

// enter types a code into a browser that remembers all codes that were asked for.
func (w *world) enter(phone, code string, b Browser) (SignedIn, error) {
	return w.SignInWithCode(w.t.Context(), phone, w.asked[phone], code, b)
}

// browser is a browser whose session's token and device are named.
func browser(token, device string) Browser {
	hash, of := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(device))
	return Browser{
		Visit: Visit{Address: "192.0.2.7", DeviceHash: of[:], Locale: "zh-CN"}, TokenHash: hash[:], Device: Device{"iphone", "wechat"},
	}
}

// signIn signs in the user of a number under a token, on a device of theirs.
func (w *world) signIn(phone, token string) SignedIn {
	w.t.Helper()
	return w.start(phone, browser(token, "device of "+phone))
}

func (w *world) start(phone string, b Browser) SignedIn {
	w.t.Helper()
	s, err := w.StartSession(w.t.Context(), w.userID(phone), "test", b)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// session returns the live session of a token.
func (w *world) session(token string) (Session, bool) {
	w.t.Helper()
	hash := sha256.Sum256([]byte(token))
	s, ok, err := w.FindSession(w.t.Context(), hash[:])
	if err != nil {
		w.t.Fatal(err)
	}
	return s, ok
}

// refused fails the test unless the error is a fault of the kind that says the
// key, of the whole or of a field.
func refused(t *testing.T, err error, kind fault.Kind, key string) []any {
	t.Helper()
	f, ok := err.(*fault.Error)
	if !ok || f.Kind != kind {
		t.Fatalf("got %v, want a fault %s %s", err, kind, key)
	}
	if f.Key == key {
		return f.Args
	}
	for _, field := range f.Fields {
		if field.Key == key {
			return field.Args
		}
	}
	t.Fatalf("got %+v, want %s", f, key)
	return nil
}
