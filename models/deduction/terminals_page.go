package deduction

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// TerminalsPage is a part of a merchant's terminals: those out of use last, else
// by shop and name.
type TerminalsPage struct {
	Rows   []TerminalRow
	Before bool // there are terminals before these
	After  bool // there are terminals after these
	All    int  // of the merchant, whatever the filter
	InUse  int
}

// TerminalRow is a terminal in the list.
type TerminalRow struct {
	SN             string
	Alias          string // the merchant's own name for it, else the core system's
	Shop           string
	ActivatedOn    date.Date
	InactiveFrom   date.Date
	InactiveReason string // returned, lost, unbound or broken; empty while in use
	ReportedGoneOn date.Date
	ThisYear       money.Fen // taken and not given back since 1 January
	Next           *NextCharge
	Usage          *Usage // the SIM's data this month; nil: nobody reported any
}

// NextCharge is the next day on which a terminal is charged, and for how much. A
// day that is past has come, and what was due on it is still open.
type NextCharge struct {
	On     date.Date
	Amount money.Fen
	Fees   int   // how many are due on the day
	PlanID int64 // of one of them
}

// TerminalFilter narrows the list of terminals. Its zero value lets all through.
type TerminalFilter struct {
	Search string // part of a name or a shop's, or the end of a serial number
	Status TerminalStatus
}

// TerminalStatus is how terminals of a list stand.
type TerminalStatus string

// The statuses to filter by. They overlap.
const (
	TerminalsInUse TerminalStatus = "in_use"
	TerminalsGone  TerminalStatus = "gone" // returned, lost, unbound or broken
	TerminalsDue   TerminalStatus = "due"  // charged within ComingDays
)

// terminalConditions are the statuses as conditions on terminals as t, on the
// day $2.
var terminalConditions = map[TerminalStatus]string{
	TerminalsInUse: inUse("$2"),
	TerminalsGone:  `t.inactive_from <= $2`,
	TerminalsDue:   `exists (select 1 from forecasts f where f.terminal_id = t.id and f.due_on <= ?)`,
}

// Known reports whether the status is one.
func (s TerminalStatus) Known() bool { return terminalConditions[s] != "" }

// TerminalPlace is where a part of the list lies: next to a terminal, by its
// serial number. Its zero value is the first part.
type TerminalPlace struct{ After, Before string }

// TerminalsPageSize is how many terminals a page of the list holds.
const TerminalsPageSize = 20

// listedTerminal are the terminals of the merchant $1 with what they are found
// and put in order by, as of the day $2.
const listedTerminal = `select t.id, t.sn, coalesce(t.own_alias, t.alias) as alias, s.name as shop, t.activated_on, t.inactive_from,
	t.inactive_reason, t.reported_gone_on, case when t.inactive_from <= $2 then 1 else 0 end as gone
	from terminals t join shops s on s.id = t.shop_id where t.merchant_id = $1`

// ReadTerminalsPage reads the part of a merchant's terminals at a place, in one
// round trip.
func ReadTerminalsPage(ctx context.Context, r db.Reader, merchantID int64, f TerminalFilter, at TerminalPlace, today date.Date) (*TerminalsPage, error) {
	q := &terminalsPageQuery{at: at}
	w := &whereClause{where: ` where true`, args: []any{merchantID, today}}
	f.narrow(w, today)
	order := at.narrow(w)
	year, month := len(w.args)+1, len(w.args)+2
	w.args = append(w.args, yearStart(today), today.MonthStart())
	b := db.NewBatch()
	b.Add(`select t.sn, t.alias, t.shop, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on,
			(select cast(coalesce(sum(amount_fen), 0) as bigint) from bill_months where terminal_id = t.id and month >= $`+itoa(year)+`),
			t.next_on,
			(select cast(sum(amount_fen) as bigint) from forecasts where terminal_id = t.id and due_on = t.next_on),
			(select count(*) from forecasts where terminal_id = t.id and due_on = t.next_on),
			(select min(plan_id) from forecasts where terminal_id = t.id and due_on = t.next_on),
			u.used_mb, u.allowance_mb, u.last_on
		from (
			select t.*, (select min(due_on) from forecasts where terminal_id = t.id) as next_on
			from (`+listedTerminal+`) t`+w.where+order+` limit `+itoa(TerminalsPageSize+1)+`
		) t left join usage_months u on u.merchant_id = $1 and u.terminal_id = t.id and u.month = $`+itoa(month)+order, w.args, q.readRows)
	b.Add(`select count(*), count(case when `+inUse("$2")+` then 1 end) from terminals t where t.merchant_id = $1`, []any{merchantID, today}, q.readCounts)
	return &q.page, r.Read(ctx, b)
}

