package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

const (
	merchant  = `{"name": "East Gate Noodles", "contact": "Zhou", "phone": "13800002001", "email": null, "opened_on": "2026-01-15"}`
	terminal  = `{"merchant_ref": "M2001", "shop": "East Gate", "activated_on": "2026-02-01"}`
	enrolment = `{"anchor_on": "2026-02-01", "accepted": [{"version": 1, "accepted_on": "2026-02-01", "accepted_by": "Zhou", "accepted_via": "app"}]}`
)

// plan returns a plan of the sample that has cycles.
func (s *site) plan() string {
	s.t.Helper()
	var code string
	if err := s.db.QueryRow(s.t.Context(), `select min(p.code) from plans p join plan_versions v on v.plan_id = p.id where v.kind = 'recurring'`).Scan(&code); err != nil {
		s.t.Fatal(err)
	}
	return code
}

func TestWhatIsPutIsThereAndPuttingItAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		put := func(path, body, want string) {
			t.Helper()
			if got := strings.TrimSpace(s.ask("PUT", path, body).is(http.StatusOK).body); got != want {
				t.Errorf("PUT %s: got %s, want %s", path, got, want)
			}
		}
		put("/api/v1/merchants/M2001", merchant, `{"merchant_ref":"M2001","result":"added"}`)
		put("/api/v1/merchants/M2001", merchant, `{"merchant_ref":"M2001","result":"unchanged"}`)
		put("/api/v1/merchants/M2001", strings.Replace(merchant, "Noodles", "Soups", 1), `{"merchant_ref":"M2001","result":"changed"}`)
		put("/api/v1/terminals/T2001", terminal, `{"sn":"T2001","result":"added"}`)
		plan := s.plan()
		put("/api/v1/terminals/T2001/enrolments/"+plan, enrolment, `{"sn":"T2001","plan":"`+plan+`","result":"added"}`)
		put("/api/v1/terminals/T2001/enrolments/"+plan, enrolment, `{"sn":"T2001","plan":"`+plan+`","result":"unchanged"}`)
		put("/api/v1/terminals/T2001/enrolments/"+plan, `{"anchor_on": "2026-02-01", "cancelled_on": "2026-11-30"}`, `{"sn":"T2001","plan":"`+plan+`","result":"changed"}`)
		if got := s.count(`acceptances a join enrolments e on e.id = a.enrolment_id join terminals t on t.id = e.terminal_id where t.sn = 'T2001'`); got != 1 {
			t.Errorf("got %d acceptances, want the one", got)
		}
		if got := s.count(`users u join memberships m on m.user_id = u.id join merchants x on x.id = m.merchant_id where x.ref = 'M2001' and m.role = 'owner'`); got != 1 {
			t.Errorf("got %d owners, want the one with the phone", got)
		}
		if got := s.count(`audit_entries where actor_kind = 'api' and actor_id = $1 and action = 'import.merchants'`, s.keyID); got != 3 {
			t.Errorf("got %d audit entries, want one for each request", got)
		}
	})
}

