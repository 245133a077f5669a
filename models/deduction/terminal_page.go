package deduction

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// TerminalPage is one terminal with everything it pays, as its page shows it.
type TerminalPage struct {
	Terminal Card
	Fees     []TerminalFee // in the order of enrolment
	Recent   []Line        // the latest lines of its bill, newest first
	ThisYear money.Fen     // taken and not given back since 1 January
	Usage    *Usage        // the SIM's data this month; nil: nobody reported any
}

// Card is what is known of a terminal itself.
type Card struct {
	ID             int64
	SN             string
	Alias          string // the merchant's own name for it, else the core system's
	Shop           string
	Model          string
	Type           string
	ICCID          string
	Carrier        string
	ActivatedOn    date.Date
	InactiveFrom   date.Date
	InactiveReason string // returned, lost, unbound or broken; empty while in use
	ReportedGoneOn date.Date
	ReplacesSN     string
	ClosedOn       date.Date // the merchant's
}

// TerminalFee is one fee of a terminal: what was agreed, what was taken, and
// what is to come.
type TerminalFee struct {
	PlanID     int64
	Plan       *disclosure.Plan
	Enrolment  fee.Enrolment
	AcceptedBy string // who gave the latest acceptance
	Lines      []Line // of a fee with cycles, oldest first
	Notices    []fee.Notice
	Charges    []fee.Charge // to come within a year
	InForce    *fee.Version // what the merchant owes today; nil: nothing is agreed
	Account    fee.Account  // cycle by cycle, from the first to today; empty for a fee without cycles
}

// Usage is what a SIM used in a month.
type Usage struct {
	UsedMB      int64
	AllowanceMB *int64
	Balance     *money.Fen
	AsOf        date.Date // the last day reported
}

// recentLines is how many lines a terminal's page lists before it leads to the
// full list.
const recentLines = 8

// ReadTerminalPage reads a merchant's terminal by its serial number, in one
// round trip. It returns fault.NotFound where the merchant has no such
// terminal.
func ReadTerminalPage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, sn string, today date.Date) (*TerminalPage, error) {
	q := &terminalPageQuery{fees: feesQuery{plans: plans, terminal: thisTerminal, args: []any{merchantID, sn}}}
	b := db.NewBatch()
	q.fees.add(b)
	b.Add(selectLines+` where terminal_id = `+thisTerminal+` order by at desc, id desc limit `+itoa(recentLines), q.fees.args, q.readRecent)
	b.Add(`select cast(coalesce(sum(amount_fen), 0) as bigint) from bill_months
		where terminal_id = `+thisTerminal+` and month >= $3`, append(q.fees.args, yearStart(today)), q.readYear)
	b.Add(`select cast(sum(used_mb) as bigint), max(allowance_mb), max(used_on), min(balance_fen) from sim_usage
		where merchant_id = $1 and terminal_id = `+thisTerminal+` and used_on >= $3`, append(q.fees.args, today.MonthStart()), q.readUsage)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.fees.card.ID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if err := q.fees.foresee(policy, today); err != nil {
		return nil, err
	}
	q.page.Terminal, q.page.Fees = q.fees.card, q.fees.fees
	return &q.page, nil
}

// thisTerminal is the id of the merchant's terminal with the serial number, or
// nothing: no statement of the page can read another merchant's.
const thisTerminal = `(select id from terminals where merchant_id = $1 and sn = $2)`

func yearStart(d date.Date) date.Date {
	year, _, _ := d.Civil()
	return date.New(year, time.January, 1)
}

// terminalPageQuery collects the answers of the page's statements.
type terminalPageQuery struct {
	fees feesQuery
	page TerminalPage
}

func (q *terminalPageQuery) readRecent(rows db.Rows) error {
	q.page.Recent = make([]Line, 0, recentLines)
	return db.Each(rows, func() error {
		q.page.Recent = append(q.page.Recent, Line{})
		return scanLine(rows, &q.page.Recent[len(q.page.Recent)-1])
	})
}

func (q *terminalPageQuery) readYear(rows db.Rows) error {
	return db.First(rows, &q.page.ThisYear)
}

func (q *terminalPageQuery) readUsage(rows db.Rows) error {
	var used *int64
	var u Usage
	if err := db.First(rows, &used, &u.AllowanceMB, &u.AsOf, &u.Balance); err != nil || used == nil {
		return err
	}
	u.UsedMB = *used
	q.page.Usage = &u
	return nil
}
