package hooks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/web/sms"
)

// paid sends a report of the payment page, signed by a key as of a moment.
func (p *portal) paid(key sms.Key, at time.Time, nonce, body string) (status int, answer string) {
	r := httptest.NewRequest(http.MethodPost, "/hooks/top-up", strings.NewReader(body))
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(sms.HeaderTimestamp, timestamp)
	r.Header.Set(sms.HeaderNonce, nonce)
	r.Header.Set(sms.HeaderKey, key.Name)
	r.Header.Set(sms.HeaderSignature, sms.Sign(key.Secret, timestamp, nonce, []byte(body)))
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestWhatWasPaidIntoASIMIsTakenSignedAndOnce(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		now := p.clock.Now()
		intaketest.File(t, p.db, now, merchant.StageMerchants, merchant.TakeMerchants, merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: date.MustParse("2025-01-10")})
		intaketest.File(t, p.db, now, merchant.StageTerminals, merchant.TakeTerminals, merchant.TerminalRow{SN: "8201", MerchantRef: "M1"})
		body := func(ref, sn string, fen int) string {
			return fmt.Sprintf(`{"payment_ref": %q, "sn": %q, "amount_fen": %d, "paid_at": "2026-11-22T09:59:00+08:00"}`, ref, sn, fen)
		}
		nonce := func(n int) string { return fmt.Sprintf("%032d", n) }
		status, first := p.paid(p.key, now, nonce(1), body("P-1", "8201", 3000))
		if status != http.StatusOK || !strings.Contains(first, `"id":"tu_`) {
			t.Fatalf("got %d %s", status, first)
		}
		for _, c := range []struct {
			name   string
			key    sms.Key
			at     time.Time
			nonce  int
			body   string
			status int
			says   string
		}{
			{"replayed", p.key, now, 1, body("P-1", "8201", 3000), http.StatusConflict, "repeated"},
			{"sent again", p.key, now, 2, body("P-1", "8201", 3000), http.StatusOK, first},
			{"another amount under the same number", p.key, now, 3, body("P-1", "8201", 9000), http.StatusConflict, "other_payment"},
			{"a terminal of nobody's", p.key, now, 4, body("P-2", "9999", 3000), http.StatusUnprocessableEntity, "unknown_terminal"},
			{"nothing paid", p.key, now, 5, body("P-2", "8201", 0), http.StatusBadRequest, "malformed"},
			{"no report", p.key, now, 6, "paid!", http.StatusBadRequest, "malformed"},
			{"another's key", sms.Key{Name: p.key.Name, Secret: []byte("another secret of thirty-two bytes")}, now, 7, body("P-2", "8201", 3000), http.StatusUnauthorized, "unknown_sender"},
			{"old", p.key, now.Add(-6 * time.Minute), 8, body("P-2", "8201", 3000), http.StatusUnauthorized, "unknown_sender"},
		} {
			status, answer := p.paid(c.key, c.at, nonce(c.nonce), c.body)
			if status != c.status || !strings.Contains(answer, c.says) {
				t.Errorf("%s: got %d %s, want %d %s", c.name, status, answer, c.status, c.says)
			}
		}
		intaketest.WantTexts(t, p.db, `select payment_ref || ' ' || amount_fen from top_ups`, "P-1 3000")
	})
}
