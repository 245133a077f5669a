package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

func TestAValueThatCannotBeMeantIsRefusedWithItsOwnReason(t *testing.T) {
	readers := map[string]func(string) *problem{
		"amount":  func(s string) *problem { _, p := yuan(s); return p },
		"sale":    func(s string) *problem { _, p := saleYuan(s); return p },
		"notice":  func(s string) *problem { _, p := noticeYuan(s); return p },
		"date":    func(s string) *problem { _, p := day(s); return p },
		"instant": func(s string) *problem { _, p := instant(s); return p },
		"count":   func(s string) *problem { _, p := count(s); return p },
		"version": func(s string) *problem { _, p := version(s); return p },
		"state":   func(s string) *problem { _, p := choice(fee.Posted, fee.Waived)(s); return p },
		"phone":   func(s string) *problem { _, p := phone(s); return p },
		"email":   func(s string) *problem { _, p := email(s); return p },
		"code":    func(s string) *problem { _, p := code(s); return p },
		"channel": func(s string) *problem { _, p := channel(s); return p },
		"ref":     func(s string) *problem { _, p := ref(s); return p },
		"slug":    func(s string) *problem { _, p := slug(s); return p },
	}
	tests := []struct{ reader, text, want string }{
		{"amount", "36", ""}, {"amount", "36.5", ""}, {"amount", "-36.00", ""}, {"amount", "0", ""},
		{"amount", "36.005", "import.value.decimals"},
		{"amount", "36.000", "import.value.decimals"},
		{"amount", "1,204.50", "import.value.not_money"},
		{"amount", "¥36", "import.value.not_money"},
		{"amount", "3.6e1", "import.value.not_money"},
		{"amount", "三十六", "import.value.not_money"},
		{"amount", "36.", "import.value.not_money"},
		{"amount", "99999999999999999999", "import.value.too_large"},
		{"amount", "10000000000.00", ""}, {"amount", "-10000000000.00", ""},
		{"amount", "10000000000.01", "import.value.too_large"}, {"amount", "-10000000000.01", "import.value.too_large"},
		{"sale", "0", ""}, {"sale", "-0.01", "import.value.below_zero"}, {"sale", "1.005", "import.value.decimals"},
		{"notice", "0.01", ""}, {"notice", "0", "import.value.not_positive"}, {"notice", "x", "import.value.not_money"},
		{"date", "2026-01-31", ""}, {"date", "1990-01-01", ""}, {"date", "2100-12-31", ""}, {"date", "2024-02-29", ""},
		{"date", "1989-12-31", "import.value.century"},
		{"date", "2101-01-01", "import.value.century"},
		{"date", "0206-01-31", "import.value.century"},
		{"date", "1926-01-31", "import.value.century"},
		{"date", "9999-12-31", "import.value.century"},
		{"date", "26-01-31", "import.value.not_date"},
		{"date", "2026-02-29", "import.value.not_date"},
		{"date", "2026-13-01", "import.value.not_date"},
		{"date", "2026/01/31", "import.value.not_date"},
		{"date", "2026-1-31", "import.value.not_date"},
		{"date", "2026-01-31T00:00:00", "import.value.not_date"},
		{"instant", "2026-01-31T09:30:00+08:00", ""}, {"instant", "2026-01-31T01:30:00.5Z", ""},
		{"instant", "2026-01-31T09:30:00", "import.value.no_zone"},
		{"instant", "2026-01-31 09:30:00", "import.value.not_instant"},
		{"instant", "2026-01-31", "import.value.not_instant"},
		{"instant", "2026-01-31T25:30:00+08:00", "import.value.not_instant"},
		{"instant", "2026-01-31T09:30:00,5+08:00", "import.value.not_instant"},
		{"instant", "1926-01-31T09:30:00+08:00", "import.value.century"},
		{"count", "0", ""}, {"count", "39", ""},
		{"count", "-1", "import.value.not_count"}, {"count", "+1", "import.value.not_count"}, {"count", "1.0", "import.value.not_count"},
		{"count", "1,204", "import.value.not_count"}, {"count", "0x10", "import.value.not_count"},
		{"count", "9223372036854775808", "import.value.too_large"}, {"count", "1000000000", ""}, {"count", "1000000001", "import.value.too_large"},
		{"version", "1", ""}, {"version", "0", "import.value.not_version"}, {"version", "1000001", "import.value.not_version"}, {"version", "v1", "import.value.not_count"},
		{"state", "posted", ""}, {"state", "Posted", "import.value.not_choice"}, {"state", "denied", "import.value.not_choice"},
		{"phone", "13800006621", ""}, {"phone", "+86 138 0000 6621", ""}, {"phone", "0571-88880000", ""}, {"phone", "(010) 88880000", ""}, {"phone", "400-800-8820", ""}, {"phone", "95588", ""},
		{"phone", "1380000662x", "import.value.not_phone"}, {"phone", "123", "import.value.not_phone"}, {"phone", "138000066211380000662113800006621", "import.value.not_phone"}, {"phone", "=1+2222222", "import.value.not_phone"},
		{"email", "m1@example.com", ""}, {"email", "m1", "import.value.not_email"}, {"email", "a@b@c", "import.value.not_email"}, {"email", "Zhou <m1@example.com>", "import.value.not_email"},
		{"code", "820000018093", ""}, {"code", "sim-annual-36", ""}, {"code", "82 00", "import.value.not_code"}, {"code", "终端", "import.value.not_code"}, {"code", strings.Repeat("8", 65), "import.value.too_long"},
		{"channel", "sms", ""}, {"channel", "in-portal", ""}, {"channel", "SMS", "import.value.not_channel"}, {"channel", "短信", "import.value.not_channel"},
		{"ref", "手工-0001", ""}, {"ref", strings.Repeat("长", 100), ""}, {"ref", strings.Repeat("长", 101), "import.value.too_long"}, {"ref", "a\nb", "import.value.control"}, {"ref", "a\u0085b", "import.value.control"},
		{"slug", "terminal-fees", ""}, {"slug", "Terminal", "import.value.not_slug"}, {"slug", "a--b", "import.value.not_slug"}, {"slug", "../a", "import.value.not_slug"},
	}
	for _, tt := range tests {
		got := readers[tt.reader](tt.text)
		if (got == nil) != (tt.want == "") || got != nil && got.key != tt.want {
			t.Errorf("%s %q: got %v, want %q", tt.reader, tt.text, got, tt.want)
		}
		if got != nil {
			catalogue(t, "zh-CN")(got.key, got.args...)
			catalogue(t, "en")(got.key, got.args...)
		}
	}
}

