package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/web/i18n"
)

const anyForecast = "/api/v1/terminals/T2001/forecast"

func TestARequestNeedsAKeyThatCounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for header, code := range map[string]string{
			"": "key_missing", "Bearer": "key_missing", "Basic " + s.key: "key_missing",
			"Bearer nonsense": "key_unknown", "Bearer mbk_" + strings.Repeat("a", 52): "key_unknown",
		} {
			a := s.ask("GET", anyForecast, "", "Authorization", header)
			a.problem(http.StatusUnauthorized, code)
			if a.header.Get("WWW-Authenticate") != "Bearer" || len(a.header.Values("Set-Cookie")) > 0 {
				t.Errorf("%q: got %v", header, a.header)
			}
		}
		id, secret := s.add(apikey.NewKey{Name: "usage", Scopes: []apikey.Scope{apikey.UsageWrite}})
		s.ask("GET", anyForecast, "", "Authorization", "Bearer "+secret).problem(http.StatusForbidden, "scope_missing")
		s.ask("POST", "/api/v1/usage", "[]", "Authorization", "bearer "+secret).is(http.StatusOK)
		if err := apikey.Revoke(t.Context(), s.db, s.clock.Now(), apikey.By{Actor: audit.Actor{Kind: audit.CLI, ID: "t"}}, id); err != nil {
			t.Fatal(err)
		}
		s.ask("POST", "/api/v1/usage", "[]", "Authorization", "Bearer "+secret).problem(http.StatusUnauthorized, "key_unknown")
	})
}

func TestAKeyIsOfUseOnlyFromItsNetworks(t *testing.T) {
	s := newSiteOnSQLite(t)
	for network, want := range map[string]int{"192.0.2.0/24": http.StatusOK, "198.51.100.0/24": http.StatusForbidden} {
		_, secret := s.add(apikey.NewKey{Name: "usage", Scopes: apikey.Scopes, Networks: []string{network}})
		// Nobody's word on the address counts where there is no proxy of ours.
		s.ask("POST", "/api/v1/usage", "[]", "Authorization", "Bearer "+secret, "X-Forwarded-For", "198.51.100.1").is(want)
	}
}

func TestAKeyThatAsksTooMuchIsToldToWait(t *testing.T) {
	s := newSiteOnSQLite(t)
	id, secret := s.add(apikey.NewKey{Name: "slow", Scopes: apikey.Scopes, PerMinute: 3})
	send := func() *answer { return s.ask("POST", "/api/v1/usage", "[]", "Authorization", "Bearer "+secret) }
	for range 3 {
		send().is(http.StatusOK)
	}
	a := send()
	a.problem(http.StatusTooManyRequests, "too_many")
	if got := a.header.Get("Retry-After"); got != "20" {
		t.Errorf("Retry-After is %q, want 20", got)
	}
	s.ask("POST", "/api/v1/usage", "[]").is(http.StatusOK) // another key
	s.clock.Advance(20 * time.Second)
	send().is(http.StatusOK)
	send().is(http.StatusTooManyRequests)
	if err := apikey.Limit(t.Context(), s.db, s.clock.Now(), apikey.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}}, id, 6000); err != nil {
		t.Fatal(err)
	}
	send().is(http.StatusTooManyRequests) // what it used up it used up
	s.clock.Advance(time.Second)
	for range 100 {
		send().is(http.StatusOK)
	}
	send().is(http.StatusTooManyRequests)
}

func TestWhoGuessesKeysIsToldToWait(t *testing.T) {
	s := newSiteOnSQLite(t)
	for range 60 {
		s.ask("GET", anyForecast, "", "Authorization", "Bearer mbk_guess").problem(http.StatusUnauthorized, "key_unknown")
	}
	s.ask("GET", anyForecast, "", "Authorization", "Bearer mbk_guess").problem(http.StatusTooManyRequests, "too_many")
}

