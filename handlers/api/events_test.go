package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// happened is an answer to what happened.
type happened struct {
	Events []struct {
		ID, Type  string
		Timestamp time.Time
		Data      map[string]any
	}
	More bool
	Next string
}

func (h happened) types() (all []string) {
	for _, e := range h.Events {
		all = append(all, e.Type)
	}
	return all
}

func (s *site) events(query string) (h happened) {
	s.t.Helper()
	s.ask("GET", "/api/v1/events"+query, "").is(http.StatusOK).json(&h)
	return h
}

func TestWhatHappensAtTheGateIsReadInOrder(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if h := s.events(""); h.Events == nil || len(h.Events) != 0 || h.More || h.Next != "" {
			t.Errorf("before anything happened: got %+v", h)
		}
		s.enrolled(t)
		g := s.ask("POST", "/api/v1/deductions/authorize", asking("A-1")).is(http.StatusOK).gated()
		s.ask("POST", "/api/v1/deductions/authorize", asking("A-2")).is(http.StatusOK) // the cycle is settled
		s.ask("POST", "/api/v1/deductions/A-1/posted", fmt.Sprintf(`{"token": %q}`, g.Token)).is(http.StatusOK)
		s.ask("POST", "/api/v1/deductions/A-1/refunded", `{"reason": "wrong person 13800002001", "amount_fen": 600}`).is(http.StatusOK)
		s.ask("POST", "/api/v1/deductions", asking("U-1")).is(http.StatusOK)
		s.ask("POST", "/api/v1/deductions/U-1/reversed", `{"reason": "wrong"}`).is(http.StatusOK)
		all := s.events("?limit=1000")
		want := []string{"deduction.authorized", "deduction.denied", "deduction.posted", "deduction.refunded", "deduction.ungated", "deduction.reversed"}
		if !slices.Equal(all.types(), want) || all.More {
			t.Fatalf("got %v, want %v", all.types(), want)
		}
		back := all.Events[3].Data
		for name, want := range map[string]any{
			"merchant_ref": "M2001", "sn": "SN20010001", "plan": "sim-annual-36", "ref": "A-1", "id": g.ID, "item": "sim_data", "amount_fen": 3600.0, "given_back_fen": 600.0,
			"refunded_fen": 600.0, "cycle": 1.0, "state": "posted", "reason": nil,
		} {
			if back[name] != want {
				t.Errorf("%s: got %v, want %v", name, back[name], want)
			}
		}
		if denied := all.Events[1].Data["reasons"]; fmt.Sprint(denied) != "[duplicate_cycle]" {
			t.Errorf("the reasons are %v", denied)
		}
		first := s.events("?limit=2")
		rest := s.events("?after=" + first.Next)
		if !first.More || len(first.Events) != 2 || len(rest.Events) != 4 || rest.Events[0].ID != all.Events[2].ID || rest.Next != all.Next {
			t.Errorf("got %+v, then %+v", first, rest)
		}
		if end := s.events("?after=" + all.Next); len(end.Events) != 0 || end.Next != all.Next {
			t.Errorf("after the last: got %+v", end)
		}
		if d := s.ask("GET", "/api/v1/events?after=ev_none", "").problem(http.StatusUnprocessableEntity, "invalid"); names(d) != "after webhooks.after_unknown" {
			t.Errorf("got %s", names(d))
		}
		for _, query := range []string{"?limit=0", "?limit=1001", "?limit=x", "?since=1"} {
			s.ask("GET", "/api/v1/events"+query, "").is(http.StatusUnprocessableEntity)
		}
		_, other := s.add(apikey.NewKey{Name: "usage", Scopes: []apikey.Scope{apikey.UsageWrite}})
		s.ask("GET", "/api/v1/events", "", "Authorization", "Bearer "+other).is(http.StatusForbidden)
	})
}

func TestABatchIsPublishedWithEachOfItsDeductions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		var requests []json.RawMessage
		for i := range 6 {
			requests = append(requests, json.RawMessage(asking(fmt.Sprint("B-", i))))
		}
		body, err := json.Marshal(map[string]any{"requests": requests})
		if err != nil {
			t.Fatal(err)
		}
		s.ask("POST", "/api/v1/deductions/authorize-batch", string(body)).is(http.StatusOK)
		h := s.events("")
		if len(h.Events) != 6 || h.Events[0].Type != "deduction.authorized" || h.Events[5].Type != "deduction.denied" || h.Events[5].Data["ref"] != "B-5" || h.Events[5].Data["batch"] == nil {
			t.Errorf("got %+v", h)
		}
	})
}

