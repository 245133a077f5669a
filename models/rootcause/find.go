package rootcause

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// Offer is what a case's line of the bill may have in common with others. What it
// has not is empty.
type Offer struct {
	Case    string // its number
	LineID  string // empty: the case is about no line, and none of its fee is known
	Item    fee.Item
	On      date.Date
	Amount  money.Fen
	PlanID  int64
	Version int
	Agent   string
	Batch   string
	Rules   []string // that its verdict names
}

// ReadOffer reads what a case's line may have in common with others: the line that
// it is about, or else the latest that was taken of its terminal for its fee. It
// returns fault.Forbidden and fault.NotFound.
func ReadOffer(ctx context.Context, r db.Reader, by staff.Actor, number string) (*Offer, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	o := &Offer{}
	var reasons string
	err := r.QueryRow(ctx, `
		select c.number, coalesce(l.id, ''), coalesce(l.item, ''), l.on_date, coalesce(l.amount_fen, 0), coalesce(l.plan_id, 0), coalesce(l.version, 0), coalesce(l.reasons, ''),
			coalesce(t.agent_ref, ''), coalesce(g.batch_id, '')
		from cases c
		left join bill_lines l on l.merchant_id = c.merchant_id and l.kind = 'deduction' and l.id = case
			when c.subject = 'deduction' then c.subject_ref
			else (select o.id from bill_lines o
				where o.merchant_id = c.merchant_id and o.terminal_id = c.terminal_id and o.item = c.item and o.kind = 'deduction' and o.state in ('posted', 'refunded')
				order by o.at desc, o.id desc limit 1) end
		left join terminals t on t.id = l.terminal_id and t.merchant_id = l.merchant_id
		left join gate_requests g on g.deduction_id = l.id
		where c.number = $1`, number).Scan(&o.Case, &o.LineID, &o.Item, &o.On, &o.Amount, &o.PlanID, &o.Version, &reasons, &o.Agent, &o.Batch)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "case.not_found")
	}
	fired, _ := fee.ParseCodes(reasons) // of a later version's rules none is offered
	for code := range fired.All() {
		if code.Level() != fee.LevelInfo {
			o.Rules = append(o.Rules, code.String())
		}
	}
	return o, err
}

// Hit is a line of the bill that a cause has hit.
type Hit struct {
	LineID      string
	MerchantID  int64
	Merchant    string // name
	MerchantRef string
	SN          string
	Alias       string
	Item        fee.Item
	PlanID      int64
	On          date.Date
	Taken       money.Fen
	Due         money.Fen       // to be given back by the fee rules
	Why         complaint.Unfit // nothing is given back; empty: what is due is
	Unstopped   Why             // its fee is not stopped; empty: it can be

	at time.Time
}

// mark is where the list goes on after it.
func (h *Hit) mark() complaint.Mark { return complaint.Mark{At: h.at, ID: h.LineID} }

// Found is what a cause has hit.
type Found struct {
	Lines, Terminals, Merchants int64
	Taken                       money.Fen
	Fit                         int64     // lines of which something is given back
	Due                         money.Fen // of those
	Left                        []Left    // the others
	Stops                       int64     // fees of terminals that can be stopped
	Hits                        []Hit     // a part of the lines, the latest first
	More                        complaint.Mark
}

// Left is how many lines nothing is given back of, for one reason.
type Left struct {
	Why   complaint.Unfit
	Lines int64
	Taken money.Fen
}

// hitsShown is how many lines a page lists.
const hitsShown = 50

// Find returns what the criteria find, and a part of its lines: in two statements,
// however many lines there are. It returns the faults of Criteria.Check, and
// fault.Forbidden.
func Find(ctx context.Context, r db.Reader, by staff.Actor, c Criteria, after complaint.Mark, today date.Date) (*Found, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	f := &Found{}
	b := db.NewBatch()
	f.addSums(b, &c, today)
	list := listHits(&c, after, today, hitsShown+1)
	b.Add(list.text.String(), list.args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			h, err := scanHit(rows)
			f.Hits = append(f.Hits, h)
			return err
		})
	})
	err := r.Read(ctx, b)
	if len(f.Hits) > hitsShown {
		f.Hits = f.Hits[:hitsShown]
		f.More = f.Hits[hitsShown-1].mark()
	}
	return f, err
}

// EachHit calls read with every line that the criteria find. It returns the faults
// of Find.
func EachHit(ctx context.Context, r db.Reader, by staff.Actor, c Criteria, today date.Date, read func(*Hit) error) error {
	if err := by.Must(staff.SeeCases); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	list := listHits(&c, complaint.Mark{}, today, 1<<40)
	return r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			h, err := scanHit(rows)
			if err != nil {
				return err
			}
			return read(&h)
		})
	}, list.text.String(), list.args...)
}

// addSums counts and adds up all lines in one statement.
func (f *Found) addSums(b *db.Batch, c *Criteria, today date.Date) {
	var q query
	q.add(`with hit as (`)
	q.hit(c, today)
	q.add(`)
		select 'all', '', count(*), cast(coalesce(sum(amount_fen), 0) as bigint), cast(0 as bigint), count(distinct terminal_id), count(distinct merchant_id) from hit
		union all
		select 'why', why, count(*), cast(sum(amount_fen) as bigint), cast(sum(case when why = '' then due else 0 end) as bigint), cast(0 as bigint), cast(0 as bigint) from hit group by why
		union all
		select 'stop', '', count(distinct enrolment_id), cast(0 as bigint), cast(0 as bigint), cast(0 as bigint), cast(0 as bigint) from hit where unstopped = ''
		order by 1, 2`)
	b.Add(q.text.String(), q.args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var of string
			var why complaint.Unfit
			var lines, terminals, merchants int64
			var taken, due money.Fen
			if err := rows.Scan(&of, &why, &lines, &taken, &due, &terminals, &merchants); err != nil {
				return err
			}
			switch {
			case of == "all":
				f.Lines, f.Taken, f.Terminals, f.Merchants = lines, taken, terminals, merchants
			case of == "stop":
				f.Stops = lines
			case why == "":
				f.Fit, f.Due = lines, due
			default:
				f.Left = append(f.Left, Left{why, lines, taken})
			}
			return nil
		})
	})
}

func listHits(c *Criteria, after complaint.Mark, today date.Date, most int64) *query {
	q := &query{}
	q.add(`select h.id, h.merchant_id, m.name, m.ref, h.sn, h.alias, h.item, h.plan_id, h.at, h.on_date, h.amount_fen, h.due, h.why, h.unstopped from (`)
	q.hit(c, today)
	if after.ID != "" {
		at := q.arg(after.At)
		q.add(` and (l.at < `, at, ` or l.at = `, at, ` and l.id < `, q.arg(after.ID), `)`)
	}
	q.add(` order by l.at desc, l.id desc limit `, q.arg(most), `) h join merchants m on m.id = h.merchant_id order by h.at desc, h.id desc`)
	return q
}

func scanHit(rows db.Rows) (h Hit, err error) {
	var at db.Time
	err = rows.Scan(&h.LineID, &h.MerchantID, &h.Merchant, &h.MerchantRef, &h.SN, &h.Alias, &h.Item, &h.PlanID, &at, &h.On, &h.Taken, &h.Due, &h.Why, &h.Unstopped)
	h.at = at.Time
	if h.Why != "" {
		h.Due = 0
	}
	return h, err
}
