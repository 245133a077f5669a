package deduction

import (
	"context"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
)

// factsOf reads everything known about the terminals with the given ids, and
// what those that they replaced had paid: a constant number of statements,
// however many terminals there are.
func factsOf(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, ids []int64) (map[int64]*Terminal, error) {
	l := &loader{terminals: map[int64]*Terminal{}, bySN: map[string]*Terminal{}}
	replaced := map[int64]string{}
	if err := l.readTerminals(ctx, r, ids, replaced); err != nil {
		return nil, err
	}
	if err := l.readReplaced(ctx, r, replaced); err != nil {
		return nil, err
	}
	if len(l.terminals) == 0 {
		return l.terminals, nil
	}
	l.list()
	b := db.NewBatch()
	l.addEnrolments(b)
	l.addDeductions(b)
	l.addSettlements(b)
	l.addNotices(b)
	l.addDisputes(b)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	for id, sn := range replaced {
		old := l.bySN[sn]
		if old == nil || old.ID == id {
			continue
		}
		var err error
		if l.terminals[id].Replaced, err = old.AsReplaced(plans, policy); err != nil {
			return nil, err
		}
	}
	return l.terminals, nil
}

// loader fills terminals with what belongs to them, table by table.
type loader struct {
	terminals map[int64]*Terminal
	bySN      map[string]*Terminal
	in        string // "(1, 2, …)": the ids, which are numbers
}

func (l *loader) readTerminals(ctx context.Context, r db.Reader, ids []int64, replaced map[int64]string) error {
	if len(ids) == 0 {
		return nil
	}
	return r.Query(ctx, func(rows db.Rows) error { return l.scanTerminals(rows, replaced) },
		terminalFacts+` where t.id in `+idList(ids))
}

// readReplaced reads the terminals that others took the place of, within the
// same merchant: an earlier owner's payments are nobody else's.
func (l *loader) readReplaced(ctx context.Context, r db.Reader, replaced map[int64]string) error {
	if len(replaced) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(replaced))
	for id := range replaced {
		ids = append(ids, id)
	}
	return r.Query(ctx, func(rows db.Rows) error { return l.scanTerminals(rows, map[int64]string{}) },
		terminalFacts+` where t.id in (
			select old.id from terminals new join terminals old on old.sn = new.replaces_sn and old.merchant_id = new.merchant_id
			where new.id in `+idList(ids)+`)`)
}

const terminalFacts = `
	select t.id, t.merchant_id, t.sn, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on, t.replaces_sn, m.closed_on
	from terminals t join merchants m on m.id = t.merchant_id`

func (l *loader) scanTerminals(rows db.Rows, replaced map[int64]string) error {
	return db.Each(rows, func() error {
		var t Terminal
		var replaces, reason db.Text
		err := rows.Scan(&t.ID, &t.MerchantID, &t.SN, &t.ActivatedOn, &t.InactiveFrom, &reason, &t.ReportedGoneOn, &replaces, &t.MerchantClosedOn)
		if err != nil {
			return err
		}
		t.InactiveFrom = goneFrom(t.InactiveFrom, string(reason))
		if l.terminals[t.ID] == nil {
			l.terminals[t.ID], l.bySN[t.SN] = &t, &t
		}
		if replaces != "" {
			replaced[t.ID] = string(replaces)
		}
		return nil
	})
}

// goneFrom is the day from which the merchant no longer has a terminal that is
// out of use: one that is broken is still there.
func goneFrom(inactive date.Date, reason string) date.Date {
	if !merchant.InactiveReason(reason).Gone() {
		return 0
	}
	return inactive
}

func (l *loader) addEnrolments(b *db.Batch) {
	b.Add(`select terminal_id, plan_id, anchor_on, cancelled_on, own_limit_fen from enrolments
		where terminal_id in `+l.in+` order by terminal_id, id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var e Enrolment
			if err := rows.Scan(&terminalID, &e.PlanID, &e.Fee.AnchorOn, &e.Fee.CancelledOn, &e.Fee.OwnLimit); err != nil {
				return err
			}
			t := l.terminals[terminalID]
			t.Enrolments = append(t.Enrolments, e)
			return nil
		})
	})
	b.Add(ownLimits+` where e.terminal_id in `+l.in+ownLimitsOrder, nil, func(rows db.Rows) error {
		return scanOwnLimits(rows, func(terminalID, planID int64) *fee.Enrolment {
			return &l.terminals[terminalID].enrolment(planID).Fee
		})
	})
	b.Add(`select e.terminal_id, e.plan_id, a.version, a.accepted_on, a.via
		from acceptances a join enrolments e on e.id = a.enrolment_id
		where e.terminal_id in `+l.in+` order by a.id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID, planID int64
			var a fee.Acceptance
			if err := rows.Scan(&terminalID, &planID, &a.Version, &a.On, &a.Via); err != nil {
				return err
			}
			e := l.terminals[terminalID].enrolment(planID)
			e.Fee.Accepted = append(e.Fee.Accepted, a)
			return nil
		})
	})
}

