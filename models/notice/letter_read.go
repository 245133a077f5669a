package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// readLetters reads the letters with the ids as they were gathered, with all
// their lines: a constant number of statements, however many they are.
func readLetters(ctx context.Context, r db.Reader, ids []string) (map[string]*Letter, error) {
	all := make(map[string]*Letter, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i]
	}
	drafts, err := readDrafts(ctx, r, `n.letter_id in (`+db.Placeholders(1, len(ids))+`)`, args...)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		all[d.ID] = &d.Letter
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			var at time.Time
			if err := rows.Scan(&id, &at); err != nil {
				return err
			}
			if l := all[id]; l != nil {
				l.CreatedAt = at
			}
			return nil
		})
	}, `select id, created_at from letters where id in (`+db.Placeholders(1, len(ids))+`)`, args...)
	return all, err
}

// draft is a letter with what its lines rest on.
type draft struct {
	Letter
	isTold []bool // each line's charge was announced before, for as much at least
	isMoot []bool // each line's price was withdrawn or answered since; nil where it is about no price
}

// readDrafts reads notices n as letters: those of one merchant, kind and day
// together, in the order of the terminals' numbers.
func readDrafts(ctx context.Context, r db.Reader, which string, args ...any) (all []*draft, err error) {
	var last *draft
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d draft
			var l Line
			var letterID, sn, alias, shop, item db.Text
			var kind string
			var amount, version *int64
			var facts db.JSON
			var isTold bool
			var s scheduled
			err := rows.Scan(&letterID, &d.MerchantID, &d.Merchant, &kind, &d.DueOn, &l.TerminalID, &sn, &alias, &shop, &l.PlanID, &item, &l.Cycle,
				&l.PeriodFrom, &l.PeriodTo, &amount, &version, &l.LeadDays, &l.Round, &l.Ref, &facts, &isTold,
				&s.anchorOn, &s.months, &s.freeDays, &s.freeMonths)
			if err != nil {
				return err
			}
			d.ID, d.Kind, l.DueOn = string(letterID), Kind(kind), d.DueOn
			l.SN, l.Terminal, l.Shop, l.Item = string(sn), string(alias), string(shop), fee.Item(item)
			l.Amount, l.Version = money.Fen(orZero(amount)), int(orZero(version))
			if l.PeriodTo.IsZero() {
				l.PeriodTo = s.periodTo(l.Cycle)
			}
			if len(facts) > 0 {
				if err := json.Unmarshal(facts, &l.Facts); err != nil {
					return fmt.Errorf("notice: facts of a notice of merchant %d: %w", d.MerchantID, err)
				}
			}
			if last == nil || last.ID != d.ID || last.MerchantID != d.MerchantID || last.Kind != d.Kind || last.DueOn != d.DueOn {
				last = &d
				all = append(all, last)
			}
			last.Lines, last.Total = append(last.Lines, l), last.Total+l.Amount
			last.isTold = append(last.isTold, isTold)
			return nil
		})
	}, `
		select n.letter_id, n.merchant_id, m.name, n.kind, n.due_on, n.terminal_id, t.sn, coalesce(t.own_alias, t.alias), s.name, n.plan_id,
			coalesce(p.item, l.item), n.cycle, n.period_from, l.cycle_to, n.amount_fen, n.version, n.lead_days, n.round, n.ref, n.facts,
			exists (
				select 1 from notices o
				where n.cycle > 0 and o.terminal_id = n.terminal_id and o.plan_id = n.plan_id and o.cycle = n.cycle and o.merchant_id = n.merchant_id
					and o.letter_id is not null and o.kind in ('`+string(Upcoming)+`', '`+string(Changed)+`') and o.amount_fen >= n.amount_fen
					and o.planned_at < n.planned_at),
			e.anchor_on, v.cycle_months, v.free_days, v.free_months
		from notices n
		join merchants m on m.id = n.merchant_id
		left join terminals t on t.id = n.terminal_id
		left join shops s on s.id = t.shop_id
		left join plans p on p.id = n.plan_id
		left join enrolments e on e.terminal_id = n.terminal_id and e.plan_id = n.plan_id
		left join plan_versions v on v.plan_id = n.plan_id and v.version = n.version
		left join bill_lines l on l.merchant_id = n.merchant_id and l.id = n.ref
		where `+which+`
		order by n.merchant_id, n.kind, n.due_on, n.letter_id, t.sn, n.plan_id, n.cycle, n.ref`, args...)
	if err != nil {
		return nil, err
	}
	return all, readPrices(ctx, r, all)
}

// scheduled is what the last day of a cycle follows from.
type scheduled struct {
	anchorOn                     date.Date
	months, freeDays, freeMonths *int64
}

// periodTo returns the last day of a cycle; zero where it has none, or nobody
// knows.
func (s *scheduled) periodTo(cycle int) date.Date {
	if s.anchorOn.IsZero() || s.months == nil || cycle < 1 {
		return 0
	}
	price := fee.Price{Kind: fee.Recurring, CycleMonths: int(*s.months), FreeDays: int(orZero(s.freeDays)), FreeMonths: int(orZero(s.freeMonths))}
	schedule := fee.ScheduleOf(&price, s.anchorOn)
	return schedule.Cycle(cycle).To
}

// readPrices fills in what changes of price are about, and whether there is still
// anything to ask.
func readPrices(ctx context.Context, r db.Reader, all []*draft) error {
	var ids []any
	for _, d := range all {
		if d.Kind != FeeChange && d.Kind != ChangeOff {
			continue
		}
		for i := range d.Lines {
			ids = append(ids, d.Lines[i].Ref)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	facts, moot := map[string]Facts{}, map[string]bool{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			var f Facts
			var before, beforeRate, after, afterRate *int64
			var isMoot bool
			err := rows.Scan(&id, &f.On, &before, &beforeRate, &after, &afterRate, &f.Terminals, &f.YearMore, &isMoot)
			f.Before, f.BeforeRate = money.Fen(orZero(before)), money.Rate(orZero(beforeRate))
			f.After, f.AfterRate = money.Fen(orZero(after)), money.Rate(orZero(afterRate))
			facts[id], moot[id] = f, isMoot
			return err
		})
	}, `
		select c.id, c.effective_on, b.amount_fen, b.ppm, a.amount_fen, a.ppm, count(*), cast(coalesce(sum(x.would_fen - x.agreed_fen), 0) as bigint),
			(`+isWithdrawn+` or `+isObjected+` or not `+isAsked+`)
		from fee_changes c
		join plan_versions b on b.plan_id = c.plan_id and b.version = c.from_version
		join plan_versions a on a.plan_id = c.plan_id and a.version = c.to_version
		join fee_change_terminals x on x.change_id = c.id
		where c.id in (`+db.Placeholders(1, len(ids))+`)
		group by c.id, c.effective_on, b.amount_fen, b.ppm, a.amount_fen, a.ppm`, ids...)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Kind != FeeChange && d.Kind != ChangeOff {
			continue
		}
		for i := range d.Lines {
			ref := d.Lines[i].Ref
			if f, ok := facts[ref]; ok {
				d.Lines[i].Facts = f
			}
			d.isMoot = append(d.isMoot, d.Kind == FeeChange && moot[ref])
		}
	}
	return nil
}
