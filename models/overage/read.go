package overage

import (
	"context"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// changesShown is how many changes a page lists.
const changesShown = 20

// open limits plans p and enrolments e to those that price data beyond an
// allowance and go on after the day $2.
const open = `p.item = 'overage' and (e.cancelled_on is null or e.cancelled_on > $2)`

// Read reads what data beyond the allowance of a merchant's terminal may cost, in
// one round trip. It returns fault.NotFound where the merchant has no such
// terminal.
func Read(ctx context.Context, r db.Reader, plans PlanByID, merchantID int64, sn string, today date.Date) (*Page, error) {
	p := &Page{}
	b := db.NewBatch()
	this := `(select id from terminals where merchant_id = $1 and sn = $3)`
	enrolment := `(select min(e.id) from enrolments e join plans p on p.id = e.plan_id where e.terminal_id = ` + this + ` and ` + open + `)`
	args := []any{merchantID, today, sn}
	b.Add(`
		select t.id, t.sn, coalesce(t.own_alias, t.alias), s.name,
			(select cast(coalesce(sum(m.amount_fen), 0) as bigint) from bill_months m where m.terminal_id = t.id and m.month = $3 and m.item = 'overage')
		from terminals t join shops s on s.id = t.shop_id where t.merchant_id = $1 and t.sn = $2`,
		[]any{merchantID, sn, today.MonthStart()}, func(rows db.Rows) error {
			return one(rows, &p.TerminalID, &p.SN, &p.Alias, &p.Shop, &p.Taken)
		})
	b.Add(`
		select e.plan_id, coalesce(e.own_limit_fen, 0), exists (select 1 from acceptances a where a.enrolment_id = e.id and a.via <> 'agent')
		from enrolments e where e.id = `+enrolment, args, func(rows db.Rows) error {
		return one(rows, &p.PlanID, &p.Limit, &p.Agreed)
	})
	b.Add(`select o.limit_fen, o.set_at, o.name from own_limits o where o.merchant_id = $1 and o.enrolment_id = `+enrolment+` order by o.set_at desc, o.id desc limit $4`,
		append(args[:3:3], changesShown), p.readHistory)
	b.Add(`
		select count(*), count(case when t.shop_id = (select shop_id from terminals where id = `+this+`) then 1 end)
		from terminals t where t.merchant_id = $1 and exists (
			select 1 from enrolments e join plans p on p.id = e.plan_id where e.terminal_id = t.id and `+open+`)`, args, func(rows db.Rows) error {
		return one(rows, &p.InAll, &p.InShop)
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if p.TerminalID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if plan := plans(p.PlanID); plan != nil {
		p.Version = versionOn(plan, today)
		if v := plan.Version(p.Version); v != nil && v.Price.Kind == fee.PerItem {
			p.One = v.Price.Amount
		}
	}
	if p.Version == 0 {
		p.PlanID = 0
	}
	return p, nil
}

// one reads the one row, if it is there.
func one(rows db.Rows, dest ...any) error {
	return db.Each(rows, func() error { return rows.Scan(dest...) })
}

func (p *Page) readHistory(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c Change
		err := rows.Scan(&c.Limit, &c.At, &c.Name)
		p.History = append(p.History, c)
		return err
	})
}
