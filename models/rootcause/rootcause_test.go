package rootcause

import (
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

func TestACaseOffersWhatItsLineHasInCommonWithOthers(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		o, err := ReadOffer(t.Context(), w.d, wang, w.file("D", "M001"))
		w.must(err)
		if o.Item != fee.Service || o.Amount != 10400 || o.PlanID == 0 || o.Version != 1 || o.Agent != "A-1" || !slices.Contains(o.Rules, "amount_over") {
			t.Errorf("got %+v", o)
		}
		_, err = ReadOffer(t.Context(), w.d, wang, "C2026-1123-99")
		w.wantFault(err, fault.NotFound, "a case that is none")
	})
}

func TestEveryLineOfACauseIsFoundWithWhatIsDueAndWhyNot(t *testing.T) {
	each(t, 7, func(t *testing.T, w *world) {
		w.file("D", "M001") // somebody complains about it
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `update bill_lines set refunded_fen = 500 where id = (select id from deductions where ref = 'DM002')`)
			return err
		}))
		c := w.ofPlan("service-99")
		f, err := Find(t.Context(), w.d, qian, c, complaint.Mark{}, date.Of(monday))
		w.must(err)
		if f.Lines != 7 || f.Terminals != 7 || f.Merchants != 7 || f.Taken != 72800 || f.Fit != 5 || f.Due != 2500 || f.Stops != 7 {
			t.Errorf("got %+v", f)
		}
		if want := []Left{{complaint.UnderComplaint, 1, 10400}, {complaint.AlreadyGivenBack, 1, 10400}}; !slices.Equal(f.Left, want) {
			t.Errorf("left out: got %v, want %v", f.Left, want)
		}
		for _, h := range f.Hits {
			if (h.Why == "") != (h.Due == 500) {
				t.Errorf("%s: got due %s, left out for %q", h.MerchantRef, h.Due.Yuan(), h.Why)
			}
		}
		// Of one agent, of one rule, of both; and on other days.
		c.Agent = "A-1"
		w.wantFound(c, 4)
		c.Rule = "duplicate_cycle"
		w.wantFound(c, 0)
		c.PlanID, c.Version = 0, 0
		w.wantFound(c, 4)
		c.From = c.To
		w.wantFound(c, 0)
		for _, wrong := range []Criteria{{From: anchor, To: anchor}, {Rule: "x", From: anchor, To: anchor}, {Agent: "A-1", To: anchor}, {Agent: "A-1", From: anchor}, {Agent: "A-1", From: anchor, To: anchor.AddMonths(61)}} {
			_, err := Find(t.Context(), w.d, wang, wrong, complaint.Mark{}, date.Of(monday))
			w.wantFault(err, fault.Invalid, "criteria")
		}
	})
}

func (w *world) wantFound(c Criteria, lines int64) {
	w.t.Helper()
	f, err := Find(w.t.Context(), w.d, wang, c, complaint.Mark{}, date.Of(monday))
	w.must(err)
	if f.Lines != lines {
		w.t.Errorf("%+v: got %d lines, want %d", c, f.Lines, lines)
	}
}

func TestTheListOfWhatACauseHitGoesOnWhereItEnded(t *testing.T) {
	each(t, hitsShown+5, func(t *testing.T, w *world) {
		seen := map[string]bool{}
		var after complaint.Mark
		for range 3 {
			f, err := Find(t.Context(), w.d, wang, w.ofPlan("service-99"), after, date.Of(monday))
			w.must(err)
			for _, h := range f.Hits {
				if seen[h.LineID] {
					t.Errorf("%s came twice", h.MerchantRef)
				}
				seen[h.LineID] = true
			}
			if after = f.More; after.ID == "" {
				break
			}
		}
		n := 0
		w.must(EachHit(t.Context(), w.d, wang, w.ofPlan("service-99"), date.Of(monday), func(*Hit) error { n++; return nil }))
		if len(seen) != hitsShown+5 || n != len(seen) {
			t.Errorf("got %d lines on pages and %d in the file, want %d", len(seen), n, hitsShown+5)
		}
	})
}

