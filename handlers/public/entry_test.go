package public_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// newEntrySite is the site with the pages of entry links.
func newEntrySite(t *testing.T) *site {
	t.Helper()
	var pages *public.Public
	s := newSite(t, func(o *public.Options) {
		var err error
		if pages, err = public.New(*o); err != nil {
			t.Fatal(err)
		}
	})
	s.Router().Get("/enter/:token", guard.Public("a test"), pages.Entry)
	s.Router().Post("/enter/:token", guard.Public("a test"), pages.Enter)
	return s
}

// entry makes a link and returns its address.
func (s *site) entry(merchant, phone, to string) string {
	s.t.Helper()
	var l account.EntryLink
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		l, err = account.MakeEntryLinkIn(s.t.Context(), tx, s.clock.Now(), audit.Actor{Kind: audit.API, ID: "k_1"}, "r_1",
			account.EntryAsked{MerchantRef: merchant, Phone: phone, To: to})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return "/enter/" + l.Token
}

func TestALinkFromTheAcquirersAppLetsInByOneTap(t *testing.T) {
	s := newEntrySite(t)
	path := s.entry("M3", li, "")
	c := s.browser()
	for range 3 { // whatever looks ahead uses nothing up
		c.Get(path).Is(http.StatusOK).Says("你会以李老板（139****1188）的身份，打开顺意便利店的账。", "不是你，就别点")
	}
	other := s.browser().Speak("en").Get(path).Is(http.StatusOK).Says("You'll open the account of", "139****1188")
	c.Get(path).Form(path).Press("进入").LeadsTo("/home")
	other.Form(path).Press("Open").Is(http.StatusNotFound).Says("This link no longer works", "Sign in with your number")
	c.Get(path).Is(http.StatusNotFound).Says("这个链接不能用了", "60 秒内有效").Click("用手机号登录").Is(http.StatusOK)
}

func TestALinkLeadsWhereItWasMadeForAndNowhereOutside(t *testing.T) {
	s := newEntrySite(t)
	for to, want := range map[string]string{"/terminals/1?a=b": "/terminals/1?a=b", "//evil.example/": "/home", "https://evil.example": "/home", `/\evil.example`: "/home"} {
		path := s.entry("M3", li, to)
		s.browser().Get(path).Form(path).Press("进入").LeadsTo(want)
	}
}

func TestALinkIsOverAfterAMinute(t *testing.T) {
	s := newEntrySite(t)
	path := s.entry("M3", li, "")
	form := s.browser().Get(path).Form(path)
	s.clock.Advance(time.Minute)
	form.Press("进入").Is(http.StatusNotFound)
	s.browser().Get("/enter/x").Is(http.StatusNotFound)
	s.browser().Post(path, nil).Is(http.StatusForbidden) // without a form's token
}
