package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestALinkIsMadeForAMerchantsPersonOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		const path = "/api/v1/entry-links"
		var l struct {
			ID, URL string
			UserID  string    `json:"user_id"`
			Ends    time.Time `json:"expires_at"`
		}
		made := s.ask("POST", path, `{"merchant_ref": "M2001", "phone": "13800002001", "to": "/terminals/SN20010001"}`, "Idempotency-Key", "e1").is(http.StatusOK)
		if err := json.Unmarshal([]byte(made.body), &l); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(l.ID, "el_") || !strings.Contains(l.URL, "/enter/") || !l.Ends.Equal(s.clock.Now().Add(time.Minute)) {
			t.Errorf("got %+v", l)
		}
		again := s.ask("POST", path, `{"merchant_ref": "M2001", "phone": "13800002001", "to": "/terminals/SN20010001"}`, "Idempotency-Key", "e1").is(http.StatusOK)
		var kept string
		if err := s.db.QueryRow(t.Context(), `select body from api_answers where idempotency_key = 'e1'`).Scan(&kept); err != nil || strings.Contains(kept, "enter") || !strings.HasPrefix(kept, "sealed:") {
			t.Errorf("the database keeps %q, %v; want nothing that lets anybody in", kept, err)
		}
		if again.body != made.body {
			t.Errorf("the same request is answered %s, then %s", made.body, again.body)
		}
		s.ask("POST", path, `{"merchant_ref": "M2001", "user_id": "`+l.UserID+`"}`).is(http.StatusOK)
		for body, status := range map[string]int{
			`{"merchant_ref": "M2001"}`: http.StatusUnprocessableEntity,
			`{"merchant_ref": "M2001", "phone": "13800002001", "user_id": "` + l.UserID + `"}`: http.StatusUnprocessableEntity,
			`{"merchant_ref": "M2001", "phone": "13800002001", "to": "https://evil.example/"}`: http.StatusUnprocessableEntity,
			`{"merchant_ref": "M2001", "phone": "13800002001", "to": "//evil.example/"}`:       http.StatusUnprocessableEntity,
			`{"merchant_ref": "M1001", "phone": "13800002001"}`:                                http.StatusNotFound,
			`{"merchant_ref": "nobody", "phone": "13800002001"}`:                               http.StatusNotFound,
			`{"phone": "13800002001"}`: http.StatusUnprocessableEntity,
			`{"merchant_ref": "M2001", "phone": "13800002001", "password": "secret"}`: http.StatusUnprocessableEntity,
		} {
			s.ask("POST", path, body).is(status)
		}
		if strings.Contains(s.log.String(), strings.TrimPrefix(l.URL[strings.LastIndex(l.URL, "/"):], "/")) {
			t.Error("the link's secret is in the log")
		}
	})
}
