package feechange

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
)

// reckonChunk is how many terminals are replayed at once, which bounds what is
// held in memory: a terminal may have years of settlements.
const reckonChunk = 50

// reckonMonths is how far back a change looks.
const reckonMonths = 12

// toReckon is a terminal of a change whose figures are missing.
type toReckon struct {
	changeID    string
	enrolmentID int64
	terminalID  int64
	planID      int64
	version     int
	upTo        date.Date // last day of the months looked at
}

// reckon replays the history of the terminals of changes that were not reckoned
// yet, part by part, each part for good.
func (o *opening) reckon(ctx context.Context) error {
	for {
		some, err := o.readToReckon(ctx)
		if err != nil || len(some) == 0 {
			return err
		}
		figures, err := o.replay(ctx, some)
		if err != nil {
			return fmt.Errorf("feechange: reckoning changes: %w", err)
		}
		err = o.d.Write(ctx, func(tx *db.Tx) error { return writeFigures(ctx, tx, some, figures) })
		if err != nil {
			return err
		}
	}
}

func (o *opening) readToReckon(ctx context.Context) (some []toReckon, err error) {
	err = o.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var t toReckon
			var openedAt db.Time
			if err := rows.Scan(&t.changeID, &t.enrolmentID, &t.terminalID, &t.planID, &t.version, &openedAt); err != nil {
				return err
			}
			t.upTo = date.Of(openedAt.Time)
			some = append(some, t)
			return nil
		})
	}, `
		select x.change_id, x.enrolment_id, x.terminal_id, c.plan_id, c.to_version, c.opened_at
		from fee_change_terminals x join fee_changes c on c.id = x.change_id
		where x.reckoned_to is null
		order by x.terminal_id, x.enrolment_id, x.change_id
		limit $1`, reckonChunk)
	return some, err
}

// replay returns the figures of each, in the same order. Those of one plan, price
// and day are read together.
func (o *opening) replay(ctx context.Context, some []toReckon) ([]deduction.AtPrice, error) {
	type key struct {
		planID  int64
		version int
		upTo    date.Date
	}
	terminals := map[key][]int64{}
	var keys []key
	for _, t := range some {
		k := key{t.planID, t.version, t.upTo}
		if terminals[k] == nil {
			keys = append(keys, k)
		}
		terminals[k] = append(terminals[k], t.terminalID)
	}
	replayed := map[key]map[int64]deduction.AtPrice{}
	for _, k := range keys {
		price, ok := o.priceOf(k.planID, k.version)
		if !ok {
			continue // withdrawn since: it would have made nothing
		}
		var err error
		replayed[k], err = deduction.ReplayAtPrice(ctx, o.d, o.plans.Fee, o.policy, k.planID, price, k.upTo.AddMonths(-reckonMonths), k.upTo, terminals[k])
		if err != nil {
			return nil, err
		}
	}
	figures := make([]deduction.AtPrice, len(some))
	for i, t := range some {
		figures[i] = replayed[key{t.planID, t.version, t.upTo}][t.terminalID]
	}
	return figures, nil
}

func (o *opening) priceOf(planID int64, version int) (fee.Price, bool) {
	plan := o.plans.Fee(planID)
	if plan == nil || plan.Version(version) == nil {
		return fee.Price{}, false
	}
	return plan.Version(version).Price, true
}

func writeFigures(ctx context.Context, tx *db.Tx, some []toReckon, figures []deduction.AtPrice) error {
	for i, t := range some {
		f := &figures[i]
		_, err := tx.Exec(ctx, `
			update fee_change_terminals
			set reckoned_to = $3, taken_fen = $4, agreed_fen = $5, would_fen = $6, lines = $7, not_checked = $8
			where change_id = $1 and enrolment_id = $2`,
			t.changeID, t.enrolmentID, t.upTo, int64(f.Taken), int64(f.Agreed), int64(f.Would), f.Lines, f.NotChecked)
		if err != nil {
			return err
		}
	}
	return nil
}
