package complaint

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/models/worktime"
)

// Judgement is what somebody decides in a case.
type Judgement struct {
	Finding   Finding
	RootCause string     // what went wrong, for staff; of a complaint
	Reason    string     // for the merchant, in its words
	Amount    *money.Fen // to be given back; nil: not said
	Illegible bool       // an amount was written that is none
}

// mostRefunded bounds an amount where no line of the bill does: what lies beyond
// is a slip of the finger.
const mostRefunded money.Fen = 100_000_000

// Decide decides a case, and tells the merchant. The owner of a review is another
// person than who decided before. It returns fault.Invalid for the fields
// "finding", "root_cause", "reason" and "amount", fault.Conflict where the case
// is decided already, fault.Forbidden, and fault.NotFound.
func (c *Cases) Decide(ctx context.Context, by staff.Actor, number string, j Judgement) error {
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		if err := h.mustBeUnderWay(); err != nil {
			return err
		}
		decided, err := h.decidedIt(ctx, tx, by.ID)
		if err == nil && decided {
			err = fault.New(fault.Forbidden, "case.another_person")
		}
		if err != nil {
			return err
		}
		due, err := h.due(ctx, tx)
		if err == nil {
			err = j.check(h, due)
		}
		if err != nil {
			return err
		}
		if err := h.conclude(ctx, tx, at, by, j, due); err != nil {
			return err
		}
		return h.tell(ctx, tx, at, "decided", j.Reason)
	})
}

// conclude decides a case by a judgement that was checked, and ends its dispute.
// Telling the merchant is left to the caller.
func (h *head) conclude(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, j Judgement, due Due) error {
	if err := h.engage(ctx, tx, at, by); err != nil {
		return err
	}
	round := h.now.Round()
	if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.DecisionMade}, string(j.Finding)); err != nil {
		return err
	}
	var amount money.Fen
	if j.Amount != nil {
		amount = *j.Amount
	}
	_, err := tx.Exec(ctx, `
		insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at)
		select $1, 1 + count(*), $2, $3, $4, $5, $6, $7, $8, $9, $10 from case_decisions where case_id = $1`,
		h.id, round, string(j.Finding), j.RootCause, j.Reason, int64(amount), int64(due.Suggested), by.ID, by.Name, at)
	if err != nil {
		return err
	}
	if err := h.settle(ctx, tx, at); err != nil {
		return err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return err
	}
	if err := h.publish(ctx, tx, at, webhook.ComplaintDecided, toldCase{Finding: j.Finding, Amount: &amount}); err != nil {
		return err
	}
	return h.record(ctx, tx, at, ofStaff(by), "decide", map[string]any{
		"finding": string(j.Finding), "root_cause": j.RootCause, "amount_fen": int64(amount), "suggested_fen": int64(due.Suggested),
	})
}

func (j *Judgement) check(h *head, due Due) error {
	var wrong fault.Fields
	j.RootCause, j.Reason = strings.TrimSpace(j.RootCause), strings.TrimSpace(j.Reason)
	owes := j.Finding == Upheld || j.Finding == PartlyUpheld
	switch {
	case h.kind != Complaint && j.Finding != Answered, h.kind == Complaint && !owes && j.Finding != NotUpheld:
		wrong.Add("finding", "case.finding_missing")
	}
	switch n := len([]rune(j.RootCause)); {
	case n == 0 && h.kind == Complaint:
		wrong.Add("root_cause", "case.root_cause_missing")
	case n > MaxRootCause:
		wrong.Add("root_cause", "case.words_long", "n", MaxRootCause)
	}
	switch n := len([]rune(j.Reason)); {
	case n == 0:
		wrong.Add("reason", "case.decision_reason_missing")
	case n > MaxWords:
		wrong.Add("reason", "case.words_long", "n", MaxWords)
	}
	switch {
	case j.Illegible:
		wrong.Add("amount", "admin_cases.amount_unreadable")
	case j.Amount == nil || *j.Amount == 0:
		if owes && due.Suggested > 0 {
			wrong.Add("amount", "case.amount_missing", "suggested", due.Suggested)
		}
	case !owes:
		wrong.Add("amount", "case.amount_unexpected")
	case *j.Amount < 0 || *j.Amount > due.Most:
		wrong.Add("amount", "case.amount_wrong", "most", due.Most)
	}
	return wrong.Err()
}

