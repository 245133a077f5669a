package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/models/worktime"
)

// RefundState says how far a refund has come.
type RefundState string

// The states of a refund.
const (
	RefundProposed RefundState = "proposed" // waits for a second person
	RefundApproved RefundState = "approved" // to be handed to the core system
	RefundRefused  RefundState = "refused"
	RefundSent     RefundState = "sent" // the core system has it
	RefundPaid     RefundState = "paid"
)

// Refund is money to be given back for a case.
type Refund struct {
	ID         string
	LineID     string // of the bill; empty: none
	Amount     money.Fen
	Paid       money.Fen // so much of it
	State      RefundState
	ProposedBy string // name
	ProposedID string
	ProposedAt time.Time
	SecondBy   string // name of who approved or refused; empty: nobody had to
	AnsweredAt time.Time
	Remark     string // of who refused
	SentAt     time.Time
	PaidAt     time.Time

	secondID string
}

// ProposeRefund proposes to give money back, as far as the latest decision grants
// it. As long as a case's refunds come to no more than the limit together, one is
// approved by that; beyond it each takes a second person. It returns the refund's
// id, fault.Invalid for the field "amount", fault.Conflict where the case is not
// decided, fault.Forbidden, and fault.NotFound.
func (c *Cases) ProposeRefund(ctx context.Context, by staff.Actor, number string, amount money.Fen) (refundID string, err error) {
	err = c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		if s := h.now.State; s != worktime.Decided && s != worktime.RefundPending {
			return fault.New(fault.Conflict, "case.not_decided")
		}
		// Two cases may be about one line: of two that would give it back one waits.
		if h.about.Subject == OfDeduction {
			if err := tx.Lock(ctx, "refunds of "+h.about.Ref); err != nil {
				return err
			}
		}
		m, err := h.moneyIn(ctx, tx)
		if err != nil {
			return err
		}
		if amount <= 0 || amount > m.left() {
			return wrongField("amount", "case.refund_wrong", "left", m.left())
		}
		state := RefundProposed
		if m.proposed.Plus(amount) <= h.secondAbove {
			state = RefundApproved
		}
		refundID = id.New("rp", at)
		var line string
		if h.about.Subject == OfDeduction {
			line = h.about.Ref
		}
		_, err = tx.Exec(ctx, `
			insert into refund_proposals (id, case_id, merchant_id, line_id, amount_fen, state, proposed_by, proposed_name, proposed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			refundID, h.id, h.merchantID, line, int64(amount), string(state), by.ID, by.Name, at)
		if err != nil {
			return err
		}
		if state == RefundApproved {
			if err := h.beginRefund(ctx, tx, at, ofStaff(by), refundID, amount); err != nil {
				return err
			}
		} else if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "propose_refund", map[string]any{"refund": refundID, "amount_fen": int64(amount), "state": string(state)})
	})
	return refundID, err
}

// caseMoney is what the latest decision grants, and what became of it.
type caseMoney struct {
	granted    money.Fen // beyond what was given back by decisions before
	used       money.Fen // of it, so much is proposed
	proposed   money.Fen // by all decisions together
	unproposed money.Fen // of what was taken, by any case
	open       int       // refunds that are neither paid nor refused
}

// left is what is granted and not proposed yet, as far as nobody else gives it
// back.
func (m *caseMoney) left() money.Fen { return min(m.granted.Minus(m.used), m.unproposed) }

// outstanding reports whether money is still to be given back.
func (m *caseMoney) outstanding() bool { return m.open > 0 || m.left() > 0 }

func (h *head) moneyIn(ctx context.Context, r db.Reader) (m caseMoney, err error) {
	err = r.QueryRow(ctx, `
		select coalesce((select amount_fen from case_decisions where case_id = $1 order by number desc limit 1), 0),
			cast(coalesce(sum(case when state <> 'refused' and proposed_at >= (select max(at) from case_decisions where case_id = $1) then amount_fen else 0 end), 0) as bigint),
			cast(coalesce(sum(case when state <> 'refused' then amount_fen else 0 end), 0) as bigint),
			coalesce(sum(case when state in ('proposed', 'approved', 'sent') then 1 else 0 end), 0)
		from refund_proposals where merchant_id = $2 and case_id = $1`, h.id, h.merchantID).Scan(&m.granted, &m.used, &m.proposed, &m.open)
	if err != nil {
		return m, err
	}
	due, err := h.due(ctx, r)
	m.unproposed = due.Unproposed
	return m, err
}

// beginRefund says that money is on its way, and tells the core system to give it
// back.
func (h *head) beginRefund(ctx context.Context, tx *db.Tx, at time.Time, by person, refundID string, amount money.Fen) error {
	first := h.now.State == worktime.Decided
	if err := h.sendBack(ctx, tx, at, by, refundID, amount); err != nil || !first {
		return err
	}
	return h.tell(ctx, tx, at, "refund", "")
}

// sendBack is beginRefund without a word to the merchant.
func (h *head) sendBack(ctx context.Context, tx *db.Tx, at time.Time, by person, refundID string, amount money.Fen) error {
	if err := h.publish(ctx, tx, at, webhook.RefundApproved, toldCase{Refund: refundID, Amount: &amount}); err != nil {
		return err
	}
	if h.now.State != worktime.Decided {
		return h.keep(ctx, tx, at) // it was before
	}
	if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.RefundBegun}, ""); err != nil {
		return err
	}
	return h.keep(ctx, tx, at)
}

// Proposed is a refund that waits for a second person.
type Proposed struct {
	Refund
	Number      string // of the case
	Merchant    string
	MerchantRef string
	Finding     Finding
	RootCause   string
	Granted     money.Fen
}

const proposedShown = 50

// ListProposed returns a part of the refunds that wait for a second person, the
// longest waiting first, and where the next part begins. It returns
// fault.Forbidden.
func ListProposed(ctx context.Context, r db.Reader, by staff.Actor, after Mark) (all []Proposed, more Mark, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, Mark{}, err
	}
	if after.ID == "" {
		after.At = time.Unix(0, 0).UTC()
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			p := Proposed{Refund: Refund{State: RefundProposed}}
			var at db.Time
			err := rows.Scan(&p.ID, &p.Amount, &p.ProposedID, &p.ProposedBy, &at, &p.Number, &p.Merchant, &p.MerchantRef, &p.Finding, &p.RootCause, &p.Granted)
			p.ProposedAt = at.Time
			all = append(all, p)
			return err
		})
	}, `
		select r.id, r.amount_fen, r.proposed_by, r.proposed_name, r.proposed_at, c.number, m.name, m.ref, d.finding, d.root_cause, d.amount_fen
		from refund_proposals r join cases c on c.id = r.case_id join merchants m on m.id = r.merchant_id join case_decisions d on d.case_id = c.id
		where r.state = 'proposed' and (r.proposed_at > $1 or r.proposed_at = $1 and r.id > $2)
			and d.number = (select max(l.number) from case_decisions l where l.case_id = c.id)
		order by r.proposed_at, r.id limit $3`, after.At, after.ID, proposedShown+1)
	if len(all) > proposedShown {
		all = all[:proposedShown]
		last := &all[proposedShown-1]
		more = Mark{last.ProposedAt, last.ID}
	}
	return all, more, err
}

// CountProposed adds to a batch how many refunds wait for somebody's approval, up
// to MostCounted.
func CountProposed(b *db.Batch, staffID string, n *int) {
	b.Add(`select count(*) from (select 1 from refund_proposals where state = 'proposed' and proposed_by <> $1 limit $2) waiting`,
		[]any{staffID, MostCounted}, func(rows db.Rows) error { return db.First(rows, n) })
}

// ApproveRefund approves a refund that somebody else proposed. It returns
// fault.Forbidden, for one's own too, fault.Conflict where it was answered
// before, and fault.NotFound.
func (c *Cases) ApproveRefund(ctx context.Context, by staff.Actor, refundID string) error {
	return c.answerRefund(ctx, by, refundID, RefundApproved, "")
}

// RefuseRefund refuses a refund that somebody else proposed, for a reason. It
// returns the faults of ApproveRefund, and fault.Invalid for the field "remark".
func (c *Cases) RefuseRefund(ctx context.Context, by staff.Actor, refundID, remark string) error {
	return c.answerRefund(ctx, by, refundID, RefundRefused, remark)
}

func (c *Cases) answerRefund(ctx context.Context, by staff.Actor, refundID string, to RefundState, remark string) error {
	if err := by.Must(staff.ApproveRefunds); err != nil {
		return err
	}
	return c.withRefund(ctx, refundID, func(tx *db.Tx, at time.Time, h *head, r *Refund) error {
		if r.ProposedID == by.ID {
			return fault.New(fault.Forbidden, "case.own_refund")
		}
		if r.State == to && r.secondID == by.ID {
			return nil // sent twice
		}
		if r.State != RefundProposed {
			return fault.New(fault.Conflict, "case.refund_answered")
		}
		if s := h.now.State; s != worktime.Decided && s != worktime.RefundPending {
			return fault.New(fault.Conflict, "case.not_decided")
		}
		if to == RefundRefused {
			var err error
			if remark, err = checkWords(remark, "remark", "case.refund_remark_missing", MaxRemark); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update refund_proposals set state = $3, second_by = $4, second_name = $5, answered_at = $6, remark = $7 where merchant_id = $1 and id = $2`,
			h.merchantID, r.ID, string(to), by.ID, by.Name, at, remark)
		switch {
		case err != nil:
		case to == RefundApproved:
			err = h.beginRefund(ctx, tx, at, ofStaff(by), r.ID, r.Amount)
		default:
			err = h.keep(ctx, tx, at) // it waits for another proposal
		}
		if err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "answer_refund", map[string]any{"refund": r.ID, "state": string(to)})
	})
}