// narrow adds the filter's conditions.
func (f *TerminalFilter) narrow(w *whereClause, today date.Date) {
	switch condition := terminalConditions[f.Status]; f.Status {
	case TerminalsDue:
		w.and(condition, today.AddDays(ComingDays))
	default:
		if condition != "" {
			w.and(condition)
		}
	}
	search := strings.ToLower(strings.TrimSpace(f.Search))
	if search == "" {
		return
	}
	if !isStorable(search) {
		w.and(`false`)
		return
	}
	part := likeEscaper.Replace(search)
	w.and(`(lower(t.alias) like ? escape '!' or lower(t.shop) like ? escape '!' or lower(t.sn) like ? escape '!')`, "%"+part+"%", "%"+part+"%", "%"+part)
}

// likeEscaper makes a text stand for itself in a LIKE whose escape is "!".
var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// isStorable reports whether a text can be in the database at all. PostgreSQL
// refuses to look for one that can't.
func isStorable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// narrow adds where the part begins or ends, and returns the order to read it in.
func (p TerminalPlace) narrow(w *whereClause) (order string) {
	const at = `(t.gone, t.shop, t.alias, t.id) %s (select k.gone, k.shop, k.alias, k.id from (` + listedTerminal + `) k where k.sn = ?)`
	switch {
	case !isStorable(p.After + p.Before):
		w.and(`false`)
	case p.After != "":
		w.and(strings.Replace(at, "%s", ">", 1), p.After)
	case p.Before != "":
		w.and(strings.Replace(at, "%s", "<", 1), p.Before)
		return ` order by t.gone desc, t.shop desc, t.alias desc, t.id desc`
	}
	return ` order by t.gone, t.shop, t.alias, t.id`
}

// terminalsPageQuery collects the answers of the list's statements.
type terminalsPageQuery struct {
	at   TerminalPlace
	page TerminalsPage
}

func (q *terminalsPageQuery) readRows(rows db.Rows) error {
	q.page.Rows = make([]TerminalRow, 0, TerminalsPageSize+1)
	err := db.Each(rows, func() error {
		t, err := scanTerminalRow(rows)
		q.page.Rows = append(q.page.Rows, t)
		return err
	})
	more := len(q.page.Rows) > TerminalsPageSize
	if more {
		q.page.Rows = q.page.Rows[:TerminalsPageSize]
	}
	switch {
	case q.at.After != "":
		q.page.Before, q.page.After = true, more
	case q.at.Before != "":
		slices.Reverse(q.page.Rows)
		q.page.Before, q.page.After = more, true
	default:
		q.page.After = more
	}
	return err
}

func scanTerminalRow(rows db.Rows) (t TerminalRow, err error) {
	var reason db.Text
	var amount, planID, used, allowance *int64
	var fees int
	var next, usedOn date.Date
	err = rows.Scan(&t.SN, &t.Alias, &t.Shop, &t.ActivatedOn, &t.InactiveFrom, &reason, &t.ReportedGoneOn, &t.ThisYear,
		&next, &amount, &fees, &planID, &used, &allowance, &usedOn)
	t.InactiveReason = string(reason)
	if fees > 0 {
		t.Next = &NextCharge{On: next, Amount: money.Fen(orZero(amount)), Fees: fees, PlanID: orZero(planID)}
	}
	if used != nil {
		t.Usage = &Usage{UsedMB: *used, AllowanceMB: allowance, AsOf: usedOn}
	}
	return t, err
}

func (q *terminalsPageQuery) readCounts(rows db.Rows) error {
	return db.First(rows, &q.page.All, &q.page.InUse)
}
