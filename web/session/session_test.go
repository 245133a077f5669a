package session

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/mingbai/mingbai/web/cookie"
)

// memory is Rows in memory that counts what is asked of it.
type memory struct {
	rows         map[string]string
	found, ended int
	down         error
}

func (m *memory) Find(_ context.Context, hash []byte) (string, bool, error) {
	m.found++
	subject, ok := m.rows[string(hash)]
	return subject, ok, m.down
}

func (m *memory) End(_ context.Context, hash []byte) error {
	m.ended++
	delete(m.rows, string(hash))
	return m.down
}

func (m *memory) open(subject string) Open {
	return func(_ context.Context, hash []byte) error {
		m.rows[string(hash)] = subject
		return nil
	}
}

func newStore() (*Store[string], *memory) {
	m := &memory{rows: map[string]string{}}
	return New(m, cookie.Site{TLS: true}, 30*24*time.Hour), m
}

func with(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		if c.MaxAge >= 0 {
			r.AddCookie(c)
		}
	}
	return r
}

func signIn(t *testing.T, s *Store[string], open Open, had ...*http.Cookie) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.Begin(w, with(had...), open); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies, want 1", len(cookies))
	}
	return cookies[0]
}

func TestWhoSignsInIsKnownByTheCookieFromThenOn(t *testing.T) {
	s, m := newStore()
	c := signIn(t, s, m.open("Zhou"))
	if c.Name != "__Host-session" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 30*24*3600 {
		t.Errorf("the cookie is %v", c)
	}
	subject, ok, err := s.Current(with(c))
	if subject != "Zhou" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", subject, ok, err)
	}
}

func TestTheRowHoldsTheHashOfTheTokenOnly(t *testing.T) {
	s, m := newStore()
	c := signIn(t, s, m.open("Zhou"))
	token, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(token) != 32 {
		t.Fatalf("the token is %d bytes (%v), want 32", len(token), err)
	}
	for hash := range m.rows {
		if strings.Contains(hash, string(token)) || len(hash) != 32 {
			t.Errorf("the row is under %q", hash)
		}
	}
}

func TestEverySignInGetsATokenOfItsOwnAndEndsTheOneBefore(t *testing.T) {
	s, m := newStore()
	first := signIn(t, s, m.open("Zhou"))
	second := signIn(t, s, m.open("Lin"), first)
	if first.Value == second.Value {
		t.Fatal("the token stayed the same")
	}
	if _, ok, _ := s.Current(with(first)); ok {
		t.Error("the session before is still open")
	}
	if subject, _, _ := s.Current(with(second)); subject != "Lin" {
		t.Errorf("got %q, want Lin", subject)
	}
}

func TestARequestAsksTheRowsOnceAndWritesNothing(t *testing.T) {
	s, m := newStore()
	c := signIn(t, s, m.open("Zhou"))
	r, w := with(c), httptest.NewRecorder()
	for range 3 {
		if _, ok, err := s.Current(r); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if err := sessions.Save(r, w); err != nil {
		t.Fatal(err)
	}
	if m.found != 1 || m.ended != 0 || len(m.rows) != 1 || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d finds, %d ends, %d rows, cookies %v", m.found, m.ended, len(m.rows), w.Result().Cookies())
	}
}

func TestAValueThatWeNeverMadeAsksNothing(t *testing.T) {
	s, m := newStore()
	for _, value := range []string{"", "x", strings.Repeat("A", 42), strings.Repeat("!", 43), strings.Repeat("A", 5000), strings.Repeat("A", 42) + "B"} {
		r := with(&http.Cookie{Name: "__Host-session", Value: value})
		if _, ok, err := s.Current(r); ok || err != nil {
			t.Errorf("%.50q: got %v, %v", value, ok, err)
		}
	}
	if m.found != 0 {
		t.Errorf("the rows were asked %d times", m.found)
	}
}

func TestWhoSignsOutIsUnknown(t *testing.T) {
	s, m := newStore()
	c := signIn(t, s, m.open("Zhou"))
	w := httptest.NewRecorder()
	if err := s.End(w, with(c)); err != nil {
		t.Fatal(err)
	}
	if got := w.Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 || got[0].Name != "__Host-session" {
		t.Errorf("cookies are %v, want one taken away", got)
	}
	if len(m.rows) != 0 {
		t.Error("the row is still there")
	}
	if _, ok, _ := s.Current(with(c)); ok {
		t.Error("the old cookie still works")
	}
}

func TestASignOutOfNobodyClearsTheCookieAlone(t *testing.T) {
	s, m := newStore()
	w := httptest.NewRecorder()
	if err := s.End(w, with()); err != nil || m.ended != 0 || len(w.Result().Cookies()) != 1 {
		t.Errorf("got %v, %d ends, cookies %v", err, m.ended, w.Result().Cookies())
	}
}

func TestASignInThatFailsSendsNoCookie(t *testing.T) {
	s, m := newStore()
	had := signIn(t, s, m.open("Zhou"))
	wrong := errors.New("wrong code")
	w := httptest.NewRecorder()
	if err := s.Begin(w, with(had), func(context.Context, []byte) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v, want the reason", err)
	}
	if len(w.Result().Cookies()) != 0 || m.ended != 0 {
		t.Errorf("cookies %v, %d ends", w.Result().Cookies(), m.ended)
	}
}

func TestRowsThatCantBeReachedAreAnErrorAndNotASignedOutReader(t *testing.T) {
	s, m := newStore()
	c := signIn(t, s, m.open("Zhou"))
	m.down = errors.New("no connection")
	if _, ok, err := s.Current(with(c)); ok || !errors.Is(err, m.down) {
		t.Errorf("got %v, %v", ok, err)
	}
	w := httptest.NewRecorder()
	if err := s.End(w, with(c)); !errors.Is(err, m.down) || len(w.Result().Cookies()) != 1 {
		t.Errorf("got %v, cookies %v, want the error and a cleared cookie", err, w.Result().Cookies())
	}
}

func TestGorillasOwnNewSessionIsNotSavedUnasked(t *testing.T) {
	s, _ := newStore()
	r := with()
	session, err := s.Get(r, "session")
	if err != nil || session == nil || !session.IsNew {
		t.Fatalf("got %v, %v", session, err)
	}
	if err := session.Save(r, httptest.NewRecorder()); err == nil {
		t.Error("a session without a sign-in was saved")
	}
}
