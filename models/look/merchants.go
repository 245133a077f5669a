package look

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Found is a merchant of a list.
type Found struct {
	Ref       string
	Name      string
	Contact   string    // personal data, to be masked
	ClosedOn  date.Date // zero: it goes on
	Terminals int
	Open      int // cases under way
}

// List is a part of the merchants, by their numbers.
type List struct {
	Rows  []Found
	After string // the number after which the next part begins; empty: this is the last
}

const listed = 50

// lastRune comes after every character of a name.
const lastRune = "\U0010ffff"

// Find returns a part of the merchants after a number: all of them, or those that
// bear the text as their number, begin their name with it, have the terminal with
// it as serial number, or somebody with it as whole telephone number. It takes one
// round trip, and returns fault.Forbidden.
func Find(ctx context.Context, r db.Reader, by staff.Actor, text, after string) (*List, error) {
	if err := by.Must(staff.SeeMerchants); err != nil {
		return nil, err
	}
	where, args := `m.ref > $1`, []any{after, listed + 1}
	if text = strings.TrimSpace(text); text != "" {
		args = append(args, text, text+lastRune)
		where += ` and m.id in (
			select id from merchants where ref = $3
			union select id from merchants where name >= $3 and name < $4
			union select merchant_id from terminals where sn = $3`
		if phone, ok := account.ParsePhone(text); ok {
			args = append(args, phone, strings.TrimPrefix(phone, "+86"))
			where += `
			union select id from merchants where substr(phone, length(phone) - 3) = substr($5, length($5) - 3) and phone in ($5, $6)
			union select x.merchant_id from users u join memberships x on x.user_id = u.id and x.ended_at is null where u.phone = $5`
		}
		where += `)`
	}
	l := &List{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f Found
			err := rows.Scan(&f.Ref, &f.Name, &f.Contact, &f.ClosedOn, &f.Terminals, &f.Open)
			l.Rows = append(l.Rows, f)
			return err
		})
	}, `
		select m.ref, m.name, m.contact, m.closed_on, (select count(*) from terminals t where t.merchant_id = m.id),
			(select count(*) from cases c where c.merchant_id = m.id and c.under_way)
		from merchants m where `+where+` order by m.ref limit $2`, args...)
	if err != nil {
		return nil, fmt.Errorf("look: %w", err)
	}
	if len(l.Rows) > listed {
		l.Rows = l.Rows[:listed]
		l.After = l.Rows[listed-1].Ref
	}
	return l, nil
}

// Terminal is a terminal of a merchant's.
type Terminal struct {
	SN, Alias, Shop string
	ActivatedOn     date.Date // zero: not yet
	InactiveFrom    date.Date // zero: it goes on
	Reason          string    // why it does not
}

// Deduction is a line of a merchant's bill.
type Deduction struct {
	ID       string
	On       date.Date
	Item     fee.Item
	Amount   money.Fen
	State    fee.State
	Decision fee.Decision
	SN       string
	Alias    string
}

// Case is a case of a merchant's.
type Case struct {
	Number  string
	Kind    complaint.Kind
	Reason  complaint.Reason
	Item    fee.Item
	FiledAt time.Time
	State   worktime.State
}

// Limit is what a merchant lets be taken of overage in a month, for so many
// terminals.
type Limit struct {
	Amount    money.Fen // 0: nothing
	Terminals int
}

// Merchant is what is known of a merchant.
type Merchant struct {
	Found
	OpenedOn   date.Date
	People     []complaint.Reachable // personal data, to be masked
	Shown      []Terminal            // its first terminals, by serial number
	Deductions []Deduction           // the latest first
	Cases      []Case                // under way, the latest first
	Limits     []Limit
	Messages   []outbox.Entry // the latest first
}

const beside = 10

