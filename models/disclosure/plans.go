package disclosure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Plans is every published plan, as of one moment. It is immutable and may be
// shared.
type Plans struct {
	byID        map[int64]*Plan
	byCode      map[string]*Plan
	disclosures []*Disclosure // as Disclosures
	openings    []*Opening    // that nobody has closed, the oldest first
}

// ByID returns the plan, or nil.
func (p *Plans) ByID(id int64) *Plan { return p.byID[id] }

// Fee returns the plan as the rules know it, or nil.
func (p *Plans) Fee(id int64) *fee.Plan {
	if plan := p.byID[id]; plan != nil {
		return &plan.Fee
	}
	return nil
}

// OfItem returns the ids of the plans of an item.
func (p *Plans) OfItem(item fee.Item) (ids []int64) {
	for id, plan := range p.byID {
		if plan.Fee.Item == item {
			ids = append(ids, id)
		}
	}
	return ids
}

// ByCode returns the plan, or nil.
func (p *Plans) ByCode(code string) *Plan { return p.byCode[code] }

// DepositsBySales returns on what sales a terminal's deposit may come back, by any
// published plan version.
func (p *Plans) DepositsBySales() (all []Deposit) {
	for _, plan := range p.byID {
		for _, v := range plan.versions {
			if d := v.Terms.Deposit; d.ComesBackBySales() && !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}

// Len returns how many plans there are.
func (p *Plans) Len() int { return len(p.byID) }

// Disclosures returns all of them, in the order in which they were first
// published.
func (p *Plans) Disclosures() []*Disclosure { return p.disclosures }

// Disclosure returns the one with the slug, or nil.
func (p *Plans) Disclosure(slug string) *Disclosure {
	for _, d := range p.disclosures {
		if d.Slug == slug {
			return d
		}
	}
	return nil
}

// OfDisclosure returns the plans that a disclosure prices, as a bill orders
// them, then by code.
func (p *Plans) OfDisclosure(slug string) (plans []*Plan) {
	for _, plan := range p.byID {
		if plan.Slug == slug {
			plans = append(plans, plan)
		}
	}
	slices.SortFunc(plans, func(a, b *Plan) int {
		return cmp.Or(cmp.Compare(slices.Index(fee.Items, a.Fee.Item), slices.Index(fee.Items, b.Fee.Item)), cmp.Compare(a.Fee.Code, b.Fee.Code))
	})
	return plans
}

// Catalogue keeps the published plans in memory: they are few, every page needs
// them, and a published version never changes. What is new is read by Refresh.
type Catalogue struct {
	db      db.Reader
	current atomic.Pointer[Plans]
}

// NewCatalogue returns a catalogue that is empty until its first Refresh.
func NewCatalogue(d db.Reader) *Catalogue {
	c := &Catalogue{db: d}
	c.current.Store(&Plans{})
	return c
}

// Plans returns the plans as last read.
func (c *Catalogue) Plans() *Plans { return c.current.Load() }

// Refresh reads the plans anew. On an error the ones read before stay, and where
// nothing was published, withdrawn, opened or closed since, they are the same
// still: what is drawn of them may be kept.
func (c *Catalogue) Refresh(ctx context.Context) error {
	plans, err := Load(ctx, c.db)
	if err != nil {
		return err
	}
	if plans.state() != c.current.Load().state() {
		c.current.Store(plans)
	}
	return nil
}

// state tells any two different states of what is published apart.
func (p *Plans) state() string {
	var b strings.Builder
	for _, d := range p.disclosures {
		for i := range d.Versions {
			v := &d.Versions[i]
			fmt.Fprintf(&b, "%d %s %t ", v.ID, v.Hash, v.Withdrawn != nil)
		}
	}
	fmt.Fprintf(&b, "%d ", len(p.byID))
	versions := 0
	for _, plan := range p.byID {
		versions += len(plan.Fee.Versions)
	}
	fmt.Fprintf(&b, "%d ", versions)
	for _, o := range p.openings {
		fmt.Fprintf(&b, "o%d ", o.ID)
	}
	return b.String()
}