func TestTheSameRulesHoldAsForFilesAndEachPropertyThatIsWrongIsNamed(t *testing.T) {
	s := newSiteOnSQLite(t)
	s.ask("PUT", "/api/v1/merchants/M2001", merchant).is(http.StatusOK)
	s.ask("PUT", "/api/v1/terminals/T2001", terminal).is(http.StatusOK)
	plan := s.plan()
	for _, c := range []struct{ path, body, want string }{
		{"/merchants/M2002", `{}`, "name import.value.missing, opened_on import.value.missing"},
		{"/merchants/M2002", `{"name": 7, "opened_on": "2026-02-30"}`, "name value.not_text, opened_on import.value.not_date"},
		{"/merchants/M2002", `{"name": "x", "opened_on": "2026-02-01", "colour": "red"}`, "colour value.unknown"},
		{"/merchants/M2002", `{"name": "x", "opened_on": "1926-02-01", "phone": "none", "email": "none"}`, "phone import.value.not_phone, email import.value.not_email, opened_on import.value.century"},
		{"/merchants/M2002", `{"name": "a\nb", "opened_on": "2026-02-01"}`, "name import.value.control"},
		{"/merchants/M2002", `{"name": "x", "opened_on": "2026-02-01", "closed_on": "2026-01-01"}`, "closed_on import.row.before"},
		{"/terminals/T2002", `{"merchant_ref": "M9999"}`, "merchant_ref import.reference.merchant"},
		{"/terminals/T%202", `{"merchant_ref": "M2001"}`, "sn import.value.not_code"},
		{"/terminals/T2002", `{"merchant_ref": "M2001", "inactive_reason": "eaten"}`, "inactive_reason import.value.not_choice"},
		{"/terminals/T2001/enrolments/none", enrolment, "accepted[0].plan import.reference.plan"},
		{"/terminals/T2001/enrolments/" + plan, `{"anchor_on": "2026-02-01", "accepted": [{"version": 0, "accepted_on": "x", "accepted_via": "shout"}]}`,
			"accepted[0].accepted_on import.value.not_date, accepted[0].accepted_via import.value.not_choice, accepted[0].version value.too_small"},
		{"/terminals/T2001/enrolments/" + plan, strings.Replace(enrolment, `"version": 1`, `"version": 99`, 1), "accepted[0].version import.reference.version"},
	} {
		a := s.ask("PUT", "/api/v1"+c.path, c.body).is(http.StatusUnprocessableEntity)
		var d = a.problem(http.StatusUnprocessableEntity, codeOf(a))
		if got := names(d); got != c.want {
			t.Errorf("PUT %s %s:\n got %s\nwant %s", c.path, c.body, got, c.want)
		}
		for _, f := range d.Errors {
			if f.Detail == "" || strings.Contains(f.Detail, "{") {
				t.Errorf("PUT %s %s: %s says %q", c.path, c.body, f.Name, f.Detail)
			}
		}
	}
	if got := s.count(`merchants where ref = 'M2002'`) + s.count(`terminals where sn = 'T2002'`); got != 0 {
		t.Errorf("%d rows of what was refused are there", got)
	}
}

// codeOf returns the code that the answer has, where any will do.
func codeOf(a *answer) string {
	var d struct{ Code string }
	a.json(&d)
	return d.Code
}

func TestAListIsTakenWholeAsAnArrayOrALineEach(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.ask("PUT", "/api/v1/merchants/M2001", merchant).is(http.StatusOK)
		s.ask("PUT", "/api/v1/terminals/T2001", terminal).is(http.StatusOK)
		const row = `{"sn":"T2001","date":"2026-11-20","used_mb":12,"allowance_mb":100,"balance_fen":1250}`
		const next = `{"sn":"T2001","date":"2026-11-21","used_mb":3,"balance_fen":null}`
		if got := s.ask("POST", "/api/v1/usage", "["+row+",\n"+next+"]").is(http.StatusOK).body; strings.TrimSpace(got) != `{"rows":2,"added":2,"changed":0,"unchanged":0}` {
			t.Errorf("as an array: got %s", got)
		}
		changed := strings.Replace(next, ":3", ":4", 1)
		if got := s.ask("POST", "/api/v1/usage", row+"\n"+changed+"\n", "Content-Type", "application/x-ndjson").is(http.StatusOK).body; strings.TrimSpace(got) != `{"rows":2,"added":0,"changed":1,"unchanged":1}` {
			t.Errorf("a line each: got %s", got)
		}
		if got := s.count(`sim_usage u join terminals t on t.id = u.terminal_id where t.sn = 'T2001' and u.balance_fen = 1250`); got != 1 {
			t.Errorf("got %d rows with the balance, want 1", got)
		}
		const settlement = `{"settlement_ref":"S1","sn":"T2001","date":"2026-11-20","card_count":1,"card_amount_fen":10000,"card_fee_fen":60,"qr_count":0,"qr_amount_fen":0,"qr_fee_fen":0,"withdrawal_count":0,"withdrawal_fee_fen":0,"other_fee_fen":0,"paid_out_fen":9940}`
		s.ask("POST", "/api/v1/settlements", settlement, "Content-Type", "").is(http.StatusOK)
		d := s.ask("POST", "/api/v1/settlements", `[`+settlement+`,`+strings.Replace(settlement, "9940", "9900", 1)+`]`).problem(http.StatusUnprocessableEntity, "rows_wrong")
		if got := names(d); got != "[1].settlement_ref import.row.taken, [1].settlement_ref import.stored.taken" {
			t.Errorf("the same number twice: got %s", got)
		}
		d = s.ask("POST", "/api/v1/usage", `[`+row+`,{"sn":" "},7,{"sn":"T9999","date":"x","used_mb":-1,"balance_fen":1.5,"more":1}]`).problem(http.StatusUnprocessableEntity, "rows_wrong")
		if got := names(d); got != "[1] import.value.missing, [2] value.not_object, [3].more value.unknown, [3].balance_fen value.not_integer" {
			t.Errorf("wrong rows: got %s", got)
		}
		d = s.ask("POST", "/api/v1/usage", `[`+row+`,{"sn":"T9999","date":"x","used_mb":-1}]`).problem(http.StatusUnprocessableEntity, "rows_wrong")
		if got := names(d); got != "[1].date import.value.not_date, [1].used_mb import.value.not_count" && got != "[1].sn import.reference.terminal, [1].date import.value.not_date, [1].used_mb import.value.not_count" {
			t.Errorf("wrong values: got %s", got)
		}
		if got := s.ask("POST", "/api/v1/usage", ` [ ] `).is(http.StatusOK).body; !strings.Contains(got, `"rows":0`) {
			t.Errorf("an empty list: got %s", got)
		}
		for _, broken := range []string{"[" + row, row + "{", "[" + row + "]x", "nonsense", `[` + row + ` ` + row + `]`} {
			s.ask("POST", "/api/v1/usage", broken).problem(http.StatusBadRequest, "not_json")
		}
		s.ask("POST", "/api/v1/usage", "[{\"sn\":\"\\u0000\"}]").problem(http.StatusBadRequest, "body_not_text")
	})
}

func TestTheSameRequestHasOneEffectAndOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var wait sync.WaitGroup
		var mu sync.Mutex
		bodies, again := map[string]int{}, 0
		for range 100 {
			wait.Go(func() {
				a := s.ask("PUT", "/api/v1/merchants/M2001", merchant, "Idempotency-Key", "once")
				mu.Lock()
				defer mu.Unlock()
				bodies[fmt.Sprint(a.status, a.body)]++
				if a.header.Get("Idempotency-Replayed") == "true" {
					again++
				}
			})
		}
		wait.Wait()
		if len(bodies) != 1 || bodies["200"+`{"merchant_ref":"M2001","result":"added"}`+"\n"] != 100 || again != 99 {
			t.Errorf("got %v, %d of them repeated", bodies, again)
		}
		if got := s.count(`imports where by_kind = 'api'`); got != 1 {
			t.Errorf("got %d effects, want 1", got)
		}
		s.ask("PUT", "/api/v1/merchants/M2001", merchant+" ", "Idempotency-Key", "once").problem(http.StatusConflict, "key_reused")
		s.ask("PUT", "/api/v1/merchants/M2002", merchant, "Idempotency-Key", "once").problem(http.StatusConflict, "key_reused")
		d := s.ask("PUT", "/api/v1/merchants/M2002", merchant, "Idempotency-Key", strings.Repeat("x", 256)).problem(http.StatusUnprocessableEntity, "invalid")
		if got := names(d); got != "Idempotency-Key idempotency_wrong" {
			t.Errorf("a long key: got %s", got)
		}
		const list = `[{"sn":"T1","date":"2026-11-20","used_mb":12}]`
		s.ask("POST", "/api/v1/usage", list, "Idempotency-Key", "list").problem(http.StatusUnprocessableEntity, "rows_wrong")
		s.ask("PUT", "/api/v1/terminals/T1", terminal).is(http.StatusOK)
		s.ask("POST", "/api/v1/usage", list, "Idempotency-Key", "list").is(http.StatusOK)
		if got := s.ask("POST", "/api/v1/usage", list, "Idempotency-Key", "list").is(http.StatusOK); got.header.Get("Idempotency-Replayed") != "true" || !strings.Contains(got.body, `"added":1`) {
			t.Errorf("a list again: got %v %s", got.header, got.body)
		}
		s.ask("POST", "/api/v1/usage", strings.Replace(list, "12", "13", 1), "Idempotency-Key", "list").problem(http.StatusConflict, "key_reused")
	})
}

func TestAnAddressMayHoldASlash(t *testing.T) {
	s := newSiteOnSQLite(t)
	s.ask("PUT", "/api/v1/merchants/M%2F1%E5%BA%97", merchant).is(http.StatusOK)
	if got := s.count(`merchants where ref = 'M/1店'`); got != 1 {
		t.Errorf("got %d merchants with the number, want 1", got)
	}
	s.ask("PUT", "/api/v1/merchants/M%2F%00", merchant).problem(http.StatusNotFound, "not_found")
}
