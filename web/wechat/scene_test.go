package wechat

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// painter is WeChat's side where a code to scan is asked for. Its answers are
// taken from the left.
func painter(t *testing.T, answers ...string) (*Client, *[]string) {
	t.Helper()
	tokens := 0
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch r.URL.Path {
		case "/cgi-bin/stable_token":
			tokens++
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": strings.Repeat("t", tokens), "expires_in": 7200})
		case "/cgi-bin/qrcode/create":
			bodies = append(bodies, r.URL.RawQuery+" "+strings.TrimSpace(string(body)))
			_, _ = io.WriteString(w, answers[0])
			answers = answers[1:]
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	}))
	t.Cleanup(server.Close)
	c, err := New(Account{AppID: "wx1", Secret: secret, Address: server.URL}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return c, &bodies
}

// painted is the documented answer.
const painted = `{"ticket":"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==","expire_seconds":60,"url":"http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI"}`

func TestACodeToScanIsAskedForAsDocumented(t *testing.T) {
	c, bodies := painter(t, painted)
	got, err := c.Scene(t.Context(), "nr_1", 10*time.Minute)
	if err != nil || got.URL != "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI" || !got.Until.Equal(noon.Add(10*time.Minute)) {
		t.Fatalf("got %+v, %v", got, err)
	}
	const want = `access_token=t {"expire_seconds":600,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"nr_1"}}}`
	if len(*bodies) != 1 || (*bodies)[0] != want {
		t.Errorf("asked with %q, want %q", *bodies, want)
	}
}

func TestACodeToScanIsAskedForOnceMoreWithAnotherToken(t *testing.T) {
	c, bodies := painter(t, `{"errcode":40001,"errmsg":"invalid credential"}`, painted)
	if _, err := c.Scene(t.Context(), "nr_1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if len(*bodies) != 2 || !strings.HasPrefix((*bodies)[1], "access_token=tt ") {
		t.Errorf("asked with %q, want a second try with another token", *bodies)
	}
}

func TestACodeThatWeChatDoesNotGiveIsAFailure(t *testing.T) {
	for answer, want := range map[string]delivery.Reason{
		`{"errcode":48001,"errmsg":"api unauthorized"}`: delivery.Settings,
		`{"errcode":-1,"errmsg":"system error"}`:        delivery.Busy,
		`{"ticket":"x"}`:                                delivery.Busy,
		`<html>`:                                        delivery.Busy,
	} {
		c, _ := painter(t, answer)
		_, err := c.Scene(t.Context(), "nr_1", time.Hour)
		f, ok := errors.AsType[*delivery.Failure](err)
		if !ok || f.Reason != want || f.Unsure || f.Stage != stageScene {
			t.Errorf("%s: got %+v, want %s", answer, err, want)
		}
	}
	c, bodies := painter(t)
	for name, lasts := range map[string]time.Duration{"": time.Hour, strings.Repeat("x", 65): time.Hour, "nr_1": 31 * 24 * time.Hour, "nr_2": time.Second} {
		_, err := c.Scene(t.Context(), name, lasts)
		if f, ok := errors.AsType[*delivery.Failure](err); !ok || !f.Permanent {
			t.Errorf("%q for %s was asked for", name, lasts)
		}
	}
	if len(*bodies) != 0 {
		t.Errorf("asked with %q", *bodies)
	}
}
