package public_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/cookie"
)

func TestABrowserFindsNoFaultWithSigningIn(t *testing.T) {
	s := newSiteOver(t, cookie.Site{}, func(o *public.Options) {
		o.Demo = func(context.Context) ([]public.DemoUser, error) {
			return []public.DemoUser{{ID: "u_1", Name: "周老板", Merchant: "老街面馆", Role: "common.roles.owner", Story: "demo.story.m1001"}}, nil
		}
	})
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	browser := browsertest.Start(t)
	for _, view := range []browsertest.View{
		browsertest.Wide.In("zh-CN"), browsertest.Phone.In("zh-CN").WithoutScript(), browsertest.Wide.In("en").WithoutScript(), browsertest.Phone.In("en"),
	} {
		tab := browser.Tab(t, view)
		for path, name := range map[string]string{
			"/": "front", "/login": "login", "/login/password": "password", "/login/number": "number", "/login/number/done": "number-done",
		} {
			tab.Open(served.URL + path)
			tab.Check()
			tab.Screenshot(name)
		}
		tab.Open(served.URL + "/login")
		tab.Fill("#field-phone", "1380")
		tab.Click("form[action='/login'] button")
		tab.Check()
		tab.Screenshot("login-refused")
	}
}

func TestSomeoneSignsInByKeyboardWithoutScript(t *testing.T) {
	s := newSiteOver(t, cookie.Site{}, nil)
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	tab := browsertest.Start(t).Tab(t, browsertest.Phone.In("zh-CN").WithoutScript())
	tab.Open(served.URL + "/login?next=/deductions")
	tab.Fill("#field-phone", li)
	tab.Press("\r")
	tab.Check()
	tab.Screenshot("code")
	tab.Fill("#field-code", "000000")
	tab.Press("\r")
	tab.Check()
	tab.Screenshot("code-refused")
	tab.Fill("#field-code", s.code())
	tab.Press("\r")
	if got := tab.URL(); !strings.HasSuffix(got, "/deductions") {
		t.Errorf("the sign-in leads to %s", got)
	}
	tab.Open(served.URL + "/")
	tab.Check()
	tab.Screenshot("front-signed-in")
}
