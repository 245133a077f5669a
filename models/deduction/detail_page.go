package deduction

import (
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// DetailPage is one line of a bill with everything there is to say about it.
type DetailPage struct {
	Line        Line
	Ref         string    // the core system's number of the deduction; empty for a settlement's column
	JudgedAt    time.Time // UTC
	Terminal    Card
	Fee         *TerminalFee // nil: the terminal never took up this fee
	Settlement  *Settlement  // the day's settlement that it came from; nil: none is known
	Case        *fee.Case    // as it was judged
	Explanation fee.Explanation
	// Announcements are the messages that announced the cycle and count for it.
	Announcements []Announcement
	Decided       *Decided // by the gate, which was asked first; nil: it was not
}

// thisLine is a column of the merchant's line with the id, or nothing: no
// statement of the page can read another merchant's.
func thisLine(column string) string {
	return `(select ` + column + ` from bill_lines where merchant_id = $1 and id = $2)`
}

// lineUnion reads the terminal and the plan of the merchant's line with an id: $1
// and $2.
var lineUnion = newFeesUnion(`select t.*, l.plan_id from bill_lines l join terminals t on t.id = l.terminal_id
	where l.merchant_id = $1 and l.id = $2`, true)

// ReadDetailPage reads a line of a merchant's bill and explains it by the rules,
// in one round trip. It returns fault.NotFound where the merchant has no such
// line.
func ReadDetailPage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, lineID string, today date.Date) (*DetailPage, error) {
	if !isID(lineID) {
		return nil, fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	q := &detailPageQuery{lineID: lineID, fees: feesQuery{union: lineUnion, plans: plans}}
	args := []any{merchantID, lineID}
	b := db.NewBatch()
	b.Add(rememberedLines, args, q.readRemembered)
	b.Add(`select l.judged_at, d.ref from bill_lines l
		left join deductions d on d.merchant_id = l.merchant_id and d.id = l.id and d.at = l.at
		where l.merchant_id = $1 and l.id = $2`, args, q.readSource)
	b.Add(q.fees.union.sql, args, q.fees.read)
	b.Add(`select s.id, s.ref, s.settled_on, s.card_count, s.card_fen, s.card_fee_fen, s.qr_count, s.qr_fen, s.qr_fee_fen,
			s.payout_count, s.payout_fee_fen, s.other_fee_fen, s.paid_out_fen
		from settlement_refs r join settlements s on s.merchant_id = $1 and s.id = r.settlement_id and s.settled_on = r.settled_on
		where r.ref = `+thisLine("settlement_ref"), args, q.readSettlement)
	b.Add(ownLimits+` where e.merchant_id = $1 and e.terminal_id = `+thisLine("terminal_id")+` and e.plan_id = `+thisLine("plan_id")+ownLimitsOrder, args, q.readOwnLimits)
	b.Add(latestDecision, args, q.readDecision)
	b.Add(announcements, args, q.readAnnouncements)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.page.Line.ID == "" {
		return nil, fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	q.fees.assemble()
	if f := q.fees.fee(q.page.Line.PlanID); f != nil {
		f.Enrolment.OwnLimits = q.limits.OwnLimits
	}
	return &q.page, q.explain(policy, today)
}

// rememberedLines reads the line, and of the same terminal and plan those that
// a verdict on it may depend on beside its cycles: the same order before it, and
// where there is a limit to add up to, what was taken in the year before it.
const rememberedLines = `
	with this as (select * from bill_lines where merchant_id = $1 and id = $2)
	` + selectLines + ` where merchant_id = $1 and id = $2
	union
	select ` + linesOf + ` from this join bill_lines l on l.terminal_id = this.terminal_id and l.plan_id = this.plan_id
	where this.order_ref is not null and l.order_ref = this.order_ref and l.cycle_index is null
	union
	select ` + linesOf + ` from this join plans p on p.id = this.plan_id
	join bill_lines l on l.terminal_id = this.terminal_id and l.plan_id = this.plan_id and l.at <= this.at and l.cycle_index is null
	where p.cap_12m_fen > 0 or exists (
		select 1 from enrolments e where e.terminal_id = this.terminal_id and e.plan_id = this.plan_id and e.own_limit_fen is not null)`

// detailPageQuery collects the answers of the page's statements.
type detailPageQuery struct {
	lineID     string
	fees       feesQuery
	remembered []Line
	limits     fee.Enrolment // of which only the own limits were read
	page       DetailPage
}

func (q *detailPageQuery) readRemembered(rows db.Rows) error {
	return db.Each(rows, func() error {
		var l Line
		if err := scanLine(rows, &l); err != nil {
			return err
		}
		if l.ID == q.lineID {
			q.page.Line = l
		}
		q.remembered = append(q.remembered, l)
		return nil
	})
}

func (q *detailPageQuery) readOwnLimits(rows db.Rows) error {
	return scanOwnLimits(rows, func(_, _ int64) *fee.Enrolment { return &q.limits })
}

func (q *detailPageQuery) readSource(rows db.Rows) error {
	return db.Each(rows, func() error {
		var judged db.Time
		var ref db.Text
		err := rows.Scan(&judged, &ref)
		q.page.JudgedAt, q.page.Ref = judged.Time, string(ref)
		return err
	})
}

func (q *detailPageQuery) readSettlement(rows db.Rows) error {
	return db.Each(rows, func() error {
		s := &Settlement{}
		q.page.Settlement = s
		return rows.Scan(&s.ID, &s.Ref, &s.On, &s.CardCount, &s.Card, &s.CardFee, &s.QRCount, &s.QR, &s.QRFee,
			&s.PayoutCount, &s.PayoutFee, &s.OtherFee, &s.PaidOut)
	})
}

// explain replays the line among those it may depend on, which gives the case
// by which it was judged.
func (q *detailPageQuery) explain(policy fee.Policy, today date.Date) error {
	if err := q.fees.foresee(policy, today); err != nil {
		return err
	}
	line := &q.page.Line
	q.page.Terminal = q.fees.card
	var plan *fee.Plan
	lines := q.remembered
	if line.PlanID != 0 {
		if plan = q.fees.plans.Fee(line.PlanID); plan == nil {
			return errUnknownPlan(q.fees.card.SN, line.PlanID)
		}
		if mixed(line.Kind, plan) {
			plan = mixedPlan(plan)
		}
		if q.page.Fee = q.fees.fee(line.PlanID); q.page.Fee != nil {
			lines = append(slices.Clone(q.page.Fee.Lines), lines...)
		}
	}
	if d := q.page.Decided; d != nil {
		var err error
		q.page.Case = d.Case
		q.page.Explanation, err = fee.Explain(d.Case)
		return err
	}
	c, err := fee.ReplayUntil(q.fees.facts.Case(plan, line.PlanID, line.Item, policy), deductionsOf(lines), line.ID)
	if err != nil {
		return err
	}
	q.page.Case = c
	q.page.Explanation, err = fee.Explain(c)
	return err
}

// deductionsOf turns lines of a bill back into what the rules replay, each once,
// in the order in which they were judged.
func deductionsOf(lines []Line) []fee.Deduction {
	slices.SortStableFunc(lines, compareLines)
	lines = slices.CompactFunc(lines, func(a, b Line) bool { return a.ID == b.ID })
	deductions := make([]fee.Deduction, len(lines))
	for i := range lines {
		l := &lines[i]
		deductions[i] = fee.Deduction{
			Ref: l.ID, Amount: l.Amount, Refunded: l.Refunded, At: l.At, Seq: l.Seq, PeriodFrom: l.PeriodFrom, State: l.State, Origin: l.Origin,
			Sale: l.Sale, SaleCount: l.SaleCount, Method: l.Method, OrderRef: l.OrderRef, Live: l.Gate == GateUngated,
		}
		if l.Gate == GateAsked {
			deductions[i].Asked = &l.Verdict
		}
	}
	return deductions
}
