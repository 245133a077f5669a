package staff_test

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/cookie"
)

// serve opens the site to browsers at localhost, since a passkey belongs to a
// name.
func serve(t *testing.T) (s *site, url string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	url = "http://localhost:" + port
	s = newSiteOn(t, dbtest.SQLite(t), cookie.Site{}, url)
	server.Config.Handler = s
	server.Start()
	t.Cleanup(server.Close)
	return s, url
}

// reaches waits until a tab is at an address, which a passkey's answer leads to.
func reaches(t *testing.T, tab *browsertest.Tab, address string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if tab.URL() == address {
			tab.Settle()
			return
		}
	}
	t.Fatalf("the tab is at %s, want %s", tab.URL(), address)
}

func TestSomeoneSetsUpAndSignsInWithAPasskeyInABrowser(t *testing.T) {
	s, url := serve(t)
	browser := browsertest.Start(t)
	for login, view := range map[string]browsertest.View{"wide": browsertest.Wide.In("zh-CN"), "phone": browsertest.Phone.In("en")} {
		id, given := s.add(login, staff.Operator, staff.Compliance)
		tab := browser.Tab(t, view)
		tab.HasPasskeys()
		look := func(name string) {
			t.Helper()
			tab.Check()
			tab.Screenshot("desk-" + name)
		}
		signIn := func(password string) {
			t.Helper()
			tab.Open(url + "/admin/login?next=/admin/account")
			tab.Fill("#field-login", login)
			tab.Fill("#field-password", password)
			tab.Click("form[action='/admin/login'] button")
		}
		tab.Open(url + "/admin/login")
		look("login")
		signIn(given)
		look("setup-password")
		tab.Fill("#field-password", long)
		tab.Click("form[action='/admin/login/setup'] button")
		look("setup-factor")
		tab.Click("form[data-passkey] button")
		reaches(t, tab, url+"/admin/login/setup/passkey")
		if !tab.Has(".codes") {
			t.Fatal("the passkey leads to no recovery codes")
		}
		look("codes")
		tab.Click("main a.btn")
		reaches(t, tab, url+"/admin/account")
		for name, path := range map[string]string{
			"home": "/admin", "account": "/admin/account", "account-password": "/admin/account/password", "account-app": "/admin/account/app",
			"account-passkey": "/admin/account/passkey", "staff": "/admin/staff", "staff-new": "/admin/staff/new", "staff-person": "/admin/staff/" + id,
		} {
			tab.Open(url + path)
			look(name)
		}
		tab.OpenStatus(url+"/admin/staff/st_none", 404)
		look("not-there")

		signIn("wrong password")
		look("login-refused")
		s.clock.Advance(time.Minute)
		signIn(long)
		look("second")
		tab.Click("form[data-passkey] button")
		reaches(t, tab, url+"/admin/account")
	}
}

func TestSomeoneSetsUpAndSignsInWithAnAppWithoutScript(t *testing.T) {
	s, url := serve(t)
	tab := browsertest.Start(t).Tab(t, browsertest.Phone.In("zh-CN").WithoutScript())
	_, given := s.add("lin", staff.Support)
	signIn := func(password string) {
		t.Helper()
		tab.Open(url + "/admin/login")
		tab.Fill("#field-login", "lin")
		tab.Fill("#field-password", password)
		tab.Press("\r")
	}
	signIn(given)
	tab.Fill("#field-password", long)
	tab.Press("\r")
	if tab.Has("form[data-passkey] button") || !tab.Has("[data-passkey-without]") {
		t.Error("without script a passkey is offered, or nothing says why not")
	}
	tab.Check()
	tab.Screenshot("desk-setup-factor")
	secret := strings.ReplaceAll(tab.Text("main ol .ref"), " ", "")
	tab.Fill("#field-code", stafftest.Code(t, secret, s.clock.Now()))
	tab.Press("\r")
	if !tab.Has(".codes") {
		t.Fatal("the code leads to no recovery codes")
	}
	tab.Click("main a.btn")
	tab.Check()
	s.clock.Advance(time.Minute)
	signIn(long)
	tab.Check()
	tab.Screenshot("desk-second")
	tab.Fill("#field-code", "000000")
	tab.Press("\r")
	tab.Check()
	tab.Fill("#field-code", stafftest.Code(t, secret, s.clock.Now()))
	tab.Press("\r")
	reaches(t, tab, url+"/admin")
}
