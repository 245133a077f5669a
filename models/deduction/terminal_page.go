package deduction

import (
	"cmp"
	"context"
	"slices"
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
	Wrong    int           // lines of the last WrongDays that were not as agreed, held or stopped
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
const recentLines = 6

// ReadTerminalPage reads a merchant's terminal by its serial number, in one
// round trip. It returns fault.NotFound where the merchant has no such
// terminal.
func ReadTerminalPage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, sn string, today date.Date) (*TerminalPage, error) {
	q := &feesQuery{union: terminalUnion, plans: plans}
	if err := r.Query(ctx, q.read, q.union.sql, merchantID, sn, yearStart(today), today.MonthStart(), today.AddDays(-WrongDays).Start(), today); err != nil {
		return nil, err
	}
	if q.card.ID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	q.assemble()
	if err := q.foresee(policy, today); err != nil {
		return nil, err
	}
	slices.SortFunc(q.recent, func(a, b Line) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return &TerminalPage{Terminal: q.card, Fees: q.fees, Recent: q.recent, ThisYear: q.year, Usage: q.usage, Wrong: q.wrong}, nil
}

func yearStart(d date.Date) date.Date {
	year, _, _ := d.Civil()
	return date.New(year, time.January, 1)
}

// terminalUnion reads the merchant's terminal with a serial number: $1 and $2;
// what was taken since $3, used from $4 to $6, and wrong since $5. The end of the
// days of use spares PostgreSQL the partitions of months to come.
var terminalUnion = newTerminalUnion()

func newTerminalUnion() *feesUnion {
	u := newFeesUnion("select * from terminals where merchant_id = $1 and sn = $2", false)
	u.add((*feesQuery).readRecent, lineColumnsOf("(select * from bill_lines where "+ofThis+" order by at desc, id desc limit "+itoa(recentLines)+") l"))
	u.add((*feesQuery).readYear, unionColumns{
		numbers: []string{"cast(coalesce(sum(amount_fen), 0) as bigint)"},
		from:    "bill_months where " + ofThis + " and month >= $3",
	})
	u.add((*feesQuery).readUsage, unionColumns{
		numbers: []string{"cast(sum(used_mb) as bigint)", "max(allowance_mb)", "min(balance_fen)"},
		days:    []string{"max(used_on)"},
		from:    "sim_usage where merchant_id = $1 and " + ofThis + " and used_on >= $4 and used_on <= $6",
	})
	u.add((*feesQuery).readWrong, unionColumns{
		numbers: []string{"count(*)"},
		from:    "bill_lines l where l.merchant_id = $1 and l." + ofThis + " and l.at >= $5 and " + needsLook,
	})
	return u
}

func (q *feesQuery) readRecent(r *unionRow) error { return q.appendLine(&q.recent, r) }

func (q *feesQuery) readYear(r *unionRow) error {
	q.year = money.Fen(r.numbers[0].Int64)
	return nil
}

func (q *feesQuery) readWrong(r *unionRow) error {
	q.wrong = int(r.numbers[0].Int64)
	return nil
}

func (q *feesQuery) readUsage(r *unionRow) error {
	if r.numbers[0].Valid {
		q.usage = &Usage{UsedMB: r.numbers[0].Int64, AllowanceMB: q.kept.number(r.numbers[1]), Balance: q.kept.fen(r.numbers[2]), AsOf: r.days[0]}
	}
	return nil
}
