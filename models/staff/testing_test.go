package staff_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
)

// origin is where the tests' staff reach the portal.
const origin = "https://mingbai.example.com"

// long is a password as staff choose them.
const long = "correct horse battery"

// cli adds staff in the tests.
var cli = staff.AtCommandLine(audit.Actor{Kind: audit.CLI, ID: "test"})

// world is a database and the use cases on it.
type world struct {
	*staff.People
	t     *testing.T
	d     *db.DB
	clock *clock.Set
}

// monday is when every test begins.
var monday = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t: t, d: d, clock: clock.At(monday)}
		var err error
		w.People, err = staff.New(staff.Options{DB: d, Clock: w.clock, Secret: []byte(strings.Repeat("s", 32)), URL: origin, Name: "Mingbai"})
		if err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// browser is one that holds a token, from an address, and is known by it.
func browser(token, address string) staff.Browser {
	hash, device := sha256.Sum256([]byte(token)), sha256.Sum256([]byte("device of "+token))
	return staff.Browser{Address: address, RequestID: "req_1", TokenHash: hash[:], DeviceHash: device[:], Device: "windows/edge"}
}

func (w *world) session(token string) (staff.Session, bool) {
	w.t.Helper()
	s, ok, err := w.FindSession(w.t.Context(), browser(token, "").TokenHash)
	if err != nil {
		w.t.Fatal(err)
	}
	return s, ok
}

func (w *world) mustHave(token string) staff.Session {
	w.t.Helper()
	s, ok := w.session(token)
	if !ok {
		w.t.Fatalf("there is no session %q", token)
	}
	return s
}

// add adds someone and returns their id and the password they were given.
func (w *world) add(login string, roles ...staff.Role) (id, given string) {
	w.t.Helper()
	id, given, err := w.Add(w.t.Context(), cli, staff.Newcomer{Login: login, Name: login, Roles: roles})
	if err != nil {
		w.t.Fatal(err)
	}
	return id, given
}

// member is someone who has set up all there is to set up.
type member struct {
	id, login, secret string
	codes             []string
	session           staff.Session // verified
}

// join adds someone, and lets them set up a password and an app of codes.
func (w *world) join(login string, roles ...staff.Role) member {
	w.t.Helper()
	ctx := w.t.Context()
	id, given := w.add(login, roles...)
	if err := w.SignIn(ctx, login, given, browser(login+" half", "10.0.0.9")); err != nil {
		w.t.Fatal(err)
	}
	half := w.mustHave(login + " half")
	if err := w.SetFirstPassword(ctx, half, long); err != nil {
		w.t.Fatal(err)
	}
	offer, err := w.OfferTOTP(ctx, half.Actor)
	if err != nil {
		w.t.Fatal(err)
	}
	codes, err := w.FinishSetUpWithTOTP(ctx, half, "phone", stafftest.Code(w.t, offer.Secret, w.clock.Now()), browser(login, "10.0.0.9"))
	if err != nil {
		w.t.Fatal(err)
	}
	return member{id: id, login: login, secret: offer.Secret, codes: codes, session: w.mustHave(login)}
}

// half takes the first step for someone, and returns the session.
func (w *world) half(m member, token string) staff.Session {
	w.t.Helper()
	if err := w.SignIn(w.t.Context(), m.login, long, browser(token, "10.0.0.9")); err != nil {
		w.t.Fatal(err)
	}
	return w.mustHave(token)
}

// refused checks that an error is a fault of a kind and returns its arguments;
// key is of the whole or of its first field.
func refused(t *testing.T, err error, kind fault.Kind, key string) []any {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != kind {
		t.Fatalf("got %v, want %s %s", err, kind, key)
	}
	got, args := f.Key, f.Args
	if got == "" && len(f.Fields) > 0 {
		got, args = f.Fields[0].Key, f.Fields[0].Args
	}
	if got != key {
		t.Fatalf("got %v, want %s %s", err, kind, key)
	}
	return args
}

// recorded returns the actions of the record in order.
func (w *world) recorded() (actions []string) {
	w.t.Helper()
	err := w.d.Query(w.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var action string
			err := rows.Scan(&action)
			actions = append(actions, action)
			return err
		})
	}, `select action from audit_entries order by at, id`)
	if err != nil {
		w.t.Fatal(err)
	}
	return actions
}

func (w *world) wasRecorded(action string, times int) {
	w.t.Helper()
	got := 0
	for _, a := range w.recorded() {
		if a == action {
			got++
		}
	}
	if got != times {
		w.t.Errorf("%s is recorded %d times, want %d: %v", action, got, times, w.recorded())
	}
}

func sorted(roles []staff.Role) []staff.Role {
	roles = slices.Clone(roles)
	slices.Sort(roles)
	return roles
}
