package fee

import "github.com/mingbai/mingbai/models/date"

// inForce is which version of a plan a merchant owes on a day, and which ones
// were passed over on the way there.
type inForce struct {
	version   *Version
	effective bool // any version had taken effect
	passed    Codes
	day       date.Date
}

// VersionOn returns the version of the plan that the merchant owes on a day, as
// things are known in the case, or nil where none is in force. The case's
// request is not used.
func VersionOn(c *Case, day date.Date) *Version {
	if c.Enrolment == nil || len(c.Plan.Versions) == 0 {
		return nil
	}
	return c.versionInForce(day).version
}

// versionInForce walks the versions that have taken effect by the day. One that
// was published too late never counts. The first one needs the merchant's
// acceptance; after that a dearer one needs its own, and one that is not dearer
// takes force by itself.
func (c *Case) versionInForce(day date.Date) inForce {
	f := inForce{day: day}
	c.walk(day, func(v *Version, passed Code, over bool) {
		f.effective = true
		if over {
			f.passed.add(passed)
			return
		}
		f.version = v
	})
	return f
}

// walk calls visit for each version that has taken effect by the day, in order,
// with the rule it was passed over for, if it was.
func (c *Case) walk(day date.Date, visit func(v *Version, passed Code, over bool)) {
	versions := c.Plan.inOrder()
	var force *Version
	for i := range versions {
		v := &versions[i]
		if v.EffectiveOn > day {
			break
		}
		switch {
		case v.EffectiveOn.DaysSince(v.PublishedOn) < v.leadDays(&c.Policy):
			visit(v, NoticePeriod, true)
		case force == nil && !c.Enrolment.accepted(v.Number, day):
			visit(v, NotAgreed, true)
		case force != nil && v.Price.Dearer(&force.Price) && !c.Enrolment.accepted(v.Number, day):
			visit(v, VersionNotAccepted, true)
		default:
			force = v
			visit(v, 0, false)
		}
	}
}

func (v *Version) leadDays(p *Policy) int {
	if v.DisclosureDays != nil {
		return *v.DisclosureDays
	}
	return p.DisclosureDays
}

// accepted reports whether the merchant accepted the version by the day. An
// agent's tick is not the merchant's.
func (e *Enrolment) accepted(version int, day date.Date) bool {
	for i := range e.Accepted {
		a := &e.Accepted[i]
		if a.Version == version && reached(a.On, day) && a.Via != ViaAgent {
			return true
		}
	}
	return false
}

// cause returns why no version is in force.
func (f *inForce) cause() Code {
	switch {
	case !f.effective:
		return NotDisclosed
	case f.passed.Has(NotAgreed):
		return NotAgreed
	default:
		return NoticePeriod
	}
}

// madeBy reports whether a version that was passed over for the rule would have
// made exactly the amount requested, and so is what the amount was taken by.
func (f *inForce) madeBy(c *Case, rule Code) (found bool) {
	if !f.passed.Has(rule) {
		return false
	}
	c.walk(f.day, func(v *Version, passed Code, over bool) {
		if !over || passed != rule {
			return
		}
		amount, ok := v.Price.of(&c.Request)
		found = found || ok && amount == c.Request.Amount
	})
	return found
}