// ReadMerchant reads what is known of the merchant with a number of the core
// system's, in two round trips. It returns fault.Forbidden and fault.NotFound.
func ReadMerchant(ctx context.Context, r db.Reader, by staff.Actor, ref string) (*Merchant, error) {
	if err := by.Must(staff.SeeMerchants); err != nil {
		return nil, err
	}
	m := &Merchant{}
	const this = `(select id from merchants where ref = $1)`
	args, some := []any{ref}, []any{ref, beside}
	b := db.NewBatch()
	add := func(query string, args []any, row func(scan func(...any) error) error) {
		b.Add(query, args, func(rows db.Rows) error {
			return db.Each(rows, func() error { return row(rows.Scan) })
		})
	}
	add(`
		select m.ref, m.name, m.contact, m.closed_on, m.opened_on, (select count(*) from terminals t where t.merchant_id = m.id),
			(select count(*) from cases c where c.merchant_id = m.id and c.under_way)
		from merchants m where m.ref = $1`, args, func(scan func(...any) error) error {
		return scan(&m.Ref, &m.Name, &m.Contact, &m.ClosedOn, &m.OpenedOn, &m.Terminals, &m.Open)
	})
	add(`
		select contact, '', phone from merchants where ref = $1
		union all select `+account.Called("x", "u")+`, x.role, u.phone from memberships x join users u on u.id = x.user_id where x.merchant_id = `+this+` and x.ended_at is null
		order by 2, 1 limit 20`, args, func(scan func(...any) error) error {
		var p complaint.Reachable
		err := scan(&p.Name, &p.Role, &p.Phone)
		m.People = append(m.People, p)
		return err
	})
	add(`
		select t.sn, coalesce(t.own_alias, t.alias), s.name, t.activated_on, t.inactive_from, coalesce(t.inactive_reason, '')
		from terminals t join shops s on s.id = t.shop_id where t.merchant_id = `+this+` order by t.sn limit $2`, some, func(scan func(...any) error) error {
		var t Terminal
		err := scan(&t.SN, &t.Alias, &t.Shop, &t.ActivatedOn, &t.InactiveFrom, &t.Reason)
		m.Shown = append(m.Shown, t)
		return err
	})
	add(`
		select l.id, l.on_date, l.item, l.amount_fen, l.state, l.decision, t.sn, coalesce(t.own_alias, t.alias)
		from bill_lines l join terminals t on t.id = l.terminal_id
		where l.merchant_id = `+this+` and l.kind = 'deduction' order by l.at desc, l.id desc limit $2`, some, func(scan func(...any) error) error {
		var d Deduction
		err := scan(&d.ID, &d.On, &d.Item, &d.Amount, &d.State, &d.Decision, &d.SN, &d.Alias)
		m.Deductions = append(m.Deductions, d)
		return err
	})
	add(`
		select number, kind, reason, item, filed_at, state from cases where merchant_id = `+this+` and under_way
		order by filed_at desc, id desc limit $2`, some, func(scan func(...any) error) error {
		var c Case
		var filed db.Time
		err := scan(&c.Number, &c.Kind, &c.Reason, &c.Item, &filed, &c.State)
		c.FiledAt = filed.Time
		m.Cases = append(m.Cases, c)
		return err
	})
	add(`
		select coalesce(e.own_limit_fen, 0), count(*) from enrolments e join plans p on p.id = e.plan_id join terminals t on t.id = e.terminal_id
		where t.merchant_id = `+this+` and p.item = 'overage' and e.cancelled_on is null group by 1 order by 1 limit $2`, some, func(scan func(...any) error) error {
		var l Limit
		err := scan(&l.Amount, &l.Terminals)
		m.Limits = append(m.Limits, l)
		return err
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if m.Ref == "" {
		return nil, fault.New(fault.NotFound, "look.not_found")
	}
	var err error
	m.Messages, err = outbox.Search(ctx, r, outbox.Query{MerchantRef: ref}, outbox.Place{}, beside)
	return m, err
}