// SendRefund notes that the core system has taken a refund over. Said twice it is
// said once.
func (c *Cases) SendRefund(ctx context.Context, by audit.Actor, refundID string) error {
	return c.withRefund(ctx, refundID, func(tx *db.Tx, at time.Time, h *head, r *Refund) error {
		switch r.State {
		case RefundSent, RefundPaid:
			return nil
		case RefundApproved:
		default:
			return fault.New(fault.Conflict, "case.refund_not_approved")
		}
		_, err := tx.Exec(ctx, `update refund_proposals set state = 'sent', sent_at = $3 where merchant_id = $1 and id = $2`, h.merchantID, r.ID, at)
		if err != nil {
			return err
		}
		return h.record(ctx, tx, at, person{actor: by}, "send_refund", map[string]any{"refund": r.ID})
	})
}

// PayRefund notes that the money of a refund was given back. The case closes once
// nothing is outstanding, unless it is looked at again. Said twice it is said once.
func (c *Cases) PayRefund(ctx context.Context, by audit.Actor, refundID string) error {
	return c.withRefund(ctx, refundID, func(tx *db.Tx, at time.Time, h *head, r *Refund) error {
		switch r.State {
		case RefundPaid:
			return nil
		case RefundApproved, RefundSent:
		default:
			return fault.New(fault.Conflict, "case.refund_not_approved")
		}
		return h.pay(ctx, tx, at, person{actor: by}, r, r.Amount.Minus(r.Paid), r.Paid)
	})
}

