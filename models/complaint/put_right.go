package complaint

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// Unfit says why nothing is given back of a line of the bill together with
// others; empty: something is.
type Unfit string

// Why a line is left out, the first that is so.
const (
	AlreadyGivenBack Unfit = "refunded"    // in whole or in part: what is left is for somebody to look at
	NeverTaken       Unfit = "not_taken"   // or came back
	AlreadyProposed  Unfit = "proposed"    // a refund waits, or is on its way
	UnderComplaint   Unfit = "case"        // somebody complains about it, or works on it
	AlreadyDecided   Unfit = "decided"     // a complaint about it was decided
	NothingDue       Unfit = "nothing_due" // by the fee rules
)

// Together is what is decided for many lines of the bill at once.
type Together struct {
	RootCause string      // for staff
	Reason    string      // for the merchants
	By        staff.Actor // who proposed it, and decides the cases
	Second    staff.Actor // who approved it
}

// Righting is a line of which money is to be given back.
type Righting struct {
	MerchantID int64
	LineID     string
	Most       money.Fen // that was approved: what is due by now is given back, and no more than this
}

// Righted is what became of it.
type Righted struct {
	Why    Unfit  // nothing is given back; empty: it is
	Number string // of the case by which it is
	Refund string // its id
	Amount money.Fen
}

// PutRightIn gives money back of lines of the bill, and returns what became of
// each. A line that nobody complains about gets a case, or keeps the one that the
// rules have opened; the case is decided, the refund approved, and the merchant
// told, all at once. Few lines belong in one transaction: each takes some thirty
// statements.
func (c *Cases) PutRightIn(ctx context.Context, tx *db.Tx, o Together, lines []Righting) ([]Righted, error) {
	var merchants []int64
	for i := range lines {
		merchants = append(merchants, lines[i].MerchantID)
	}
	slices.Sort(merchants)
	for _, m := range slices.Compact(merchants) { // before the first case takes a number, for which who files waits
		if err := tx.Lock(ctx, lockOfMerchant(m)); err != nil {
			return nil, err
		}
	}
	at, became := c.clock.Now(), make([]Righted, len(lines))
	for i := range lines {
		if err := c.putRight(ctx, tx, at, &o, &lines[i], &became[i]); err != nil {
			return nil, err
		}
	}
	return became, nil
}

