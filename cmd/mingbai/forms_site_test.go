package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/webtest"
)

// request asks for a page as the browser's get does.
func (c *visit) request(address string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, overTLS+address, nil)
	r.RemoteAddr = c.s.newAddress() + ":1234"
	return r
}

func TestNoFormIsTakenThatIsNotOurs(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	m := s.shop(mine)
	tries := map[string]func(c *visit, address string, values url.Values) *webtest.Page{
		"without a token": func(c *visit, address string, values url.Values) *webtest.Page {
			return c.elsewhere().Post(address, values)
		},
		"with a token that is not the browser's": func(c *visit, address string, values url.Values) *webtest.Page {
			values.Set(page.CSRFField, strings.Repeat("x", len(token)))
			return c.elsewhere().Post(address, values)
		},
		"from another site": func(c *visit, address string, values url.Values) *webtest.Page {
			values.Set(page.CSRFField, token)
			return c.Do(c.form(address, values, "Sec-Fetch-Site", "cross-site"))
		},
		"from another origin": func(c *visit, address string, values url.Values) *webtest.Page {
			values.Set(page.CSRFField, token)
			return c.Do(c.form(address, values, "Origin", "https://elsewhere.test"))
		},
	}
	visits := map[string]*visit{}
	for _, v := range visitors {
		visits[v.name] = s.as(v, m)
	}
	before := intaketest.Dump(t, s.db)
	for _, r := range s.peoplesRoutes() {
		if r.Method == http.MethodGet {
			continue
		}
		e := exampleOf(t, r.Path)
		for how, try := range tries {
			p := visits[readerOf(t, r).name].careful(try(visits[readerOf(t, r).name], s.addresses(e.at, m, shop{})[0], s.values(e, m, shop{})))
			if p.Status != http.StatusForbidden {
				t.Errorf("%s %s: got %d, want 403", r, how, p.Status)
			}
		}
	}
	intaketest.WantSame(t, intaketest.Dump(t, s.db), before, "after forms that are not ours")
}

// form sends values with a header.
func (c *visit) form(address string, values url.Values, header, value string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, overTLS+address, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(header, value)
	r.RemoteAddr = c.s.newAddress() + ":1234"
	return r
}

// fieldsOn notes the fields of the forms that a page posts, by where they go.
func fieldsOn(p *webtest.Page, into map[string]map[string]bool) {
	for _, f := range p.All("form") {
		if webtest.Attr(f, "method") != "post" {
			continue
		}
		to, _, _ := strings.Cut(webtest.Attr(f, "action"), "?")
		if into[to] == nil {
			into[to] = map[string]bool{}
		}
		for n := range f.Descendants() {
			if name := webtest.Attr(n, "name"); n.Type == html.ElementNode && name != "" && name != page.CSRFField {
				into[to][name] = true
			}
		}
	}
}

func TestNothingTypedIntoAFormBreaksIt(t *testing.T) {
	typed := []string{"", "unknown", "-1", "99999999999999999999", "前台", "\x00", "\xff", "<script>alert(1)</script>", "' or 1=1--", strings.Repeat("九", 5000)}
	s := openSite(t, strictest(t), overTLS)
	m := s.shop(mine)
	fields := map[string]map[string]bool{}
	for _, r := range s.routesFor(http.MethodGet) {
		c := s.as(readerOf(t, r), m)
		s.before(c, exampleOf(t, r.Path))
		address := s.examplesOf(r, m)[0]
		if p := c.get(address); isPage(p) && p.Status < http.StatusMultipleChoices {
			fieldsOn(p, fields)
		}
	}
	for to, names := range fields {
		pattern, ok := s.server.Router().Match(http.MethodPost, to)
		if !ok {
			t.Errorf("a form sends to %s, which no route takes", to)
			continue
		}
		posts := s.routesFor(http.MethodPost)
		i := slices.IndexFunc(posts, func(r server.Route) bool { return r.Path == pattern })
		if i < 0 {
			continue // programs send there too, and its own test says what it does
		}
		r := posts[i]
		t.Run(to, func(t *testing.T) {
			t.Parallel() // answers about numbers wait
			for _, text := range typed {
				values := url.Values{}
				for name := range names {
					values.Set(name, text)
				}
				p := s.as(readerOf(t, r), m).post(to, values)
				if p.Status == http.StatusForbidden {
					t.Errorf("%s with %.20q: got 403", r, text)
				}
				if isPage(p) && strings.Contains(p.Body, "<script>alert") {
					t.Errorf("%s: what was typed stands in the page as it is", r)
				}
			}
		})
	}
}
