package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/mingbai/mingbai/models/deduction"
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
	var lines []deduction.Line
	for _, t := range c.inOrder {
		if err := c.replace(t); err != nil {
			return nil, err
		}
		judged, err := t.Judge(c.plan, fee.DefaultPolicy)
		if err != nil {
			return nil, fmt.Errorf("ingest: %w", err)
		}
		lines = append(lines, judged...)
	}
	slices.SortFunc(lines, func(a, b deduction.Line) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq))
	})
	var all []Judged
	for i := range lines {
		switch lines[i].State {
		case fee.Posted, fee.Authorized, fee.Refunded:
			all = append(all, Judged{Ref: f.Deductions[lines[i].Seq-1].Ref, Answer: lines[i].Verdict.Answer()})
		}
	}
	return all, nil
}

// checking is a folder as the terminals whose bills it makes. Plans get numbers
// by their place in the folder.
type checking struct {
	terminals map[string]*deduction.Terminal
	inOrder   []*deduction.Terminal
	replaces  map[*deduction.Terminal]string
	plans     []*fee.Plan
	planIDs   map[string]int64
}

func newChecking(f *Folder) *checking {
	c := &checking{terminals: map[string]*deduction.Terminal{}, replaces: map[*deduction.Terminal]string{}, planIDs: map[string]int64{}}
	for i := range f.Disclosures {
		for j := range f.Disclosures[i].Plans {
			p := &f.Disclosures[i].Plans[j]
			c.plans = append(c.plans, &p.Plan)
			c.planIDs[p.Code] = int64(len(c.plans))
		}
	}
	merchants := map[string]*Merchant{}
	for i := range f.Merchants {
		merchants[f.Merchants[i].Ref] = &f.Merchants[i]
	}
	for i := range f.Terminals {
		c.addTerminal(&f.Terminals[i], merchants[f.Terminals[i].MerchantRef])
	}
	for _, e := range f.Enrolled {
		t := c.terminals[e.SN]
		t.Enrolments = append(t.Enrolments, deduction.Enrolment{
			PlanID: c.planIDs[e.Plan], Fee: fee.Enrolment{AnchorOn: e.AnchorOn, Accepted: e.Accepted, CancelledOn: e.CancelledOn},
		})
	}
	for i, d := range f.Deductions {
		t := c.terminals[d.SN]
		t.Deductions = append(t.Deductions, deduction.Deduction{
			ID: strconv.Itoa(i), Ref: d.Ref, Item: d.Item, PlanID: c.planIDs[d.Plan], Amount: d.Amount, At: d.At, PeriodFrom: d.PeriodFrom,
			State: d.State, Origin: d.Origin, Sale: d.Sale, OrderRef: d.OrderRef, Seq: int64(i) + 1,
		})
	}
	return c
}

func (c *checking) addTerminal(row *Terminal, m *Merchant) {
	t := &deduction.Terminal{SN: row.SN, ActivatedOn: row.ActivatedOn, MerchantClosedOn: m.ClosedOn}
	if row.InactiveReason.Gone() {
		t.InactiveFrom = row.InactiveFrom
	}
	if row.ReplacesSN != "" {
		c.replaces[t] = row.ReplacesSN
	}
	c.terminals[t.SN] = t
	c.inOrder = append(c.inOrder, t)
}

func (c *checking) plan(id int64) *fee.Plan {
	if id < 1 || id > int64(len(c.plans)) {
		return nil
	}
	return c.plans[id-1]
}

// replace tells a terminal what the one it took the place of had paid.
func (c *checking) replace(t *deduction.Terminal) (err error) {
	if old := c.terminals[c.replaces[t]]; old != nil {
		t.Replaced, err = old.AsReplaced(c.plan, fee.DefaultPolicy)
	}
	return err
}