func (c *Cases) putRight(ctx context.Context, tx *db.Tx, at time.Time, o *Together, line *Righting, became *Righted) error {
	due, err := fitness(ctx, tx, line, became)
	if err != nil || became.Why != "" {
		return err
	}
	h, err := untouched(ctx, tx, line)
	if err == nil && h != nil { // somebody may have touched it until it was held
		due, err = fitness(ctx, tx, line, became)
	} else if err == nil {
		h, err = c.newAbout(ctx, tx, at, line)
	}
	if err != nil || became.Why != "" {
		return err
	}
	became.Number, became.Refund, became.Amount = h.number, id.New("rp", at), min(due, line.Most)
	j := Judgement{Finding: Upheld, RootCause: o.RootCause, Reason: o.Reason, Amount: &became.Amount}
	if err := h.conclude(ctx, tx, at, o.By, j, Due{Suggested: due}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into refund_proposals (id, case_id, merchant_id, line_id, amount_fen, state, proposed_by, proposed_name, proposed_at, second_by, second_name, answered_at)
		values ($1, $2, $3, $4, $5, 'approved', $6, $7, $8, $9, $10, $8)`,
		became.Refund, h.id, h.merchantID, line.LineID, int64(became.Amount), o.By.ID, o.By.Name, at, o.Second.ID, o.Second.Name)
	if err != nil {
		return err
	}
	if err := h.sendBack(ctx, tx, at, ofStaff(o.Second), became.Refund, became.Amount); err != nil {
		return err
	}
	if err := h.tell(ctx, tx, at, "put_right", o.Reason); err != nil {
		return err
	}
	return h.record(ctx, tx, at, ofStaff(o.Second), "answer_refund", map[string]any{
		"refund": became.Refund, "amount_fen": int64(became.Amount), "proposed_by": o.By.ID, "state": string(RefundApproved),
	})
}

// fitness finds out whether something is given back of a line, and how much is
// due.
func fitness(ctx context.Context, tx *db.Tx, line *Righting, became *Righted) (due money.Fen, err error) {
	err = tx.QueryRow(ctx, `select `+UnfitLine("l")+`, `+DueOfLine("l")+` from bill_lines l where l.merchant_id = $1 and l.id = $2`, line.MerchantID, line.LineID).
		Scan(&became.Why, &due)
	if db.NotFound(err) { // judged anew under another name
		became.Why, err = NeverTaken, nil
	}
	return due, err
}

// untouched returns the case that the rules have opened about a line, or nil.
func untouched(ctx context.Context, tx *db.Tx, line *Righting) (*head, error) {
	open, err := openAbout(ctx, tx, line.MerchantID, line.LineID)
	if err != nil || open == "" {
		return nil, err
	}
	return lock(ctx, tx, line.MerchantID, open)
}

// newAbout returns a new case about a line.
func (c *Cases) newAbout(ctx context.Context, tx *db.Tx, at time.Time, line *Righting) (*head, error) {
	about, err := resolve(ctx, tx, c.plans(), line.MerchantID, OfDeduction, line.LineID, "")
	if err != nil {
		return nil, err
	}
	h := &head{id: id.New("c", at), merchantID: line.MerchantID, kind: Complaint, about: about, reason: BrokenRule, filedAt: at}
	if err := c.open(ctx, tx, at, h, itself, Caller{Channel: ByItself}, ""); err != nil {
		return nil, err
	}
	if err := c.attach(ctx, tx, h, at); err != nil {
		return nil, err
	}
	decided, err := h.decidedBefore(ctx, tx)
	if err == nil && decided != "" {
		err = h.link(ctx, tx, at, itself, decided, "again")
	}
	if err != nil {
		return nil, err
	}
	return h, h.record(ctx, tx, at, itself, "file", map[string]any{"kind": string(h.kind), "subject": string(h.about.Subject), "ref": h.about.Ref, "reason": string(h.reason)})
}

// DueOfLine is an expression for what is to be given back by the fee rules of the
// line of the bill with an alias: what the decision of a case about it suggests.
func DueOfLine(l string) string {
	var whole []string
	for code := range fee.AllCodes() {
		if code.Level() == fee.LevelDeny && !onlyPrice[code.String()] {
			whole = append(whole, Names(l, code.String()))
		}
	}
	return strings.NewReplacer("{l}", l, "{whole}", strings.Join(whole, " or ")).Replace(`
		case when {l}.decision <> 'deny' or {l}.state <> 'posted' then 0
			when {whole} then {l}.amount_fen - {l}.refunded_fen
			when {l}.amount_fen - {l}.refunded_fen > {l}.expected_fen then {l}.amount_fen - {l}.refunded_fen - {l}.expected_fen
			else 0 end`)
}

// Names is a condition: the verdict on the line of the bill with an alias names a
// rule.
func Names(l, rule string) string { return `' ' || ` + l + `.reasons || ' ' like '% ` + rule + ` %'` }

// UnfitLine is an expression for why nothing is given back of the line of the bill
// with an alias together with others; the empty text: something is.
func UnfitLine(l string) string {
	return strings.NewReplacer("{l}", l, "{due}", DueOfLine(l)).Replace(`
		case when {l}.state = 'refunded' or {l}.refunded_fen > 0 or exists (
				select 1 from refund_proposals r where r.merchant_id = {l}.merchant_id and r.line_id = {l}.id and r.line_id <> '' and r.state = 'paid') then 'refunded'
			when {l}.state <> 'posted' then 'not_taken'
			when exists (
				select 1 from refund_proposals r
				where r.merchant_id = {l}.merchant_id and r.line_id = {l}.id and r.line_id <> '' and r.state in ('proposed', 'approved', 'sent')) then 'proposed'
			when exists (
				select 1 from cases c left join cases m on m.id = c.merged_into
				where c.merchant_id = {l}.merchant_id and c.subject_ref = {l}.id and c.subject_ref <> '' and c.subject = 'deduction' and c.kind = 'complaint'
					and (c.under_way or m.under_way) and not (c.channel = 'itself' and c.state = 'received' and c.owner_id = '' and c.merged_into is null
						and not exists (select 1 from case_posts o where o.merchant_id = c.merchant_id and o.case_id = c.id))) then 'case'
			when exists (
				select 1 from cases c
				where c.merchant_id = {l}.merchant_id and c.subject_ref = {l}.id and c.subject_ref <> '' and c.subject = 'deduction' and c.kind = 'complaint'
					and exists (select 1 from case_decisions d where d.case_id = coalesce(c.merged_into, c.id))) then 'decided'
			when {due} <= 0 then 'nothing_due'
			else '' end`)
}
