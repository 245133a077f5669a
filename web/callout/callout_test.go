package callout_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/web/callout"
)

func TestOnlyPublicAddressesAndOurOwnAreReachable(t *testing.T) {
	ours := callout.Networks{netip.MustParsePrefix("10.1.0.0/16")}
	for address, want := range map[string][2]bool{
		"8.8.8.8": {true, false}, "114.114.114.114": {true, false}, "2400:3200::1": {true, false},
		"10.1.2.3": {true, true}, "::ffff:10.1.2.3": {true, true},
		"10.2.0.1": {}, "127.0.0.1": {}, "127.9.9.9": {}, "::1": {}, "0.0.0.0": {}, "::": {}, "169.254.169.254": {}, "192.168.1.1": {}, "172.16.0.1": {},
		"100.100.100.200": {}, "::ffff:127.0.0.1": {}, "::ffff:169.254.169.254": {}, "64:ff9b::7f00:1": {}, "2002:7f00:1::": {}, "2001:0:7f00:1::": {},
		"fe80::1%eth0": {}, "fd00::1": {}, "ff02::1": {}, "224.0.0.1": {}, "255.255.255.255": {}, "198.18.0.1": {}, "::7f00:1": {},
	} {
		if may, mine := ours.Reachable(netip.MustParseAddr(address)); may != want[0] || mine != want[1] {
			t.Errorf("%s: got %v, %v; want %v", address, may, mine, want)
		}
	}
}

func TestANameThatLeadsInsideIsRefusedWhenTheLineIsOpened(t *testing.T) {
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(inside.Close)
	u, err := url.Parse(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]"} {
		_, err := callout.NewClient(nil).Get("http://" + host + ":" + u.Port())
		if !errors.Is(err, callout.ErrPrivate) || callout.Why(err) != "private" {
			t.Errorf("%s: got %v", host, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests went inside", asked)
	}
	answer, err := callout.NewClient(callout.Networks{netip.MustParsePrefix("127.0.0.0/8")}).Get(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	callout.Drain(answer)
	if asked != 1 {
		t.Error("our own network was not reached")
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	followed := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			followed = true
			return
		}
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(s.Close)
	answer, err := callout.NewClient(callout.Networks{netip.MustParsePrefix("127.0.0.0/8")}).Post(s.URL, "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	callout.Drain(answer)
	if followed || answer.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("got %d, followed: %v", answer.StatusCode, followed)
	}
}

func TestWhyThereIsNoAnswerIsSaidInOneWord(t *testing.T) {
	ours := callout.Networks{netip.MustParsePrefix("127.0.0.0/8")}
	private := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(private.Close)
	open := httptest.NewServer(http.NotFoundHandler())
	address := open.URL
	open.Close()
	for target, want := range map[string]string{
		private.URL:                      "tls",
		address:                          "connection",
		"http://nowhere.invalid/webhook": "name",
	} {
		_, err := callout.NewClient(ours).Get(target)
		if err == nil || callout.Why(err) != want {
			t.Errorf("%s: got %v, %q; want %q", target, err, callout.Why(err), want)
		}
	}
	if got := callout.Why(io.ErrUnexpectedEOF); got != "connection" {
		t.Errorf("got %q", got)
	}
}
