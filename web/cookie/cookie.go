// Package cookie writes and reads this site's cookies, all of one make: for the
// whole site and no other, out of reach of scripts, not sent along by other
// sites' requests but for links, and under TLS bound to this host by the
// __Host- prefix.
package cookie

import (
	"net/http"
	"time"
)

// Site says how cookies are made. The zero value is for plain HTTP, as on a
// developer's machine.
type Site struct {
	TLS bool // readers reach the site over https, whoever ends it
}

// Name returns the name under which a cookie is sent.
func (s Site) Name(name string) string {
	if s.TLS {
		return "__Host-" + name
	}
	return name
}

// Set sends a cookie that lasts for the time given; zero lasts until the
// browser is closed.
func (s Site) Set(w http.ResponseWriter, name, value string, lasts time.Duration) {
	s.send(w, name, value, int(lasts/time.Second))
}

// Clear takes a cookie away.
func (s Site) Clear(w http.ResponseWriter, name string) { s.send(w, name, "", -1) }

// Get returns what a request brings, or the empty string.
func (s Site) Get(r *http.Request, name string) string {
	c, err := r.Cookie(s.Name(name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (s Site) send(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.Name(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.TLS, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
