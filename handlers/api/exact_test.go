package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestWhatAReaderWouldPassOverIsNamedAndRefused(t *testing.T) {
	s := newSiteOnSQLite(t)
	s.enrolled(t)
	before := s.count("sim_usage")
	with := func(more string) string { return strings.Replace(asking("E1"), "{", "{"+more+", ", 1) }
	many := `{"requests": [` + asking("E1") + `, ` + with(`"amount_fen": 1`) + `]}`
	for path, bodies := range map[string]map[string]string{
		"/deductions/authorize": {
			with(`"amount_fen": 1`):                               "amount_fen value.twice",
			with(`"amount\u005ffen": 1`):                          "amount_fen value.twice",
			with(`"Amount_Fen": 1`):                               "Amount_Fen value.unknown",
			strings.Replace(asking("E1"), "3600", "3600.0", 1):    "amount_fen value.not_integer",
			strings.Replace(asking("E1"), "3600", "36e2", 1):      "amount_fen value.not_integer",
			strings.Replace(asking("E1"), "3600", "1"+zeros, 1):   "amount_fen import.value.too_large",
			with(`"x": {"a": [{"b": "\"}", "c": 1, "b": null}]}`): "x.a[0].b value.twice",
		},
		"/deductions/authorize-batch": {
			many:                                    "requests[1].amount_fen value.twice",
			strings.Replace(many, "3600", "-0.", 1): "",
			strings.ReplaceAll(many, "3600", "3e3"): "requests[0].amount_fen value.not_integer, requests[1].amount_fen value.twice, requests[1].amount_fen value.not_integer",
		},
		"/usage": {
			`[{"sn": "SN20010001", "date": "2026-03-04", "used_mb": 1}, {"sn": "SN20010001", "date": "2026-03-05", "used_mb": 1, "used_mb": 2}]`: "[1].used_mb value.twice",
		},
		"/deductions/simulate": {
			`{"plan": {}, "request": {"amount_fen": 1, "amount_fen": 2}}`: "request.amount_fen value.twice",
		},
	} {
		for body, want := range bodies {
			a := s.ask("POST", "/api/v1"+path, body)
			if want == "" {
				a.problem(http.StatusBadRequest, "not_json")
				continue
			}
			var code string
			if code = "invalid"; path == "/usage" {
				code = "rows_wrong"
			}
			if got := names(a.problem(http.StatusUnprocessableEntity, code)); got != want {
				t.Errorf("%s %s: got %s, want %s", path, body, got, want)
			}
		}
	}
	if got := s.count("deductions where ref = 'E1'") + s.count("sim_usage") - before; got != 0 {
		t.Errorf("got %d rows of what was refused, want none", got)
	}
}

const zeros = "00000000000000000000"