func TestEveryErrorIsAProblemDocument(t *testing.T) {
	s := newSiteOnSQLite(t)
	s.ask("GET", "/api/v1/none", "").problem(http.StatusNotFound, "not_found")
	s.ask("GET", "/api/none", "").problem(http.StatusNotFound, "not_found")
	s.ask("DELETE", "/api/v1/merchants/M1", "").problem(http.StatusMethodNotAllowed, "method")
	s.ask("PUT", "/api/v1/merchants/M1", "{").problem(http.StatusBadRequest, "not_json")
	s.ask("PUT", "/api/v1/merchants/M1", " ").problem(http.StatusBadRequest, "body_missing")
	s.ask("POST", "/api/v1/usage", "").problem(http.StatusBadRequest, "body_missing")
	s.ask("PUT", "/api/v1/merchants/M1", "[]").problem(http.StatusUnprocessableEntity, "invalid")
	s.ask("PUT", "/api/v1/merchants/M1", "\xff").problem(http.StatusBadRequest, "body_not_text")
	s.ask("PUT", "/api/v1/merchants/M1", merchant, "Content-Type", "application/x-www-form-urlencoded").problem(http.StatusUnsupportedMediaType, "media_type")
	s.ask("POST", "/api/v1/imports/usage", "x", "Content-Type", "multipart/form-data; boundary=x").problem(http.StatusUnsupportedMediaType, "media_type")
	s.ask("PUT", "/api/v1/merchants/M1", `{"name":"`+strings.Repeat("x", 10<<20)+`"}`).problem(http.StatusRequestEntityTooLarge, "too_large")
	s.send("PUT", "/api/v1/merchants/M1", io.MultiReader(strings.NewReader(`{"name":"`+strings.Repeat("x", 2<<20)+`"}`))).problem(http.StatusRequestEntityTooLarge, "too_large")
	s.send("POST", "/api/v1/usage", io.MultiReader(strings.NewReader(strings.Repeat(" ", 5<<20)))).problem(http.StatusRequestEntityTooLarge, "too_large")
	s.send("PUT", "/api/v1/merchants/M1", io.MultiReader(strings.NewReader(`{"na`), fails{})).problem(http.StatusBadRequest, "broken_off")
	s.send("PUT", "/api/v1/merchants/M1", io.MultiReader(strings.NewReader(`{"na`), slow{})).problem(http.StatusRequestTimeout, "too_slow")
	d := s.ask("GET", anyForecast+"?months=99&x=1", "").problem(http.StatusUnprocessableEntity, "invalid")
	if got := names(d); got != "x value.unknown" {
		t.Errorf("an unknown parameter: got %s", got)
	}
	for query, want := range map[string]string{"months=99": "months value.too_great", "months=0": "months value.too_small", "months=x": "months value.not_integer"} {
		if got := names(s.ask("GET", anyForecast+"?"+query, "").problem(http.StatusUnprocessableEntity, "invalid")); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	s.ask("GET", anyForecast, "").problem(http.StatusNotFound, "errors.not_found.terminal")
	if s.count(`merchants where ref = 'M1'`) != 0 {
		t.Error("something of what was refused is there")
	}
}

// fails breaks off, and slow takes too long.
type (
	fails struct{}
	slow  struct{}
	late  struct{ error }
)

func (fails) Read([]byte) (int, error) { return 0, errors.New("reset") }
func (slow) Read([]byte) (int, error)  { return 0, late{errors.New("late")} }
func (late) Timeout() bool             { return true }
func (late) Temporary() bool           { return true }

func TestAMistakeOfOursIsAProblemThatDoesNotSayWhy(t *testing.T) {
	s := newSiteOnSQLite(t)
	s.ask("PUT", "/api/v1/merchants/M2001", merchant).is(http.StatusOK)
	if _, err := s.db.SQL().Exec(`drop table imports`); err != nil {
		t.Fatal(err)
	}
	a := s.ask("PUT", "/api/v1/merchants/M2001", merchant, "Idempotency-Key", "a")
	a.problem(http.StatusInternalServerError, "internal")
	if strings.Contains(a.body, "imports") || !strings.Contains(s.log.String(), "no such table") {
		t.Errorf("got %s; the log says why: %v", a.body, strings.Contains(s.log.String(), "no such table"))
	}
	if got := s.count(`api_answers`); got != 0 {
		t.Errorf("got %d answers kept, want none", got)
	}
}

func TestTheLanguageOfAProblemIsThatOfTheRequest(t *testing.T) {
	s := newSiteOnSQLite(t)
	zh := s.ask("PUT", "/api/v1/merchants/M1", `{}`, "Accept-Language", "zh-CN")
	if d := zh.problem(http.StatusUnprocessableEntity, "invalid"); !strings.Contains(d.Errors[0].Detail, "不能为空") && d.Errors[0].Detail == "" || zh.header.Get("Content-Language") != "zh-CN" {
		t.Errorf("got %+v, %s", d, zh.header.Get("Content-Language"))
	}
	if a := s.ask("GET", anyForecast+"?lang=en", ""); a.status == http.StatusSeeOther || len(a.header.Values("Set-Cookie")) > 0 {
		t.Errorf("a parameter of pages: got %d, %v", a.status, a.header)
	}
}

func TestAFileIsTakenInBehindTheRequest(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		send := func(path, body, key string) *answer {
			t.Helper()
			return s.ask("POST", "/api/v1/imports/"+path, body, "Content-Type", "text/csv", "Idempotency-Key", key)
		}
		const header = "merchant_ref,name,contact,phone,email,opened_on,closed_on\n"
		a := send("merchants?name=m.csv", header+"M2001,Noodles,,,,2026-01-15,\n", "a").is(http.StatusAccepted)
		var sent, now api.ImportAnswer
		a.json(&sent)
		if a.header.Get("Location") != sent.Progress || sent.State != ingest.UploadWaiting || len(s.jobs.args) != 1 {
			t.Errorf("got %+v at %s, %d jobs", sent, a.header.Get("Location"), len(s.jobs.args))
		}
		if again := send("merchants?name=m.csv", header+"M2001,Noodles,,,,2026-01-15,\n", "a").is(http.StatusAccepted); again.body != a.body || again.header.Get("Location") != sent.Progress || len(s.jobs.args) != 1 {
			t.Errorf("again: got %s at %s, %d jobs", again.body, again.header.Get("Location"), len(s.jobs.args))
		}
		s.ask("GET", sent.Progress, "").is(http.StatusOK).json(&now)
		if now.State != ingest.UploadWaiting || now.Taken != nil || now.EndedAt != nil {
			t.Errorf("while it waits: got %+v", now)
		}
		s.work()
		s.ask("GET", sent.Progress, "").is(http.StatusOK).json(&now)
		if now.State != ingest.UploadDone || now.Taken == nil || now.Taken.Added != 1 || now.EndedAt == nil {
			t.Errorf("once it is done: got %+v", now)
		}
		send("merchants", header+"M2002,,,,,2026-13-15,\n", "b").is(http.StatusAccepted).json(&sent)
		s.work()
		var refused api.ImportAnswer
		s.ask("GET", sent.Progress, "").is(http.StatusOK).json(&refused)
		if refused.State != ingest.UploadRefused || len(refused.Errors) != 2 || refused.Errors[1].Line != 2 || refused.Errors[1].Code != "import.value.not_date" || refused.Errors[1].Text["en"] == refused.Errors[1].Text["zh-CN"] {
			t.Errorf("with wrong rows: got %+v", refused)
		}
		_, other := s.add(apikey.NewKey{Name: "other", Scopes: apikey.Scopes})
		s.ask("GET", sent.Progress, "", "Authorization", "Bearer "+other).problem(http.StatusNotFound, "upload_unknown")
		if got := names(send("colours", "x", "c").problem(http.StatusUnprocessableEntity, "invalid")); got != "kind import.value.not_choice" {
			t.Errorf("an unknown kind: got %s", got)
		}
	})
}

