package main

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/webtest"
)

// isPage reports whether an answer is a page, and not a file.
func isPage(p *webtest.Page) bool {
	return strings.HasPrefix(p.Header.Get("Content-Type"), "text/html")
}

// examplesOf returns all addresses of a route for a merchant, of its other states
// only the first of each.
func (s *site) examplesOf(r server.Route, m shop) []string {
	s.t.Helper()
	e := exampleOf(s.t, r.Path)
	all := s.addresses(e.at, m, shop{})
	for _, at := range e.also {
		all = append(all, s.addresses(at, m, shop{})[:1:1]...)
	}
	return all
}

// fresh returns the addresses of a route's example for a merchant, of those for
// staff only what they were not led to for another: they see the same there.
func (s *site) fresh(r server.Route, v visitor, m shop, seen map[string]bool) (all []string) {
	s.t.Helper()
	for _, address := range s.examplesOf(r, m) {
		if v.atDesk && seen[address] {
			continue
		}
		seen[address] = true
		all = append(all, address)
	}
	return all
}

func TestEveryPageIsThereInBothLanguagesForEveryMerchant(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		secrets := map[string]secrets{}
		for _, m := range s.merchants {
			for _, other := range s.merchants {
				if m != other {
					secrets[m.ref+other.ref] = s.secretsOf(other, m)
				}
			}
		}
		for _, r := range s.routesFor(http.MethodGet) {
			e, v, seen := exampleOf(t, r.Path), readerOf(t, r), map[string]bool{}
			for _, m := range s.merchants {
				if v.enter == nil && m != s.merchants[0] {
					continue // the same for all
				}
				addresses := s.fresh(r, v, m, seen)
				if len(addresses) == 0 {
					continue
				}
				c := s.as(v, m)
				if m.ref == mine || v.enter == nil {
					s.before(c, e)
				} else if e.first != nil {
					continue // a code goes out once a minute
				}
				for _, address := range addresses {
					for _, l := range i18n.Locales {
						c.Speak(string(l))
						p := c.get(address)
						if e.on {
							p = c.careful(p.Follow())
						}
						if p.Status != http.StatusOK && p.Status != http.StatusUnprocessableEntity {
							t.Fatalf("%s for %s: got %d to %q, want the page: say in examples_site_test.go what has to be sent first", address, m.ref, p.Status, p.Header.Get("Location"))
						}
						if isPage(p) && p.Lang() != string(l) {
							t.Errorf("%s for %s: the page is in %q, want %q", address, m.ref, p.Lang(), l)
						}
						if v.enter == nil {
							continue
						}
						if got := p.Header.Get("Cache-Control"); got != "no-store" {
							t.Errorf("%s: the Cache-Control of a page for one reader is %q, want no-store", address, got)
						}
						for _, other := range s.merchants {
							if m != other && !v.atDesk { // staff see all merchants
								secrets[m.ref+other.ref].kept(t, v.name+" of "+m.ref, p)
							}
						}
					}
				}
			}
		}
	})
}

// nonsense is what nobody's address holds unless somebody tries.
var nonsense = []string{
	"unknown", "0", "-1", "1.5", "99999999999999999999", "2026-13", "0000-00", "9999-99", "2026-02-30", "+2026-01", "前台", "١٢", "%00", "%FF", "%0A",
	"..%2F..%2Fetc%2Fpasswd", "%27%20or%201%3D1--", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%25s", strings.Repeat("x", 4000),
}

func TestAnAddressThatMeansNothingIsNotFound(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	m := s.shop(mine)
	for _, r := range s.routesFor(http.MethodGet) {
		if !strings.Contains(r.Path, ":") {
			continue
		}
		c := s.as(readerOf(t, r), m)
		at := s.addresses(exampleOf(t, r.Path).at, m, shop{})[0]
		parts, pattern := strings.Split(at, "/"), strings.Split(r.Path, "/")
		for i := range parts {
			if !strings.HasPrefix(pattern[i], ":") {
				continue
			}
			for _, text := range nonsense {
				wrong := slices.Clone(parts)
				wrong[i] = text
				p := c.get(strings.Join(wrong, "/"))
				if p.Status != http.StatusNotFound && p.Status != http.StatusBadRequest {
					t.Errorf("%s: got %d, want 404", p.URL.RequestURI(), p.Status)
				}
				if strings.Contains(p.Body, "<script>alert") {
					t.Errorf("%s: the address stands in the page as it is", p.URL.RequestURI())
				}
			}
		}
	}
}

