package deduction

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
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
	TopUp    TopUp         // the latest that was paid into its SIM
	Wrong    int           // lines of the last WrongDays that were not as agreed, held or stopped
	Deposits []Deposit     // that come back once enough was sold in time
	Report   Report        // that it is gone, which waits for an answer or was lately found not to be so
}

// Report is what became of a merchant's report that a terminal is gone. Its zero
// value is none that the merchant has still to be told of.
type Report struct {
	Number string    // of its proof
	On     date.Date // since when the terminal is said to be gone
	Reason string    // why that was not confirmed; empty: it waits for an answer
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

// TopUp is what was paid into a SIM. Its zero value is nothing.
type TopUp struct {
	Amount money.Fen
	At     time.Time // UTC
}

// recentLines is how many lines a terminal's page lists before it leads to the
// full list.
const recentLines = 6

// ReadTerminalPage reads a merchant's terminal by its serial number: in one
// round trip where its sheet holds, else in two. It returns fault.NotFound where
// the merchant has no such terminal.
func ReadTerminalPage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, sn string, today date.Date) (*TerminalPage, error) {
	return AskTerminalPage(sn, plans, today).Page(ctx, r, policy, merchantID)
}

// TerminalQuestion is a terminal's page before it is known who asks for it.
type TerminalQuestion struct{ terminalQuery }

// AskTerminalPage returns the question for the terminal with a serial number.
func AskTerminalPage(sn string, plans *disclosure.Plans, today date.Date) *TerminalQuestion {
	q := &TerminalQuestion{terminalQuery{sn: sn, today: today}}
	q.plans = plans
	return q
}

// Along returns the statement that reads the terminal for whoever the session
// with the token's hash, $1, is for. It goes with the statement that finds the
// session, and what it reads counts for Page alone.
func (q *TerminalQuestion) Along() db.Statement {
	return db.Statement{SQL: sheetOfSession, Args: []any{q.sn, q.today.MonthStart(), q.answeredSince()}, Read: q.readSheet}
}

// Page returns the merchant's terminal, or fault.NotFound where the merchant has
// no such terminal. It asks only what was not read along, or was another
// merchant's.
func (q *TerminalQuestion) Page(ctx context.Context, r db.Reader, policy fee.Policy, merchantID int64) (*TerminalPage, error) {
	if q.merchantID == 0 || q.merchantID != merchantID {
		q.terminalQuery = terminalQuery{sn: q.sn, today: q.today, feesQuery: feesQuery{plans: q.plans}}
		if err := r.Query(ctx, q.readSheet, sheetOfMerchant, merchantID, q.sn, q.today.MonthStart(), q.answeredSince()); err != nil {
			return nil, err
		}
	}
	return q.finish(ctx, r, policy)
}

// terminalQuery reads one terminal's page.
type terminalQuery struct {
	feesQuery
	sn      string
	today   date.Date
	inSheet bool // the terminal was read, and its sheet holds
	report  Report
	topUp   TopUp
	sold    map[disclosure.Deposit]*soldInTime
}

// answeredSince is from when on a refused report is told of.
func (q *terminalQuery) answeredSince() time.Time { return q.today.AddDays(-WrongDays).Start() }

// The statements read the terminal with a serial number, $2, with its sheet, and
// what changes without its being judged: open disputes, what was used in the
// month $3, the latest report that the terminal is gone, unless that was
// confirmed, or refused before $4, and what was last paid into its SIM.
var (
	sheetOfMerchant = sheetOf("$1")
	sheetOfSession  = sheetOf("(select merchant_id from sessions where token_hash = $1)")
)