func TestWhatIsApprovedIsGivenBackStoppedAndTold(t *testing.T) {
	each(t, 7, func(t *testing.T, w *world) {
		number := w.file("D", "M001")
		if _, err := w.cases.OpenDenied(t.Context(), anchor.Start()); err != nil { // of all others, and of those taken twice
			t.Fatal(err)
		}
		causeID := w.propose(w.proposal(number, w.ofPlan("service-99")))
		n, err := w.Work(t.Context())
		w.must(err)
		if n != 0 {
			t.Errorf("worked %d lines before anybody approved", n)
		}
		w.must(w.Approve(t.Context(), chen, causeID))
		w.must(w.Approve(t.Context(), chen, causeID)) // sent twice
		if n, err = w.Work(t.Context()); err != nil || n != 6+7+7 {
			t.Fatalf("worked %d lines, %v; want 6 to give back, 7 to stop, 7 to tell", n, err)
		}
		w.want(6, "refunds", `select count(*) from refund_proposals where state = 'approved' and amount_fen = 500 and proposed_by = 'st_1' and second_by = 'st_2'`)
		w.want(6, "events", `select count(*) from api_events where kind = 'refund.approved'`)
		w.want(6, "cases whose money is on its way", `select count(*) from cases where state = 'refund_pending'`)
		w.want(1, "the complaint that somebody filed", `select count(*) from cases where number = $1 and under_way`, number)
		w.want(14, "cases in all: one for each line that is wrong", `select count(*) from cases`)
		w.want(7, "fees that end today", `select count(*) from enrolments e join plans p on p.id = e.plan_id where p.code = 'service-99' and e.cancelled_here and e.cancelled_on = $1`, date.Of(monday))
		w.want(7, "events of that", `select count(*) from api_events where kind = 'enrolment.cancel_requested'`)
		w.want(6, "letters about money", `select count(*) from notices where kind = 'complaint' and cast(facts as text) like '%put_right%'`)
		w.want(7, "letters about fees", `select count(*) from notices where kind = 'complaint' and cast(facts as text) like '%cause_stopped%'`)
		w.want(1, "done", `select count(*) from root_causes where state = 'done' and done_at is not null`)
		p, err := Read(t.Context(), w.d, qian, causeID, Which{What: Refund}, LineMark{})
		w.must(err)
		if worked, all := p.Progress(); worked != all || len(p.Lines) != 7 {
			t.Errorf("got %d of %d, and %d lines", worked, all, len(p.Lines))
		}
		for _, l := range p.Lines {
			if l.Item == "" {
				t.Errorf("%+v does not say which fee", l)
			}
			if l.MerchantRef == "M001" && (l.State != LineSkipped || l.Why != Why(complaint.UnderComplaint)) || l.MerchantRef != "M001" && (l.State != LineDone || l.Amount != 500 || l.CaseNumber == "") {
				t.Errorf("got %+v", l)
			}
		}
		// The core system gives it back as it does for any case.
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			var line string
			err := tx.QueryRow(t.Context(), `select id from deductions where ref = 'DM002'`).Scan(&line)
			if err == nil {
				err = w.cases.GiveBackIn(t.Context(), tx, complaint.GivenBack{LineID: line, Amount: 500, Actor: itself})
			}
			return err
		}))
		w.want(1, "paid", `select count(*) from refund_proposals r join cases c on c.id = r.case_id where r.state = 'paid' and c.state = 'closed'`)
		// And nothing more is due to anybody.
		_, err = w.Propose(t.Context(), wang, func() Proposal { p := w.proposal(number, w.ofPlan("service-99")); p.Token = "again"; return p }())
		w.wantFault(err, fault.Conflict, "the same again")
	})
}

func TestNobodyApprovesTheirOwnActionOrWithoutPermission(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		p := w.proposal(w.file("D", "M001"), w.ofPlan("service-99"))
		_, err := w.Propose(t.Context(), qian, p)
		w.wantFault(err, fault.Forbidden, "an auditor proposes")
		causeID, err := w.Propose(t.Context(), chen, p)
		w.must(err)
		again, err := w.Propose(t.Context(), chen, p)
		w.must(err)
		if again != causeID {
			t.Errorf("sent twice it proposed %s and %s", causeID, again)
		}
		w.wantFault(w.Approve(t.Context(), chen, causeID), fault.Forbidden, "one's own")
		w.wantFault(w.Refuse(t.Context(), chen, causeID, "?"), fault.Forbidden, "one's own")
		w.wantFault(w.Approve(t.Context(), wang, causeID), fault.Forbidden, "support approves")
		w.wantFault(w.Approve(t.Context(), gui, "rc_x"), fault.NotFound, "none")
		w.wantFault(w.Refuse(t.Context(), gui, causeID, " "), fault.Invalid, "without a reason")
		w.wantFault(w.Halt(t.Context(), wang, causeID), fault.Conflict, "not being worked")
		w.must(w.Refuse(t.Context(), gui, causeID, "先问代理商"))
		w.wantFault(w.Approve(t.Context(), gui, causeID), fault.Conflict, "refused before")
		w.want(0, "refunds", `select count(*) from refund_proposals`)
		w.want(1, "refused", `select count(*) from root_causes where state = 'refused' and remark = '先问代理商'`)
		for _, wrong := range []func(*Plan){func(p *Plan) { *p = Plan{Reason: "x", Words: "x"} }, func(p *Plan) { p.Reason = "" }, func(p *Plan) { p.Words = " " }} {
			one := p
			one.Token += "?"
			wrong(&one.Plan)
			_, err := w.Propose(t.Context(), wang, one)
			w.wantFault(err, fault.Invalid, "what is to be done")
		}
		stale := p
		stale.Token, stale.Seen.Due = "stale", 1
		_, err = w.Propose(t.Context(), wang, stale)
		w.wantFault(err, fault.Conflict, "other than was seen")
	})
}

