package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

const secret = "an-appsecret-that-never-shows"

// platform is WeChat's side: it gives tokens and knows which are good.
type platform struct {
	t          *testing.T
	mu         sync.Mutex
	good       string // the token that is known
	given      string // what a fetch without force returns; empty: good
	expires    int
	fetches    int
	forces     int
	sends      int
	bodies     []string
	tokenSays  string // instead of a token
	says       string // instead of taking a message
	refuseWith int    // the code for a token that is not known
	status     int
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		p.t.Errorf("got %s of %q: %v", r.Method, r.Header.Get("Content-Type"), err)
	}
	switch r.URL.Path {
	case "/cgi-bin/stable_token":
		p.fetches++
		var asked struct {
			Grant  string `json:"grant_type"`
			AppID  string `json:"appid"`
			Secret string `json:"secret"`
			Force  bool   `json:"force_refresh"`
		}
		if err := json.Unmarshal(body, &asked); err != nil || asked.Grant != "client_credential" || asked.AppID != "wx1" || asked.Secret != secret || r.URL.RawQuery != "" {
			p.t.Errorf("asked for a token with %s?%s", body, r.URL.RawQuery)
		}
		if p.tokenSays != "" {
			_, _ = io.WriteString(w, p.tokenSays)
			return
		}
		token := p.good
		if asked.Force {
			p.forces++
			p.good, p.given = fmt.Sprintf("forced-%d", p.forces), ""
			token = p.good
		} else if p.given != "" {
			token = p.given
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "expires_in": p.expires})
	case "/cgi-bin/message/template/send":
		p.sends++
		p.bodies = append(p.bodies, string(body))
		w.WriteHeader(p.status)
		switch {
		case r.URL.Query().Get("access_token") != p.good:
			_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":"invalid credential, access_token is invalid or not latest rid: 1"}`, p.refuseWith)
		case p.says != "":
			_, _ = io.WriteString(w, strings.TrimPrefix(p.says, "empty"))
		default:
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","msgid":3487542469355618313}`)
		}
	default:
		p.t.Errorf("asked for %s", r.URL.Path)
	}
}

var noon = time.Date(2025, 11, 26, 4, 0, 0, 0, time.UTC)

// hands is a clock that can be set.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func start(t *testing.T) (*platform, *Client, *hands) {
	t.Helper()
	p := &platform{t: t, good: "token-1", expires: 7200, refuseWith: 40001, status: 200}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	h := &hands{at: noon}
	c, err := New(Account{AppID: "wx1", Secret: secret, Address: server.URL}, h.now)
	if err != nil {
		t.Fatal(err)
	}
	return p, c, h
}

var announced = Message{
	ID: "m_1", OpenID: "oFollower", Template: "tpl1", URL: "https://pay.example/d/1?a=1&b=2",
	Data: map[string]string{"amount1": "¥1,204.50", "thing2": "收银机 <3号> & 打印机"},
}

