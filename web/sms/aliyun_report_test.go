package sms

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// pushed is the documented example, with a number in full.
const pushed = `[
  {
    "phone_number" : "13811111111",
    "send_time" : "2017-01-01 00:00:00",
    "report_time" : "2017-01-01 00:00:05",
    "success" : true,
    "err_code" : "DELIVERED",
    "err_msg" : "用户接收成功",
    "sms_size" : "1",
    "biz_id" : "12345",
    "out_id" : "67890"
  },
  {"phone_number":"13811111112","send_time":"2017-01-01 00:00:00","report_time":"x","success":false,"err_code":"MOBILE_NOT_ON_SERVICE","sms_size":2,"biz_id":"12346"}
]`

func TestAPushOfReportsIsRead(t *testing.T) {
	got, err := ParseReports([]byte(pushed))
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Date(2016, 12, 31, 16, 0, 0, 0, time.UTC)
	want := []Report{
		{ID: "67890", ProviderID: "12345", To: "13811111111", Delivered: true, Code: "DELIVERED", SentAt: sent, ReportedAt: sent.Add(5 * time.Second), Parts: 1},
		{ProviderID: "12346", To: "13811111112", Code: "MOBILE_NOT_ON_SERVICE", SentAt: sent, Parts: 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestWhatCantBeReadOfAPushIsLeftOut(t *testing.T) {
	for body, readable := range map[string]int{
		``: 0, `null`: 0, `{}`: 0, `"x"`: 0, `[1]`: 0, `[null]`: 0, `[{}]`: 0, `[{"biz_id":"1"}]`: 0, // says nothing of success
		`[{"success":true}]`:                0, // names no message
		`[{"success":"true","biz_id":"1"}]`: 0, // is never read as delivered
		`[{"success":true,"biz_id":"1"},7]`: 1, `[{"success":true,"biz_id":"1"}`: 0,
	} {
		got, err := ParseReports([]byte(body))
		if len(got) != readable || !errors.Is(err, ErrMalformedReport) {
			t.Errorf("%s: got %d reports, %v", body, len(got), err)
		}
	}
	if got, err := ParseReports([]byte(`[]`)); err != nil || len(got) != 0 {
		t.Errorf("an empty push: got %v, %v", got, err)
	}
}

func TestOnlyWhoKnowsTheTokenAndComesFromTheNetworksMayPush(t *testing.T) {
	token := strings.Repeat("k", 32)
	gate, err := NewReportGate(token, []string{"203.0.113.0/24", "198.51.100.7", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token, from string
		ok          bool
	}{
		{token, "203.0.113.9", true}, {token, "198.51.100.7", true}, {token, "2001:db8::1", true}, {token, "::ffff:203.0.113.9", true},
		{token, "198.51.100.8", false}, {token, "2001:db9::1", false},
		{token[1:], "203.0.113.9", false}, {token + "k", "203.0.113.9", false}, {"", "203.0.113.9", false},
	} {
		reports, err := gate.Read(c.token, netip.MustParseAddr(c.from), strings.NewReader(pushed))
		if c.ok != (err == nil) || c.ok != (len(reports) == 2) || !c.ok && !errors.Is(err, ErrUnknownSender) {
			t.Errorf("%q from %s: got %d reports, %v", c.token, c.from, len(reports), err)
		}
	}
	if _, err := gate.Read(token, netip.Addr{}, strings.NewReader(pushed)); !errors.Is(err, ErrUnknownSender) {
		t.Errorf("from nowhere: got %v", err)
	}
	open, err := NewReportGate(token, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Read(token, netip.MustParseAddr("192.0.2.1"), strings.NewReader(pushed)); err != nil {
		t.Errorf("without networks: got %v", err)
	}
}

func TestAPushThatIsTooLongIsRefused(t *testing.T) {
	token := strings.Repeat("k", 32)
	gate, err := NewReportGate(token, nil)
	if err != nil {
		t.Fatal(err)
	}
	long := `[` + strings.Repeat(" ", longestPush) + `]`
	if _, err := gate.Read(token, netip.MustParseAddr("192.0.2.1"), strings.NewReader(long)); !errors.Is(err, ErrMalformedReport) {
		t.Errorf("got %v", err)
	}
}

func TestAWeakGateIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		token    string
		networks []string
	}{
		"a short token": {strings.Repeat("k", 31), nil},
		"no address":    {strings.Repeat("k", 32), []string{"aliyun.com"}},
		"no network":    {strings.Repeat("k", 32), []string{"203.0.113.0/33"}},
	} {
		if _, err := NewReportGate(c.token, c.networks); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestTheAnswerToAPushIsWhatAliyunAsksFor(t *testing.T) {
	var said struct{ Code *int }
	if err := json.Unmarshal([]byte(AliyunReportAnswer), &said); err != nil || said.Code == nil {
		t.Errorf("got %s: %v", AliyunReportAnswer, err)
	}
}

func FuzzParseReports(f *testing.F) {
	for _, seed := range []string{pushed, `[]`, `[{"success":true,"biz_id":"1","sms_size":1e9}]`, `[{"success":true,"biz_id":"1","sms_size":{"a":1}}]`, `[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		reports, err := ParseReports(body)
		if err != nil && !errors.Is(err, ErrMalformedReport) {
			t.Errorf("the error is %v", err)
		}
		for _, r := range reports {
			if r.ProviderID == "" || r.Parts < 0 || len(r.Code) > 80 {
				t.Errorf("got %+v", r)
			}
		}
	})
}