// work takes in what was sent.
func (s *site) work() {
	s.t.Helper()
	words := map[string]ingest.Translate{}
	for _, l := range i18n.Locales {
		words[string(l)] = i18n.For(l).T
	}
	for _, args := range s.jobs.args {
		if _, err := ingest.TakeUpload(s.t.Context(), s.db, s.clock, args.(ingest.UploadArgs).ID, words, false); err != nil {
			s.t.Fatal(err)
		}
	}
	s.jobs.args = nil
}

func TestCasesAreJudgedAsTheyAreOnTheCommandLine(t *testing.T) {
	s := newSiteOnSQLite(t)
	vectors, err := os.ReadFile("../../models/fee/testdata/vectors/judge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(vectors), []byte("\n"))
	for _, line := range lines {
		var c struct {
			Name string
			Want json.RawMessage
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		a := s.ask("POST", "/api/v1/deductions/simulate", string(line))
		if strings.Contains(string(c.Want), "invalid_case") {
			a.problem(http.StatusUnprocessableEntity, "invalid_case")
			continue
		}
		var got, want any
		a.is(http.StatusOK).json(&got)
		if err := json.Unmarshal(c.Want, &want); err != nil {
			t.Fatal(err)
		}
		if g, w := canonical(t, got), canonical(t, want); g != w {
			t.Errorf("%s: got %s, want %s", c.Name, g, w)
		}
	}
	if len(lines) < 50 {
		t.Errorf("only %d cases were tried", len(lines))
	}
	s.ask("POST", "/api/v1/deductions/simulate", `{}`).problem(http.StatusUnprocessableEntity, "invalid_case")
	s.ask("POST", "/api/v1/deductions/simulate", `{`).problem(http.StatusBadRequest, "not_json")
	if got := s.count(`api_answers`); got != 0 {
		t.Errorf("got %d answers kept, want none", got)
	}
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestADeductionIsReadWithItsVerdictInBothLanguages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var ref, decision, reasons string
		err := s.db.QueryRow(t.Context(), `select d.ref, l.decision, l.reasons from bill_lines l join deductions d on d.id = l.id where l.decision = 'deny' order by d.ref limit 1`).Scan(&ref, &decision, &reasons)
		if err != nil {
			t.Fatal(err)
		}
		var got api.DeductionAnswer
		s.ask("GET", "/api/v1/deductions/"+ref, "").is(http.StatusOK).json(&got)
		if got.Ref != ref || got.SN == "" || got.Verdict == nil || got.Verdict.Decision != decision || len(got.Verdict.Reasons) != len(strings.Fields(reasons)) {
			t.Fatalf("got %+v", got)
		}
		for i, code := range strings.Fields(reasons) {
			r := got.Verdict.Reasons[i]
			if r.Code != code || r.Text["en"] == "" || r.Text["zh-CN"] == "" || r.Text["en"] == r.Text["zh-CN"] {
				t.Errorf("reason %d is %+v, want %s in both languages", i, r, code)
			}
		}
		s.ask("GET", "/api/v1/deductions/none", "").problem(http.StatusNotFound, "errors.not_found.deduction")
	})
}