// Due is what a merchant has to get back, as far as the rules can say.
type Due struct {
	Suggested money.Fen // 0: nothing, or nobody can say
	// Most is what was taken and not given back: no decision may be about more. What
	// an earlier decision of the case gives back counts as given once it is
	// approved.
	Most money.Fen
	// Unproposed is what was taken and neither given back nor is about to be: no
	// refund may be about more.
	Unproposed money.Fen
}

// due works out by the fee rules what is to be given back: all of what must not
// have been taken, or what was taken beyond the price where only that is wrong.
func (h *head) due(ctx context.Context, r db.Reader) (Due, error) {
	if h.about.Subject != OfDeduction {
		return Due{Most: mostRefunded, Unproposed: mostRefunded}, nil
	}
	due, err := scanDue(r.QueryRow(ctx, `select `+dueColumns("$3")+` from bill_lines l where l.merchant_id = $1 and l.id = $2`, h.merchantID, h.about.Ref, h.id))
	if db.NotFound(err) {
		return Due{}, nil
	}
	return due, err
}

// dueColumns are what scanDue scans, of the line l of the bill, for the case with
// an id.
func dueColumns(caseID string) string {
	sum := func(what, of string) string {
		return `(select cast(coalesce(sum(` + what + `), 0) as bigint) from refund_proposals r
			where r.merchant_id = l.merchant_id and r.line_id = l.id and r.line_id <> '' and r.state <> 'refused' and r.case_id ` + of + ` ` + caseID + `)`
	}
	const paid, open = `r.paid_fen`, `r.amount_fen - r.paid_fen`
	underWay := `exists (select 1 from cases u where u.id = ` + caseID + ` and u.under_way)`
	return strings.Join([]string{`l.state, l.decision, l.reasons, l.amount_fen, l.refunded_fen, l.expected_fen`, sum(paid, `=`), sum(open, `=`), sum(paid, `<>`), sum(open, `<>`), underWay}, `, `)
}

// scanDue works out what is to be given back of a line of the bill. What another
// case gives back of it is not there for this one.
func scanDue(line db.Row) (Due, error) {
	var state fee.State
	var decision fee.Decision
	var reasons string
	var amount, refunded, expected money.Fen
	var own, others struct{ paid, open money.Fen }
	var underWay bool // a decision is to come: what was approved before was approved by another one
	err := line.Scan(&state, &decision, &reasons, &amount, &refunded, &expected, &own.paid, &own.open, &others.paid, &others.open, &underWay)
	if err != nil || state != fee.Posted && state != fee.Authorized {
		return Due{}, err
	}
	// What was paid is in the bill a moment later, if the core system says so there.
	left := max(0, amount.Minus(max(refunded, others.paid)).Minus(others.open))
	unproposed := max(0, amount.Minus(max(refunded, own.paid.Plus(others.paid))).Minus(own.open).Minus(others.open))
	if underWay {
		left = unproposed
	}
	return Due{Suggested: suggested(decision, reasons, left, expected), Most: left, Unproposed: unproposed}, nil
}

// onlyPrice holds the rules that find fault with the amount alone.
var onlyPrice = map[string]bool{fee.AmountOver.String(): true, fee.NoticePeriod.String(): true, fee.VersionNotAccepted.String(): true}

func suggested(decision fee.Decision, reasons string, left, expected money.Fen) money.Fen {
	if decision != fee.Deny {
		return 0
	}
	for code := range fee.AllCodes() {
		if code.Level() == fee.LevelDeny && !onlyPrice[code.String()] && hasWord(reasons, code.String()) {
			return left
		}
	}
	return max(0, left.Minus(expected))
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}
