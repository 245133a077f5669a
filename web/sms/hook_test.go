package sms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

var (
	secret = []byte("a secret of at least thirty-two bytes")
	noon   = time.Date(2025, 11, 26, 4, 0, 0, 0, time.UTC)
	code   = Message{ID: "m_1", To: "+8613812346621", Text: "【示例支付】验证码 482913，5 分钟内有效", Kind: "sign_in_code"}
)

// gateway is an acquirer's gateway as docs/sms-hook.md tells one to build it:
// it checks the signature, the age and the nonce of each request.
type gateway struct {
	mu       sync.Mutex
	seen     map[string]bool
	accepted []content
	requests []*http.Request
	bodies   [][]byte
	answer   func(w http.ResponseWriter)
}

const oldest = 5 * time.Minute

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	g.requests, g.bodies = append(g.requests, r), append(g.bodies, body)
	timestamp, nonce := r.Header.Get(HeaderTimestamp), r.Header.Get(HeaderNonce)
	sent, err := strconv.ParseInt(timestamp, 10, 64)
	age := noon.Sub(time.Unix(sent, 0)).Abs()
	switch {
	case err != nil || age > oldest:
		http.Error(w, "too old", http.StatusUnauthorized)
	case r.Header.Get(HeaderKey) != "2025" || r.Header.Get(HeaderSignature) != Sign(secret, timestamp, nonce, body):
		http.Error(w, "bad signature", http.StatusUnauthorized)
	case len(nonce) != 32 || g.seen[nonce]:
		http.Error(w, "replayed", http.StatusConflict)
	default:
		g.seen[nonce] = true
		var m content
		if err := json.Unmarshal(body, &m); err != nil {
			http.Error(w, "bad body", http.StatusBadRequest)
			return
		}
		if g.answer != nil {
			g.answer(w)
			return
		}
		g.accepted = append(g.accepted, m)
		_, _ = io.WriteString(w, `{"id":"gw-77"}`)
	}
}

