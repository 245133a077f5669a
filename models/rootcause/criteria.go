package rootcause

import (
	"fmt"
	"strings"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// mostMonths is how long a time is looked through at most.
const mostMonths = 60

// Check returns fault.Invalid for the fields "same", where nothing is asked for,
// "from" and "to".
func (c *Criteria) Check() error {
	var wrong fault.Fields
	if _, known := c.rule(); !c.Some() || c.Rule != "" && !known || c.Version != 0 && c.PlanID == 0 {
		wrong.Add("same", "root_cause.same_missing")
	}
	if c.From.IsZero() {
		wrong.Add("from", "root_cause.from_missing")
	}
	switch {
	case c.To.IsZero():
		wrong.Add("to", "root_cause.to_missing")
	case c.From.IsZero():
	case c.To < c.From:
		wrong.Add("to", "root_cause.to_early")
	case c.To > c.From.AddMonths(mostMonths):
		wrong.Add("to", "root_cause.to_late", "n", mostMonths/12)
	}
	return wrong.Err()
}

// rule returns the rule that verdicts are to name; false: there is no such.
func (c *Criteria) rule() (rule fee.Code, known bool) {
	known = rule.UnmarshalText([]byte(c.Rule)) == nil
	return rule, known
}

// query is SQL with its arguments.
type query struct {
	text strings.Builder
	args []any
}

// arg adds an argument and returns its place.
func (q *query) arg(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *query) add(parts ...string) {
	for _, p := range parts {
		q.text.WriteString(p)
	}
}

// hit adds the lines of the bill that the criteria find: what was taken, with why
// nothing is given back of it (empty: something is), how much is due, and the
// enrolment whose fee can be stopped or why it can't be.
func (q *query) hit(c *Criteria, today date.Date) {
	q.add(`select l.merchant_id, l.id, l.terminal_id, coalesce(l.plan_id, 0) as plan_id, l.item, l.at, l.on_date, l.amount_fen, l.refunded_fen, l.state, l.decision, l.reasons,
			t.sn, coalesce(t.own_alias, t.alias) as alias, coalesce(e.id, 0) as enrolment_id, `, complaint.UnfitLine("l"), ` as why, `, complaint.DueOfLine("l"), ` as due,
			case when l.item in ('`, string(fee.Transaction), `', '`, string(fee.Withdrawal), `', '`, string(deduction.ItemOther), `') then '`, string(PerSale), `'
				when e.id is null then '`, string(NotEnrolled), `'
				when e.cancelled_on <= `, q.arg(today), ` then '`, string(StoppedBefore), `' else '' end as unstopped
		from bill_lines l
		join terminals t on t.id = l.terminal_id and t.merchant_id = l.merchant_id
		left join enrolments e on e.terminal_id = l.terminal_id and e.plan_id = l.plan_id
		where l.kind = 'deduction' and l.state in ('posted', 'refunded') and l.at >= `, q.arg(c.From.Start()), ` and l.at < `, q.arg(c.To.AddDays(1).Start()))
	if c.PlanID != 0 {
		q.add(` and l.plan_id = `, q.arg(c.PlanID))
	}
	if c.Version != 0 {
		q.add(` and l.version = `, q.arg(c.Version))
	}
	if c.Agent != "" {
		q.add(` and t.agent_ref = `, q.arg(c.Agent))
	}
	if c.Batch != "" {
		q.add(` and l.id in (select g.deduction_id from gate_requests g where g.batch_id = `, q.arg(c.Batch), `)`)
	}
	if c.Rule != "" {
		q.add(` and ' ' || l.reasons || ' ' like `, q.arg("% "+c.Rule+" %"))
		if rule, _ := c.rule(); rule.Level() != fee.LevelInfo {
			q.add(` and l.decision <> 'allow'`) // which says no more, and has an index
		}
	}
}
