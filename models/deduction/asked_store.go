package deduction

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// ReadAsked reads all that verdicts on requests rest on, of any number of
// terminals: one statement, a second where a fee has a limit to add up to, and
// another for one terminal and item of which nothing that counts is kept. Earliest is the
// first date of the requests. Terminals that are not there are left out. What is
// published counts if it Holds; it returns an error where a plan is not known,
// which may then be out of date.
func ReadAsked(ctx context.Context, r db.Reader, dialect db.Dialect, published *Published, now time.Time, earliest date.Date, asked []Asked) (*AskedFacts, error) {
	plans := published.Fee
	f := &AskedFacts{Policy: published.Policy(now), terminals: make(map[Asked]*Terminal, len(asked)), replaces: map[Asked]string{}}
	kept := false
	if len(asked) == 1 {
		var err error
		if kept, err = f.readKept(ctx, r, asked[0], plans); err != nil {
			return nil, err
		}
	}
	if !kept {
		if err := f.readWhole(ctx, r, dialect, published, asked); err != nil {
			return nil, err
		}
	}
	if err := f.addLimited(ctx, r, plans, earliest); err != nil {
		return nil, err
	}
	for a := range f.replaces {
		if err := f.linkReplaced(plans, a); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// readWhole reads the rows themselves.
func (f *AskedFacts) readWhole(ctx context.Context, r db.Reader, dialect db.Dialect, published *Published, asked []Asked) error {
	s := askedStatements[dialect]
	if len(asked) == 1 {
		args := []any{asked[0].SN, string(asked[0].Item)}
		if dialect == db.Postgres {
			args = append(args, published.OfItem(asked[0].Item))
		}
		return r.Query(ctx, f.scan, s.one, args...)
	}
	keys := make([][2]string, 0, len(asked))
	for _, a := range asked {
		keys = append(keys, [2]string{a.SN, string(a.Item)})
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return r.Query(ctx, f.scan, s.many, string(text))
}

// askedKept reads what is kept of one terminal, if that counts: nothing that it
// comes from has changed since. What a terminal paid that another took the place
// of is not kept.
const askedKept = `
	select t.id, t.merchant_id, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on, k.facts, (` + publishedState + `)
	from terminals t
	join terminal_asks k on k.terminal_id = t.id and k.merchant_id = t.merchant_id
	join terminal_sheets s on s.merchant_id = t.merchant_id and s.terminal_id = t.id and s.changes = k.changes
	where t.sn = $1 and t.replaces_sn is null and not exists (select 1 from judge_pending p where p.terminal_id = t.id)`

// readKept reads what is kept of one terminal, and reports whether there was
// something that counts.
func (f *AskedFacts) readKept(ctx context.Context, r db.Reader, a Asked, plans PlanByID) (kept bool, err error) {
	if isOfSales(a.Item) {
		return false, nil
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			t := &Terminal{SN: a.SN}
			var reason, published db.Text
			var facts []byte
			err := rows.Scan(&t.ID, &t.MerchantID, &t.ActivatedOn, &t.InactiveFrom, &reason, &t.ReportedGoneOn, &facts, &published)
			if err != nil {
				return err
			}
			if decodeAsk(facts, t, a.Item, plans) != nil {
				return nil // a later version of the program wrote it: the rows are there
			}
			t.InactiveFrom = goneFrom(t.InactiveFrom, string(reason))
			f.published, f.terminals[a], kept = string(published), t, true
			return nil
		})
	}, askedKept, a.SN)
	return kept, err
}

// askedStatement reads one terminal, or many.
type askedStatement struct{ one, many string }

var askedStatements = map[db.Dialect]askedStatement{
	db.Postgres: newAskedStatement(askedWords{
		list: func(row, order string) string {
			return "json_agg(json_build_array(" + row + ") order by " + order + ")"
		},
		part:   func(query string) string { return "(" + query + ")" },
		at:     func(column string) string { return "cast(extract(epoch from " + column + ") * 1000000 as bigint)" },
		ofItem: "where e.terminal_id = t.id and e.plan_id = any($3)",
		keys:   "select k->>0 as sn, k->>1 as item from json_array_elements(cast($1 as json)) k",
	}),
	db.SQLite: newAskedStatement(askedWords{
		list: func(row, order string) string {
			return "json_group_array(json_array(" + row + ") order by " + order + ")"
		},
		part:   func(query string) string { return "json((" + query + "))" },
		at:     func(column string) string { return column },
		ofItem: "join plans p on p.id = e.plan_id where e.terminal_id = t.id and p.item = w.item",
		keys:   "select k.value->>0 as sn, k.value->>1 as item from json_each($1) k",
	}),
}