func TestWeChatTakesAMessage(t *testing.T) {
	p, c, _ := start(t)
	receipt, err := c.Send(t.Context(), announced)
	if err != nil || receipt.ProviderID != "3487542469355618313" {
		t.Fatalf("got %+v, %v", receipt, err)
	}
	var sent template
	if err := json.Unmarshal([]byte(p.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	if sent.To != "oFollower" || sent.Template != "tpl1" || sent.ID != "m_1" || sent.URL != announced.URL || len(sent.Data) != 2 || sent.Data["thing2"].Value != announced.Data["thing2"] {
		t.Errorf("got %s", p.bodies[0])
	}
	if strings.Contains(p.bodies[0], `\u`) {
		t.Errorf("WeChat refuses escaped letters: %s", p.bodies[0])
	}
}

func TestATokenIsFetchedOnceForManyAndAgainBeforeItsEnd(t *testing.T) {
	p, c, clock := start(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := c.Send(t.Context(), announced); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if p.fetches != 1 || p.sends != 50 {
		t.Errorf("%d fetches for %d messages, want 1 for 50", p.fetches, p.sends)
	}
	clock.move(2*time.Hour - tokenSlack - time.Second)
	if _, err := c.Send(t.Context(), announced); err != nil || p.fetches != 1 {
		t.Errorf("before the slack: %d fetches, %v", p.fetches, err)
	}
	clock.move(time.Second)
	if _, err := c.Send(t.Context(), announced); err != nil || p.fetches != 2 {
		t.Errorf("in the slack: %d fetches, %v", p.fetches, err)
	}
}

func TestARefusedTokenIsReplacedOnceForMany(t *testing.T) {
	for _, code := range []int{40001, 40014, 42001} {
		p, c, _ := start(t)
		p.refuseWith = code
		if _, err := c.Send(t.Context(), announced); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		p.good, p.fetches, p.sends = "token-2", 0, 0 // another program had it replaced
		p.mu.Unlock()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := c.Send(t.Context(), announced); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if p.fetches != 1 || p.forces != 0 || p.sends > 100 {
			t.Errorf("%d: %d fetches, %d forced, %d requests for 50 messages", code, p.fetches, p.forces, p.sends)
		}
	}
}

func TestWeChatIsMadeToReplaceATokenThatItRefusesAndStillGives(t *testing.T) {
	p, c, clock := start(t)
	p.given = "stale"
	receipt, err := c.Send(t.Context(), announced)
	if err != nil || receipt.ProviderID == "" || p.forces != 1 || p.sends != 2 {
		t.Fatalf("got %v after %d forced and %d requests", err, p.forces, p.sends)
	}
	// That is not done over and over: WeChat allows it twenty times a day.
	refuseAll := func() {
		p.mu.Lock()
		p.given, p.good = "forced-1", "unknown"
		p.mu.Unlock()
	}
	refuseAll()
	_, err = c.Send(t.Context(), announced)
	f := judged(t, "again", err)
	if f.Permanent || f.Reason != delivery.Settings || f.Stage != stageToken || f.RetryAfter != forceEvery || p.forces != 1 {
		t.Errorf("got %+v after %d forced", f, p.forces)
	}
	clock.move(forceEvery)
	refuseAll()
	if _, err = c.Send(t.Context(), announced); err != nil || p.forces != 2 {
		t.Errorf("later: got %v after %d forced", err, p.forces)
	}
}

func TestATokenThatIsRefusedTwiceIsLeftForLater(t *testing.T) {
	p, c, _ := start(t)
	p.says = `{"errcode":42001,"errmsg":"access_token expired"}`
	_, err := c.Send(t.Context(), announced)
	if f := judged(t, "twice", err); f.Permanent || f.Reason != delivery.Settings || f.Code != "42001" || p.sends != 2 || p.forces != 1 {
		t.Errorf("got %+v after %d requests", f, p.sends)
	}
}

// judged checks a failure, and that it tells nothing it must not.
func judged(t *testing.T, about string, err error) *delivery.Failure {
	t.Helper()
	f, ok := errors.AsType[*delivery.Failure](err)
	if !ok {
		t.Errorf("%s: got %v, want a failure", about, err)
		return &delivery.Failure{}
	}
	if f.Channel != "wechat" || f.Cause == nil || f.Stage == "" {
		t.Errorf("%s: got %+v", about, f)
	}
	for _, private := range []string{secret, "token-1", "forced-", "oFollower", "1,204", "rid"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("%s: the error says %q", about, err)
		}
	}
	return f
}

func TestWeChatsAnswersAreSorted(t *testing.T) {
	for _, c := range []struct {
		status            int
		says              string
		permanent, unsure bool
		reason            delivery.Reason
		code              string
		wait              time.Duration
	}{
		{200, `{"errcode":43004,"errmsg":"require subscribe oFollower rid: 1"}`, true, false, delivery.NotFollowing, "43004", 0},
		{200, `{"errcode":43101,"errmsg":"user refuse to accept the msg"}`, true, false, delivery.NotFollowing, "43101", 0},
		{200, `{"errcode":50005}`, true, false, delivery.NotFollowing, "50005", 0},
		{200, `{"errcode":40003,"errmsg":"invalid openid"}`, true, false, delivery.Recipient, "40003", 0},
		{200, `{"errcode":40037,"errmsg":"invalid template_id"}`, true, false, delivery.Settings, "40037", 0},
		{200, `{"errcode":48001}`, true, false, delivery.Settings, "48001", 0},
		{200, `{"errcode":47003}`, true, false, delivery.Content, "47003", 0},
		{200, `{"errcode":99999}`, true, false, delivery.Other, "99999", 0},
		{200, `{"errcode":-1,"errmsg":"system error"}`, false, false, delivery.Busy, "-1", 0},
		{200, `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`, false, false, delivery.Limited, "45009", time.Hour},
		{200, `{"errcode":45011}`, false, false, delivery.Limited, "45011", time.Minute},
		{200, `{"errcode":"0"}`, false, true, delivery.Busy, "", 0},
		{200, `{}`, false, true, delivery.Busy, "", 0},
		{200, `<html>`, false, true, delivery.Busy, "", 0},
		{200, `empty`, false, true, delivery.Busy, "", 0},
		{502, `{"errcode":0}`, false, true, delivery.Busy, "", 0},
		{503, `busy`, false, true, delivery.Busy, "", 0},
		{429, `busy`, false, false, delivery.Busy, "", 0},
		{302, `elsewhere`, true, false, delivery.Settings, "", 0},
		{404, `no`, true, false, delivery.Settings, "", 0},
	} {
		p, client, _ := start(t)
		p.status, p.says = c.status, c.says
		_, err := client.Send(t.Context(), announced)
		f := judged(t, c.says, err)
		if f.Permanent != c.permanent || f.Unsure != c.unsure || f.Reason != c.reason || f.Code != c.code || f.RetryAfter != c.wait || f.Status != c.status || f.Stage != stageSend {
			t.Errorf("%d %s: got %+v", c.status, c.says, f)
		}
		if p.sends != 1 {
			t.Errorf("%d %s: %d requests, want 1", c.status, c.says, p.sends)
		}
	}
}

func TestWhereNoTokenIsGivenNothingIsSent(t *testing.T) {
	for _, c := range []struct {
		says      string
		permanent bool
		reason    delivery.Reason
		code      string
	}{
		{`{"errcode":40125,"errmsg":"invalid appsecret an-appsecret"}`, true, delivery.Settings, "40125"},
		{`{"errcode":40001}`, true, delivery.Settings, "40001"},
		{`{"errcode":40013}`, true, delivery.Settings, "40013"},
		{`{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}`, true, delivery.Settings, "40164"},
		{`{"errcode":12345}`, true, delivery.Settings, "12345"},
		{`{"errcode":-1}`, false, delivery.Busy, "-1"},
		{`{"errcode":45009}`, false, delivery.Limited, "45009"},
		{`{"errcode":0}`, false, delivery.Busy, ""},
		{`{"access_token":"x","expires_in":0}`, false, delivery.Busy, ""},
		{`{"access_token":"` + strings.Repeat("x", 4096) + `","expires_in":7200}`, false, delivery.Busy, ""},
		{`<html>`, false, delivery.Busy, ""},
	} {
		p, client, _ := start(t)
		p.tokenSays = c.says
		_, err := client.Send(t.Context(), announced)
		f := judged(t, c.says, err)
		if f.Permanent != c.permanent || f.Unsure || f.Reason != c.reason || f.Code != c.code || f.Stage != stageToken || p.sends != 0 {
			t.Errorf("%.60s: got %+v after %d requests", c.says, f, p.sends)
		}
		// What went wrong is not kept.
		p.mu.Lock()
		p.tokenSays = ""
		p.mu.Unlock()
		if _, err := client.Send(t.Context(), announced); err != nil {
			t.Errorf("after %.60s: %v", c.says, err)
		}
	}
}

func TestAStallIsUnsureAndWaitingForATokenEndsWithTheContext(t *testing.T) {
	release := make(chan struct{})
	stalled := make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		stalled <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	c, err := New(Account{AppID: "wx1", Secret: secret, Address: server.URL}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	first, cancelFirst := context.WithCancel(t.Context())
	fetched := make(chan error, 1)
	go func() { _, err := c.Send(first, announced); fetched <- err }()
	<-stalled
	second, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Send(second, announced) // waits for the first one's token
	if f := judged(t, "waiting", err); f.Permanent || f.Unsure || f.Stage != stageToken || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting: got %+v", f)
	}
	cancelFirst()
	if f := judged(t, "fetching", <-fetched); f.Permanent || f.Unsure || f.Stage != stageToken {
		t.Errorf("fetching: got %+v", f)
	}
	c.tokens.value, c.tokens.until = "t", noon.Add(time.Hour)
	third, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Send(third, announced)
	if f := judged(t, "sending", err); f.Permanent || !f.Unsure || f.Stage != stageSend {
		t.Errorf("sending: got %+v", f)
	}
}

func TestAnIncompleteAccountIsRefused(t *testing.T) {
	if c, err := New(Account{AppID: "wx1", Secret: secret}, time.Now); err != nil || c.account.Address != Address {
		t.Errorf("got %v", err)
	}
	for name, a := range map[string]Account{
		"no AppID": {Secret: secret}, "no secret": {AppID: "wx1"}, "in the clear": {AppID: "wx1", Secret: secret, Address: "http://api.weixin.qq.com"},
	} {
		if _, err := New(a, time.Now); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
