package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/browsertest"
)

// mostWeight is what a first visit may bring over the wire, in bytes: the page
// with all that it asks for, compressed, with headers.
const mostWeight = 60_000

// served is the site behind a listener, for a real browser.
type served struct {
	*site
	url     string
	cookies map[string][]*http.Cookie // by who comes in
	answers chan answered             // of files
}

// answered is a file that went out.
type answered struct {
	path, disposition string
	status            int
}

// serveSite opens the site to browsers. At /enter?as=NAME&to=ADDRESS they get
// the cookies of someone who is signed in.
func serveSite(t *testing.T) *served {
	t.Helper()
	s := &served{site: openSite(t, db.SQLite, inTheClear), cookies: map[string][]*http.Cookie{}, answers: make(chan answered, 8)}
	s.assets.Compress(t.Context())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /enter", func(w http.ResponseWriter, r *http.Request) {
		for _, k := range s.cookies[r.FormValue("as")] {
			http.SetCookie(w, k)
		}
		http.Redirect(w, r, r.FormValue("to"), http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		n := s.requests.Add(1)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", n>>16&255, n>>8&255, n&255) // since from one address the server takes only so much
		s.server.ServeHTTP(w, r)
		if disposition := w.Header().Get("Content-Disposition"); strings.HasPrefix(disposition, "attachment") {
			s.answers <- answered{r.URL.Path, disposition, http.StatusOK}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// enter is the address at which someone comes in on the way to another.
func (s *served) enter(as, to string) string {
	return s.url + "/enter?" + url.Values{"as": {as}, "to": {to}}.Encode()
}

// look is a page to be looked at.
type look struct {
	name    string // of its picture
	as      string // who looks
	address string
	status  int
	rare    bool // another state of a page
}

// looks lists the pages: each by its example and in its other states, those of
// other merchants that tell a story, and what says that something can't be.
func (s *served) looks(t *testing.T) (all []look) {
	t.Helper()
	add := func(name string, v visitor, m shop, address string, status int, rare bool) {
		as := v.name + " of " + m.ref
		if s.cookies[as] == nil && v.enter != nil {
			s.cookies[as] = v.enter(s.site, m)
		}
		all = append(all, look{name, as, address, status, rare})
	}
	me := s.shop(mine)
	for _, r := range s.routesFor(http.MethodGet) {
		e, v := exampleOf(t, r.Path), readerOf(t, r)
		c := s.as(v, me)
		s.cookies[v.name+" of "+mine] = append(s.cookies[v.name+" of "+mine], s.before(c, e)...)
		for i, at := range append([]string{e.at}, e.also...) {
			if at == "" {
				at = r.Path
			}
			address := s.addresses(at, me, shop{})[0]
			p := c.get(address)
			if e.on || !isPage(p) {
				continue
			}
			name := strings.Trim(strings.NewReplacer("/", "-", ":", "").Replace(r.Path), "-")
			if name == "" {
				name = "front"
			}
			if i > 0 {
				name += fmt.Sprint("-", i+1)
			}
			add(name, v, me, address, p.Status, i > 0)
		}
	}
	owner, viewer := merchantRole(account.Owner), merchantRole(account.Viewer)
	for _, story := range []struct{ ref, example string }{
		{mine, "/deductions/{denied}"}, {mine, "/deductions/{sale}"}, {"M1001", "/deductions/{denied}"}, {"M1003", "/home"}, {"M1004", "/home"}, {"M1004", "/terminals/{sn}"}, {"M1004", "/deductions/{denied}"},
		{"M1005", "/agreements/{ticked}"}, {"M1005", "/home"}, {"M1006", "/deductions/{reversed}"}, {"M1008", "/home"}, {"M1008", "/deductions"}, {"M1008", "/statements/{month}"},
	} {
		m := s.shop(story.ref)
		for i, address := range s.addresses(story.example, m, shop{}) {
			if i < 2 {
				add(fmt.Sprint(strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "").Replace(story.example), "-"), "-", m.ref, "-", i+1), owner, m, address, http.StatusOK, true)
			}
		}
	}
	add("front-signed-in", owner, me, "/", http.StatusOK, true)
	add("not-there", nobody, me, "/nowhere", http.StatusNotFound, true)
	add("not-there-signed-in", owner, me, "/deductions/unknown", http.StatusNotFound, true)
	add("not-allowed", viewer, me, "/account/colleagues/new", http.StatusForbidden, true)
	add("no-merchant", merchantRole(""), me, "/home", http.StatusForbidden, true)
	add("deductions-refused", owner, me, "/deductions?amount=x", http.StatusUnprocessableEntity, true)
	return all
}

// way is a view, and whether pages are looked at in their rare states too.
type way struct {
	view browsertest.View
	rare bool
}

// ways are how each page is looked at: in every pair of a size, a language, and
// scripts or none, and in its rare states on a phone. When pictures are taken it
// is all of them.
func ways() (all []way) {
	for _, size := range []browsertest.View{browsertest.Wide, browsertest.Phone} {
		for _, language := range []string{"zh-CN", "en"} {
			for _, scripts := range []bool{true, false} {
				view, isPhone := size.In(language), size == browsertest.Phone
				if !scripts {
					view = view.WithoutScript()
				}
				pictures := os.Getenv(browsertest.ScreenshotDir) != ""
				if pictures || scripts == (isPhone == (language == "en")) {
					all = append(all, way{view, pictures || isPhone})
				}
			}
		}
	}
	return all
}

// refusals are forms that are sent with something missing or wrong.
var refusals = []struct {
	name, as, page string
	field, value   string
	button         string
}{
	{"login-refused", "nobody of " + mine, "/login", "#field-phone", "1380", "form[action='/login'] button"},
	{"colleague-refused", "owner of " + mine, "/account/colleagues/new", "#field-phone", "1", "main form[method=post] button"},
	{"request-refused", "owner of " + mine, "/account/phone/request", "#field-phone", "1", "main form[method=post] button"},
	{"password-refused", "owner of " + mine, "/account/password", "#field-password", "1", "main form[method=post] button"},
}

func TestABrowserFindsNoFaultWithAnyPage(t *testing.T) {
	s := serveSite(t)
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error { // less was paid out than the fees leave
		_, err := tx.Exec(t.Context(), `update settlements set paid_out_fen = paid_out_fen - 300 where merchant_id = $1 and settled_on = (select max(settled_on) from settlements where merchant_id = $1)`, s.shop(mine).id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	looks := s.looks(t)
	browser := browsertest.Start(t)
	for _, w := range ways() {
		t.Run(w.view.String(), func(t *testing.T) {
			t.Parallel()
			tabs, first := map[string]*browsertest.Tab{}, map[string]int{} // by who looks
			for _, l := range looks {
				if l.rare && !w.rare {
					continue
				}
				if tabs[l.as] == nil {
					tabs[l.as] = browser.Tab(t, w.view)
				}
				tab := tabs[l.as]
				tab.OpenStatus(s.enter(l.as, l.address), l.status)
				if got := tab.Weight() + first[l.as]; got >= mostWeight {
					t.Errorf("%s: a first visit brings up to %d bytes, want less than %d", l.address, got, mostWeight)
				}
				if first[l.as] == 0 {
					first[l.as] = tab.Weight() // with style, script and icons, which later pages find in the cache
				}
				tab.Check()
				tab.Screenshot(l.name)
			}
			if first["nobody of "+mine] < 10_000 {
				t.Errorf("the first visit brought %d bytes: style and script are not in what was weighed", first["nobody of "+mine])
			}
			for _, r := range refusals {
				tab := tabs[r.as]
				tab.Open(s.url + r.page)
				tab.Fill(r.field, r.value)
				tab.Click(r.button)
				if got := tab.Status(); got != http.StatusUnprocessableEntity {
					t.Errorf("%s: got %d, want 422", r.name, got)
				}
				tab.Check()
				tab.Screenshot(r.name)
			}
		})
	}
}
