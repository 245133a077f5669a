package cookie

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestACookieIsBoundToTheSiteAndHiddenFromScripts(t *testing.T) {
	for _, c := range []struct {
		tls  bool
		want string
	}{
		{true, "__Host-session=v; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{false, "session=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"},
	} {
		w := httptest.NewRecorder()
		Site{TLS: c.tls}.Set(w, "session", "v", time.Hour)
		if got := w.Header().Get("Set-Cookie"); got != c.want {
			t.Errorf("with TLS %v the cookie is %q, want %q", c.tls, got, c.want)
		}
	}
}

func TestACookieForTheVisitHasNoAge(t *testing.T) {
	w := httptest.NewRecorder()
	Site{}.Set(w, "a", "b", 0)
	if got, want := w.Header().Get("Set-Cookie"), "a=b; Path=/; HttpOnly; SameSite=Lax"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAClearedCookieIsTakenAway(t *testing.T) {
	w := httptest.NewRecorder()
	Site{TLS: true}.Clear(w, "session")
	if got, want := w.Header().Get("Set-Cookie"), "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnderTLSOnlyTheBoundCookieCounts(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "session", Value: "planted by another host"})
	if got := (Site{TLS: true}).Get(r, "session"); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: "ours"})
	if got := (Site{TLS: true}).Get(r, "session"); got != "ours" {
		t.Errorf("got %q, want ours", got)
	}
}
