package disclosure

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/setting"
)

// Existing is a disclosure that was published before this product knew of it,
// with the plans it prices, as the acquirer hands it over.
type Existing struct {
	Line     int // of the file, as every Line here
	Slug     string
	Title    Text
	Versions []ExistingVersion
	Plans    []ExistingPlan
}

// ExistingVersion is one published state of a disclosure.
type ExistingVersion struct {
	Line           int
	Number         int
	PublishedOn    date.Date
	EffectiveOn    date.Date
	DisclosureDays *int // the policy at publication; nil: today's
}

// ExistingPlan is a plan and what a merchant reads about it.
type ExistingPlan struct {
	fee.Plan
	Terms
	Line     int
	Lines    []int // of each of Versions
	StatedBy []int // for each of Versions, the number of the disclosure's version that states it
}

// TakeOver adds disclosures, versions and plans that are not there yet, marked
// as taken over. What is published stays as it is: where the file says something
// else of it, or adds to a published version, that is a problem. Taken counts
// versions, of disclosures and of plans. The file is taken for sound in itself.
func TakeOver(ctx context.Context, tx *db.Tx, existing []Existing, now time.Time) (intake.Taken, intake.Problems, error) {
	t := takeover{tx: tx, now: now}
	err := t.run(ctx, existing)
	if err != nil {
		err = fmt.Errorf("disclosure: taking over: %w", err)
	}
	return t.taken, t.problems, err
}

// takeover is what TakeOver knows while it works.
type takeover struct {
	tx       *db.Tx
	now      time.Time
	days     int // today's policy
	stored   map[string]*stored
	plans    *Plans
	taken    intake.Taken
	problems intake.Problems
}

// stored is a disclosure that is there.
type stored struct {
	id       int64
	title    Text
	versions map[int]ExistingVersion
}

func (t *takeover) run(ctx context.Context, existing []Existing) error {
	policy, err := setting.GetPolicy(ctx, t.tx, t.now)
	if err != nil {
		return err
	}
	t.days = policy.DisclosureDays
	if t.stored, err = readStored(ctx, t.tx); err != nil {
		return err
	}
	if t.plans, err = Load(ctx, t.tx); err != nil {
		return err
	}
	for i := range existing {
		t.compare(&existing[i], fmt.Sprintf("disclosures[%d]", i+1))
	}
	if t.problems.Found() {
		return nil
	}
	for i := range existing {
		if err := t.write(ctx, &existing[i]); err != nil {
			return err
		}
	}
	return nil
}

// compare notes where the file differs from what is published.
func (t *takeover) compare(d *Existing, at string) {
	known := t.stored[d.Slug]
	if known != nil && known.title != d.Title {
		t.differs(d.Line, at+".title", d.Title.ZhCN)
	}
	for i, v := range d.Versions {
		published, ok := known.version(v.Number)
		if ok && !sameVersion(published, v) {
			t.differs(v.Line, fmt.Sprintf("%s.versions[%d]", at, i+1), strconv.Itoa(v.Number))
		}
	}
	for i := range d.Plans {
		t.comparePlan(d, known, &d.Plans[i], fmt.Sprintf("%s.plans[%d]", at, i+1))
	}
}

func (t *takeover) comparePlan(d *Existing, known *stored, p *ExistingPlan, at string) {
	published := t.plans.ByCode(p.Code)
	if published != nil {
		switch {
		case published.Slug != d.Slug:
			t.problems.Add(intake.Problem{
				Line: p.Line, Column: at + ".code", Value: p.Code, Key: "import.stored.other_disclosure", Args: []any{"slug", published.Slug},
			})
			return
		case published.Fee.Item != p.Item, published.Fee.Method != p.Method, published.Fee.Cap12m != p.Cap12m:
			t.differs(p.Line, at, p.Code)
			return
		}
	}
	merged := fee.Plan{Item: p.Item, Method: p.Method, Cap12m: p.Cap12m}
	if published != nil {
		merged.Versions = append(merged.Versions, published.Fee.Versions...)
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		place := fmt.Sprintf("%s.versions[%d]", at, i+1)
		if published != nil && published.Fee.Version(v.Number) != nil {
			if !published.says(v, p.StatedBy[i], &p.Terms) {
				t.differs(p.Lines[i], place, strconv.Itoa(v.Number))
			}
			continue
		}
		merged.Versions = append(merged.Versions, *v)
		if _, ok := known.version(p.StatedBy[i]); ok {
			t.problems.Add(intake.Problem{
				Line: p.Lines[i], Column: place + ".disclosure_version", Value: strconv.Itoa(p.StatedBy[i]), Key: "import.stored.published",
			})
		}
	}
	if published != nil && merged.Validate() != nil {
		t.problems.Add(intake.Problem{Line: p.Line, Column: at + ".versions", Key: "import.plans.shape"})
	}
}

func (t *takeover) differs(line int, at, value string) {
	t.problems.Add(intake.Problem{Line: line, Column: at, Value: value, Key: "import.stored.published"})
}

func (s *stored) version(number int) (ExistingVersion, bool) {
	if s == nil {
		return ExistingVersion{}, false
	}
	v, ok := s.versions[number]
	return v, ok
}

// sameVersion compares a published version with what a file says of it; a file
// that does not state the policy agrees with any.
func sameVersion(published, v ExistingVersion) bool {
	days := v.DisclosureDays == nil || *v.DisclosureDays == *published.DisclosureDays
	return days && published.PublishedOn == v.PublishedOn && published.EffectiveOn == v.EffectiveOn
}

// says reports whether the plan's version of that number says the same.
func (p *Plan) says(v *fee.Version, statedBy int, terms *Terms) bool {
	published := p.versions[v.Number]
	return p.Fee.Version(v.Number).Price == v.Price && published.DisclosureVersion == statedBy && published.Terms == *terms
}
