package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/webtest"
)

// mine is the merchant that visitors come for, and anothers one that they have
// nothing to do with.
const (
	mine     = "M1002"
	anothers = "M1001"
)

// secrets are what of one merchant nobody else may read.
type secrets struct {
	names []string            // found wherever they stand
	ids   map[string]struct{} // found as words of their own
}

// secretsOf returns what a merchant has that another has not.
func (s *site) secretsOf(m, other shop) secrets {
	s.t.Helper()
	of := func(query string) map[string]struct{} {
		found := map[string]struct{}{}
		for _, merchant := range []shop{m, other} {
			err := s.db.Query(s.t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var text string
					err := rows.Scan(&text)
					if merchant == m && text != "" {
						found[text] = struct{}{}
					} else {
						delete(found, text)
					}
					return err
				})
			}, query, merchant.id)
			if err != nil {
				s.t.Fatal(err)
			}
		}
		return found
	}
	names := of(`
		select name from merchants where id = $1 union select contact from merchants where id = $1
		union select substr(phone, length(phone) - 7) from merchants where id = $1
		union select ` + account.Called("x", "u") + ` from users u join memberships x on x.user_id = u.id where x.merchant_id = $1 and u.name <> '测试员'`)
	for sn := range of(`select sn from terminals where merchant_id = $1`) {
		names[sn] = struct{}{}
		for _, l := range i18n.Locales {
			names[i18n.For(l).Tail(sn)] = struct{}{}
		}
	}
	secret := secrets{ids: of(`
		select id from bill_lines where merchant_id = $1 union select ref from deductions where merchant_id = $1 union select ref from settlements where merchant_id = $1
		union select iccid from terminals where merchant_id = $1 union select id from sessions where merchant_id = $1
		union select user_id from memberships where merchant_id = $1 union select id from phone_changes where merchant_id = $1`)}
	for name := range names {
		secret.names = append(secret.names, name)
	}
	if len(secret.names) < 5 || len(secret.ids) < 5 {
		s.t.Fatalf("%s has the secrets %q and %d ids: there is nothing to leak", m.ref, secret.names, len(secret.ids))
	}
	return secret
}

// kept fails the test where an answer gives a secret away that its own address
// did not hold.
func (secret secrets) kept(t testing.TB, who string, p *webtest.Page) {
	t.Helper()
	asked := p.URL.RequestURI()
	for _, name := range secret.names {
		if strings.Contains(p.Body, name) && !strings.Contains(asked, name) {
			t.Errorf("%s as %s (%d): the answer holds another merchant's %q", asked, who, p.Status, name)
		}
	}
	for _, word := range strings.FieldsFunc(p.Body, func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if _, leaked := secret.ids[word]; leaked && !strings.Contains(asked, word) {
			t.Errorf("%s as %s (%d): the answer holds another merchant's %q", asked, who, p.Status, word)
		}
	}
}

// send visits a route at an address.
func (c *visit) send(r server.Route, address string, values url.Values) *webtest.Page {
	c.s.t.Helper()
	if r.Method == http.MethodGet {
		return c.get(address)
	}
	return c.post(address, values)
}

// turnedAway fails the test unless a visitor who may not use a route was sent to
// sign in, or told that they may not.
func turnedAway(t testing.TB, v visitor, r server.Route, p *webtest.Page) {
	t.Helper()
	login := "/login"
	if isDesk(r) {
		login = "/admin/login"
	}
	// whose session does not count here is nobody here
	known := v.enter != nil && !v.half && v.atDesk == isDesk(r)
	if known && strings.HasPrefix(r.Access, halfAccess) {
		login, known = "/admin", false // the second step is behind them
	}
	want := http.StatusForbidden
	if !known {
		want = http.StatusSeeOther
	}
	if p.Status != want {
		t.Errorf("%s as %s: got %d, want %d", r, v.name, p.Status, want)
		return
	}
	to, _, _ := strings.Cut(p.Header.Get("Location"), "?")
	if !known && to != login {
		t.Errorf("%s as %s: got sent to %q, want %q", r, v.name, to, login)
	}
	if strings.Contains(p.Text(), "¥") {
		t.Errorf("%s as %s: an answer that refuses names an amount", r, v.name)
	}
}