func TestARefundGoesOutAsAnEventAndComesBackAsARefund(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.enrolled(t)
		plans := disclosure.NewCatalogue(s.db)
		if err := plans.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cases := complaint.New(complaint.Options{DB: s.db, Clock: s.clock, Plans: plans.Plans, Policy: func() fee.Policy { return fee.DefaultPolicy }})
		dear := `{"ref": "U-9", "sn": "SN20010001", "item": "sim_data", "amount_fen": 9900, "at": "2026-11-22T09:00:00+08:00", "origin": "agent"}`
		s.ask("POST", "/api/v1/deductions", dear).is(http.StatusOK)
		if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
			t.Fatal(err)
		}
		if n, err := cases.OpenDenied(t.Context(), s.clock.Now().AddDate(0, 0, -1)); err != nil || n != 1 {
			t.Fatalf("got %d cases, %v", n, err)
		}
		opened := s.events("")
		last := opened.Events[len(opened.Events)-1]
		number, _ := last.Data["case"].(string)
		if last.Type != "complaint.opened" || last.Data["ref"] != "U-9" || number == "" {
			t.Fatalf("got %+v", last)
		}
		lead := staff.Actor{ID: "st_1", Name: "Chen", Roles: []staff.Role{staff.Lead}}
		amount := money.Fen(6300)
		if err := cases.Decide(t.Context(), lead, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "price", Reason: "too much", Amount: &amount}); err != nil {
			t.Fatal(err)
		}
		if _, err := cases.ProposeRefund(t.Context(), lead, number, amount); err != nil {
			t.Fatal(err)
		}
		out := s.events("?after=" + last.ID)
		if got := out.types(); !slices.Equal(got, []string{"complaint.decided", "refund.approved"}) {
			t.Fatalf("got %v", got)
		}
		approved := out.Events[1].Data
		if approved["amount_fen"] != 6300.0 || approved["ref"] != "U-9" || approved["sn"] != "SN20010001" {
			t.Errorf("got %v", approved)
		}
		sent := func(want int) {
			t.Helper()
			if _, err := cases.SendTold(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := s.count(`refund_proposals where state = 'sent' and sent_at is not null`); n != want {
				t.Fatalf("%d refunds are sent; want %d", n, want)
			}
		}
		sent(0) // it was answered, and may not have arrived
		if next := s.events("?after=" + out.Events[0].ID); len(next.Events) != 1 {
			t.Errorf("got %+v", next)
		}
		sent(0)
		s.events("?after=" + out.Next)
		sent(1)
		s.events("?after=" + opened.Next) // looking back takes nothing back
		sent(1)
		paid := func() (n int) {
			return s.count(`refund_proposals r join cases c on c.id = r.case_id where r.state = 'paid' and c.state = 'closed'`)
		}
		at := fmt.Sprintf("/api/v1/deductions/%v/refunded", approved["ref"])
		s.ask("POST", at, `{"reason": "complaint", "amount_fen": 1000, "refund": "rp_none"}`).problem(http.StatusUnprocessableEntity, "invalid")
		s.ask("POST", at, fmt.Sprintf(`{"reason": "complaint", "amount_fen": 1000, "refund": %q}`, approved["refund"])).is(http.StatusOK)
		if paid() != 0 {
			t.Error("a part pays the whole")
		}
		body := `{"reason": "complaint", "amount_fen": 5300}`
		s.ask("POST", at, body, "Idempotency-Key", "r1").is(http.StatusOK)
		s.ask("POST", at, body, "Idempotency-Key", "r1").is(http.StatusOK)
		if paid() != 1 {
			t.Error("the refund is not paid, or its case not closed")
		}
		if g := s.ask("GET", "/api/v1/deductions/U-9", "").is(http.StatusOK); !json.Valid([]byte(g.body)) || s.count(`gate_requests where ref = 'U-9' and refunded_fen = 6300`) != 1 {
			t.Errorf("got %s", g.body)
		}
	})
}

func TestMoneyOfADeductionThatCameWithAFileIsGivenBackOverACase(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var ref, line string
		err := s.db.QueryRow(t.Context(), `select d.ref, d.id from deductions d join bill_lines l on l.merchant_id = d.merchant_id and l.id = d.id
			where l.decision = 'deny' and l.state = 'posted' order by d.ref limit 1`).Scan(&ref, &line)
		if err != nil {
			t.Fatal(err)
		}
		s.ask("POST", "/api/v1/deductions/"+ref+"/refunded", `{"reason": "complaint", "amount_fen": 1}`).is(http.StatusOK)
		s.ask("POST", "/api/v1/deductions/"+line+"/refunded", `{"reason": "complaint", "amount_fen": 1}`).is(http.StatusOK)
		if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{ref, line} {
			var got api.DeductionAnswer
			s.ask("GET", "/api/v1/deductions/"+number, "").is(http.StatusOK).json(&got)
			if got.ID != line || got.Ref != ref || got.Refunded != 2 {
				t.Errorf("%s: got %+v", number, got)
			}
		}
		s.ask("GET", "/api/v1/deductions/"+line+"x", "").is(http.StatusNotFound)
		h := s.events("")
		if len(h.Events) != 2 || h.Events[0].Type != "deduction.refunded" || h.Events[0].Data["ref"] != ref || h.Events[0].Data["id"] != line {
			t.Errorf("got %+v", h)
		}
	})
}

