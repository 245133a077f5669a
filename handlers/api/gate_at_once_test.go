package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestAHundredIdenticalCallsAtOnceHaveOneEffect(t *testing.T) {
	for name, keyed := range map[string]bool{"with one key": true, "without a key": false} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				s.enrolled(t)
				answers := make([]*answer, 100)
				var all sync.WaitGroup
				for i := range answers {
					all.Go(func() {
						var headers []string
						if keyed {
							headers = []string{"Idempotency-Key", "one"}
						}
						answers[i] = s.ask("POST", "/api/v1/deductions/authorize", asking("G1"), headers...)
					})
				}
				all.Wait()
				token := ""
				for _, a := range answers {
					got := a.is(http.StatusOK).gated()
					if token == "" {
						token = got.Token
					}
					if got.Token == "" || got.Token != token {
						t.Fatalf("got the token %q beside %q", got.Token, token)
					}
				}
				for _, table := range []string{"gate_requests", "gate_decisions", "gate_steps", "gate_claims"} {
					if n := s.count(table); n != 1 {
						t.Errorf("%s has %d rows; want one", table, n)
					}
				}
				s.ask("POST", "/api/v1/deductions/authorize", asking("G2")).is(http.StatusOK)
				s.ask("POST", "/api/v1/deductions/G2/posted", `{"token": "`+token+`"}`).problem(http.StatusUnprocessableEntity, "invalid")
			})
		})
	}
}

func TestWhatCanNotBeReadLeavesNothingBehind(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		for name, body := range map[string]string{
			"no JSON": `{"ref": "X"`, "a list": `[]`, "a text": `"x"`, "null": `null`, "another kind": strings.Replace(asking("X"), "3600", `"3600"`, 1),
			"a fraction": strings.Replace(asking("X"), "3600", `36.5`, 1), "too large a number": strings.Replace(asking("X"), "3600", `99999999999999999999`, 1),
			"no moment": strings.Replace(asking("X"), "2026-11-22T10:00:00+08:00", "yesterday", 1), "the year 0": strings.Replace(asking("X"), "2026-11-22T10", "0000-01-01T10", 1),
			"a zero character": strings.Replace(asking("X"), `"X"`, `"X\u0000"`, 1), "no ref": strings.Replace(asking("X"), `"X"`, `""`, 1),
			"a property that there is not": strings.Replace(asking("X"), `{"ref"`, `{"colour": 1, "ref"`, 1), "deep": strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000),
			"ten megabytes": `{"ref": "` + strings.Repeat("x", 10<<20) + `"}`,
		} {
			a := s.ask("POST", "/api/v1/deductions/authorize", body)
			if a.status < 400 || a.status >= 500 || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: got %d: %.300s", name, a.status, a.body)
			}
		}
		for _, table := range []string{"gate_requests", "gate_decisions", "deduction_refs where ref = 'X'"} {
			if n := s.count(table); n != 0 {
				t.Errorf("%s has %d rows; want none", table, n)
			}
		}
	})
}
