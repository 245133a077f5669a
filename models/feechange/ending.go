package feechange

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
)

// EndNoticeDays is how many whole days a merchant is told ahead that a service
// ends. The day of the decision is not one of them.
const EndNoticeDays = 30

// EarliestEnd returns the first day on which a merchant may be without a service
// that is ended today over a change: after the notice, and not before the change
// would have had its effect.
func EarliestEnd(today, effectiveOn date.Date) date.Date {
	return max(today.AddDays(EndNoticeDays+1), effectiveOn)
}

// maxReason is how many characters a reason may have.
const maxReason = 500

// EndService ends the service of a merchant who objects to a change, for all
// terminals for which they did not accept it, from a day on; the merchant may
// still accept until then. The day and the reason are kept as they are. It
// returns fault.Forbidden, fault.Invalid for the fields "ends_on" and "reason",
// fault.Conflict where the merchant does not object (any more) or the service
// was ended before, and fault.NotFound.
func EndService(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, changeID string, endsOn date.Date, reason string) (terminals int64, err error) {
	if err := by.Must(staff.EndService); err != nil {
		return 0, err
	}
	reason = strings.TrimSpace(reason)
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx, changeID); err != nil {
			return err
		}
		c, err := objectedChange(ctx, tx, changeID, date.Of(at))
		if err != nil {
			return err
		}
		if err := checkEnding(endsOn, EarliestEnd(date.Of(at), c.EffectiveOn), reason); err != nil {
			return err
		}
		ending := id.New("se", at)
		_, err = tx.Exec(ctx, `
			insert into service_endings (id, change_id, merchant_id, staff_id, staff_name, reason, decided_at, ends_on)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`, ending, c.ID, c.MerchantID, by.ID, by.Name, reason, at, endsOn)
		if err != nil {
			return err
		}
		terminals, err = tx.Exec(ctx, `insert into service_ending_terminals (ending_id, enrolment_id) select $3, n.id `+openEnrolments, c.ID, date.Of(at), ending)
		if err != nil {
			return err
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		if _, err := enrolment.CancelIn(ctx, tx, endedEnrolments(ending), endsOn); err != nil {
			return err
		}
		if err := deduction.PendTouched(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), MerchantID: c.MerchantID, Action: "service.end", Subject: c.ID, RequestID: by.RequestID,
			Details: map[string]any{"ending": ending, "ends_on": endsOn.String(), "terminals": terminals},
		})
	})
	return terminals, err
}

func checkEnding(endsOn, earliest date.Date, reason string) error {
	var fields fault.Fields
	switch n := utf8.RuneCountInString(reason); {
	case n == 0:
		fields.Add("reason", "objections.reason_missing")
	case n > maxReason:
		fields.Add("reason", "objections.reason_long", "n", maxReason)
	}
	switch {
	case endsOn.IsZero():
		fields.Add("ends_on", "objections.day_missing", "earliest", earliest)
	case endsOn < earliest:
		fields.Add("ends_on", "objections.day_early", "earliest", earliest, "n", EndNoticeDays)
	}
	return fields.Err()
}

// objectedChange reads a change that its merchant objects to, and over which the
// service may still be ended.
func objectedChange(ctx context.Context, tx *db.Tx, changeID string, today date.Date) (c Change, err error) {
	var objected, ended bool
	var open int
	err = tx.QueryRow(ctx, `
		select c.id, c.merchant_id, c.plan_id, c.to_version, c.effective_on,
			exists (select 1 from fee_change_answers a where a.change_id = c.id and a.answer = 'objected'),
			exists (select 1 from service_endings e where e.change_id = c.id), (select count(*) `+openOfChange+`)
		from fee_changes c where c.id = $2`, today, changeID).Scan(&c.ID, &c.MerchantID, &c.PlanID, &c.To, &c.EffectiveOn, &objected, &ended, &open)
	switch {
	case db.NotFound(err):
		err = fault.New(fault.NotFound, "objections.not_found")
	case err != nil:
	case ended:
		err = fault.New(fault.Conflict, "objections.ended_before")
	case !objected, open == 0:
		err = fault.New(fault.Conflict, "objections.not_open")
	}
	return c, err
}

// endedEnrolments are those of an ending.
func endedEnrolments(ending string) enrolment.Which {
	return enrolment.Which{Query: `select enrolment_id from service_ending_terminals where ending_id = $1`, Args: []any{ending}}
}

// CarryOutEndings takes each ending whose day has come: the service is over for
// the terminals that did not accept in the meantime, and the core system is asked
// to give back what was paid beyond the day. It returns how many it carried out,
// and may run again at any time.
func CarryOutEndings(ctx context.Context, d *db.DB, now time.Time) (done int, err error) {
	var due []string
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			due = append(due, id)
			return err
		})
	}, `select id from service_endings where carried_out_at is null and ends_on <= $1 order by ends_on, id`, date.Of(now))
	if err != nil {
		return 0, err
	}
	for _, id := range due {
		if err := d.Write(ctx, func(tx *db.Tx) error { return carryOut(ctx, tx, id, now) }); err != nil {
			return done, fmt.Errorf("feechange: carrying out the ending %s: %w", id, err)
		}
		done++
	}
	return done, nil
}