// askedWords is how a database says what the other says otherwise.
type askedWords struct {
	list   func(row, order string) string // rows as a JSON array of arrays
	part   func(query string) string      // a subselect of JSON inside JSON
	at     func(column string) string     // an instant
	ofItem string                         // of enrolments e, those of one terminal t in the item that is asked for
	keys   string                         // the terminals and items of a JSON array
}

func newAskedStatement(w askedWords) askedStatement {
	facts := func(enrolled string) string {
		return `t.id, t.merchant_id, t.sn, w.item, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on, t.replaces_sn,
			(select m.closed_on from merchants m where m.id = t.merchant_id),
			(select ` + w.list("e.plan_id, e.anchor_on, e.cancelled_on, e.own_limit_fen, "+
			w.part("select "+w.list("a.version, a.accepted_on, a.via", "a.id")+" from acceptances a where a.enrolment_id = e.id"), "e.id") + `
				from enrolments e ` + enrolled + `),
			(select ` + w.list("c.deduction_id, c.plan_id, c.amount_fen, c.refunded_fen, "+w.at("c.at")+
			", c.period_from, c.state, c.origin, c.sale_fen, c.order_ref, c.seq, c.gate, c.verdict", "c.at, c.seq") + `
				from plan_charges c where c.merchant_id = t.merchant_id and c.terminal_id = t.id and c.item = w.item),
			(select ` + w.list("n.plan_id, n.period_from, n.amount_fen, n.channel, "+w.at("n.delivered_at"), "n.delivered_at, n.id") + `
				from delivered_notices n where n.terminal_id = t.id and n.item = w.item),
			(select ` + w.list("d.cycle", "d.opened_at, d.id") + `
				from disputes d where d.terminal_id = t.id and d.item = w.item and d.closed_at is null),
			(` + publishedState + `)`
	}
	return askedStatement{
		// What is asked for stands apart, so that PostgreSQL expects the same of any
		// terminal and keeps one plan for all.
		one: `with wanted as materialized (
				select cast($1 as text) as sn, cast($2 as text) as item
				union all
				select t.replaces_sn, cast($2 as text) from terminals t where t.sn = $1 and t.replaces_sn is not null
			)
			select ` + facts(w.ofItem) + `
			from wanted w join terminals t on t.sn = w.sn`,
		many: `with keys as (` + w.keys + `), wanted as (
				select sn, item from keys
				union
				select t.replaces_sn, k.item from keys k join terminals t on t.sn = k.sn where t.replaces_sn is not null
			)
			select ` + facts("join plans p on p.id = e.plan_id where e.terminal_id = t.id and p.item = w.item") + `
			from wanted w join terminals t on t.sn = w.sn`,
	}
}

func (f *AskedFacts) scan(rows db.Rows) error {
	return db.Each(rows, func() error {
		var t Terminal
		var item fee.Item
		var reason, old, published db.Text
		var enrolments, charges, notices, disputes db.JSON
		err := rows.Scan(&t.ID, &t.MerchantID, &t.SN, &item, &t.ActivatedOn, &t.InactiveFrom, &reason, &t.ReportedGoneOn, &old,
			&t.MerchantClosedOn, &enrolments, &charges, &notices, &disputes, &published)
		if err != nil {
			return err
		}
		f.published = string(published)
		t.InactiveFrom = goneFrom(t.InactiveFrom, string(reason))
		key := Asked{t.SN, item}
		f.terminals[key] = &t
		if old != "" {
			f.replaces[key] = string(old)
		}
		for _, part := range []struct {
			from db.JSON
			read func([]json.RawMessage) error
		}{
			{enrolments, t.readEnrolment},
			{charges, func(row []json.RawMessage) error { return t.readCharge(row, item) }},
			{notices, t.readNotice},
			{disputes, func(row []json.RawMessage) error { return t.readDispute(row, item) }},
		} {
			if err := eachRow(part.from, part.read); err != nil {
				return fmt.Errorf("deduction: facts of terminal %d: %w", t.ID, err)
			}
		}
		return nil
	})
}

// eachRow calls read with each array of a JSON array of arrays; no rows are NULL
// in one database and an empty array in the other.
func eachRow(from db.JSON, read func([]json.RawMessage) error) error {
	if len(from) == 0 {
		return nil
	}
	var rows [][]json.RawMessage
	if err := json.Unmarshal(from, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		if err := read(row); err != nil {
			return err
		}
	}
	return nil
}

// columns reads the values of a row.
func columns(row []json.RawMessage, into ...any) error {
	if len(row) != len(into) {
		return fmt.Errorf("%d values for %d", len(row), len(into))
	}
	for i := range row {
		if err := json.Unmarshal(row[i], into[i]); err != nil {
			return err
		}
	}
	return nil
}

// moment is an instant as either database puts it into JSON: microseconds since
// 1970, or text.
type moment struct{ time.Time }

