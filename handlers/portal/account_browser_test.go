package portal_test

import (
	"net/http/httptest"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/cookie"
)

func TestABrowserFindsNoFaultWithTheAccountPages(t *testing.T) {
	s := newAccountSiteOver(t, dbtest.SQLite(t), cookie.Site{})
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	s.colleagueOfZhou()
	browser := browsertest.Start(t)
	for _, view := range []browsertest.View{
		browsertest.Wide.In("zh-CN"), browsertest.Phone.In("zh-CN").WithoutScript(), browsertest.Wide.In("en").WithoutScript(), browsertest.Phone.In("en"),
	} {
		tab := browser.Tab(t, view)
		tab.Open(served.URL + "/enter/" + zhou)
		tab.Open(served.URL + "/account/merchant")
		tab.Check()
		tab.Screenshot("merchants")
		for path, name := range map[string]string{
			"/account": "account", "/account/name": "name", "/account/password": "set-password", "/account/colleagues/new": "invite",
			"/account/colleagues/" + s.userID(wang): "colleague", "/account/phone": "phone", "/account/phone/request": "request", "/account/data": "data", "/account/close": "close",
		} {
			tab.Open(served.URL + path)
			tab.Check()
			tab.Screenshot(name)
		}
		tab.Open(served.URL + "/account/phone/request")
		tab.Click("main form button")
		tab.Check()
		tab.Screenshot("request-refused")
	}
}

// colleagueOfZhou gives 周 a colleague, and a request for another number, and
// opens the account of the first merchant.
func (s *accountSite) colleagueOfZhou() {
	s.t.Helper()
	var sessionID string
	_, err := s.accounts.StartSession(s.t.Context(), s.userID(zhou), "test", account.Browser{TokenHash: []byte("t"), DeviceHash: []byte("d"), Device: account.Device{System: "iphone", App: "wechat"}})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.QueryRow(s.t.Context(), `select id from sessions`).Scan(&sessionID); err != nil {
		s.t.Fatal(err)
	}
	who := account.Who{UserID: s.userID(zhou), SessionID: sessionID, MerchantID: 1}
	if err := s.accounts.OpenMerchant(s.t.Context(), who, 1); err != nil {
		s.t.Fatal(err)
	}
	if err := s.accounts.Invite(s.t.Context(), who, account.Invitation{Phone: wang, Name: "王会计", Role: account.Finance}); err != nil {
		s.t.Fatal(err)
	}
	_, err = s.accounts.RequestPhone(s.t.Context(), who, account.NumberRequest{
		NewPhone: "13500000002", Reason: "停机了", Files: []account.Evidence{{Name: "a.pdf", Content: []byte("%PDF-1.7\n")}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *accountSite) userID(phone string) (id string) {
	s.t.Helper()
	if err := s.db.QueryRow(s.t.Context(), `select id from users where phone = $1`, "+86"+phone).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return id
}
