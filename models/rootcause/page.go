package rootcause

import (
	"context"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
)

const actionColumns = `select a.id, a.number, c.number, a.plan_id, a.version, a.agent_ref, a.batch_id, a.rule, a.from_on, a.to_on, a.refund, a.stop, a.tell, a.reason, a.words, a.state,
	a.proposed_by, a.proposed_name, a.proposed_at, a.second_by, a.second_name, a.answered_at, a.remark, a.halted_name, a.halted_at, a.done_at
	from root_causes a join cases c on c.id = a.case_id `

// readActions reads the actions of which something is true.
func readActions(ctx context.Context, r db.Reader, rest string, args ...any) (all []Action, err error) {
	err = r.Query(ctx, scanActions(&all), actionColumns+rest, args...)
	return all, err
}

func scanActions(all *[]Action) func(db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Action
			k, p := &a.Criteria, &a.Plan
			var secondID, second, halted db.Text
			var proposed, answered, haltedAt, done db.Time
			err := rows.Scan(&a.ID, &a.Number, &a.CaseNumber, &k.PlanID, &k.Version, &k.Agent, &k.Batch, &k.Rule, &k.From, &k.To, &p.Refund, &p.Stop, &p.Tell, &p.Reason, &p.Words, &a.State,
				&a.ProposedID, &a.ProposedBy, &proposed, &secondID, &second, &answered, &a.Remark, &halted, &haltedAt, &done)
			a.secondID, a.SecondBy, a.HaltedBy = string(secondID), string(second), string(halted)
			a.ProposedAt, a.AnsweredAt, a.HaltedAt, a.DoneAt = proposed.Time, answered.Time, haltedAt.Time, done.Time
			*all = append(*all, a)
			return err
		})
	}
}

// actionsShown is how many actions a page lists.
const actionsShown = 50

// List returns a part of the actions, the latest first. It returns
// fault.Forbidden.
func List(ctx context.Context, r db.Reader, by staff.Actor, after complaint.Mark) (all []Action, more complaint.Mark, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, more, err
	}
	which := ``
	args := []any{actionsShown + 1}
	if after.ID != "" {
		which = `where a.proposed_at < $2 or a.proposed_at = $2 and a.id < $3 `
		args = append(args, after.At, after.ID)
	}
	all, err = readActions(ctx, r, which+`order by a.proposed_at desc, a.id desc limit $1`, args...)
	if len(all) > actionsShown {
		all = all[:actionsShown]
		last := &all[actionsShown-1]
		more = complaint.Mark{At: last.ProposedAt, ID: last.ID}
	}
	return all, more, err
}

// OfCase adds to a batch the actions against what was found in a case, the earliest
// first.
func OfCase(b *db.Batch, number string, all *[]Action) {
	b.Add(actionColumns+`where c.number = $1 order by a.proposed_at, a.id`, []any{number}, scanActions(all))
}

// CountProposed adds to a batch how many actions wait for somebody's approval, up
// to complaint.MostCounted.
func CountProposed(b *db.Batch, staffID string, n *int) {
	b.Add(`select count(*) from (select 1 from root_causes where state = 'proposed' and proposed_by <> $1 limit $2) waiting`,
		[]any{staffID, complaint.MostCounted}, func(rows db.Rows) error { return db.First(rows, n) })
}

// Which says which lines of an action are listed; what is empty is any.
type Which struct {
	What  What
	State LineState
}

// LineMark is a place in the list of an action's lines: after one. Its zero value
// is the beginning.
type LineMark struct {
	What       What
	MerchantID int64
	Subject    string
}

// String writes the mark for an address, and the zero mark as the empty text.
func (m LineMark) String() string {
	if m.Subject == "" {
		return ""
	}
	return string(m.What) + "-" + strconv.FormatInt(m.MerchantID, 10) + "-" + m.Subject
}

