package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"
)

// The worked examples of WeChat's documentation of pushes: token AAAAA, a key of
// 43 times A, AppID wxba5fad812f8e6fb9.
const (
	exampleApp   = "wxba5fad812f8e6fb9"
	exampleToken = "AAAAA"
)

var exampleKey = strings.Repeat("A", 43)

func callback(t *testing.T, key string, now time.Time) *Callback {
	t.Helper()
	c, err := NewCallback(exampleApp, exampleToken, key, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheWorkedExampleOfTheAddresssProofIsEchoed(t *testing.T) {
	query := url.Values{
		"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "echostr": {"4375120948345356249"},
		"timestamp": {"1714036504"}, "nonce": {"1514711492"},
	}
	then := time.Unix(1714036504, 0)
	for _, key := range []string{"", exampleKey} {
		if got, err := callback(t, key, then).Echo(query); err != nil || got != "4375120948345356249" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	for name, change := range map[string]func(url.Values){
		"signature": func(q url.Values) { q.Set("signature", "f464b24fc39322e44b38aa78f5edd27bd1441697") },
		"none":      func(q url.Values) { q.Del("signature") },
		"nonce":     func(q url.Values) { q.Set("nonce", "1514711493") },
		"timestamp": func(q url.Values) { q.Set("timestamp", "1714036505") },
	} {
		changed := url.Values{}
		for k, v := range query {
			changed[k] = v
		}
		change(changed)
		if got, err := callback(t, "", then).Echo(changed); !errors.Is(err, ErrUnknownSender) || got != "" {
			t.Errorf("another %s: got %q, %v", name, got, err)
		}
	}
	for _, away := range []time.Duration{-11 * time.Minute, 11 * time.Minute} {
		if _, err := callback(t, "", then.Add(away)).Echo(query); !errors.Is(err, ErrUnknownSender) {
			t.Errorf("%v away: got %v", away, err)
		}
	}
}

func TestTheWorkedExampleOfAPlainPushIsSigned(t *testing.T) {
	c := callback(t, "", time.Unix(1714037059, 0))
	if !c.signed("899cf89e464efb63f54ddac96b0a0a235f53aa78", "1714037059", "486452656") {
		t.Error("the published signature is not taken")
	}
}

// Official accounts push XML; the published example of safe mode holds JSON, so
// that its signature and its decryption are checked beneath the XML.
func TestTheWorkedExampleOfSafeModeIsSignedAndOpens(t *testing.T) {
	c := callback(t, exampleKey, time.Unix(1714112445, 0))
	const sealed = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
	if !c.signed("046e02f8204d34f8ba5fa3b1db94908f3df2e9b3", "1714112445", "415670741", sealed) {
		t.Error("the published signature is not taken")
	}
	text, err := c.open(sealed)
	if err != nil || len(text) != 167 {
		t.Fatalf("got %d bytes, %v, want 167", len(text), err)
	}
	var said struct{ FromUserName, Event string }
	if err := json.Unmarshal(text, &said); err != nil || said.Event != "debug_demo" || said.FromUserName != "o9AgO5Kd5ggOC-bXrbNODIiE3bGY" {
		t.Errorf("got %s, %v", text, err)
	}
	const reply = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
	if !c.signed("1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", "1713424427", "415670741", reply) {
		t.Error("the published signature of the reply is not taken")
	}
	if text, err := c.open(reply); err != nil || string(text) != `{"demo_resp":"good luck"}` {
		t.Errorf("got %q, %v", text, err)
	}
	other, err := NewCallback("wxother", exampleToken, exampleKey, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.open(reply); !errors.Is(err, ErrUnknownSender) {
		t.Errorf("another account's: got %v", err)
	}
}

// finished is the documented event.
func finished(status string) string {
	return `<xml>
<ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName>
<CreateTime>1395658920</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>
<MsgID>200163836</MsgID>
<Status><![CDATA[` + status + `]]></Status>
</xml>`
}

// signature works out a signature apart from the code under test.
func signature(parts ...string) string {
	sort.Strings(parts)
	h := sha1.New()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// seal encrypts as the documentation says, apart from the code under test.
func seal(t testing.TB, key []byte, message, appID string) string {
	t.Helper()
	text := make([]byte, 16)
	_, _ = rand.Read(text)
	text = binary.BigEndian.AppendUint32(text, uint32(len(message)))
	text = append(text, message+appID...)
	fill := 32 - len(text)%32
	text = append(text, strings.Repeat(string(rune(fill)), fill)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(text, text)
	return base64.StdEncoding.EncodeToString(text)
}

func plainQuery() url.Values {
	return url.Values{"timestamp": {"1395658920"}, "nonce": {"n1"}, "signature": {signature(exampleToken, "1395658920", "n1")}}
}

var pushedAt = time.Unix(1395658920, 0)

func TestTheOutcomeOfAMessageIsRead(t *testing.T) {
	c := callback(t, "", pushedAt)
	for status, want := range map[string]Outcome{
		"success": Delivered, "failed:user block": Blocked, "failed: user block": Blocked, "failed: system failed": Failed,
		"failed:system failed": Failed, "failed:freq limit": Failed, "": Unknown, "successful": Unknown, "unsuccess": Unknown, "sent": Unknown,
	} {
		got, err := c.Read(plainQuery(), strings.NewReader(finished(status)))
		wanted := Event{
			Name: EventFinished, OpenID: "oia2TjuEGTNoeX76QEjQNrcURxG8", At: time.Date(2014, 3, 24, 11, 2, 0, 0, time.UTC),
			ProviderID: "200163836", Outcome: want, Status: status,
		}
		if err != nil || got != wanted {
			t.Errorf("%q: got %+v, %v, want %+v", status, got, err, wanted)
		}
	}
}

func TestWhoFollowsAndWhoNoLongerDoesIsRead(t *testing.T) {
	c := callback(t, "", pushedAt)
	for _, name := range []string{EventSubscribe, EventUnsubscribe} {
		got, err := c.Read(plainQuery(), strings.NewReader(strings.ReplaceAll(finished("x"), EventFinished, name)))
		if err != nil || got.Name != name || got.OpenID == "" || got.ProviderID != "" || got.Outcome != Unknown || got.Status != "" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	written := `<xml><FromUserName>o1</FromUserName><CreateTime>1395658920</CreateTime><MsgType>text</MsgType><Content>TD</Content><Event>TEMPLATESENDJOBFINISH</Event></xml>`
	if got, err := c.Read(plainQuery(), strings.NewReader(written)); err != nil || got.Name != "" {
		t.Errorf("what a person wrote: got %+v, %v", got, err)
	}
}

func TestTheSceneOfAScannedCodeIsRead(t *testing.T) {
	c := callback(t, "", pushedAt)
	for _, test := range []struct{ name, key, want string }{
		{EventSubscribe, "qrscene_s1", "s1"}, {EventSubscribe, "", ""}, {EventSubscribe, "last_trade_no_4", ""},
		{EventScan, "s1", "s1"}, {EventScan, strings.Repeat("s", longestScene+1), ""}, {EventUnsubscribe, "s1", ""},
	} {
		push := `<xml><FromUserName>o1</FromUserName><CreateTime>1395658920</CreateTime><MsgType>event</MsgType><Event>` + test.name +
			`</Event><EventKey>` + test.key + `</EventKey><Ticket>t</Ticket></xml>`
		if got, err := c.Read(plainQuery(), strings.NewReader(push)); err != nil || got.Name != test.name || got.OpenID != "o1" || got.Scene != test.want {
			t.Errorf("%s with key %q: got %+v, %v; want scene %q", test.name, test.key, got, err, test.want)
		}
	}
}

func TestAPushThatWeChatDidNotSignIsNotRead(t *testing.T) {
	c := callback(t, "", pushedAt)
	for name, change := range map[string]func(url.Values){
		"no signature": func(q url.Values) { q.Del("signature") }, "another": func(q url.Values) { q.Set("signature", signature("BBBBB", "1395658920", "n1")) },
		"another nonce": func(q url.Values) { q.Set("nonce", "n2") }, "no time": func(q url.Values) { q.Del("timestamp") },
		"an old time": func(q url.Values) {
			q.Set("timestamp", "1395650000")
			q.Set("signature", signature(exampleToken, "1395650000", "n1"))
		},
	} {
		q := plainQuery()
		change(q)
		if got, err := c.Read(q, strings.NewReader(finished("success"))); !errors.Is(err, ErrUnknownSender) || got != (Event{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestInSafeModeTheBodyIsSealedAndSigned(t *testing.T) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	c := callback(t, strings.TrimSuffix(base64.StdEncoding.EncodeToString(key), "="), pushedAt)
	pushed := func(sealed string) (url.Values, string) {
		q := plainQuery()
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", signature(exampleToken, "1395658920", "n1", sealed))
		return q, "<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>"
	}
	q, body := pushed(seal(t, key, finished("success"), exampleApp))
	got, err := c.Read(q, strings.NewReader(body))
	if err != nil || got.Outcome != Delivered || got.ProviderID != "200163836" {
		t.Errorf("got %+v, %v", got, err)
	}
	// Another body under the same signature.
	_, other := pushed(seal(t, key, finished("success"), exampleApp))
	if _, err := c.Read(q, strings.NewReader(other)); !errors.Is(err, ErrUnknownSender) {
		t.Errorf("another body: got %v", err)
	}
	if _, err := c.Read(plainQuery(), strings.NewReader(finished("success"))); !errors.Is(err, ErrMalformedPush) {
		t.Errorf("in the clear: got %v", err)
	}
	q, body = pushed(seal(t, key, finished("success"), "wxother"))
	if _, err := c.Read(q, strings.NewReader(body)); !errors.Is(err, ErrUnknownSender) {
		t.Errorf("for another account: got %v", err)
	}
	for name, sealed := range map[string]string{
		"no base64": "%%%%", "half a block": "AAAA", "another key": seal(t, make([]byte, 32), finished("success"), exampleApp),
		"no event": seal(t, key, "hello", exampleApp),
	} {
		q, body := pushed(sealed)
		if got, err := c.Read(q, strings.NewReader(body)); err == nil || got != (Event{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestAPushThatCantBeReadIsRefused(t *testing.T) {
	c := callback(t, "", pushedAt)
	for name, body := range map[string]string{
		"nothing": "", "no XML": "{}", "another document": "<html><FromUserName>o</FromUserName><CreateTime>1</CreateTime></html>",
		"nobody":   "<xml><CreateTime>1</CreateTime></xml>",
		"no time":  "<xml><FromUserName>o</FromUserName></xml>",
		"no id":    strings.Replace(finished("success"), "<MsgID>200163836</MsgID>", "", 1),
		"too long": finished("success") + strings.Repeat(" ", longestPush),
		"entities": `<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>&a;</FromUserName><CreateTime>1</CreateTime></xml>`,
	} {
		if got, err := c.Read(plainQuery(), strings.NewReader(body)); !errors.Is(err, ErrMalformedPush) || got != (Event{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestAWeakCallbackIsRefused(t *testing.T) {
	for name, c := range map[string][3]string{
		"no AppID": {"", "token", ""}, "no token": {"wx1", "", ""}, "a short key": {"wx1", "token", strings.Repeat("A", 42)}, "no key": {"wx1", "token", strings.Repeat("%", 43)},
	} {
		if _, err := NewCallback(c[0], c[1], c[2], time.Now); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, status := range []string{"success", "failed:user block", "failed: system failed", ""} {
		f.Add(finished(status))
	}
	f.Add("<xml><Encrypt>AAAA</Encrypt></xml>")
	key := make([]byte, 32)
	c, err := NewCallback(exampleApp, exampleToken, "", func() time.Time { return pushedAt })
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := NewCallback(exampleApp, exampleToken, exampleKey, func() time.Time { return pushedAt })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := c.Read(plainQuery(), strings.NewReader(body))
		if err != nil && !errors.Is(err, ErrMalformedPush) || err != nil && got != (Event{}) {
			t.Errorf("got %+v, %v", got, err)
		}
		if got.Outcome != Unknown && (got.Name != EventFinished || got.ProviderID == "") || len(got.Status) > 100 {
			t.Errorf("got %+v", got)
		}
		if len(body) > 1<<15 {
			return
		}
		// The same, sealed, reads the same.
		box := seal(t, key, body, exampleApp)
		q := plainQuery()
		q.Set("msg_signature", signature(exampleToken, "1395658920", "n1", box))
		same, sameErr := sealed.Read(q, strings.NewReader("<xml><Encrypt>"+box+"</Encrypt></xml>"))
		if same != got || (sameErr == nil) != (err == nil) {
			t.Errorf("sealed: got %+v, %v, want %+v, %v", same, sameErr, got, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := make([]byte, 32)
	f.Add([]byte(seal(f, key, finished("success"), exampleApp)))
	f.Add([]byte("AAAA"))
	c, err := NewCallback(exampleApp, exampleToken, exampleKey, func() time.Time { return pushedAt })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, sealed := range []string{string(text), base64.StdEncoding.EncodeToString(text)} {
			got, err := c.open(sealed)
			if err != nil && got != nil {
				t.Errorf("got %q and %v", got, err)
			}
		}
	})
}