func start(t *testing.T) (*gateway, *httptest.Server) {
	t.Helper()
	g := &gateway{seen: map[string]bool{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server
}

func hook(t *testing.T, address string, s []byte, now time.Time) *Hook {
	t.Helper()
	h, err := NewHook(address, Key{Name: "2025", Secret: s}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheGatewayTakesAMessageSignedWithTheSharedSecret(t *testing.T) {
	g, server := start(t)
	receipt, err := hook(t, server.URL, secret, noon).Send(context.Background(), code)
	if err != nil || receipt.ProviderID != "gw-77" {
		t.Fatalf("got %+v, %v", receipt, err)
	}
	if len(g.accepted) != 1 || g.accepted[0] != content(code) {
		t.Errorf("the gateway took %+v", g.accepted)
	}
	if got := g.requests[0].Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("the type is %q", got)
	}
}

func TestTheGatewayRefusesAWrongSecretAnOldRequestAndAReplay(t *testing.T) {
	g, server := start(t)
	ctx := context.Background()
	if _, err := hook(t, server.URL, []byte("another secret of thirty-two bytes!"), noon).Send(ctx, code); !delivery.IsPermanent(err) {
		t.Errorf("another secret: got %v, want a permanent error", err)
	}
	if _, err := hook(t, server.URL, secret, noon.Add(-6*time.Minute)).Send(ctx, code); !delivery.IsPermanent(err) {
		t.Errorf("an old request: got %v, want a permanent error", err)
	}
	if _, err := hook(t, server.URL, secret, noon).Send(ctx, code); err != nil {
		t.Fatal(err)
	}
	last := len(g.requests) - 1
	for name, change := range map[string]func(r *http.Request, body string) string{
		"a replay":     func(_ *http.Request, body string) string { return body },
		"another body": func(_ *http.Request, body string) string { return strings.Replace(body, "6621", "6622", 1) },
		"another nonce": func(r *http.Request, body string) string {
			r.Header.Set(HeaderNonce, strings.Repeat("0", 32))
			return body
		},
		"another moment": func(r *http.Request, body string) string {
			r.Header.Set(HeaderTimestamp, strconv.FormatInt(noon.Unix()+1, 10))
			return body
		},
	} {
		r, err := http.NewRequest(http.MethodPost, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = g.requests[last].Header.Clone()
		r.Body = io.NopCloser(strings.NewReader(change(r, string(g.bodies[last]))))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("%s was taken with %d", name, response.StatusCode)
		}
	}
	if len(g.accepted) != 1 {
		t.Errorf("%d messages were taken, want 1", len(g.accepted))
	}
}

func TestTwoTriesOfAMessageBearOneIDAndTwoNonces(t *testing.T) {
	g, server := start(t)
	h := hook(t, server.URL, secret, noon)
	for range 2 {
		if _, err := h.Send(context.Background(), code); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := g.requests[0].Header.Get(HeaderNonce), g.requests[1].Header.Get(HeaderNonce); a == b {
		t.Errorf("both nonces are %s", a)
	}
	if g.accepted[0].ID != g.accepted[1].ID {
		t.Errorf("ids are %s and %s", g.accepted[0].ID, g.accepted[1].ID)
	}
}

// The value was computed by another program:
//
//	printf '%s' '1764129600.000102030405060708090a0b0c0d0e0f.{"id":"m_1"}' |
//	  openssl dgst -sha256 -hmac 'a secret of at least thirty-two bytes'
func TestTheSignatureIsTheDocumentedOne(t *testing.T) {
	const want = "v1=c0adba2dfa9611db2cc64b7e84c66658f3a4266582fabbb6704101fd99436a1c"
	if got := Sign(secret, "1764129600", "000102030405060708090a0b0c0d0e0f", []byte(`{"id":"m_1"}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEachAnswerSaysWhetherAnotherTryHelps(t *testing.T) {
	g, server := start(t)
	h := hook(t, server.URL, secret, noon)
	for _, c := range []struct {
		status    int
		header    string
		permanent bool
		wait      time.Duration
	}{
		{400, "", true, 0}, {401, "60", true, 0}, {404, "", true, 0}, {409, "", true, 0}, {422, "", true, 0}, {302, "", true, 0},
		{408, "", false, 0}, {425, "", false, 0}, {429, "30", false, 30 * time.Second},
		{429, noon.Add(2 * time.Minute).Format(http.TimeFormat), false, 2 * time.Minute},
		{429, noon.Add(-time.Hour).Format(http.TimeFormat), false, 0},
		{429, "99999999", false, time.Hour}, {429, "-5", false, 0}, {429, "soon", false, 0},
		{500, "", false, 0}, {502, "", false, 0}, {503, "10", false, 10 * time.Second},
	} {
		g.answer = func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", c.header)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
		}
		_, err := h.Send(context.Background(), code)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Permanent != c.permanent || e.RetryAfter != c.wait || e.Status != c.status {
			t.Errorf("%d with Retry-After %q: got %+v, want permanent %v after %v", c.status, c.header, e, c.permanent, c.wait)
		}
		if delivery.IsPermanent(err) != c.permanent {
			t.Errorf("%d: IsPermanent is %v", c.status, delivery.IsPermanent(err))
		}
	}
}

func TestAnAnswerWithoutANameForTheMessageIsStillAYes(t *testing.T) {
	g, server := start(t)
	g.answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }
	if receipt, err := hook(t, server.URL, secret, noon).Send(context.Background(), code); err != nil || receipt.ProviderID != "" {
		t.Errorf("got %+v, %v", receipt, err)
	}
}

func TestAGatewayThatIsAwayOrSlowIsTriedLater(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = hook(t, address, secret, noon).Send(context.Background(), code)
	if e, ok := errors.AsType[*Error](err); !ok || e.Permanent || e.Status != 0 {
		t.Errorf("away: got %v, want a temporary error", err)
	}
	if strings.Contains(err.Error(), address) {
		t.Errorf("the error names the address: %v", err)
	}

	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := hook(t, slow.URL, secret, noon).Send(ctx, code); err == nil || delivery.IsPermanent(err) {
		t.Errorf("slow: got %v, want a temporary error", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(other.Close)
	g, server := start(t)
	g.answer = func(w http.ResponseWriter) {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	if _, err := hook(t, server.URL, secret, noon).Send(context.Background(), code); !delivery.IsPermanent(err) || followed {
		t.Errorf("got %v, followed: %v", err, followed)
	}
}

func TestNoErrorHoldsTheNumberOrTheText(t *testing.T) {
	g, server := start(t)
	g.answer = func(w http.ResponseWriter) {
		http.Error(w, "no such number +8613812346621", http.StatusUnprocessableEntity)
	}
	_, err := hook(t, server.URL, secret, noon).Send(context.Background(), code)
	for _, private := range []string{"13812346621", "482913"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("the error says %q", err)
		}
	}
}

func TestAnUnsafeAddressOrSecretIsRefused(t *testing.T) {
	now := func() time.Time { return noon }
	for address, ok := range map[string]bool{
		"https://sms.example.com/send": true, "http://127.0.0.1:9/send": true, "http://localhost:9": true, "http://[::1]:9": true,
		"http://sms.example.com/send": false, "sms.example.com": false, "": false, "https://": false,
		"https://user:pass@sms.example.com": false, "ftp://sms.example.com": false, "http://127.0.0.1.example.com": false,
	} {
		if _, err := NewHook(address, Key{Name: "2025", Secret: secret}, now); (err == nil) != ok {
			t.Errorf("%q: got %v, want taken: %v", address, err, ok)
		}
	}
	for name, key := range map[string]Key{"short": {Name: "2025", Secret: []byte("short")}, "nameless": {Secret: secret}} {
		if _, err := NewHook("https://sms.example.com", key, now); err == nil {
			t.Errorf("a %s key was taken", name)
		}
	}
}
