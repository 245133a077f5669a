package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/worktime"
)

// WaitsFor says what a case that is decided still waits for from its owner. None
// of its clocks runs for that.
type WaitsFor string

// What a case may wait for once it is decided.
const (
	WaitsForNothing WaitsFor = ""
	WaitsForRefund  WaitsFor = "refund" // of money that was granted; nobody has proposed it, or it was refused
	WaitsForAnswer  WaitsFor = "answer" // to what the merchant wrote since
)

// waitsFor works out what a case that is decided still waits for, and since when.
// What a merchant wrote comes first: it may be about the money.
func (h *head) waitsFor(ctx context.Context, r db.Reader) (WaitsFor, time.Time, error) {
	if s := h.now.State; s != worktime.Decided && s != worktime.RefundPending || h.mergedInto != "" {
		return WaitsForNothing, time.Time{}, nil
	}
	decided, wrote := h.sinceDecision()
	if !wrote.IsZero() {
		return WaitsForAnswer, wrote, nil
	}
	m, err := h.moneyIn(ctx, r)
	if err != nil || m.left() <= 0 {
		return WaitsForNothing, time.Time{}, err
	}
	return WaitsForRefund, decided, nil
}

// sinceDecision returns when the case was decided, and when the merchant began to
// write what nobody has answered since; zero: there is no such thing. A merchant
// that accepts the decision wants no answer any more.
func (h *head) sinceDecision() (decided, wrote time.Time) {
	for i := range h.log.Log {
		switch e := &h.log.Log[i]; e.Kind {
		case worktime.DecisionMade:
			decided, wrote = e.At, time.Time{}
		case worktime.PersonReplied, worktime.DecisionAccepted:
			wrote = time.Time{}
		case worktime.MerchantAnswered:
			if wrote.IsZero() {
				wrote = e.At
			}
		}
	}
	return decided, wrote
}

// Recheck looks again at the cases that wait for a refund: what another case gave
// back, or the core system by itself, is left to nobody. It returns at how many it
// looked.
func (c *Cases) Recheck(ctx context.Context) (n int, err error) {
	at, after := c.clock.Now(), ""
	for {
		var ids, numbers []string
		err := c.d.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id, number string
				err := rows.Scan(&id, &number)
				ids, numbers = append(ids, id), append(numbers, number)
				return err
			})
		}, `select id, number from cases where waits_for = 'refund' and waits_for <> '' and id > $1 order by id limit $2`, after, lookAgain)
		if err != nil {
			return n, err
		}
		for i, number := range numbers {
			after = ids[i]
			err := c.d.Write(ctx, func(tx *db.Tx) error {
				h, err := lock(ctx, tx, 0, number)
				if err != nil {
					return err
				}
				return h.keep(ctx, tx, at)
			})
			if err != nil && !fault.Is(err, fault.Conflict) { // merged since
				return n, err
			}
		}
		n += len(numbers)
		if len(numbers) < lookAgain {
			return n, nil
		}
	}
}
