package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/ingest"
)

// enrolled puts a merchant's terminal that owes 36 yuan for its first year, as
// the document's examples do, and tells the merchant.
func (s *site) enrolled(t *testing.T) {
	t.Helper()
	for _, put := range [][2]string{
		{"/merchants/M2001", `{"name": "East Gate Noodles", "contact": "Zhou", "phone": "13800002001", "opened_on": "2026-01-15"}`},
		{"/terminals/SN20010001", `{"merchant_ref": "M2001", "shop": "East Gate", "alias": "Counter", "model": "P20", "type": "smart", "activated_on": "2026-02-01"}`},
		{"/terminals/SN20010001/enrolments/sim-annual-36", `{"anchor_on": "2026-02-01", "accepted": [{"version": 1, "accepted_on": "2026-02-01", "accepted_by": "Zhou", "accepted_via": "app"}]}`},
	} {
		s.ask("PUT", "/api/v1"+put[0], put[1]).is(http.StatusOK)
	}
	_, err := s.db.SQL().ExecContext(t.Context(), `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select t.merchant_id, t.id, 'sim_data', p.id, '2026-03-03', 3600, 'sms', '2026-11-15 00:00:00+00:00', '2026-11-15 00:00:00+00:00'
		from terminals t, plans p where t.sn = 'SN20010001' and p.code = 'sim-annual-36'`)
	if err != nil {
		t.Fatal(err)
	}
}

// gated is what the gate answers.
type gated struct {
	ID, Ref, State, Decision, Token string
	Expected                        int64 `json:"expected_fen"`
	Plan                            *string
	Version                         *int
	Cycle                           *struct {
		Index    int
		From, To string
	}
	Reasons []struct {
		Code, Level string
		Text        map[string]string
		Facts       map[string]any
	}
	Ungated bool
	Ends    *time.Time `json:"expires_at"`
}

func (a *answer) gated() (g gated) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &g); err != nil {
		a.t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
	return g
}

const askedFor = `{"ref": "REF", "sn": "SN20010001", "item": "sim_data", "plan": null, "amount_fen": 3600, "at": "2026-11-22T10:00:00+08:00", "period_from": null, "sale_fen": null, "method": null, "origin": "core"}`

func asking(ref string) string { return strings.Replace(askedFor, "REF", ref, 1) }

func TestTheGateIsAskedAndToldWhatBecameOfIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		first := s.ask("POST", "/api/v1/deductions/authorize", asking("G1")).is(http.StatusOK).gated()
		if first.Decision != "allow" || first.State != "authorized" || first.Token == "" || first.Expected != 3600 || *first.Plan != "sim-annual-36" ||
			*first.Version != 1 || first.Cycle.Index != 1 || first.Cycle.From != "2026-03-03" || first.Cycle.To != "2027-03-02" || !first.Ends.Equal(s.clock.Now().Add(15*time.Minute)) || len(first.Reasons) != 0 {
			t.Errorf("got %+v", first)
		}
		second := s.ask("POST", "/api/v1/deductions/authorize", asking("G2")).is(http.StatusOK).gated()
		if second.Decision != "deny" || second.Token != "" || len(second.Reasons) != 1 {
			t.Fatalf("got %+v", second)
		}
		if r := second.Reasons[0]; r.Code != "duplicate_cycle" || r.Level != "deny" || r.Text["zh-CN"] == "" || r.Text["en"] == "" || r.Facts["amount_fen"] != 3600.0 || r.Facts["state"] != "authorized" {
			t.Errorf("got %+v", r)
		}
		s.ask("POST", "/api/v1/deductions/G1/posted", `{}`).is(http.StatusUnprocessableEntity)
		s.ask("POST", "/api/v1/deductions/G1/posted", `{"token": "`+first.Token+`x"}`).is(http.StatusUnprocessableEntity)
		if a := s.ask("POST", "/api/v1/deductions/"+first.ID+"/posted", `{"token": "`+first.Token+`"}`).is(http.StatusOK).gated(); a.State != "posted" || a.Ungated {
			t.Errorf("got %+v", a)
		}
		s.ask("POST", "/api/v1/deductions/G1/posted", `{"token": "`+first.Token+`"}`).is(http.StatusConflict)
		s.ask("POST", "/api/v1/deductions/G1/voided", `{}`).is(http.StatusConflict)
		s.ask("POST", "/api/v1/deductions/nobodys/voided", `{}`).is(http.StatusNotFound)
		if a := s.ask("POST", "/api/v1/deductions/G1/refunded", `{"reason": "half", "amount_fen": 1800}`).is(http.StatusOK).gated(); a.State != "posted" {
			t.Errorf("got %+v", a)
		}
		s.ask("POST", "/api/v1/deductions/G1/reversed", `{"reason": "all"}`).is(http.StatusConflict)
		if a := s.ask("POST", "/api/v1/deductions", asking("G3")).is(http.StatusOK).gated(); !a.Ungated || a.State != "posted" || a.Reasons[0].Code != "duplicate_cycle" {
			t.Errorf("got %+v", a)
		}
		if a := s.ask("POST", "/api/v1/deductions/G3/reversed", `{"reason": "taken twice"}`).is(http.StatusOK).gated(); a.State != "reversed" {
			t.Errorf("got %+v", a)
		}
	})
}

