package notice

import (
	"cmp"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// chargeKey names a charge to come.
type chargeKey struct {
	merchantID, terminalID, planID int64
	cycle                          int
}

// charge is a charge to come, as it is foreseen now.
type charge struct {
	from    date.Date // its cycle's first day
	on      date.Date // that, or the later day for which it is scheduled
	amount  money.Fen
	version int
	waits   bool // for an answer of ours, and is not announced until it is given
	// isScheduled is set where the day is certain, so that a notice which names
	// another one is wrong.
	isScheduled bool
}

// planned is a notice of a charge that is there.
type planned struct {
	kind       Kind
	leadDays   int
	round      int
	periodFrom date.Date
	dueOn      date.Date
	amount     money.Fen
	version    int
	plannedOn  date.Date
	plannedAt  time.Time
	notBefore  time.Time
	againOn    date.Date
	isTold     bool // a letter has it; until then it can be taken back
}

// compare orders notices of one charge by when they were planned.
func (n *planned) compare(o *planned) int {
	return cmp.Or(n.plannedAt.Compare(o.plannedAt), cmp.Compare(n.round, o.round), cmp.Compare(o.leadDays, n.leadDays))
}

// replanning is what there is to know of one charge.
type replanning struct {
	key     chargeKey
	charge  *charge // nil: it is not foreseen
	settled bool    // taken, waived or given back
	notices []planned
	p       *Preferences
	policy  fee.Policy
	now     time.Time
}

// plan is what becomes of a charge's notices.
type plan struct {
	news  []News
	drop  []planned // taken back: nobody was told
	again []planned // looked at again on another day, or never
}

// replan follows a charge that is another than it was, or open for long.
//
//   - What was not told is taken back where it would be wrong now.
//   - What was never told is announced once its first day for that has come, and
//     late rather than never.
//   - What was told, and is another now, is corrected; what will not come any
//     more is called off.
//   - What was told long ago and is still open is told again, before the last
//     notice is too old to count.
//
// No charge is told of twice on one day, corrections aside.
func (r *replanning) replan() plan {
	var told, waiting []planned
	round := 0
	for _, n := range r.notices {
		if n.isTold {
			told = append(told, n)
			round = max(round, n.round)
		} else {
			waiting = append(waiting, n)
		}
	}
	slices.SortFunc(told, func(a, b planned) int { return a.compare(&b) })
	var last *planned
	if len(told) > 0 {
		last = &told[len(told)-1]
	}
	var out plan
	want := r.wanted(last, told, waiting, round)
	isNew := slices.ContainsFunc(want, func(w News) bool { return !w.againOn.IsZero() || w.Kind == CalledOff })
	for _, n := range waiting {
		i := slices.IndexFunc(want, func(w News) bool { return n.is(&w) })
		if i < 0 {
			out.drop = append(out.drop, n)
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	out.news = want
	out.again = r.lookAgain(told, waiting, isNew)
	return out
}

// lookAgain leaves one of a charge's notices to be looked at again: the new one,
// or else the last, once the day of another has come, or where none was left
// since the charge waited for us meanwhile.
func (r *replanning) lookAgain(told, waiting []planned, isNew bool) (changed []planned) {
	today := date.Of(r.now)
	isSet := func(n planned) bool { return !n.againOn.IsZero() }
	hasCome := slices.ContainsFunc(told, func(n planned) bool { return isSet(n) && n.againOn <= today })
	isLost := r.charge != nil && !r.charge.waits && len(told) > 0 && told[len(told)-1].kind != CalledOff &&
		!slices.ContainsFunc(told, isSet) && !slices.ContainsFunc(waiting, isSet) && r.charge.on.DaysSince(today) < r.lastInTime()
	if !isNew && !hasCome && !isLost {
		return nil
	}
	for i, n := range told {
		on := date.Date(0)
		if i == len(told)-1 && !isNew && r.charge != nil && !r.charge.waits {
			on = againOn(n.plannedOn, r.policy)
		}
		if n.againOn != on {
			n.againOn = on
			changed = append(changed, n)
		}
	}
	return changed
}

// is reports whether a notice that waits says what is wanted.
func (n *planned) is(w *News) bool {
	return n.kind == w.Kind && n.leadDays == w.LeadDays && n.round == w.Round && n.periodFrom == w.PeriodFrom && n.dueOn == w.DueOn &&
		n.amount == w.Amount && n.version == w.Version && n.againOn == w.againOn && (!w.atSendMinute || n.notBefore.Equal(w.NotBefore))
}

// wanted returns the notices that the charge should have waiting now.
func (r *replanning) wanted(last *planned, told, waiting []planned, round int) []News {
	today := date.Of(r.now)
	c := r.charge
	switch {
	case c == nil && (r.settled || last == nil || last.kind == CalledOff):
		return nil
	case c == nil:
		off := News{Kind: CalledOff, Round: round + 1, PeriodFrom: last.periodFrom, DueOn: last.dueOn, Amount: last.amount, Version: last.version}
		return r.finish(off)
	case c.waits:
		return nil
	case last == nil || last.kind == CalledOff:
		return r.first(waiting, round+1)
	case last.amount != c.amount || last.periodFrom != c.from || r.isOnAnotherDay(last):
		due := max(c.on, today)
		if c.amount > last.amount {
			due = max(c.on, r.earliest())
		}
		changed := r.announce(Changed, 0, round+1, due)
		changed.Facts = Facts{Before: last.amount, On: last.dueOn}
		changed.againOn = againOn(today, r.policy)
		return r.finish(r.keepDay(changed, waiting))
	case againOn(last.plannedOn, r.policy) <= today:
		again := r.announce(Upcoming, 0, round+1, max(c.on, today))
		again.NotBefore, again.atSendMinute, again.againOn = r.p.sendAt(today), true, againOn(today, r.policy)
		return r.finish(r.keepDay(again, waiting))
	}
	return r.reminders(told, waiting)
}

// isOnAnotherDay reports whether the charge is scheduled for another day than was
// told. One for which it is too late to be told in time was told with the first
// day that is.
func (r *replanning) isOnAnotherDay(last *planned) bool {
	c := r.charge
	return c.isScheduled && (c.on > last.dueOn || c.on < last.dueOn && c.on >= r.earliest())
}

// first announces a charge of which nothing stands: at today's lead, or at once
// where the last lead has passed.
func (r *replanning) first(waiting []planned, round int) []News {
	today := date.Of(r.now)
	leads, left := r.p.LeadsInForce(r.policy), r.charge.on.DaysSince(today)
	lead := leads.latest(left)
	if lead == 0 {
		return nil
	}
	n := r.announce(Upcoming, lead, round, max(r.charge.on, r.earliest()))
	if lead != left || lead < firstLead(r.policy, r.p.InboxOnly()) || r.isLastInTime(lead) {
		n.againOn = againOn(today, r.policy)
	}
	at, until := r.p.sendAt(today), r.p.lastMoment(r.charge.on, r.policy)
	if lead == left && (!at.After(until) || r.now.After(until)) { // else it would be too late for its day, and now is not
		n.NotBefore, n.atSendMinute = at, true
	}
	// What waits already keeps the lead at which it was due, and its day.
	for _, w := range waiting {
		if w.kind == Upcoming && w.round == round && w.amount == n.Amount && w.periodFrom == n.PeriodFrom && w.leadDays > 0 && leads.Has(w.leadDays) {
			if w.leadDays != n.LeadDays {
				n.LeadDays, n.atSendMinute = w.leadDays, false
			}
			n.DueOn, n.againOn = w.dueOn, cmp.Or(w.againOn, n.againOn)
			break
		}
	}
	return r.finish(n)
}

// isLastInTime reports whether a lead is the merchant's last that is in time for
// the charge: from it on the days are counted until the charge is announced
// again.
func (r *replanning) isLastInTime(lead int) bool { return lead == r.lastInTime() }

// lastInTime returns that lead.
func (r *replanning) lastInTime() int {
	return r.p.LeadsInForce(r.policy).latest(firstLead(r.policy, r.p.InboxOnly()))
}

// reminders are what is due today of a charge that was told as it is, and what
// waits and is as right as it was.
func (r *replanning) reminders(told, waiting []planned) (all []News) {
	today, c := date.Of(r.now), r.charge
	leads, left := r.p.LeadsInForce(r.policy), c.on.DaysSince(today)
	for _, w := range waiting {
		if w.kind == Upcoming && w.amount == c.amount && w.periodFrom == c.from && (w.leadDays == 0 || leads.Has(w.leadDays)) {
			n := r.announce(Upcoming, w.leadDays, w.round, w.dueOn)
			n.Version, n.againOn = w.version, w.againOn
			if w.leadDays == left && w.plannedOn == today {
				n.NotBefore, n.atSendMinute = r.p.sendAt(today), true
			}
			all = append(all, r.finish(n)...)
		}
	}
	isToday := slices.ContainsFunc(told, func(n planned) bool {
		return n.plannedOn == today || n.kind == Upcoming && n.leadDays == left && n.round == 1
	})
	if len(all) > 0 || isToday || left < 1 || !leads.Has(left) {
		return all
	}
	n := r.announce(Upcoming, left, 1, c.on)
	if r.isLastInTime(left) {
		n.againOn = againOn(today, r.policy)
	}
	n.NotBefore, n.atSendMinute = r.p.sendAt(today), true
	return r.finish(n)
}

// keepDay lets what waits already and says the same keep the days that it names,
// so that it doesn't wait for ever.
func (r *replanning) keepDay(n News, waiting []planned) News {
	for _, w := range waiting {
		if w.kind == n.Kind && w.round == n.Round && w.amount == n.Amount && w.periodFrom == n.PeriodFrom {
			n.DueOn, n.againOn = w.dueOn, w.againOn
			n.atSendMinute = n.atSendMinute && w.plannedOn == date.Of(r.now)
		}
	}
	return n
}

// earliest returns the first day on which what is announced now can be taken.
func (r *replanning) earliest() date.Date {
	told := r.now
	if !r.p.InboxOnly() {
		told = r.p.afterQuiet(told)
	}
	return r.p.earliest(date.Of(told), r.policy)
}

func (r *replanning) announce(k Kind, lead, round int, due date.Date) News {
	return News{Kind: k, LeadDays: lead, Round: round, PeriodFrom: r.charge.from, DueOn: due, Amount: r.charge.amount, Version: r.charge.version, NotBefore: r.now}
}

func (r *replanning) finish(n News) []News {
	n.MerchantID, n.TerminalID, n.PlanID, n.Cycle = r.key.merchantID, r.key.terminalID, r.key.planID, r.key.cycle
	if n.NotBefore.IsZero() {
		n.NotBefore = r.now
	}
	return []News{n}
}