func TestAnInstantIsKeptInUTCToTheMicrosecond(t *testing.T) {
	got, p := instant("2026-01-31T09:30:00.123456789+08:00")
	if want := time.Date(2026, 1, 31, 1, 30, 0, 123456000, time.UTC); p != nil || got != want {
		t.Errorf("got %v %v, want %v", got, p, want)
	}
}

func FuzzValuesReadWhatTheyWrite(f *testing.F) {
	for _, seed := range []string{"36.00", "-0.5", "2026-01-31", "2026-01-31T09:30:00+08:00", "39", "13800006621", "m1@example.com", "sim-36", "老街面馆", "terminal-fees"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if amount, p := yuan(s); p == nil {
			if again, p := yuan(amount.Yuan()); p != nil || again != amount {
				t.Errorf("%q: %v is read again as %v", s, amount, again)
			}
		}
		if d, p := day(s); p == nil && (d.String() != s || d < date.New(1990, 1, 1)) {
			t.Errorf("%q is read as %v", s, d)
		}
		if at, p := instant(s); p == nil {
			if again, p := instant(at.Format(time.RFC3339Nano)); p != nil || !again.Equal(at) {
				t.Errorf("%q: %v is read again as %v", s, at, again)
			}
		}
		if n, p := count(s); p == nil && n < 0 {
			t.Errorf("%q is counted as %d", s, n)
		}
		if v, p := version(s); p == nil && v < 1 {
			t.Errorf("%q is version %d", s, v)
		}
		for name, read := range map[string]func(string) (string, *problem){
			"phone": phone, "email": email, "code": code, "channel": channel, "slug": slug, "ref": ref, "name": name,
		} {
			if got, p := read(s); p == nil && (got != s || strings.ContainsAny(got, "\x00\r\n")) {
				t.Errorf("%s keeps %q as %q", name, s, got)
			}
		}
	})
}