func sheetOf(merchant string) string {
	return `
	select t.merchant_id, t.id, t.sn, coalesce(t.own_alias, t.alias), t.model, t.type, t.iccid, t.carrier, t.inactive_reason, t.replaces_sn,
		t.activated_on, t.inactive_from, t.reported_gone_on, s.sheet,
		(select string_agg(d.item || ' ' || coalesce(cast(d.cycle as text), ''), ',') from disputes d where d.terminal_id = t.id and d.closed_at is null),
		u.used_mb, u.days, u.allowance_mb, u.balance_fen, u.balance_on, u.last_on,
		(select case when a.confirmed or a.at < $4 then null else r.number || ' ' || cast(r.on_date as text) || ' ' || coalesce(a.reason, '') end
			from stop_requests r left join stop_answers a on a.request_id = r.id
			where r.terminal_id = t.id and r.kind <> 'fee' order by r.at desc, r.id desc limit 1),
		p.amount_fen, p.paid_at
	from terminals t
	left join terminal_sheets s on s.merchant_id = t.merchant_id and s.terminal_id = t.id
	left join usage_months u on u.merchant_id = t.merchant_id and u.terminal_id = t.id and u.month = $3
	left join top_ups p on p.id = (select x.id from top_ups x where x.merchant_id = t.merchant_id and x.terminal_id = t.id order by x.paid_at desc, x.id desc limit 1)
	where t.merchant_id = ` + merchant + ` and t.sn = $2`
}

func (q *terminalQuery) readSheet(rows db.Rows) error {
	var texts [8]sql.RawBytes
	var sheet, disputes, report sql.RawBytes
	var used, days, allowance, balance, paid sql.NullInt64
	var balanceOn, last date.Date
	var paidAt db.Time
	c := &q.card
	return db.Each(rows, func() error {
		err := rows.Scan(&q.merchantID, &c.ID, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4], &texts[5], &texts[6], &texts[7],
			&c.ActivatedOn, &c.InactiveFrom, &c.ReportedGoneOn, &sheet, &disputes, &used, &days, &allowance, &balance, &balanceOn, &last, &report,
			&paid, &paidAt)
		if err != nil {
			return err
		}
		if err := q.takeReport(string(report)); err != nil {
			return err
		}
		c.SN, c.Alias, c.ICCID, c.ReplacesSN = q.kept.text(texts[0]), q.kept.text(texts[1]), q.kept.text(texts[4]), q.kept.text(texts[7])
		c.Model, c.Type, c.Carrier, c.InactiveReason = word[string](texts[2]), word[string](texts[3]), word[string](texts[5]), word[string](texts[6])
		if used.Valid {
			q.usage = &Usage{UsedMB: used.Int64, Days: int(days.Int64), AllowanceMB: q.kept.number(allowance), Balance: q.kept.fen(balance), BalanceOn: balanceOn, AsOf: last}
		}
		q.topUp = TopUp{money.Fen(paid.Int64), paidAt.Time}
		q.inSheet = last <= q.today && q.takeSheet(sheet, disputes)
		return nil
	})
}

// takeSheet reads the sheet and reports whether it holds, and is all that the
// page needs.
func (q *terminalQuery) takeSheet(sheet, disputes []byte) bool {
	var reader sheetReader
	var days sheetDays
	if len(sheet) == 0 || !reader.read(sheet, &q.feesQuery, &days) {
		return false
	}
	q.card.Shop, q.card.ClosedOn = days.shop, days.closedOn
	var ok bool
	if q.year, q.wrong, ok = days.sums(q.today); !ok {
		return false
	}
	q.takeCard()
	q.takeReplaced()
	return q.takeDisputes(string(disputes))
}

// takeReport reads the number of a report, its day and the reason of a refusal.
func (q *terminalQuery) takeReport(text string) (err error) {
	if text == "" {
		return nil
	}
	number, rest, _ := strings.Cut(text, " ")
	on, reason, _ := strings.Cut(rest, " ")
	q.report.Number, q.report.Reason = number, reason
	q.report.On, err = date.Parse(on)
	return err
}