func TestTheForecastAndTheReconciliationOfATerminalAddUp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, sn := range s.texts(`select sn from terminals order by sn`) {
			var forecast api.ForecastAnswer
			s.ask("GET", "/api/v1/terminals/"+sn+"/forecast?months=24", "").is(http.StatusOK).json(&forecast)
			total, last := int64(0), ""
			for _, c := range forecast.Charges {
				if c.On < last || c.AmountFen <= 0 || c.Plan == "" || c.Cycle == nil {
					t.Errorf("%s: got the charge %+v after %s", sn, c, last)
				}
				total, last = total+c.AmountFen, c.On
			}
			if total != forecast.Total || forecast.To != "2028-11-22" {
				t.Errorf("%s: the charges are %d in all, and the total %d to %s", sn, total, forecast.Total, forecast.To)
			}
			reconcile := func(from, to string) (r api.ReconciliationAnswer) {
				s.ask("GET", "/api/v1/terminals/"+sn+"/reconciliation?from="+from+"&to="+to, "").is(http.StatusOK).json(&r)
				if r.Difference != r.Actual-r.Expected {
					t.Errorf("%s: %d - %d is not %d", sn, r.Actual, r.Expected, r.Difference)
				}
				return r
			}
			first, second, whole := reconcile("2025-01-01", "2025-12-31"), reconcile("2026-01-01", "2026-12-31"), reconcile("2025-01-01", "2026-12-31")
			if first.Actual+second.Actual != whole.Actual || first.Expected+second.Expected != whole.Expected {
				t.Errorf("%s: two years are %+v and %+v, together %+v", sn, first, second, whole)
			}
		}
		taken := s.texts(`select cast(coalesce(sum(l.amount_fen - l.refunded_fen), 0) as text) from bill_lines l join terminals t on t.id = l.terminal_id
			where t.sn = (select min(sn) from terminals) and l.state = 'posted' and l.on_date between '2024-01-01' and '2026-11-22'`)[0]
		var all api.ReconciliationAnswer
		s.ask("GET", "/api/v1/terminals/"+s.texts(`select min(sn) from terminals`)[0]+"/reconciliation?from=2024-01-01&to=2026-11-22", "").is(http.StatusOK).json(&all)
		if got := canonical(t, all.Actual); got != taken {
			t.Errorf("taken in all: got %s, want %s", got, taken)
		}
		sn := s.texts(`select min(sn) from terminals`)[0]
		for query, want := range map[string]string{
			"from=2026-02-01&to=2026-01-01": "to span_backwards", "from=2020-01-01&to=2026-01-01": "from span_long", "from=x": "from import.value.not_date",
		} {
			if got := names(s.ask("GET", "/api/v1/terminals/"+sn+"/reconciliation?"+query, "").problem(http.StatusUnprocessableEntity, "invalid")); got != want {
				t.Errorf("%s: got %s, want %s", query, got, want)
			}
		}
	})
}

