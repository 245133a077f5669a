package sms

import (
	"errors"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var reportKey = Key{Name: "r1", Secret: []byte("the secret of the reports has 32 b")}

const reportNonce = "000102030405060708090a0b0c0d0e0f"

// reportedAt is the moment of the documented signature.
var reportedAt = time.Unix(1764129600, 0)

// signedHeader returns the headers of a push with the body.
func signedHeader(body string) http.Header {
	h := http.Header{}
	h.Set(HeaderTimestamp, "1764129600")
	h.Set(HeaderNonce, reportNonce)
	h.Set(HeaderKey, "r1")
	h.Set(HeaderSignature, Sign(reportKey.Secret, "1764129600", reportNonce, []byte(body)))
	return h
}

const signedReports = `{"reports":[
	{"id":"m_1","gateway_id":"g-1","to":"+8613812346621","status":"delivered","at":"2026-11-22T10:00:07+08:00"},
	{"id":"m_2","to":"13812346622","status":"failed","reason":"MK:0001"}]}`

func TestASignedPushOfReportsIsRead(t *testing.T) {
	got, err := ReadSigned(reportKey, signedHeader(signedReports), strings.NewReader(signedReports), reportedAt)
	want := Signed{Nonce: reportNonce, Reports: []Report{
		{ID: "m_1", ProviderID: "g-1", To: "+8613812346621", Delivered: true, ReportedAt: time.Date(2026, 11, 22, 2, 0, 7, 0, time.UTC)},
		{ID: "m_2", To: "13812346622", Code: "MK:0001"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestAPushThatTheGatewayDidNotSignIsNotRead(t *testing.T) {
	for name, change := range map[string]func(h http.Header, k *Key){
		"another body":    func(h http.Header, _ *Key) { h.Set(HeaderSignature, signedHeader("{}").Get(HeaderSignature)) },
		"another secret":  func(_ http.Header, k *Key) { k.Secret = []byte("another secret of more than 32 bytes") },
		"another key":     func(h http.Header, _ *Key) { h.Set(HeaderKey, "r2") },
		"no secret":       func(_ http.Header, k *Key) { k.Secret = nil },
		"no signature":    func(h http.Header, _ *Key) { h.Del(HeaderSignature) },
		"a new time":      func(h http.Header, _ *Key) { h.Set(HeaderTimestamp, "1764129601") },
		"another nonce":   func(h http.Header, _ *Key) { h.Set(HeaderNonce, strings.Repeat("0", 32)) },
		"a short nonce":   func(h http.Header, _ *Key) { h.Set(HeaderNonce, "00") },
		"no time":         func(h http.Header, _ *Key) { h.Del(HeaderTimestamp) },
		"an endless time": func(h http.Header, _ *Key) { h.Set(HeaderTimestamp, "99999999999999999999") },
	} {
		header, key := signedHeader(signedReports), reportKey
		change(header, &key)
		if got, err := ReadSigned(key, header, strings.NewReader(signedReports), reportedAt); !errors.Is(err, ErrUnknownSender) || got.Nonce != "" || got.Reports != nil {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, at := range []time.Duration{-oldestSigned - time.Second, oldestSigned + time.Second} {
		if _, err := ReadSigned(reportKey, signedHeader(signedReports), strings.NewReader(signedReports), reportedAt.Add(at)); !errors.Is(err, ErrUnknownSender) {
			t.Errorf("%s later: got %v", at, err)
		}
	}
}

func TestASignedPushThatLacksSomethingIsMalformed(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{}`, `{"reports":null}`, `{"reports":[{}]}`, `{"reports":[{"id":"m_1","to":"+86138","status":"sent"}]}`,
		`{"reports":[{"to":"+86138","status":"failed"}]}`, `{"reports":[{"id":"m_1","status":"failed"}]}`,
		`{"reports":[{"id":"m_1","to":"+86138","status":"failed","at":"yesterday"}]}`,
		`{"reports":[{"id":"m_1","to":"+86138","status":"failed","reason":"` + strings.Repeat("x", 81) + `"}]}`,
		`{"reports":[]}` + strings.Repeat(" ", longestPush),
	} {
		got, err := ReadSigned(reportKey, signedHeader(body), strings.NewReader(body), reportedAt)
		if !errors.Is(err, ErrMalformedReport) || got.Reports != nil {
			t.Errorf("%.80s: got %+v, %v", body, got, err)
		}
	}
}

func TestTheDocumentedSignatureOfReportsIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/sms-hook.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Delivery reports")
	written := regexp.MustCompile(`v1=[0-9a-f]{64}`).FindString(section)
	if want := Sign(reportKey.Secret, "1764129600", reportNonce, []byte(`{"reports":[]}`)); written != want {
		t.Errorf("the page has %s, want %s", written, want)
	}
	for _, name := range []string{string(reportKey.Secret), reportNonce, "1764129600"} {
		if !strings.Contains(section, name) {
			t.Errorf("the page does not name %s", name)
		}
	}
}

func FuzzASignedPushIsReadOrRefused(f *testing.F) {
	f.Add(signedReports)
	f.Add(`{"reports":[{"id":"m","to":"1","status":"failed","at":1}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := ReadSigned(reportKey, signedHeader(body), strings.NewReader(body), reportedAt)
		if err != nil && !errors.Is(err, ErrMalformedReport) {
			t.Errorf("got %v", err)
		}
		for _, r := range got.Reports {
			if r.ID == "" || r.To == "" || err != nil {
				t.Errorf("got report %+v with %v", r, err)
			}
		}
	})
}
