package notice

import (
	"context"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
)

// replanBatch is how many terminals are looked at in one transaction.
const replanBatch = 200

// forecastChanges follows the terminals of which something else is to come than
// was foreseen.
func (s *sweep) forecastChanges(ctx context.Context) error {
	for {
		taken := 0
		_, err := s.write(ctx, func(tx *db.Tx) (int, error) {
			ids, err := deduction.TakeForecastChanges(ctx, tx, replanBatch)
			taken = len(ids)
			if err != nil || taken == 0 {
				return 0, err
			}
			return s.replanAll(ctx, tx, ids)
		})
		if err != nil || taken < replanBatch {
			return err
		}
	}
}

// rounds looks again at charges that were announced long ago.
func (s *sweep) rounds(ctx context.Context) error {
	last := int64(0)
	for {
		var ids []int64
		err := s.d.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id int64
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			})
		}, `
			select distinct terminal_id from notices
			where again_on <= $1 and letter_id is not null and terminal_id > $2 order by terminal_id limit $3`, s.today, last, replanBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		last = ids[len(ids)-1]
		if _, err := s.write(ctx, func(tx *db.Tx) (int, error) { return s.replanAll(ctx, tx, ids) }); err != nil {
			return err
		}
	}
}

// replanAll has the notices of all charges of terminals follow what is foreseen
// now, and returns how many it planned or took back.
func (s *sweep) replanAll(ctx context.Context, tx *db.Tx, ids []int64) (int, error) {
	all, err := s.readReplannings(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	var news []News
	n := 0
	for _, r := range all {
		out := r.replan()
		for i := range out.drop {
			if err := drop(ctx, tx, r.key, &out.drop[i]); err != nil {
				return 0, err
			}
		}
		for i := range out.again {
			if err := setAgain(ctx, tx, r.key, &out.again[i]); err != nil {
				return 0, err
			}
		}
		news = append(news, out.news...)
		n += len(out.drop) + len(out.news)
	}
	return n, Tell(ctx, tx, s.now, news...)
}

// ofCharge names one notice of a charge, by $1 to $7.
const ofCharge = `merchant_id = $1 and kind = $2 and terminal_id = $3 and plan_id = $4 and cycle = $5 and lead_days = $6 and round = $7 and ref = ''`

func drop(ctx context.Context, tx *db.Tx, k chargeKey, n *planned) error {
	_, err := tx.Exec(ctx, `delete from notices where `+ofCharge+` and letter_id is null`,
		k.merchantID, string(n.kind), k.terminalID, k.planID, k.cycle, n.leadDays, n.round)
	return err
}

func setAgain(ctx context.Context, tx *db.Tx, k chargeKey, n *planned) error {
	_, err := tx.Exec(ctx, `update notices set again_on = $8 where `+ofCharge,
		k.merchantID, string(n.kind), k.terminalID, k.planID, k.cycle, n.leadDays, n.round, n.againOn)
	return err
}

// readReplannings reads everything about the charges of terminals that are
// foreseen or were announced. It holds the notices, so that no letter takes them
// up meanwhile.
func (s *sweep) readReplannings(ctx context.Context, tx *db.Tx, ids []int64) ([]*replanning, error) {
	var all []*replanning
	byKey := map[chargeKey]*replanning{}
	of := func(k chargeKey) *replanning {
		r := byKey[k]
		if r == nil {
			r = &replanning{key: k, policy: s.policy, now: s.now}
			byKey[k] = r
			all = append(all, r)
		}
		return r
	}
	if err := readPlanned(ctx, tx, ids, of); err != nil {
		return nil, err
	}
	if err := readCharges(ctx, tx, ids, of); err != nil {
		return nil, err
	}
	var gone []int64
	var merchants []int64
	for _, r := range all {
		if r.charge == nil {
			gone = append(gone, r.key.terminalID)
		}
		merchants = append(merchants, r.key.merchantID)
	}
	settled, err := readSettled(ctx, tx, compact(gone))
	if err != nil {
		return nil, err
	}
	preferences, err := readPreferences(ctx, tx, compact(merchants))
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		r.settled = settled[settledCycle{r.key.terminalID, r.key.planID, r.key.cycle}]
		r.p = preferences[r.key.merchantID]
	}
	return all, nil
}

func compact(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

func readPlanned(ctx context.Context, tx *db.Tx, ids []int64, of func(chargeKey) *replanning) error {
	hold := ""
	if tx.Dialect == db.Postgres {
		hold = ` for update`
	}
	return tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var k chargeKey
			var n planned
			var kind string
			var at, notBefore db.Time
			var letter db.Text
			err := rows.Scan(&k.merchantID, &k.terminalID, &k.planID, &k.cycle, &kind, &n.leadDays, &n.round, &n.periodFrom, &n.dueOn, &n.amount, &n.version,
				&at, &notBefore, &n.againOn, &letter)
			n.kind, n.plannedAt, n.plannedOn, n.notBefore, n.isTold = Kind(kind), at.Time, date.Of(at.Time), notBefore.Time, letter != ""
			r := of(k)
			r.notices = append(r.notices, n)
			return err
		})
	}, `
		select merchant_id, terminal_id, plan_id, cycle, kind, lead_days, round, period_from, due_on, amount_fen, version, planned_at, not_before, again_on,
			letter_id
		from notices
		where terminal_id in `+idList(ids)+` and kind in ($1, $2, $3)
		order by terminal_id, plan_id, cycle, merchant_id, kind, lead_days, round`+hold, string(Upcoming), string(Changed), string(CalledOff))
}

func readCharges(ctx context.Context, r db.Reader, ids []int64, of func(chargeKey) *replanning) error {
	return r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var k chargeKey
			var c charge
			var holds string
			if err := rows.Scan(&k.merchantID, &k.terminalID, &k.planID, &k.cycle, &c.on, &c.from, &c.isScheduled, &c.amount, &c.version, &holds); err != nil {
				return err
			}
			codes, _ := fee.ParseCodes(holds) // one that is not known here is none that it waits for
			c.waits = waits(codes)
			of(k).charge = &c
			return nil
		})
	}, `
		select merchant_id, terminal_id, plan_id, cycle_index, due_on, coalesce(period_from, due_on), period_from is not null, amount_fen, version, holds from forecasts
		where terminal_id in `+idList(ids)+` order by terminal_id, due_on, plan_id`)
}

// settledCycle names a cycle that was taken, waived or given back.
type settledCycle struct {
	terminalID, planID int64
	cycle              int
}

func readSettled(ctx context.Context, r db.Reader, ids []int64) (map[settledCycle]bool, error) {
	all := map[settledCycle]bool{}
	if len(ids) == 0 {
		return all, nil
	}
	return all, r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c settledCycle
			var state string
			err := rows.Scan(&c.terminalID, &c.planID, &c.cycle, &state)
			if fee.State(state).Settles() {
				all[c] = true
			}
			return err
		})
	}, `
		select terminal_id, plan_id, cycle_index, state from bill_lines
		where terminal_id in `+idList(ids)+` and settles and cycle_index is not null and plan_id is not null`)
}
