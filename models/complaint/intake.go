package complaint

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// FoundMerchant is a merchant that staff looked for.
type FoundMerchant struct {
	Ref       string
	Name      string
	Contact   string // personal data, to be masked
	Terminals int
}

const merchantsShown = 20

// FindMerchants returns the merchants that bear a number of the core system's or a
// name, have a terminal with a serial number, or somebody whose telephone number
// ends in four digits or more; at most twenty, by name. It returns
// fault.Forbidden.
func FindMerchants(ctx context.Context, r db.Reader, by staff.Actor, text string) (all []FoundMerchant, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	tail := ""
	if digits := strings.TrimPrefix(text, "+"); len(digits) >= 4 && strings.Trim(digits, "0123456789") == "" {
		tail = digits
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m FoundMerchant
			err := rows.Scan(&m.Ref, &m.Name, &m.Contact, &m.Terminals)
			all = append(all, m)
			return err
		})
	}, `
		select m.ref, m.name, m.contact, (select count(*) from terminals t where t.merchant_id = m.id)
		from merchants m where m.id in (
			select id from merchants where ref = $1
			union select id from merchants where name = $1
			union select merchant_id from terminals where sn = $1
			union select id from merchants where $2 <> '' and substr(phone, length(phone) - 3) = substr($2, length($2) - 3) and phone like '%' || $2
			union select x.merchant_id from users u join memberships x on x.user_id = u.id and x.ended_at is null
				where $2 <> '' and substr(u.phone, length(u.phone) - 3) = substr($2, length($2) - 3) and u.phone like '%' || $2
		)
		order by m.name, m.id limit $3`, text, tail, merchantsShown)
	return all, err
}

// Intake is what a case may be filed about for a merchant that called or wrote.
type Intake struct {
	Ref       string
	Merchant  string
	Contact   string // personal data, to be masked
	Lines     []IntakeLine
	Terminals []IntakeTerminal
	More      bool // there are more terminals than are listed
	Open      []Listed
}

// IntakeLine is a deduction.
type IntakeLine struct {
	ID     string
	On     date.Date
	Item   fee.Item
	Amount money.Fen
	State  fee.State
	SN     string
	Alias  string
	Denied bool // the rules say that it must not have been taken
}

// IntakeTerminal is a terminal.
type IntakeTerminal struct{ SN, Alias string }

const (
	intakeLines     = 15
	intakeTerminals = 30
)

// ReadIntake reads what a case may be filed about for a merchant, by the core
// system's number of it: its latest deductions, of the terminal with a serial
// number alone where one is named, and its terminals. It takes one round trip, and
// returns fault.Forbidden and fault.NotFound.
func ReadIntake(ctx context.Context, r db.Reader, by staff.Actor, ref, sn string, now time.Time) (*Intake, error) {
	if err := by.Must(staff.WorkCases); err != nil {
		return nil, err
	}
	in := &Intake{}
	b := db.NewBatch()
	b.Add(`select ref, name, contact from merchants where ref = $1`, []any{ref}, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&in.Ref, &in.Merchant, &in.Contact) })
	})
	b.Add(`
		select l.id, l.on_date, l.item, l.amount_fen, l.state, t.sn, coalesce(t.own_alias, t.alias), l.decision = 'deny'
		from bill_lines l join terminals t on t.id = l.terminal_id
		where l.merchant_id = (select id from merchants where ref = $1) and l.kind = 'deduction' and ($2 = '' or t.sn = $2) and l.at <= $3
		order by l.at desc, l.id desc limit $4`, []any{ref, sn, now, intakeLines}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l IntakeLine
			err := rows.Scan(&l.ID, &l.On, &l.Item, &l.Amount, &l.State, &l.SN, &l.Alias, &l.Denied)
			in.Lines = append(in.Lines, l)
			return err
		})
	})
	b.Add(`select sn, coalesce(own_alias, alias) from terminals where merchant_id = (select id from merchants where ref = $1) and ($2 = '' or sn = $2) order by sn limit $3`,
		[]any{ref, sn, intakeTerminals + 1}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var t IntakeTerminal
				err := rows.Scan(&t.SN, &t.Alias)
				in.Terminals = append(in.Terminals, t)
				return err
			})
		})
	b.Add(`select `+listedColumns+` from cases c where c.merchant_id = (select id from merchants where ref = $1) and c.under_way order by c.filed_at desc, c.id desc limit $2`,
		[]any{ref, mostBeside}, scanListed(&in.Open))
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if in.Ref == "" {
		return nil, fault.New(fault.NotFound, "case.merchant_unknown")
	}
	if len(in.Terminals) > intakeTerminals {
		in.Terminals, in.More = in.Terminals[:intakeTerminals], true
	}
	return in, nil
}
