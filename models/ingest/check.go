package ingest

import (
	"fmt"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// Judged is the verdict on one deduction of a folder, in its interchange form.
type Judged struct {
	Ref string `json:"deduction_ref"`
	fee.Answer
}

// Check judges the posted, authorised and refunded deductions of a folder as a
// history from before anything was announced: in the order of their instants,
// then of the file, each against those before it, under the policy that the
// product ships with. Reversed and waived ones are not judged, but count as
// history. It returns them in the order judged, or an error wrapping
// fee.ErrInvalidCase.
func Check(f *Folder) ([]Judged, error) {
	c := newChecking(f)
	for _, g := range c.groups {
		judged, err := fee.Replay(&g.facts, g.deductions)
		if err != nil {
			return nil, fmt.Errorf("ingest: terminal %s, plan %s: %w", g.terminal.SN, g.facts.Plan.Code, err)
		}
		g.judged = judged
	}
	for _, g := range c.groups {
		if err := c.applyReplacement(g); err != nil {
			return nil, err
		}
	}
	return c.answers(), nil
}

// checking holds the deductions of a folder by terminal and plan.
type checking struct {
	folder    *Folder
	order     []int // indices of folder.Deductions in the order judged
	groups    []*group
	places    []place // of each in order
	terminals map[string]*Terminal
}

// group is the history of one terminal and plan. Without an enrolment nothing
// depends on what came before, so that all such deductions for an item are one
// group.
type group struct {
	terminal   *Terminal
	item       fee.Item
	facts      fee.Case
	deductions []fee.Deduction
	positions  []int // of each in checking.order
	judged     []fee.Judged
}

// place is where a deduction stands: the group, and the position in it.
type place struct {
	group *group
	at    int
}

func newChecking(f *Folder) *checking {
	c := &checking{folder: f, order: make([]int, len(f.Deductions)), terminals: map[string]*Terminal{}}
	for i := range c.order {
		c.order[i] = i
	}
	slices.SortStableFunc(c.order, func(a, b int) int { return f.Deductions[a].At.Compare(f.Deductions[b].At) })

	plans := map[string]*Plan{}
	for i := range f.Disclosures {
		for j := range f.Disclosures[i].Plans {
			p := &f.Disclosures[i].Plans[j]
			plans[p.Code] = p
		}
	}
	merchants := map[string]*Merchant{}
	for i := range f.Merchants {
		merchants[f.Merchants[i].Ref] = &f.Merchants[i]
	}
	for i := range f.Terminals {
		c.terminals[f.Terminals[i].SN] = &f.Terminals[i]
	}
	enrolled := map[terminalPlan]*Enrolled{}
	for i := range f.Enrolled {
		e := &f.Enrolled[i]
		enrolled[terminalPlan{e.SN, e.Plan}] = e
	}

	type groupKey struct {
		terminalPlan
		item fee.Item
	}
	groups := map[groupKey]*group{}
	for position, i := range c.order {
		d := &f.Deductions[i]
		key := groupKey{terminalPlan{d.SN, d.Plan}, d.Item}
		g := groups[key]
		if g == nil {
			t := c.terminals[d.SN]
			g = &group{terminal: t, item: d.Item, facts: factsOf(t, merchants[t.MerchantRef], plans[d.Plan], enrolled[key.terminalPlan])}
			groups[key] = g
			c.groups = append(c.groups, g)
		}
		c.places = append(c.places, place{g, len(g.deductions)})
		g.positions = append(g.positions, position)
		g.deductions = append(g.deductions, fee.Deduction{
			Ref: d.Ref, Amount: d.Amount, At: d.At, PeriodFrom: d.PeriodFrom, State: d.State,
			Origin: d.Origin, Sale: d.Sale, OrderRef: d.OrderRef,
		})
	}
	return c
}

// factsOf returns what the rules ask of a terminal and one plan. plan and
// enrolment are nil where there are none.
func factsOf(t *Terminal, m *Merchant, plan *Plan, e *Enrolled) fee.Case {
	facts := fee.Case{
		Policy:   fee.DefaultPolicy,
		Terminal: fee.Terminal{ActivatedOn: t.ActivatedOn},
		Merchant: fee.Merchant{ClosedOn: m.ClosedOn},
	}
	if t.InactiveReason.Gone() {
		facts.Terminal.InactiveFrom = t.InactiveFrom
	}
	if plan != nil {
		facts.Plan = plan.Plan
	}
	if e != nil {
		facts.Enrolment = &fee.Enrolment{AnchorOn: e.AnchorOn, Accepted: e.Accepted, CancelledOn: e.CancelledOn}
	}
	return facts
}

// applyReplacement judges the group once more where its terminal took the place
// of one that had paid. Through which day that one has paid depends on when it
// is asked, since its own deductions go on; each deduction is judged with what
// was so before it.
func (c *checking) applyReplacement(g *group) error {
	if g.terminal.ReplacesSN == "" || g.facts.Enrolment == nil || !g.facts.Plan.HasCycles() {
		return nil
	}
	payments := c.payments(g.terminal.ReplacesSN, g.item)
	paidThrough := date.Date(0)
	var judged []fee.Judged
	for at, position := range g.positions {
		before := paidThrough
		for len(payments) > 0 && payments[0].position < position {
			paidThrough = max(paidThrough, payments[0].through)
			payments = payments[1:]
		}
		if paidThrough == 0 {
			continue
		}
		if paidThrough != before {
			facts := g.facts
			facts.Terminal.Replaces = &fee.Replaced{SN: g.terminal.ReplacesSN, PaidThrough: paidThrough}
			var err error
			if judged, err = fee.Replay(&facts, g.deductions); err != nil {
				return fmt.Errorf("ingest: terminal %s, plan %s: %w", g.terminal.SN, g.facts.Plan.Code, err)
			}
		}
		g.judged[at] = judged[at]
	}
	return nil
}

// payment is a settled cycle of a terminal.
type payment struct {
	position int // in checking.order
	through  date.Date
}

// payments returns the settled cycles of a terminal for an item, under whatever
// plan, in the order judged.
func (c *checking) payments(sn string, item fee.Item) []payment {
	var found []payment
	for _, g := range c.groups {
		if g.terminal.SN != sn || g.item != item {
			continue
		}
		for at, j := range g.judged {
			if j.Settles == 0 || !j.Deduction.State.Settles() {
				continue
			}
			through := j.Verdict.Cycle.To
			if through.IsZero() {
				through = date.Last // paid once, for ever
			}
			found = append(found, payment{g.positions[at], through})
		}
	}
	slices.SortFunc(found, func(a, b payment) int { return a.position - b.position })
	return found
}

// answers returns the verdicts in the order judged.
func (c *checking) answers() []Judged {
	var all []Judged
	for position, i := range c.order {
		switch c.folder.Deductions[i].State {
		case fee.Posted, fee.Authorized, fee.Refunded:
		default:
			continue
		}
		p := c.places[position]
		all = append(all, Judged{Ref: c.folder.Deductions[i].Ref, Answer: p.group.judged[p.at].Verdict.Answer()})
	}
	return all
}