func carryOut(ctx context.Context, tx *db.Tx, endingID string, now time.Time) error {
	var changeID string
	if err := tx.QueryRow(ctx, `select change_id from service_endings where id = $1`, endingID).Scan(&changeID); err != nil {
		return err
	}
	if err := lock(ctx, tx, changeID); err != nil {
		return err
	}
	var merchantID int64
	var endsOn date.Date
	err := tx.QueryRow(ctx, `
		update service_endings set carried_out_at = $2 where id = $1 and carried_out_at is null
		returning merchant_id, ends_on`, endingID, now).Scan(&merchantID, &endsOn)
	if db.NotFound(err) {
		return nil // somebody else was first
	}
	if err != nil {
		return err
	}
	dues, err := unused(ctx, tx, endingID, endsOn)
	if err != nil {
		return err
	}
	var sum money.Fen
	var told []webhook.Event
	for i := range dues {
		due := &dues[i]
		n, err := tx.Exec(ctx, `
			insert into refund_dues (id, merchant_id, terminal_id, plan_id, cause, subject, cycle, cycle_from, cycle_to,
				paid_fen, days, days_left, amount_fen, due_since, created_at)
			values ($1, $2, $3, $4, 'service_ended', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
			on conflict (terminal_id, plan_id, cycle, cause) do nothing`,
			id.New("rd", now), merchantID, due.terminalID, due.planID, endingID, due.cycle, due.from, due.to,
			int64(due.paid), due.days(), due.daysLeft(endsOn), int64(due.amount(endsOn)), endsOn, now)
		if err != nil {
			return err
		}
		if n == 1 {
			sum = sum.Plus(due.amount(endsOn))
			told = append(told, due.event(merchantID, endsOn, now))
		}
	}
	if err := webhook.Publish(ctx, tx, told...); err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: audit.Actor{Kind: audit.System, ID: "end_services"}, MerchantID: merchantID, Action: "service.ended", Subject: changeID,
		Details: map[string]any{"ending": endingID, "refunds": len(dues), "refund_fen": int64(sum)},
	})
}

// paidCycle is a cycle that was paid for and goes on after the service ended.
type paidCycle struct {
	terminalID, planID int64
	deduction, ref     string // by which it was paid: our id, and the core system's number
	item               fee.Item
	cycle              int
	from, to           date.Date
	paid               money.Fen
}

func (p *paidCycle) days() int { return p.to.DaysSince(p.from) + 1 }

// daysLeft is how many of the cycle's days are without the service.
func (p *paidCycle) daysLeft(endsOn date.Date) int { return p.to.DaysSince(max(endsOn, p.from)) + 1 }

// amount is the part that was not used, by days, rounded up to the fen in the
// merchant's favour.
func (p *paidCycle) amount(endsOn date.Date) money.Fen {
	return unusedPart(p.paid, p.days(), p.daysLeft(endsOn))
}

// event asks the core system to give the amount back.
func (p *paidCycle) event(merchantID int64, endsOn date.Date, at time.Time) webhook.Event {
	return webhook.Event{Kind: webhook.RefundApproved, Subject: p.deduction, At: at, MerchantID: merchantID, TerminalID: p.terminalID, PlanID: p.planID, Data: struct {
		Deduction string    `json:"deduction"`
		Ref       string    `json:"ref"`
		Item      fee.Item  `json:"item"`
		Cycle     int       `json:"cycle"`
		Reason    string    `json:"reason"`
		EndedOn   date.Date `json:"ended_on"`
		Amount    money.Fen `json:"amount_fen"`
	}{p.deduction, p.ref, p.item, p.cycle, "service_ended", endsOn, p.amount(endsOn)}}
}

// unusedPart is the part of an amount for days that were not used, rounded up to
// the fen.
func unusedPart(paid money.Fen, days, left int) money.Fen {
	whole, rest := paid/money.Fen(days), paid%money.Fen(days)
	return whole*money.Fen(left) + (rest*money.Fen(left)+money.Fen(days)-1)/money.Fen(days)
}

// unused reads the cycles that were paid for and reach beyond the end, of the
// terminals for which the service did end.
func unused(ctx context.Context, tx *db.Tx, endingID string, endsOn date.Date) (all []paidCycle, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p paidCycle
			err := rows.Scan(&p.terminalID, &p.planID, &p.deduction, &p.ref, &p.item, &p.cycle, &p.from, &p.to, &p.paid)
			all = append(all, p)
			return err
		})
	}, `
		select l.terminal_id, l.plan_id, l.id, d.ref, l.item, l.cycle_index, l.cycle_from, l.cycle_to, l.amount_fen - l.refunded_fen
		from service_ending_terminals t
		join enrolments n on n.id = t.enrolment_id
		join bill_lines l on l.terminal_id = n.terminal_id and l.plan_id = n.plan_id
		join deductions d on d.merchant_id = l.merchant_id and d.id = l.id and d.at = l.at
		where t.ending_id = $1 and n.cancelled_on is not null and n.cancelled_on <= $2
			and l.cycle_index is not null and l.settles and l.state = 'posted' and l.amount_fen > l.refunded_fen and l.cycle_to >= $2
		order by l.terminal_id, l.cycle_index`, endingID, endsOn)
	return all, err
}