func TestMoneyOfASettlementIsGivenBackByTheNameOfItsRefund(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		plans := disclosure.NewCatalogue(s.db)
		if err := plans.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cases := complaint.New(complaint.Options{DB: s.db, Clock: s.clock, Plans: plans.Plans, Policy: func() fee.Policy { return fee.DefaultPolicy }})
		var line, settlement string
		var merchant string
		err := s.db.QueryRow(t.Context(), `select l.id, l.settlement_ref, m.ref from bill_lines l join merchants m on m.id = l.merchant_id where l.kind = 'card' and l.amount_fen > 200 and l.state = 'posted' order by l.id limit 1`).Scan(&line, &settlement, &merchant)
		if err != nil {
			t.Fatal(err)
		}
		lead := staff.Actor{ID: "st_1", Name: "Chen", Roles: []staff.Role{staff.Lead}}
		filed, err := cases.FileForCaller(t.Context(), lead, merchant, complaint.Caller{Channel: complaint.ByPhone},
			complaint.NewCase{Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: line, Reason: complaint.TooMuch, Words: "too much"})
		if err != nil {
			t.Fatal(err)
		}
		number := filed.Number
		amount := money.Fen(180)
		if err := cases.Decide(t.Context(), lead, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "price", Reason: "too much", Amount: &amount}); err != nil {
			t.Fatal(err)
		}
		if _, err := cases.ProposeRefund(t.Context(), lead, number, amount); err != nil {
			t.Fatal(err)
		}
		out := s.events("")
		approved := out.Events[len(out.Events)-1]
		if approved.Type != "refund.approved" || approved.Data["deduction"] != line || approved.Data["ref"] != nil || approved.Data["settlement_ref"] != settlement {
			t.Fatalf("got %+v", approved)
		}
		at := fmt.Sprintf("/api/v1/refunds/%v/paid", approved.Data["refund"])
		s.ask("POST", "/api/v1/refunds/rp_none/paid", `{"reason": "complaint"}`).is(http.StatusNotFound)
		s.ask("POST", at, `{"reason": "complaint", "amount_fen": 181}`).problem(http.StatusUnprocessableEntity, "invalid")
		var got api.RefundAnswer
		s.ask("POST", at, `{"reason": "complaint", "amount_fen": 80}`).is(http.StatusOK).json(&got)
		if got.State != "sent" || got.PaidFen != 80 || got.AmountFen != 180 || got.Case != number || got.Deduction != line {
			t.Errorf("a part: got %+v", got)
		}
		s.ask("POST", at, `{"reason": "complaint"}`, "Idempotency-Key", "p1").is(http.StatusOK).json(&got)
		s.ask("POST", at, `{"reason": "complaint"}`, "Idempotency-Key", "p1").is(http.StatusOK)
		if n := s.count(`refund_proposals r join cases c on c.id = r.case_id where r.state = 'paid' and r.paid_fen = 180 and c.state = 'closed'`); got.State != "paid" || n != 1 {
			t.Errorf("the refund is not paid, or its case not closed: %+v, %d", got, n)
		}
		s.ask("POST", at, `{"reason": "complaint"}`).is(http.StatusConflict)
	})
}

func TestARefundOfADeductionThatIsSaidByItsNameIsKeptWithTheDeduction(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		plans := disclosure.NewCatalogue(s.db)
		if err := plans.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		cases := complaint.New(complaint.Options{DB: s.db, Clock: s.clock, Plans: plans.Plans, Policy: func() fee.Policy { return fee.DefaultPolicy }})
		s.enrolled(t)
		s.ask("POST", "/api/v1/deductions", `{"ref": "U-9", "sn": "SN20010001", "item": "sim_data", "amount_fen": 9900, "at": "2026-11-22T09:00:00+08:00", "origin": "agent"}`).is(http.StatusOK)
		if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := cases.OpenDenied(t.Context(), s.clock.Now().AddDate(0, 0, -1)); err != nil {
			t.Fatal(err)
		}
		opened := s.events("")
		number, _ := opened.Events[len(opened.Events)-1].Data["case"].(string)
		lead := staff.Actor{ID: "st_1", Name: "Chen", Roles: []staff.Role{staff.Lead}}
		amount := money.Fen(6300)
		if err := cases.Decide(t.Context(), lead, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "price", Reason: "too much", Amount: &amount}); err != nil {
			t.Fatal(err)
		}
		refund, err := cases.ProposeRefund(t.Context(), lead, number, amount)
		if err != nil {
			t.Fatal(err)
		}
		s.ask("POST", "/api/v1/refunds/"+refund+"/paid", `{"reason": "complaint"}`).is(http.StatusOK)
		if s.count(`gate_requests where ref = 'U-9' and refunded_fen = 6300`) != 1 || s.count(`refund_proposals r join cases c on c.id = r.case_id where r.state = 'paid' and c.state = 'closed'`) != 1 {
			t.Error("what was given back is not kept with the deduction, or its case is not closed")
		}
	})
}