// texts returns the first column of a query.
func (s *site) texts(query string) (all []string) {
	s.t.Helper()
	rows, err := s.db.SQL().Query(query)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

func TestRequestsAreNotedWithoutWhatIsInThem(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.ask("PUT", "/api/v1/merchants/SECRET1", merchant).is(http.StatusOK)
		s.ask("PUT", "/api/v1/merchants/SECRET2", `{}`).is(http.StatusUnprocessableEntity)
		s.ask("GET", anyForecast, "", "Authorization", "Bearer nonsense").is(http.StatusUnauthorized)
		s.api.Flush(t.Context())
		all, more, err := apikey.Requests(t.Context(), s.db, s.keyID, "", 10)
		if err != nil || more || len(all) != 2 {
			t.Fatalf("got %+v, %v", all, err)
		}
		for i, want := range []struct {
			status  int
			problem string
		}{{422, "invalid"}, {200, ""}} {
			if all[0].Status == 200 { // both came at one moment
				all[0], all[1] = all[1], all[0]
			}
			if r := all[i]; r.Status != want.status || r.Problem != want.problem || r.Route != "/api/v1/merchants/:ref" || r.Method != "PUT" || r.RequestID == "" {
				t.Errorf("got %+v", r)
			}
		}
		for _, column := range []string{"route", "problem", "request_id"} {
			if s.count(`api_requests where `+column+` like '%SECRET%'`) > 0 {
				t.Errorf("%s holds the address", column)
			}
		}
		if k, err := apikey.Get(t.Context(), s.db, s.clock.Now(), s.keyID); err != nil || k.LastUsedAt.IsZero() {
			t.Errorf("the key was used last at %v, %v", k.LastUsedAt, err)
		}
	})
}
