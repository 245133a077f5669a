// Package webtest is the browser of handler tests: it keeps cookies, follows
// links and redirects, fills in forms as they stand on the page, and checks
// every HTML answer it gets against what all pages owe their readers.
package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// base is where the tests' portal stands.
const base = "https://portal.test"

// Client is one reader's browser. It sends no Sec-Fetch headers, as an old
// browser does, so that forms have to bring their token.
type Client struct {
	t        testing.TB
	handler  http.Handler
	match    Match
	jar      http.CookieJar
	language string
	address  string
	files    map[string]bool // static files that pages named, and whether they are there
}

// Match returns the route that takes a method and path, or false; it is
// server.Router's method of that name.
type Match func(method, path string) (string, bool)

// New returns a browser without cookies whose language is Chinese. Match checks
// the links of the pages; without it they are not checked.
func New(t testing.TB, handler http.Handler, match Match) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, handler: handler, match: match, jar: jar, language: "zh-CN", address: "192.0.2.1:1234", files: map[string]bool{}}
}

// Speak sets the browser's language and returns the browser.
func (c *Client) Speak(language string) *Client {
	c.language = language
	return c
}

// From sets the address that the requests come from, such as 192.0.2.7.
func (c *Client) From(ip string) *Client {
	c.address = ip + ":1234"
	return c
}

// Get opens a page of the portal.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.Do(c.request(http.MethodGet, path, nil))
}

// Fragment asks for a part of a page as HTMX does, naming the target's id.
func (c *Client) Fragment(path, target string) *Page {
	c.t.Helper()
	r := c.request(http.MethodGet, path, nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", target)
	return c.Do(r)
}

// Post sends values that stand on no page, as an attacker or a stale page does.
// It adds nothing, neither token nor origin.
func (c *Client) Post(path string, values url.Values) *Page {
	c.t.Helper()
	r := c.request(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(r)
}

// Do sends a request with the browser's cookies and returns its answer, having
// checked it if it is a page.
func (c *Client) Do(r *http.Request) *Page {
	c.t.Helper()
	for _, cookie := range c.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	response := w.Result()
	c.jar.SetCookies(r.URL, response.Cookies())
	p := &Page{Status: response.StatusCode, Header: response.Header, Body: w.Body.String(), URL: r.URL, client: c}
	redirects := p.Status >= 300 && p.Status < 400 // its body is never seen
	if redirects || p.Body == "" || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		return p
	}
	if p.Header.Get("Content-Encoding") != "" {
		c.t.Fatalf("%s %s: the answer is compressed, though the request did not ask for it", r.Method, r.URL)
	}
	check := Check{Match: c.match, Served: c.served, At: r.URL, Fragment: r.Header.Get("HX-Request") == "true"}
	for _, fault := range check.Faults(p.Body) {
		c.t.Errorf("%s %s (%d): %s", r.Method, r.URL.RequestURI(), p.Status, fault)
	}
	document, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	p.document = document
	return p
}

// Cookie returns the value of a cookie that the browser holds, or nothing.
func (c *Client) Cookie(name string) string {
	at, err := url.Parse(base)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range c.jar.Cookies(at) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie puts a cookie into the browser, such as one from elsewhere.
func (c *Client) SetCookie(name, value string) {
	at, err := url.Parse(base)
	if err != nil {
		c.t.Fatal(err)
	}
	c.jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

func (c *Client) request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	if !strings.HasPrefix(path, "/") {
		c.t.Fatalf("%q is no path of the portal", path)
	}
	r := httptest.NewRequest(method, base+path, body)
	r.RemoteAddr = c.address
	r.Header.Set("Accept-Language", c.language)
	return r
}

// served reports whether a file that a page shows is there for its reader.
func (c *Client) served(path string) bool {
	known, asked := c.files[path]
	if !asked {
		w, r := httptest.NewRecorder(), c.request(http.MethodGet, path, nil)
		for _, cookie := range c.jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		c.handler.ServeHTTP(w, r)
		known = w.Code == http.StatusOK && w.Body.Len() > 0
		c.files[path] = known
	}
	return known
}