// takeDisputes reads items, each with the number of its cycle or none.
func (q *terminalQuery) takeDisputes(list string) bool {
	for list != "" {
		var one string
		one, list, _ = strings.Cut(list, ",")
		item, cycle, _ := strings.Cut(one, " ")
		d := Dispute{Item: fee.Item(item), Fee: fee.Dispute{Open: true, WholeItem: cycle == ""}}
		if cycle != "" {
			n, err := strconv.Atoi(cycle)
			if err != nil {
				return false
			}
			d.Fee.Cycle = n
		}
		q.facts.Disputes = append(q.facts.Disputes, d)
	}
	return true
}

// finish makes the page, after reading the tables themselves where the sheet
// does not hold.
func (q *terminalQuery) finish(ctx context.Context, r db.Reader, policy fee.Policy) (*TerminalPage, error) {
	if q.merchantID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if !q.inSheet {
		if err := q.readTables(ctx, r); err != nil {
			return nil, err
		}
	}
	if err := q.foresee(policy, q.today); err != nil {
		return nil, err
	}
	deposits, err := q.readDeposits(ctx, r)
	if err != nil {
		return nil, err
	}
	return &TerminalPage{
		Terminal: q.card, Fees: q.fees, Recent: q.recent, ThisYear: q.year, Usage: q.usage, Wrong: q.wrong, Deposits: deposits, Report: q.report,
		TopUp: q.topUp,
	}, nil
}

// readTables reads the page from the tables that the sheet comes from. Which fees
// the terminal has is not known yet, so that it asks for the sales on which
// any deposit depends.
func (q *terminalQuery) readTables(ctx context.Context, r db.Reader) error {
	today, b := q.today, db.NewBatch()
	if !q.card.ActivatedOn.IsZero() {
		for _, condition := range q.plans.DepositsBySales() {
			q.askSold(b, condition)
		}
	}
	q.feesQuery = feesQuery{union: terminalUnion, plans: q.plans, merchantID: q.merchantID}
	b.Add(q.union.sql, []any{q.merchantID, q.sn, yearStart(today), today.MonthStart(), today.AddDays(-WrongDays).Start(), today}, q.read)
	if err := r.Read(ctx, b); err != nil {
		return err
	}
	if q.card.ID == 0 {
		return fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	q.assemble()
	sortRecent(q.recent)
	return nil
}

func sortRecent(lines []Line) {
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
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
	u.add((*feesQuery).readRecent, recentLinesOfThis)
	u.add((*feesQuery).readYear, unionColumns{
		numbers: []string{"cast(coalesce(sum(amount_fen), 0) as bigint)"},
		from:    "bill_months where " + ofThis + " and month >= $3",
	})
	u.add((*feesQuery).readUsage, unionColumns{
		numbers: []string{"cast(sum(used_mb) as bigint)", "count(*)", latestUsage("allowance_mb"), latestUsage("balance_fen")},
		days:    []string{"max(used_on)", "max(case when balance_fen is not null then used_on end)"},
		from:    "sim_usage where " + usedThisMonth,
	})
	u.add((*feesQuery).readWrong, unionColumns{
		numbers: []string{"count(*)"},
		from:    "bill_lines l where l.merchant_id = $1 and l." + ofThis + " and l.at >= $5 and " + needsLook,
	})
	return u
}

// usedThisMonth limits days of use to the terminal's of this month.
const usedThisMonth = "merchant_id = $1 and " + ofThis + " and used_on >= $4 and used_on <= $6"

// latestUsage is the latest of a column that was reported this month.
func latestUsage(column string) string {
	return "(select " + column + " from sim_usage where " + usedThisMonth + " and " + column + " is not null order by used_on desc limit 1)"
}

var recentLinesOfThis = lineColumnsOf("(select * from bill_lines where " + ofThis + " order by at desc, id desc limit " + itoa(recentLines) + ") l")

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
		q.usage = &Usage{UsedMB: r.numbers[0].Int64, Days: int(r.numbers[1].Int64), AllowanceMB: q.kept.number(r.numbers[2]), Balance: q.kept.fen(r.numbers[3]), AsOf: r.days[0], BalanceOn: r.days[1]}
	}
	return nil
}