// UnmarshalJSON reads the instant.
func (m *moment) UnmarshalJSON(b []byte) error {
	var micros int64
	if json.Unmarshal(b, &micros) == nil {
		m.Time = time.UnixMicro(micros).UTC()
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	var at db.Time
	err := at.Scan(text)
	m.Time = at.Time
	return err
}

func (t *Terminal) readEnrolment(row []json.RawMessage) error {
	var e Enrolment
	var accepted json.RawMessage
	if err := columns(row, &e.PlanID, &e.Fee.AnchorOn, &e.Fee.CancelledOn, &e.Fee.OwnLimit, &accepted); err != nil {
		return err
	}
	err := eachRow(db.JSON(accepted), func(row []json.RawMessage) error {
		var a fee.Acceptance
		err := columns(row, &a.Version, &a.On, &a.Via)
		e.Fee.Accepted = append(e.Fee.Accepted, a)
		return err
	})
	t.Enrolments = append(t.Enrolments, e)
	return err
}

func (t *Terminal) readCharge(row []json.RawMessage, item fee.Item) error {
	d := Deduction{Item: item}
	var at moment
	var order, verdict *string
	err := columns(row, &d.ID, &d.PlanID, &d.Amount, &d.Refunded, &at, &d.PeriodFrom, &d.State, &d.Origin, &d.Sale, &order, &d.Seq, &d.Gate, &verdict)
	if err != nil {
		return err
	}
	d.At = at.Time
	if order != nil {
		d.OrderRef = *order
	}
	if verdict != nil {
		if d.Verdict, err = readVerdict(*verdict); err != nil {
			return err
		}
	}
	t.Deductions = append(t.Deductions, d)
	return nil
}

func (t *Terminal) readNotice(row []json.RawMessage) error {
	var n Notice
	var at moment
	err := columns(row, &n.PlanID, &n.PeriodFrom, &n.Amount, &n.Channel, &at)
	n.DeliveredAt = at.Time
	t.Notices = append(t.Notices, n)
	return err
}

// readDispute leaves out when it was opened: whatever is asked for waits for a
// complaint that is open now, of which moment it may be.
func (t *Terminal) readDispute(row []json.RawMessage, item fee.Item) error {
	var cycle *int
	err := columns(row, &cycle)
	d := Dispute{Item: item, Fee: fee.Dispute{Open: true, WholeItem: cycle == nil}}
	if cycle != nil {
		d.Fee.Cycle = *cycle
	}
	t.Disputes = append(t.Disputes, d)
	return err
}

// addLimited reads what the fees with a limit were charged by settlements and by
// deductions without an order's number.
func (f *AskedFacts) addLimited(ctx context.Context, r db.Reader, plans PlanByID, earliest date.Date) error {
	since := lookBack(earliest)
	l := &loader{terminals: map[int64]*Terminal{}}
	of := map[int64][]*Terminal{}
	for a, t := range f.terminals {
		for i := range t.Enrolments {
			e := &t.Enrolments[i]
			plan := plans(e.PlanID)
			if plan == nil {
				return errUnknownPlan(t.SN, e.PlanID)
			}
			if plan.Item != a.Item || !restsOnSettlements(plan, e) {
				continue
			}
			if plan.HasCycles() {
				since = date.First
			}
			if l.terminals[t.ID] == nil {
				l.terminals[t.ID] = &Terminal{}
			}
			of[t.ID] = append(of[t.ID], t)
			break
		}
	}
	if len(of) == 0 {
		return nil
	}
	l.list()
	b := db.NewBatch()
	l.addDeductionsWhere(b, " and at >= $1", since.Start())
	l.addSettlementsWhere(b, " and settled_on >= $1", since)
	if err := r.Read(ctx, b); err != nil {
		return err
	}
	for id, all := range of {
		for _, t := range all {
			earlier := t.Deductions
			t.Settlements, t.Deductions = l.terminals[id].Settlements, slices.Clone(l.terminals[id].Deductions)
			for _, d := range earlier {
				t.addDeduction(d)
			}
		}
	}
	return nil
}

// PlanOf returns the plan in which a request means to be priced: the one with
// the code, or the only one of the item that the terminal is enrolled in. It is
// nil, and its id 0, where there is none; several are told by their codes.
func (t *Terminal) PlanOf(plans PlanByID, item fee.Item) (id int64, plan *fee.Plan, several string) {
	var codes []string
	for i := range t.Enrolments {
		p := plans(t.Enrolments[i].PlanID)
		if p == nil || p.Item != item {
			continue
		}
		id, plan = t.Enrolments[i].PlanID, p
		codes = append(codes, p.Code)
	}
	if len(codes) > 1 {
		return 0, nil, strings.Join(codes, ", ")
	}
	return id, plan, ""
}
