package payment

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/sms"
)

var (
	now  = time.Unix(1764129600, 0)
	page = Page{URL: "https://pay.example.com/sim", Key: sms.Key{Name: "k1", Secret: []byte("a secret of at least thirty-two bytes")}}
)

func TestAnAddressIsSignedAsAWhole(t *testing.T) {
	address := page.Address(Order{ID: "tl_1", SN: "SN 1", ICCID: "8986", Carrier: "中国移动", Back: "https://m.example/terminals/SN%201"}, now)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query, signature, ok := strings.Cut(u.RawQuery, "&signature=")
	signature, err = url.QueryUnescape(signature)
	if !ok || err != nil {
		t.Fatalf("no signature ends %s", address)
	}
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("sn") != "SN 1" || values.Get("carrier") != "中国移动" || values.Get("expires") != strconv.FormatInt(now.Unix()+1800, 10) || values.Get("key") != "k1" {
		t.Errorf("got %v, %v", values, err)
	}
	if want := sms.Sign(page.Key.Secret, values.Get("expires"), values.Get("order"), []byte(query)); signature != want {
		t.Errorf("got signature %s, want %s", signature, want)
	}
	if page.Host() != "pay.example.com" {
		t.Errorf("got host %q", page.Host())
	}
	other := Page{URL: page.URL + "?shop=1", Key: page.Key}
	if got := other.Address(Order{ID: "tl_1"}, now); strings.Count(got, "?") != 1 || !strings.Contains(got, "?shop=1&back=") {
		t.Errorf("got %s", got)
	}
}

// signed is a request's header for a body.
func signed(key sms.Key, at time.Time, body string) http.Header {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), strings.Repeat("a", 32)
	return http.Header{
		sms.HeaderTimestamp: {timestamp}, sms.HeaderNonce: {nonce}, sms.HeaderKey: {key.Name}, sms.HeaderSignature: {sms.Sign(key.Secret, timestamp, nonce, []byte(body))},
	}
}

const report = `{"payment_ref": "P-1", "sn": "SN1", "amount_fen": 3000, "paid_at": "2025-11-26T11:59:00+08:00"}`

func TestAReportIsBelievedOnlyWithItsSignature(t *testing.T) {
	paid, err := page.ReadPaid(signed(page.Key, now, report), strings.NewReader(report), now)
	if err != nil || paid.Ref != "P-1" || paid.SN != "SN1" || paid.AmountFen != 3000 || !paid.At.Equal(now.Add(-time.Minute)) || paid.Nonce == "" {
		t.Errorf("got %+v, %v", paid, err)
	}
	other := sms.Key{Name: "k1", Secret: []byte("another secret of thirty-two bytes")}
	for name, header := range map[string]http.Header{
		"unsigned":       {},
		"another secret": signed(other, now, report),
		"another body":   signed(page.Key, now, report+" "),
		"old":            signed(page.Key, now.Add(-6*time.Minute), report),
		"of tomorrow":    signed(page.Key, now.Add(6*time.Minute), report),
	} {
		if paid, err := page.ReadPaid(header, strings.NewReader(report), now); !errors.Is(err, sms.ErrUnknownSender) || paid != (Paid{}) {
			t.Errorf("%s: got %+v, %v", name, paid, err)
		}
	}
}

func TestAReportThatIsNoneIsRefused(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{}`, `{"payment_ref": 1}`,
		strings.Replace(report, "P-1", "", 1), strings.Replace(report, "P-1", strings.Repeat("9", 65), 1), strings.Replace(report, "P-1", "P\\u00001", 1),
		strings.Replace(report, "3000", "0", 1), strings.Replace(report, "3000", "-1", 1), strings.Replace(report, "3000", "1.5", 1),
		strings.Replace(report, "SN1", "", 1), strings.Replace(report, "11:59", "12:06", 1), strings.Replace(report, "paid_at", "at", 1),
	} {
		if paid, err := page.ReadPaid(signed(page.Key, now, body), strings.NewReader(body), now); !errors.Is(err, ErrMalformed) || paid.Nonce == "" {
			t.Errorf("%s: got %+v, %v", body, paid, err)
		}
	}
}

func FuzzReadPaid(f *testing.F) {
	f.Add(report)
	f.Add(`{"payment_ref": "` + strings.Repeat("x", 70) + `"}`)
	f.Fuzz(func(t *testing.T, body string) {
		paid, err := page.ReadPaid(signed(page.Key, now, body), strings.NewReader(body), now)
		if err == nil && (paid.Ref == "" || paid.AmountFen <= 0 || paid.At.IsZero()) {
			t.Errorf("took %+v", paid)
		}
	})
}

func TestTheGuideForThePaymentPageShowsWhatIsSigned(t *testing.T) {
	text, err := os.ReadFile("../../docs/top-up.md")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"payment_ref": "P-778", "sn": "SN20010001", "amount_fen": 3000, "paid_at": "2025-11-26T11:59:00+08:00"}`
	for _, want := range []string{
		page.Address(Order{ID: "tl_1", SN: "SN20010001", ICCID: "89860447808707221297", Carrier: "CMCC", Back: "https://mingbai.example.com/terminals/SN20010001/top-up"}, now),
		body, sms.Sign(page.Key.Secret, "1764129600", "000102030405060708090a0b0c0d0e0f", []byte(body)),
	} {
		if !strings.Contains(string(text), "\n"+want+"\n") {
			t.Errorf("it does not show %s", want)
		}
	}
}
