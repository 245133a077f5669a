package complaint

import (
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/worktime"
)

// OnLine is what became of a line of a merchant's bill by complaints about it, and
// of its money after it was taken.
type OnLine struct {
	Number    string         // of the complaint that is under way, else of the latest that was decided; empty: there is none
	State     worktime.State // of that one
	DecidedAt time.Time      // its latest decision; zero: none
	Granted   money.Fen      // to be given back by that
	Refunds   []Refund       // that were approved, by any complaint, in the order in which they were
	GivenBack []GivenOn      // by the core system, as far as it said when, in order
}

// GivenOn is money that was given back at a moment.
type GivenOn struct {
	At     time.Time
	Amount money.Fen
}

// onLine finds the complaint about the line $2 of the merchant $1: the one that is
// under way, else the latest that was decided and not withdrawn.
const onLine = `
	select coalesce(m.number, c.number), coalesce(m.state, c.state), d.at, coalesce(d.amount_fen, 0)
	from cases c left join cases m on m.id = c.merged_into
	left join case_decisions d on d.case_id = coalesce(m.id, c.id) and d.number = (select max(l.number) from case_decisions l where l.case_id = coalesce(m.id, c.id))
	where c.merchant_id = $1 and c.subject_ref = $2 and c.subject_ref <> '' and c.subject = 'deduction' and c.kind = 'complaint'
		and (coalesce(m.under_way, c.under_way) or d.at is not null and coalesce(m.state, c.state) <> 'withdrawn')
	order by case when coalesce(m.under_way, c.under_way) then 0 else 1 end, c.filed_at desc, c.id desc limit 1`

// AddOnLine has a batch read what became of a line of a merchant's bill.
func AddOnLine(b *db.Batch, merchantID int64, lineID string, on *OnLine) {
	args := []any{merchantID, lineID}
	b.Add(onLine, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var decided db.Time
			err := rows.Scan(&on.Number, &on.State, &decided, &on.Granted)
			on.DecidedAt = decided.Time
			return err
		})
	})
	b.Add(`select id, amount_fen, paid_fen, state, proposed_at, answered_at, sent_at, paid_at from refund_proposals
		where merchant_id = $1 and line_id = $2 and line_id <> '' and state in ('approved', 'sent', 'paid') order by proposed_at, id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var r Refund
			var proposed, answered, sent, paid db.Time
			err := rows.Scan(&r.ID, &r.Amount, &r.Paid, &r.State, &proposed, &answered, &sent, &paid)
			r.ProposedAt, r.AnsweredAt, r.SentAt, r.PaidAt = proposed.Time, answered.Time, sent.Time, paid.Time
			on.Refunds = append(on.Refunds, r)
			return err
		})
	})
	b.Add(`select at, amount_fen from gate_steps where merchant_id = $1 and deduction_id = $2 and step = 'refunded' and amount_fen > 0 order by number`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var g GivenOn
			var at db.Time
			err := rows.Scan(&at, &g.Amount)
			g.At = at.Time
			on.GivenBack = append(on.GivenBack, g)
			return err
		})
	})
}

// ApprovedAt is when a refund was approved: by a second person, or by being
// proposed where it took none.
func (r *Refund) ApprovedAt() time.Time {
	if r.AnsweredAt.IsZero() {
		return r.ProposedAt
	}
	return r.AnsweredAt
}

// Unapproved reports whether money was granted of which nothing is approved yet.
func (o *OnLine) Unapproved() bool {
	if o.Granted <= 0 || o.State.UnderWay() {
		return false
	}
	for i := range o.Refunds {
		if !o.Refunds[i].ProposedAt.Before(o.DecidedAt) {
			return false
		}
	}
	return true
}