// ownLimits reads what the merchant set the limits of fees to, which scanOwnLimits
// scans; the where stands between it and ownLimitsOrder.
const (
	ownLimits      = `select e.terminal_id, e.plan_id, o.set_at, o.limit_fen from enrolments e join own_limits o on o.merchant_id = e.merchant_id and o.enrolment_id = e.id`
	ownLimitsOrder = ` order by o.enrolment_id, o.set_at, o.id`
)

// scanOwnLimits adds each limit to the enrolment that of returns.
func scanOwnLimits(rows db.Rows, of func(terminalID, planID int64) *fee.Enrolment) error {
	return db.Each(rows, func() error {
		var terminalID, planID int64
		var limit fee.MonthLimit
		err := rows.Scan(&terminalID, &planID, &limit.From, &limit.Limit)
		if e := of(terminalID, planID); e != nil {
			e.OwnLimits = append(e.OwnLimits, limit)
		}
		return err
	})
}

func (l *loader) addDeductions(b *db.Batch) { l.addDeductionsWhere(b, "") }

// addDeductionsWhere adds those for which more is true than whose they are.
func (l *loader) addDeductionsWhere(b *db.Batch, more string, args ...any) {
	b.Add(`select terminal_id, id, ref, item, plan_id, amount_fen, at, period_from, state, origin, sale_fen, settlement_ref, order_ref, seq,
			refunded_fen, method, sale_count, sale_net_fen, gate, verdict
		from deductions where terminal_id in `+l.in+more+` order by terminal_id, at, seq`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var planID *int64
			var at db.Time
			var settlement, order, method, verdict db.Text
			var d Deduction
			err := rows.Scan(&terminalID, &d.ID, &d.Ref, &d.Item, &planID, &d.Amount, &at, &d.PeriodFrom, &d.State, &d.Origin, &d.Sale, &settlement, &order, &d.Seq,
				&d.Refunded, &method, &d.SaleCount, &d.SaleNet, &d.Gate, &verdict)
			if err != nil {
				return err
			}
			d.Method = fee.Method(method)
			if d.Verdict, err = readVerdict(string(verdict)); err != nil {
				return err
			}
			d.At, d.SettlementRef, d.OrderRef = at.Time, string(settlement), string(order)
			if planID != nil {
				d.PlanID = *planID
			}
			t := l.terminals[terminalID]
			t.Deductions = append(t.Deductions, d)
			return nil
		})
	})
}

func (l *loader) addSettlements(b *db.Batch) { l.addSettlementsWhere(b, "") }

// addSettlementsWhere adds those for which more is true than whose they are.
func (l *loader) addSettlementsWhere(b *db.Batch, more string, args ...any) {
	b.Add(`select terminal_id, id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen,
			payout_count, payout_fee_fen, other_fee_fen, paid_out_fen
		from settlements where terminal_id in `+l.in+more+` order by terminal_id, settled_on, id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var s Settlement
			err := rows.Scan(&terminalID, &s.ID, &s.Ref, &s.On, &s.CardCount, &s.Card, &s.CardFee, &s.QRCount, &s.QR, &s.QRFee,
				&s.PayoutCount, &s.PayoutFee, &s.OtherFee, &s.PaidOut)
			if err != nil {
				return err
			}
			t := l.terminals[terminalID]
			t.Settlements = append(t.Settlements, s)
			return nil
		})
	})
}

func (l *loader) addNotices(b *db.Batch) {
	b.Add(`select terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at
		from delivered_notices where terminal_id in `+l.in+` order by terminal_id, delivered_at, id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var delivered db.Time
			var n Notice
			if err := rows.Scan(&terminalID, &n.item, &n.PlanID, &n.PeriodFrom, &n.Amount, &n.Channel, &delivered); err != nil {
				return err
			}
			n.DeliveredAt = delivered.Time
			t := l.terminals[terminalID]
			t.Notices = append(t.Notices, n)
			return nil
		})
	})
}

func (l *loader) addDisputes(b *db.Batch) {
	b.Add(`select terminal_id, item, cycle, opened_at, closed_at is null
		from disputes where terminal_id in `+l.in+` order by terminal_id, opened_at, id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var cycle *int
			var opened db.Time
			var d Dispute
			if err := rows.Scan(&terminalID, &d.Item, &cycle, &opened, &d.Fee.Open); err != nil {
				return err
			}
			d.Fee.OpenedAt, d.Fee.WholeItem = opened.Time, cycle == nil
			if cycle != nil {
				d.Fee.Cycle = *cycle
			}
			t := l.terminals[terminalID]
			t.Disputes = append(t.Disputes, d)
			return nil
		})
	})
}

func (l *loader) list() {
	ids := make([]int64, 0, len(l.terminals))
	for id := range l.terminals {
		ids = append(ids, id)
	}
	l.in = idList(ids)
}

// idList writes ids as an SQL list. They are numbers of ours: nothing a reader
// typed can get in here.
func idList(ids []int64) string {
	var b strings.Builder
	for i, id := range ids {
		if i == 0 {
			b.WriteByte('(')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	b.WriteByte(')')
	return b.String()
}
