package deduction

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// judgeBatch is how many terminals are judged in one transaction: enough to
// spread its cost, few enough that no other waits long.
const judgeBatch = 200

// JudgePending makes the bill anew for every terminal whose facts have changed,
// from the day on which they did, and foresees what is to come; what is to come
// it also foresees anew where a charge is overdue, so that it has to run once a
// day at least. It goes batch by batch, each in a transaction of its own, and
// tells progress how many terminals are done. It may run beside others of its
// kind, and picks up what an interrupted one left. It returns how many terminals
// it judged.
func JudgePending(ctx context.Context, d *db.DB, c clock.Clock, policy fee.Policy, progress func(done int)) (int, error) {
	plans, err := disclosure.Load(ctx, d)
	if err != nil {
		return 0, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error { return pendOutdated(ctx, tx, clock.Today(c)) })
	if err != nil {
		return 0, err
	}
	done := 0
	for {
		n := 0
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = judgeSome(ctx, tx, c.Now(), plans, policy)
			return err
		})
		if err != nil {
			return done, err
		}
		done += n
		if progress != nil {
			progress(done)
		}
		if n < judgeBatch {
			return done, nil
		}
	}
}

// CountPending returns how many terminals wait to be judged.
func CountPending(ctx context.Context, r db.Reader) (n int, err error) {
	err = r.QueryRow(ctx, `select count(*) from judge_pending`).Scan(&n)
	return n, err
}

func judgeSome(ctx context.Context, tx *db.Tx, now time.Time, plans *disclosure.Plans, policy fee.Policy) (int, error) {
	ids, since, err := takePending(ctx, tx)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	changes, err := readChanges(ctx, tx, idList(ids))
	if err != nil {
		return 0, err
	}
	terminals, err := factsOf(ctx, tx, plans.Fee, policy, ids)
	if err != nil {
		return 0, err
	}
	if err := readScheduled(ctx, tx, terminals); err != nil {
		return 0, err
	}
	var lines []Line
	foreseen := make(map[int64]*foresight, len(ids))
	judgedTerminals := make([]*Terminal, len(ids))
	for i, id := range ids {
		judgedTerminals[i] = terminals[id]
		judged, err := terminals[id].Judge(plans.Fee, policy)
		if err != nil {
			return 0, err
		}
		if foreseen[id], err = terminals[id].foresee(judged, plans.Fee, policy, date.Of(now)); err != nil {
			return 0, err
		}
		for _, l := range judged {
			if l.On >= since[i] {
				lines = append(lines, l)
			}
		}
	}
	if err := replaceLines(ctx, tx, now, idList(ids), lines); err != nil {
		return 0, err
	}
	if err := replaceForecasts(ctx, tx, ids, foreseen); err != nil {
		return 0, err
	}
	if err := writeSheets(ctx, tx, judgedTerminals, changes, plans, date.Of(now)); err != nil {
		return 0, err
	}
	if err := writeAsks(ctx, tx, judgedTerminals, changes); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `delete from judge_pending where terminal_id in `+idList(ids))
	return len(ids), err
}

// replaceLines writes the lines of the pending terminals in the list, and adds
// up their months, in place of those from the day on which facts changed.
func replaceLines(ctx context.Context, tx *db.Tx, now time.Time, in string, lines []Line) error {
	_, err := tx.Exec(ctx, `delete from bill_lines where terminal_id in `+in+` and exists (
		select 1 from judge_pending p where p.terminal_id = bill_lines.terminal_id and bill_lines.on_date >= p.since)`)
	if err != nil {
		return err
	}
	if err := writeLines(ctx, tx, now, lines); err != nil {
		return err
	}
	monthOf := monthStart[tx.Dialect]
	_, err = tx.Exec(ctx, `delete from bill_months where terminal_id in `+in+` and exists (
		select 1 from judge_pending p where p.terminal_id = bill_months.terminal_id and bill_months.month >= `+monthOf("p.since")+`)`)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into bill_months (merchant_id, terminal_id, month, kind, item, plan_id, lines, not_allowed, amount_fen, expected_fen, sale_fen, sale_count)
		select l.merchant_id, l.terminal_id, `+monthOf("l.on_date")+`, l.kind, l.item, coalesce(l.plan_id, 0), count(*),
			sum(case when l.decision <> 'allow' then 1 else 0 end),
			sum(case when l.state in ('posted', 'authorized') then l.amount_fen - l.refunded_fen else 0 end),
			sum(case when l.state in ('posted', 'authorized') then l.expected_fen else 0 end),
			coalesce(sum(l.sale_fen), 0), coalesce(sum(l.sale_count), 0)
		from bill_lines l join judge_pending p on p.terminal_id = l.terminal_id
		where l.terminal_id in `+in+` and l.on_date >= `+monthOf("p.since")+`
		group by l.merchant_id, l.terminal_id, 3, l.kind, l.item, coalesce(l.plan_id, 0)`)
	if err != nil {
		return err
	}
	return replaceStatementMonths(ctx, tx, in)
}

// monthStart is how each database finds the first day of a date's month.
var monthStart = map[db.Dialect]func(string) string{
	db.Postgres: func(day string) string { return "cast(date_trunc('month', " + day + ") as date)" },
	db.SQLite:   func(day string) string { return "substr(" + day + ", 1, 7) || '-01'" },
}

// takePending chooses terminals that nobody else is judging.
func takePending(ctx context.Context, tx *db.Tx) (ids []int64, since []date.Date, err error) {
	query := `select terminal_id, since from judge_pending order by terminal_id limit $1`
	if tx.Dialect == db.Postgres {
		query += ` for update skip locked`
	}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			var from date.Date
			if err := rows.Scan(&id, &from); err != nil {
				return err
			}
			ids, since = append(ids, id), append(since, from)
			return nil
		})
	}, query, judgeBatch)
	return ids, since, err
}

var lineColumns = []string{
	"merchant_id", "id", "terminal_id", "kind", "item", "plan_id", "method", "at", "on_date", "seq",
	"amount_fen", "refunded_fen", "sale_fen", "sale_count", "state", "origin", "order_ref", "settlement_ref", "period_from",
	"decision", "reasons", "expected_fen", "version", "cycle_index", "cycle_from", "cycle_to", "settles", "judged_at", "rules", "gate",
}

func writeLines(ctx context.Context, tx *db.Tx, now time.Time, lines []Line) error {
	i := 0
	_, err := tx.Bulk(ctx, "bill_lines", lineColumns, func() ([]any, bool, error) {
		if i == len(lines) {
			return nil, false, nil
		}
		l := &lines[i]
		i++
		v := &l.Verdict
		return []any{
			l.MerchantID, l.ID, l.TerminalID, string(l.Kind), string(l.Item), orNull(l.PlanID), db.Text(l.Method), l.At, l.On, l.Seq,
			int64(l.Amount), int64(l.Refunded), (*int64)(l.Sale), l.SaleCount, string(l.State), l.Origin,
			db.Text(l.OrderRef), db.Text(l.SettlementRef), l.PeriodFrom,
			string(v.Decision), v.Reasons.String(), int64(v.Expected), orNull(v.Version), orNull(v.Cycle.Index), v.Cycle.From, v.Cycle.To,
			l.Settles, now, fee.RulesVersion, int(l.Gate),
		}, true, nil
	})
	return err
}

func orNull[T int | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}