// tellPaid tells the merchant of money that was given back while more is to come.
// Nobody wrote that: it answers nothing.
func (h *head) tellPaid(ctx context.Context, tx *db.Tx, at time.Time, by person) error {
	if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.AutoReplied}, "refunded"); err != nil {
		return err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return err
	}
	return h.tell(ctx, tx, at, "refunded", "")
}

// withRefund changes a refund and its case in one transaction.
func (c *Cases) withRefund(ctx context.Context, refundID string, change func(tx *db.Tx, at time.Time, h *head, r *Refund) error) error {
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		h, r, err := lockRefund(ctx, tx, refundID)
		if err != nil {
			return err
		}
		return change(tx, at, h, r)
	})
}

// lockRefund reads a refund and its case for a change.
func lockRefund(ctx context.Context, tx *db.Tx, refundID string) (*head, *Refund, error) {
	var number string
	err := tx.QueryRow(ctx, `select c.number from refund_proposals r join cases c on c.id = r.case_id where r.id = $1`, refundID).Scan(&number)
	if db.NotFound(err) {
		return nil, nil, fault.New(fault.NotFound, "case.refund_not_found")
	}
	if err != nil {
		return nil, nil, err
	}
	h, err := lock(ctx, tx, 0, number)
	if err != nil {
		return nil, nil, err
	}
	r := &Refund{ID: refundID}
	var second db.Text
	err = tx.QueryRow(ctx, `select state, amount_fen, paid_fen, proposed_by, line_id, second_by from refund_proposals where merchant_id = $1 and id = $2`, h.merchantID, refundID).
		Scan(&r.State, &r.Amount, &r.Paid, &r.ProposedID, &r.LineID, &second)
	r.secondID = string(second)
	return h, r, err
}

// close ends a case that is decided, and tells the merchant.
func (h *head) close(ctx context.Context, tx *db.Tx, at time.Time, by person) error {
	if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.CaseClosed}, ""); err != nil {
		return err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return err
	}
	if err := h.draw(ctx, tx, at); err != nil {
		return err
	}
	return h.tell(ctx, tx, at, "closed", "")
}