// ParseLineMark reads what String wrote; false: it is no mark.
func ParseLineMark(text string) (m LineMark, ok bool) {
	if text == "" {
		return m, true
	}
	parts := strings.SplitN(text, "-", 3)
	if len(parts) != 3 || parts[2] == "" || len(parts[2]) > 64 {
		return m, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	return LineMark{What(parts[0]), n, parts[2]}, err == nil
}

// Page is an action with its sums and a part of its lines.
type Page struct {
	Action
	Sums  []Sum
	Lines []Line
	More  LineMark
}

// linesShown is how many lines a page lists.
const linesShown = 50

// Read returns an action with its sums and a part of its lines, in one round trip.
// It returns fault.Forbidden and fault.NotFound.
func Read(ctx context.Context, r db.Reader, by staff.Actor, causeID string, which Which, after LineMark) (*Page, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	p := &Page{}
	var found []Action
	b := db.NewBatch()
	b.Add(actionColumns+`where a.id = $1`, []any{causeID}, scanActions(&found))
	b.Add(sumsOf, []any{causeID}, scanSums(&p.Sums))
	text, args := linesOf(causeID, which, after, linesShown+1)
	b.Add(text, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l, err := scanLine(rows)
			p.Lines = append(p.Lines, l)
			return err
		})
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotFound
	}
	p.Action = found[0]
	if len(p.Lines) > linesShown {
		p.Lines = p.Lines[:linesShown]
		last := &p.Lines[linesShown-1]
		p.More = LineMark{last.What, last.MerchantID, last.Subject}
	}
	return p, nil
}

// EachLine calls read with every line of an action. It returns fault.Forbidden.
func EachLine(ctx context.Context, r db.Reader, by staff.Actor, causeID string, which Which, read func(*Line) error) error {
	if err := by.Must(staff.SeeCases); err != nil {
		return err
	}
	text, args := linesOf(causeID, which, LineMark{}, 1<<40)
	return r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l, err := scanLine(rows)
			if err != nil {
				return err
			}
			return read(&l)
		})
	}, text, args...)
}

func linesOf(causeID string, which Which, after LineMark, most int64) (string, []any) {
	q := &query{}
	q.add(`select l.what, l.subject, l.merchant_id, m.name, m.ref, coalesce(t.sn, ''), coalesce(t.own_alias, t.alias, ''), coalesce(l.plan_id, 0),
			coalesce((select b.item from bill_lines b where l.what = 'refund' and b.merchant_id = l.merchant_id and b.id = l.subject), ''), l.taken_fen, l.amount_fen, l.state, l.why, l.case_number, l.worked_at
		from root_cause_lines l join merchants m on m.id = l.merchant_id left join terminals t on t.id = l.terminal_id and t.merchant_id = l.merchant_id
		where l.cause_id = `, q.arg(causeID))
	if which.What != "" {
		q.add(` and l.what = `, q.arg(string(which.What)))
	}
	if which.State != "" {
		q.add(` and l.state = `, q.arg(string(which.State)))
	}
	if after.Subject != "" {
		what, merchant := q.arg(string(after.What)), q.arg(after.MerchantID)
		q.add(` and (l.what > `, what, ` or l.what = `, what, ` and (l.merchant_id > `, merchant, ` or l.merchant_id = `, merchant, ` and l.subject > `, q.arg(after.Subject), `))`)
	}
	q.add(` order by l.what, l.merchant_id, l.subject limit `, q.arg(most))
	return q.text.String(), q.args
}

func scanLine(rows db.Rows) (l Line, err error) {
	var worked db.Time
	err = rows.Scan(&l.What, &l.Subject, &l.MerchantID, &l.Merchant, &l.MerchantRef, &l.SN, &l.Alias, &l.PlanID, &l.Item, &l.Taken, &l.Amount, &l.State, &l.Why, &l.CaseNumber, &worked)
	l.WorkedAt = worked.Time
	return l, err
}

const sumsOf = `select what, state, why, count(*), cast(sum(amount_fen) as bigint) from root_cause_lines where cause_id = $1 group by what, state, why order by what, state, why`

func readSums(ctx context.Context, r db.Reader, causeID string) (all []Sum, err error) {
	err = r.Query(ctx, scanSums(&all), sumsOf, causeID)
	return all, err
}

func scanSums(all *[]Sum) func(db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Sum
			err := rows.Scan(&s.What, &s.State, &s.Why, &s.Lines, &s.Amount)
			*all = append(*all, s)
			return err
		})
	}
}

// Progress is how many of the lines need no more work, and how many there are.
func (p *Page) Progress() (worked, all int64) {
	for _, s := range p.Sums {
		all += s.Lines
		if s.State != LinePending {
			worked += s.Lines
		}
	}
	return worked, all
}