func TestWhatIsAnothersIsNotThereForAnyone(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		me, other := s.shop(mine), s.shop(anothers)
		secret := s.secretsOf(other, me)
		visits := map[string]*visit{}
		for _, v := range visitors {
			visits[v.name] = s.as(v, me)
		}
		before := intaketest.Dump(t, s.db, "attempts")
		tried := 0
		for _, r := range s.peoplesRoutes() {
			e := exampleOf(t, r.Path)
			named := braces.MatchString(e.at) && !isPeriod(e.at) // the address says what to show
			sent := false
			for _, all := range e.send {
				sent = sent || braces.MatchString(all[0])
			}
			if isPublic(r) || isDesk(r) || !named && !sent {
				continue
			}
			for _, address := range s.addresses(e.at, other, me) {
				for _, v := range visitors {
					if r.Method == http.MethodGet && !named {
						continue
					}
					tried++
					p := visits[v.name].send(r, address, s.values(e, other, me))
					secret.kept(t, v.name, p)
					switch {
					case !v.may(r.Access):
						turnedAway(t, v, r, p)
					case p.Status != http.StatusNotFound:
						t.Errorf("%s at %s as %s: got %d, want 404", r, address, v.name, p.Status)
					case strings.Contains(p.Text(), "¥"):
						t.Errorf("%s at %s as %s: a page that is not there names an amount", r, address, v.name)
					}
				}
			}
		}
		if tried < 100 {
			t.Errorf("only %d requests were tried", tried)
		}
		intaketest.WantSame(t, intaketest.Dump(t, s.db, "attempts"), before, "after asking for what is another's")
	})
}

// isPeriod reports whether an address names a time only, which all merchants
// have.
func isPeriod(at string) bool {
	for _, found := range braces.FindAllString(at, -1) {
		if found != "{month}" && found != "{year}" {
			return false
		}
	}
	return true
}

func TestEveryRouteLetsInWhoMayAndNobodyElse(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		me, other := s.shop(mine), s.shop(anothers)
		secret := s.secretsOf(other, me)
		for _, v := range visitors {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel() // most of the time answers about numbers wait
				reader := s.as(v, me)
				for _, r := range s.peoplesRoutes() {
					c := reader
					if r.Method != http.MethodGet {
						c = s.as(v, me) // what is sent may end the session, or the account
					}
					address := s.addresses(exampleOf(t, r.Path).at, me, shop{})[0]
					p := c.send(r, address, nil)
					secret.keptUnlessAll(t, v, r, p)
					switch to := p.Header.Get("Location"); {
					case !v.opens(r):
						turnedAway(t, v, r, p)
					case p.Status == http.StatusForbidden:
						t.Errorf("%s as %s: got 403, though they may", r, v.name)
					case p.Status == http.StatusSeeOther && strings.HasPrefix(to, "/login") && !strings.HasPrefix(r.Path, "/login"),
						p.Status == http.StatusSeeOther && strings.HasPrefix(to, "/admin/login") && !strings.HasPrefix(r.Path, "/admin/log"):
						t.Errorf("%s as %s: got sent to %s, though they may", r, v.name, to)
					}
				}
			})
		}
	})
}

// aboutAll are the pages about all merchants: where the demo lets everyone in,
// and the lists and searches of staff.
var aboutAll = map[string]bool{
	"/login":                  true,
	"/admin/cases":            true,
	"/admin/merchants":        true,
	"/admin/numbers":          true,
	"/admin/audit":            true,
	"/admin/audit/export":     true,
	"/admin/notices/messages": true,
}

// keptUnlessAll is kept for pages that are not about all merchants, as the
// demo's are too.
func (secret secrets) keptUnlessAll(t testing.TB, v visitor, r server.Route, p *webtest.Page) {
	t.Helper()
	if isDemo(r) == 0 && !(aboutAll[r.Path] && v.opens(r)) {
		secret.kept(t, v.name, p)
	}
}

func TestAnothersIdInAFilterFindsNothing(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		me, other := s.shop(mine), s.shop(anothers)
		secret := s.secretsOf(other, me)
		tried := 0
		for _, r := range s.routesFor(http.MethodGet) {
			for _, at := range exampleOf(t, r.Path).also {
				_, query, _ := strings.Cut(at, "?")
				if !braces.MatchString(query) {
					continue
				}
				for _, address := range s.addresses(at, other, me) {
					tried++
					p := s.as(readerOf(t, r), me).get(address)
					secret.kept(t, "owner", p)
					if p.Status != http.StatusOK && p.Status != http.StatusNotFound && p.Status != http.StatusUnprocessableEntity {
						t.Errorf("%s: got %d", address, p.Status)
					}
				}
			}
		}
		if tried == 0 {
			t.Error("no example has an id in its query")
		}
	})
}