func TestTheSameCallAtTheGateHasOneEffect(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		first := s.ask("POST", "/api/v1/deductions/authorize", asking("G1"), "Idempotency-Key", "k1").is(http.StatusOK).gated()
		again := s.ask("POST", "/api/v1/deductions/authorize", asking("G1"), "Idempotency-Key", "k1").is(http.StatusOK).gated()
		other := s.ask("POST", "/api/v1/deductions/authorize", asking("G1"), "Idempotency-Key", "k2").is(http.StatusOK).gated()
		if first.Token == "" || again.Token != first.Token || other.Token != first.Token {
			t.Errorf("got %q, %q and %q", first.Token, again.Token, other.Token)
		}
		s.ask("POST", "/api/v1/deductions/authorize", strings.Replace(asking("G1"), "3600", "3500", 1)).is(http.StatusConflict)
	})
}

// TestNoAmountIsTakenInThatTotalsCantHold asks for amounts so great that the total
// of two of them is none any more. The bills of all terminals would wait for ever.
func TestNoAmountIsTakenInThatTotalsCantHold(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		of := func(ref, amount, more string) string {
			return strings.Replace(asking(ref), "3600", amount+more, 1)
		}
		for body, want := range map[string]string{
			of("M1", "9223372036854775807", ""): "amount_fen import.value.too_large",
			of("M2", "-1000000000001", ""):      "amount_fen import.value.too_large",
			strings.Replace(of("M3", "3600", ""), `"sale_fen": null`, `"sale_fen": 1000000000001`, 1): "sale_fen import.value.too_large",
			of("M4", "3600", `, "sale_net_fen": -9223372036854775808`):                                "sale_net_fen import.value.too_large",
			of("M5", "3600", `, "sale_count": 1000000001`):                                            "sale_count import.value.too_large",
			strings.Replace(of("M6", "3600", ""), "2026-", "9999-", 1):                                "at gate.at_wrong",
		} {
			for _, path := range []string{"/deductions/authorize", "/deductions"} {
				if got := names(s.ask("POST", "/api/v1"+path, body).problem(http.StatusUnprocessableEntity, "invalid")); got != want {
					t.Errorf("%s %s: got %s, want %s", path, body, got, want)
				}
			}
		}
		for _, ref := range []string{"M7", "M8", "M9"} {
			s.ask("POST", "/api/v1/deductions", of(ref, "1000000000000", "")).is(http.StatusOK)
		}
		s.ask("POST", "/api/v1/deductions/authorize", of("M10", "3700", "")).is(http.StatusOK)
		for _, at := range []string{"1999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"} {
			got := names(s.ask("POST", "/api/v1/deductions/M10/posted", `{"at": "`+at+`"}`).problem(http.StatusUnprocessableEntity, "invalid"))
			if got != "at gate.at_wrong" {
				t.Errorf("posted at %s: got %s", at, got)
			}
		}
		if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestABatchIsAnsweredInOrderWithItsFaults(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		body := `{"requests": [` + asking("B1") + `,` + strings.Replace(asking("B2"), "SN20010001", "SN-UNKNOWN", 1) + `,` + asking("B3") + `]}`
		var got struct {
			Batch   string
			Held    bool
			Answers []struct {
				Ref, Decision, Token string
				Problem              *struct {
					Code   string
					Errors []struct{ Name, Code string }
				}
			}
		}
		a := s.ask("POST", "/api/v1/deductions/authorize-batch", body).is(http.StatusOK)
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Answers) != 3 || got.Held || got.Answers[0].Decision != "allow" || got.Answers[0].Token == "" || got.Answers[2].Decision != "deny" {
			t.Fatalf("got %s", a.body)
		}
		if p := got.Answers[1].Problem; p == nil || len(p.Errors) != 1 || p.Errors[0].Name != "sn" || p.Errors[0].Code != "import.reference.terminal" {
			t.Errorf("got %s", a.body)
		}
		if found := s.ask("GET", "/api/v1/deductions/B1", "").is(http.StatusOK).gated(); found.Token != got.Answers[0].Token {
			t.Errorf("asked for again it has the token %q", found.Token)
		}
	})
}
