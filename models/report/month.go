package report

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/money"
)

// Month is a month's statement.
type Month struct {
	Total     Total
	Last      Total        // of the month before
	Rates     [3]Rate      // by card, by QR code, and both together
	Rate      money.Rate   // all fees of all sales
	Rated     bool         // Rate is known: there were sales
	Terminals []Terminal   // a part of those that did anything, by serial number
	More      string       // the serial number after which the next part begins; empty: this is the last
	Gaps      []Settlement // the latest settlements that do not add up; Total.Gaps counts them all
	Apart     []Line       // the latest deductions apart from settlements, those not taken included
	Doubted   []Line       // lines that are not as agreed, then those to be looked into; of each those first that took most beyond what was expected
	Denied    int          // how many lines are not as agreed
	Held      int          // how many are to be looked into
}

// Terminal is what one terminal did in a month.
type Terminal struct {
	Month string // such as 2026-10
	ID    int64
	SN    string
	Alias string // the merchant's own name for it, else the core system's
	Shop  string
	Total Total
}

// How much of a list a page shows.
const (
	terminalsShown = 50
	linesShown     = 10
	doubtsShown    = 6
)

// ReadMonth reads a merchant's statement of a month, in one round trip. Of the
// terminals it reads those after a serial number, which may be empty.
func ReadMonth(ctx context.Context, r db.Reader, plans *disclosure.Plans, merchantID int64, month Period, after string) (*Month, error) {
	before := MonthOf(month.Before())
	this := span{merchantID, month.From, month.Next()}
	q := &monthQuery{totals: newTotals(plans), rates: newRates(plans)}
	b := db.NewBatch()
	b.Add(someTerminals, append(this.both(), after, terminalsShown+1), q.readTerminals)
	q.totals.add(b, span{merchantID, before.From, month.Next()})
	q.rates.add(b, this)
	b.Add(selectSettlements+` and `+gapOf+` <> 0 order by s.settled_on desc, s.id desc limit $4`, append(this.days(), linesShown), q.readGaps)
	b.Add(selectLines+` where l.merchant_id = $1 and l.kind = 'deduction' and l.settlement_ref is null and l.at >= $2 and l.at < $3
		order by l.at desc, l.id desc limit $4`, append(this.instants(), linesShown), readLines(&q.page.Apart))
	b.Add(selectLines+` where l.merchant_id = $1 and l.decision <> 'allow' and l.at >= $2 and l.at < $3
		order by case when l.decision = 'deny' then 0 else 1 end, l.amount_fen - l.expected_fen desc, l.at desc, l.id desc limit $4`,
		append(this.instants(), doubtsShown), readLines(&q.page.Doubted))
	b.Add(`select count(case when decision = 'deny' then 1 end), count(case when decision = 'hold' then 1 end)
		from bill_lines where merchant_id = $1 and decision <> 'allow' and at >= $2 and at < $3`, this.instants(), q.readDoubts)
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("report: the statement of %s: %w", month, err)
	}
	q.page.Total, q.page.Last = q.totals.of(month.From), q.totals.of(before.From)
	q.page.Rates = q.rates.of(&q.page.Total)
	q.page.Rate, q.page.Rated = share(q.page.Total.AllFees(), q.page.Total.Sales())
	for i := range q.page.Terminals {
		q.page.Terminals[i].Total.finish()
	}
	return &q.page, nil
}

// both are the arguments of statements about settlements and lines of the bill:
// the merchant, the days, and the days as instants.
func (s span) both() []any { return append(s.days(), s.from.Start(), s.next.Start()) }

// activeTerminals reads the terminals that sold or paid anything, month by
// month, with the sums of their settlements.
var activeTerminals = `
	with settled as (
		select ` + monthOf("month") + ` as name, settled_months.*
		from settled_months where merchant_id = $1 and month >= $2 and month < $3),
	active as (
		select name as month, terminal_id from settled
		union
		select ` + monthOf("on_date") + `, terminal_id from bill_lines where ` + apartLines + ` and at >= $4 and at < $5)
	select a.month, t.id, t.sn, coalesce(t.own_alias, t.alias), p.name` + readSettled("s") + `
	from active a
	join terminals t on t.id = a.terminal_id
	join shops p on p.id = t.shop_id
	left join settled s on s.name = a.month and s.terminal_id = a.terminal_id
	where t.merchant_id = $1`

// someTerminals reads the same of a month, of as many terminals as $7 says after
// the serial number $6.
var someTerminals = `
	with shown as (
		select t.id, t.sn, coalesce(t.own_alias, t.alias) as alias, p.name as shop
		from terminals t
		join shops p on p.id = t.shop_id
		where t.merchant_id = $1 and t.sn > $6 and (
			exists (select 1 from settled_months s where s.terminal_id = t.id and s.merchant_id = $1 and s.month >= $2 and s.month < $3)
			or exists (select 1 from bill_lines l where l.terminal_id = t.id and ` + apartLines + ` and at >= $4 and at < $5))
		order by t.sn
		limit $7)
	select substr(cast($2 as text), 1, 7), t.id, t.sn, t.alias, t.shop` + readSettled("s") + `
	from shown t
	left join settled_months s on s.merchant_id = $1 and s.month >= $2 and s.month < $3 and s.terminal_id = t.id
	order by t.sn`

// scanTerminal reads a row of activeTerminals or someTerminals.
func scanTerminal(rows db.Rows, t *Terminal) error {
	var s Settled
	into := append([]any{&t.Month, &t.ID, &t.SN, &t.Alias, &t.Shop}, s.into()...)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	t.Total.addSettled(&s)
	return nil
}

// monthQuery collects the answers of the page's statements.
type monthQuery struct {
	totals *totals
	rates  *rates
	page   Month
}

func (q *monthQuery) readTerminals(rows db.Rows) error {
	err := db.Each(rows, func() error {
		q.page.Terminals = append(q.page.Terminals, Terminal{})
		return scanTerminal(rows, &q.page.Terminals[len(q.page.Terminals)-1])
	})
	if len(q.page.Terminals) > terminalsShown {
		q.page.Terminals = q.page.Terminals[:terminalsShown]
		q.page.More = q.page.Terminals[terminalsShown-1].SN
	}
	q.totals.terminals = make(map[cell]*Total, len(q.page.Terminals))
	for i := range q.page.Terminals {
		t := &q.page.Terminals[i]
		q.totals.terminals[cell{t.Month, t.ID}] = &t.Total
	}
	return err
}

func (q *monthQuery) readGaps(rows db.Rows) error {
	return eachSettlement(rows, func(s *Settlement) error {
		q.page.Gaps = append(q.page.Gaps, *s)
		return nil
	})
}

func (q *monthQuery) readDoubts(rows db.Rows) error {
	return db.First(rows, &q.page.Denied, &q.page.Held)
}