func TestAHaltedActionGoesOnWhereItWas(t *testing.T) {
	each(t, 45, func(t *testing.T, w *world) {
		causeID := w.propose(w.proposal(w.file("D", "M001"), w.ofPlan("service-99")))
		w.must(w.Approve(t.Context(), chen, causeID))
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := w.workSome(t.Context(), tx, causeID)
			return err
		}))
		w.must(w.Halt(t.Context(), wang, causeID))
		n, err := w.Work(t.Context())
		w.must(err)
		if n != 0 {
			t.Errorf("worked %d lines while it was halted", n)
		}
		w.want(20, "refunds", `select count(*) from refund_proposals`)
		w.wantFault(w.Continue(t.Context(), wang, causeID), fault.Forbidden, "who proposed it goes on")
		w.must(w.Continue(t.Context(), chen, causeID))
		_, err = w.Work(t.Context())
		w.must(err)
		w.want(44, "refunds", `select count(*) from refund_proposals`)
		w.want(0, "left", `select count(*) from root_cause_lines where state = 'pending'`)
	})
}

// TestWhatHappensAfterTheApprovalIsHeeded changes lines between the approval and
// the work.
func TestWhatHappensAfterTheApprovalIsHeeded(t *testing.T) {
	each(t, 6, func(t *testing.T, w *world) {
		number := w.file("D", "M001")
		causeID := w.propose(w.proposal(number, w.ofPlan("service-99")))
		w.must(w.Approve(t.Context(), chen, causeID))
		w.file("D", "M002") // somebody complains
		exec := func(query string, args ...any) {
			w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), query, args...)
				return err
			}))
		}
		const of = ` where id = (select id from deductions where ref = $1)`
		exec(`update bill_lines set state = 'refunded', refunded_fen = amount_fen`+of, "DM003")
		exec(`update bill_lines set state = 'reversed'`+of, "DM004")
		exec(`update bill_lines set expected_fen = 10200`+of, "DM005") // less is due than was approved
		exec(`update bill_lines set expected_fen = 0`+of, "DM006")     // more is
		_, err := w.Work(t.Context())
		w.must(err)
		p, err := Read(t.Context(), w.d, wang, causeID, Which{What: Refund}, LineMark{})
		w.must(err)
		want := map[string]struct {
			why    Why
			amount money.Fen
		}{
			"M001": {why: "case"}, "M002": {why: "case"}, "M003": {why: "refunded"}, "M004": {why: "not_taken"}, "M005": {amount: 200}, "M006": {amount: 500},
		}
		for _, l := range p.Lines {
			if one := want[l.MerchantRef]; l.Why != one.why || l.Amount != one.amount || l.State == LinePending {
				t.Errorf("%s: got %s %q %s, want %q %s", l.MerchantRef, l.State, l.Why, l.Amount.Yuan(), one.why, one.amount.Yuan())
			}
		}
		w.want(2, "refunds", `select count(*) from refund_proposals`)
	})
}

// TestWhatIsDueOfManyIsWhatACaseWouldSuggest compares the expression for all lines
// with what the page of a case says of each.
func TestWhatIsDueOfManyIsWhatACaseWouldSuggest(t *testing.T) {
	each(t, 1, func(t *testing.T, w *world) {
		var ids []string
		w.must(w.d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id string
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			})
		}, `select ref from deductions order by ref`))
		due := map[string]money.Fen{}
		w.must(w.d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var ref string
				var amount money.Fen
				err := rows.Scan(&ref, &amount)
				due[ref] = amount
				return err
			})
		}, `select d.ref, `+complaint.DueOfLine("l")+` from bill_lines l join deductions d on d.id = l.id`))
		for _, ref := range ids {
			k, err := complaint.ReadDesk(t.Context(), w.d, wang, w.file(ref[:1], ref[1:]), monday)
			w.must(err)
			if due[ref] != k.Due.Suggested {
				t.Errorf("%s: got %s, want %s as the case suggests", ref, due[ref].Yuan(), k.Due.Suggested.Yuan())
			}
		}
		if due["TM001"] != 3600 || due["DM001"] != 500 || due["LM001"] != 0 {
			t.Errorf("got %v", due)
		}
	})
}
