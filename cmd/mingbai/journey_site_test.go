package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/i18n"
)

// codeTo finds the newest code that was sent to a phone.
func codeTo(phone string) *regexp.Regexp {
	return regexp.MustCompile(`(\d{6}) 是你登录明白账的验证码[^*]*` + regexp.QuoteMeta(i18n.MaskPhone(phone)))
}

// deliver works the jobs, so that messages go out.
func (s *served) deliver(t *testing.T) {
	t.Helper()
	stop, err := work(t.Context(), s.config, s.work())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

func TestAMerchantComesInByCodeAndUnderstandsAWrongDeduction(t *testing.T) {
	s := serveSite(t)
	s.deliver(t)
	browser := browsertest.Start(t)
	var over, terminal string // 99 was taken where 48 was agreed
	err := s.db.QueryRow(t.Context(), `
		select '/deductions/' || l.id, '/terminals/' || t.sn from bill_lines l join terminals t on t.id = l.terminal_id
		where l.merchant_id = $1 and l.decision = 'deny' and l.amount_fen = 9900`, s.shop(mine).id).Scan(&over, &terminal)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range []struct {
		phone string // of two people, since a number gets a code a minute at most
		view  browsertest.View
	}{
		{"13900001188", browsertest.Phone.In("zh-CN")},
		{"13900002233", browsertest.Phone.In("zh-CN").WithoutScript()},
	} {
		t.Run(person.view.String(), func(t *testing.T) {
			tab := browser.Tab(t, person.view)
			tab.Open(s.url + "/")
			tab.Click("header a[href='/login']")
			tab.Fill("#field-phone", person.phone)
			tab.Press("\r")
			tab.Fill("#field-code", "000000")
			tab.Press("\r")
			if got := tab.Status(); got != http.StatusUnprocessableEntity {
				t.Errorf("a wrong code is answered with %d, want 422", got)
			}
			tab.Check()
			tab.Screenshot("login-code-refused")
			tab.Fill("#field-code", s.codeFor(t, browser, person.phone))
			tab.Press("\r")
			s.at(t, tab, "/home")

			tab.Click(".tabs a[href='/terminals']")
			tab.Click("main a[href='" + terminal + "']")
			if got := tab.URL(); !strings.Contains(got, "/terminals/") {
				t.Errorf("a terminal's link leads to %s", got)
			}
			tab.Click(".tabs a[href='/home']")
			tab.Click("main a[href='" + over + "']")
			if got := tab.Text("main"); !strings.Contains(got, "¥99.00") || !strings.Contains(got, "¥48.00") || !strings.Contains(got, "¥51.00") {
				t.Errorf("the explanation says %q; want what was taken, what was agreed, and the difference", got)
			}

			tab.Click(".tabs summary")
			tab.Click(".tabs a[href='/statements']")
			if got := tab.URL(); !strings.Contains(got, "/statements/20") {
				t.Errorf("the statements' link leads to %s", got)
			}
			for _, kind := range []string{"csv", "xlsx"} {
				tab.Click("main a[href$='/" + kind + "']")
				select {
				case file := <-s.answers:
					if !strings.HasSuffix(file.path, "/"+kind) || !strings.HasPrefix(file.disposition, "attachment") {
						t.Errorf("the file is %+v", file)
					}
				case <-time.After(10 * time.Second):
					t.Errorf("no %s file came", kind)
				}
			}

			tab.Click("header a[hreflang='en']")
			if got := tab.HTML(); !strings.Contains(got, `<html lang="en">`) {
				t.Errorf("the switch leads to a page in another language than English: %.60q", got)
			}
			tab.Click(".tabs summary")
			tab.Click(".tabs form[action='/logout'] button")
			s.at(t, tab, "/")
			tab.Open(s.url + "/home")
			s.at(t, tab, "/login?next=%2Fhome")
			if got := tab.Complaints(); len(got) > 0 {
				t.Errorf("the browser complains: %q", got)
			}
		})
	}
}

// codeFor reads the code that was sent to a number, on the page that shows what
// would have been sent.
func (s *served) codeFor(t *testing.T, browser *browsertest.Browser, phone string) string {
	t.Helper()
	tab := browser.Tab(t, browsertest.Wide.In("zh-CN").WithoutScript())
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		tab.Open(s.url + "/demo/outbox")
		if found := codeTo(phone).FindStringSubmatch(tab.Text("#messages")); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no code was sent to %s: %s", phone, tab.Text("#messages"))
	return ""
}

// at fails the test unless a tab shows an address.
func (s *served) at(t *testing.T, tab *browsertest.Tab, address string) {
	t.Helper()
	if got := tab.URL(); got != s.url+address {
		t.Errorf("the tab is at %s, want %s", got, address)
	}
}