// queriesOn returns the names of the values that the links and forms of a page
// put into an address, by path.
func queriesOn(p *webtest.Page, into map[string]map[string]bool) {
	note := func(path, name string) {
		if into[path] == nil {
			into[path] = map[string]bool{}
		}
		into[path][name] = true
	}
	at := func(address string) *url.URL {
		to, err := p.URL.Parse(address)
		if err != nil || to.Host != p.URL.Host {
			return &url.URL{}
		}
		return to
	}
	for _, tag := range []string{"a", "form", "div", "main", "section"} {
		for _, n := range p.All(tag) {
			for _, attribute := range []string{"href", "action", "hx-get"} {
				to := at(webtest.Attr(n, attribute))
				for name := range to.Query() {
					note(to.Path, name)
				}
			}
		}
	}
	for _, f := range p.All("form") {
		if webtest.Attr(f, "method") == "post" {
			continue
		}
		to := at(webtest.Attr(f, "action"))
		for n := range f.Descendants() {
			if name := webtest.Attr(n, "name"); name != "" {
				note(to.Path, name)
			}
		}
	}
}

func TestNothingInAQueryBreaksAPage(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	m := s.shop(mine)
	queries := map[string]map[string]bool{}
	pages := map[string]*visit{}
	for _, r := range s.routesFor(http.MethodGet) {
		c := s.as(readerOf(t, r), m)
		for _, address := range s.examplesOf(r, m) {
			if p := c.get(address); isPage(p) && p.Status < http.StatusMultipleChoices {
				queriesOn(p, queries)
				pages[p.URL.Path] = c
			}
		}
	}
	if len(queries) < 3 {
		t.Fatalf("only %v were found to take a query", slices.Collect(maps.Keys(queries)))
	}
	for path, names := range queries {
		c := pages[path]
		if c == nil {
			continue // a file, or a page like one that was seen
		}
		for name := range names {
			for _, text := range nonsense {
				p := c.get(path + "?" + name + "=" + text)
				if p.Status >= http.StatusInternalServerError || p.Status == http.StatusForbidden {
					t.Errorf("%s: got %d", p.URL.RequestURI(), p.Status)
				}
				if strings.Contains(p.Body, "<script>alert") {
					t.Errorf("%s: the query stands in the page as it is", p.URL.RequestURI())
				}
			}
		}
	}
}

func TestEveryPageTakesNoMoreRoundTripsThanItMay(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("round trips are PostgreSQL's")
	}
	s := openSite(t, db.Postgres, overTLS)
	counted := 0
	for _, r := range s.routesFor(http.MethodGet) {
		v, e, seen := readerOf(t, r), exampleOf(t, r.Path), map[string]bool{}
		for _, m := range s.merchants {
			if isPublic(r) || e.first != nil && m.ref != mine {
				continue
			}
			addresses := s.fresh(r, v, m, seen)
			if len(addresses) == 0 {
				continue
			}
			c := s.as(v, m)
			s.before(c, e)
			for _, address := range addresses {
				if !isPage(c.get(address)) {
					continue
				}
				counted++
				ctx, counter := db.Count(t.Context())
				request := c.request(address)
				c.Do(request.WithContext(ctx)).Is(http.StatusOK)
				most := mostRoundTrips
				if isDesk(r) {
					most = deskRoundTrips
				}
				if got := counter.RoundTrips(); got > most {
					t.Errorf("%s for %s: got %d round trips and %d statements, want at most %d", address, m.ref, got, counter.Statements(), most)
				}
			}
		}
	}
	if counted < 50 {
		t.Errorf("only %d pages were counted", counted)
	}
}
