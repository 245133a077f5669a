package fee

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Verdict is the answer to a case.
type Verdict struct {
	Decision Decision
	Reasons  Codes
	Expected money.Fen // what the version in force makes; 0 where there is nothing to charge or to check
	Version  int       // number of the version in force; 0: none
	Cycle    Cycle     // the cycle asked for; Index 0: none
}

// Judge answers a case. Every rule is evaluated and none stops the others. It
// returns an error wrapping ErrInvalidCase for a case that can't be, and never
// any other.
func Judge(c *Case) (Verdict, error) {
	f, err := find(c)
	if err != nil {
		return Verdict{}, err
	}
	return f.verdict, nil
}

// findings is what judging a case brings to light: the verdict, and the facts
// that an explanation needs to word it.
type findings struct {
	verdict     Verdict
	on          date.Date // the request's date
	day         date.Date // the day whose price counts: the asked cycle's first, or the request's
	force       inForce
	schedule    Schedule
	due         int  // cycles that have started
	open        int  // due cycles that nothing has settled
	chargeable  bool // the cycle, if there is one, can be charged
	tolerance   money.Fen
	year        money.Fen // taken in the last twelve months, for the ceiling
	month       money.Fen // taken in the calendar month, for the own limit
	paidThrough date.Date // by the terminal that this one replaces; zero: it paid nothing
	settledBy   int       // index in History of what settled the asked cycle; -1: nothing
	reversedBy  int       // index in History of what was reversed for it; -1: nothing
	sameOrder   int       // index in History of the same order; -1: none
	notice      int       // index in Notices of the one that counts; -1: none
	waived      Codes     // holds that fired and were lifted
}

func find(c *Case) (findings, error) {
	f := findings{settledBy: -1, reversedBy: -1, sameOrder: -1, notice: -1}
	if err := c.validate(); err != nil {
		return f, err
	}
	f.on = c.Request.On()
	f.day = f.on
	fired := &f.verdict.Reasons
	if c.Enrolment == nil {
		fired.add(NotAgreed)
		f.checkRequest(c)
		f.checkInUse(c)
		f.verdict.Decision = fired.Decision() // a deny, whatever was lifted
		return f, nil
	}
	f.findCycle(c)
	f.findVersion(c)
	f.checkRequest(c)
	f.checkInUse(c)
	f.checkAmount(c)
	f.checkLimits(c)
	f.checkHistory(c)
	f.checkCancelled(c)
	f.checkReported(c)
	if c.Plan.HasCycles() {
		f.checkTold(c)
	}
	f.waived = *fired & c.Request.Waived & holds
	*fired &^= f.waived
	f.verdict.Decision = fired.Decision()
	return f, nil
}

// findCycle finds the cycle asked for and whether it can be charged. At most
// one of the five rules about it fires.
func (f *findings) findCycle(c *Case) {
	if !c.Plan.HasCycles() {
		f.chargeable = c.Plan.Kind() != PerSale || c.Request.Sale != nil
		f.verdict.Reasons.addIf(!f.chargeable, SaleUnknown)
		return
	}
	price := &c.Plan.Versions[0].Price
	f.schedule = ScheduleOf(price, c.Enrolment.AnchorOn)
	f.due = f.schedule.Started(f.on)
	skip := price.Kind == Recurring && price.Idle == Skip
	oldest := f.countOpen(c.History, skip)

	var asked int
	switch {
	case !c.Request.PeriodFrom.IsZero():
		asked = f.schedule.StartingOn(c.Request.PeriodFrom)
		if asked == 0 {
			f.verdict.Reasons.add(PeriodUnknown)
			return
		}
	case f.due == 0:
		asked = 1
	case oldest > 0:
		asked = oldest
	default:
		asked = f.due
	}
	f.verdict.Cycle = f.schedule.Cycle(asked)
	f.day = f.verdict.Cycle.From
	for i := range c.History {
		h := &c.History[i]
		if h.Cycle == asked && h.State.Settles() {
			f.settledBy = f.better(c.History, f.settledBy, i)
		}
		if h.Cycle == asked && h.State == Reversed {
			f.reversedBy = f.better(c.History, f.reversedBy, i)
		}
	}
	switch {
	case asked > f.due && asked == 1 && price.Free():
		f.verdict.Reasons.add(InFreePeriod)
	case asked > f.due:
		f.verdict.Reasons.add(NotDue)
	case skip && asked < f.due && f.settledBy < 0:
		f.verdict.Reasons.add(LapsedCycle)
	case f.settledBy >= 0:
		f.verdict.Reasons.add(DuplicateCycle)
	default:
		f.chargeable = true
	}
}

// better chooses, of two entries that say the same, the earlier one by date,
// then by amount, so that an explanation does not depend on the order of facts.
func (f *findings) better(history []Entry, old, candidate int) int {
	if old < 0 {
		return candidate
	}
	a, b := &history[old], &history[candidate]
	if b.On < a.On || b.On == a.On && (b.Amount < a.Amount || b.Amount == a.Amount && b.State < a.State) {
		return candidate
	}
	return old
}

// countOpen counts the due cycles that nothing has settled, and returns the
// oldest of them, or 0. Where idle cycles lapse, only the current one can be
// open.
func (f *findings) countOpen(history []Entry, skip bool) (oldest int) {
	first := 1
	if skip {
		first = f.due
	}
	if f.due == 0 {
		return 0
	}
	var room [4]uint64 // enough for 255 cycles without asking for memory
	settled := room[:]
	if f.due/64 >= len(settled) {
		settled = make([]uint64, f.due/64+1)
	}
	for i := range history {
		if k := history[i].Cycle; k >= first && k <= f.due && history[i].State.Settles() {
			settled[k/64] |= 1 << (k % 64)
		}
	}
	for k := first; k <= f.due; k++ {
		if settled[k/64]&(1<<(k%64)) == 0 {
			f.open++
			if oldest == 0 {
				oldest = k
			}
		}
	}
	return oldest
}

func (f *findings) findVersion(c *Case) {
	f.force = c.versionInForce(f.day)
	if f.force.version == nil {
		f.verdict.Reasons.add(f.force.cause())
		return
	}
	f.verdict.Version = f.force.version.Number
}

func (f *findings) checkRequest(c *Case) {
	r, fired := &c.Request, &f.verdict.Reasons
	fired.addIf(r.Amount <= 0, BadAmount)
	fired.addIf(r.SaleNet != nil && r.Amount > *r.SaleNet, ExceedsSale)
	fired.addIf(r.Origin != OriginCore && !r.Approved, ManualOrder)
}

func (f *findings) checkInUse(c *Case) {
	t, fired := &c.Terminal, &f.verdict.Reasons
	fired.addIf(t.ActivatedOn.IsZero() || t.ActivatedOn > f.on || reached(t.InactiveFrom, f.on), TerminalInactive)
	fired.addIf(reached(c.Merchant.ClosedOn, f.on), MerchantClosed)
}

// checkAmount compares the amount with what the version in force makes of the
// request, where it can be compared.
func (f *findings) checkAmount(c *Case) {
	r, fired := &c.Request, &f.verdict.Reasons
	fired.addIf(!c.Plan.Method.Covers(r.Method), WrongMethod)
	if f.force.version == nil || !f.chargeable {
		return
	}
	price := &f.force.version.Price
	if price.Kind == PerSale && price.bounded() && r.count() > 1 {
		fired.add(NotItemised)
		return
	}
	expected, _ := price.of(r)
	f.verdict.Expected = expected
	f.tolerance = price.tolerance(r)
	fired.addIf(r.Amount > 0 && r.Amount < expected.Minus(f.tolerance), AmountUnder)
	if r.Amount <= expected.Plus(f.tolerance) {
		return
	}
	fired.add(AmountOver)
	fired.addIf(f.force.madeBy(c, NoticePeriod), NoticePeriod)
	fired.addIf(f.force.madeBy(c, VersionNotAccepted), VersionNotAccepted)
}

// checkLimits adds up what was taken before, for the disclosed ceiling and the
// merchant's own.
func (f *findings) checkLimits(c *Case) {
	limit := c.Enrolment.OwnLimit
	if c.Plan.Cap12m == 0 && limit == nil {
		return
	}
	yearAgo := f.on.AddMonths(-12)
	for i := range c.History {
		h := &c.History[i]
		if h.State != Authorized && h.State != Posted {
			continue
		}
		if h.On > yearAgo && h.On <= f.on {
			f.year = f.year.Plus(h.Amount)
		}
		if h.On.SameMonth(f.on) {
			f.month = f.month.Plus(h.Amount)
		}
	}
	fired := &f.verdict.Reasons
	fired.addIf(c.Plan.Cap12m > 0 && f.year.Plus(c.Request.Amount) > c.Plan.Cap12m, CapExceeded)
	fired.addIf(limit != nil && f.month.Plus(c.Request.Amount) > *limit, OwnLimit)
}

func (f *findings) checkHistory(c *Case) {
	fired := &f.verdict.Reasons
	if ref := c.Request.OrderRef; ref != "" {
		for i := range c.History {
			if c.History[i].OrderRef == ref && c.History[i].State.Settles() {
				f.sameOrder = f.better(c.History, f.sameOrder, i)
			}
		}
		fired.addIf(f.sameOrder >= 0, DuplicateOrder)
	}
	inCycle := f.chargeable && f.verdict.Cycle.Index > 0
	fired.addIf(inCycle && f.open >= 2, Arrears)
	fired.addIf(inCycle && f.reversedBy >= 0, RetryAfterReversal)
	f.paidThrough = c.Terminal.Replaces.paidThrough(&c.Request)
	fired.addIf(f.verdict.Cycle.Index > 0 && reached(f.day, f.paidThrough), ReplacementPaid)
}

func (f *findings) checkCancelled(c *Case) {
	on := c.Enrolment.CancelledOn
	f.verdict.Reasons.addIf(reached(on, f.day), Cancelled)
	f.verdict.Reasons.addIf(on > f.day && on <= f.on, LateAfterCancel)
}

func (f *findings) checkReported(c *Case) {
	f.verdict.Reasons.addIf(reached(c.Terminal.ReportedGoneOn, f.day), ReportedGone)
}

// checkTold asks whether the merchant was told in time, and has objected.
func (f *findings) checkTold(c *Case) {
	asked := f.verdict.Cycle.Index
	latest := c.Request.At.Add(-time.Duration(c.Policy.NoticeHours) * time.Hour)
	earliest := c.Request.At.Add(-time.Duration(c.Policy.NoticeMaxDays) * 24 * time.Hour)
	for i := range c.Notices {
		n := &c.Notices[i]
		if asked > 0 && n.Cycle == asked && n.Amount >= c.Request.Amount &&
			!n.DeliveredAt.Before(earliest) && !n.DeliveredAt.After(latest) {
			f.notice = latestNotice(c.Notices, f.notice, i)
		}
	}
	fired := &f.verdict.Reasons
	fired.addIf(f.notice < 0 && !c.Request.Replay, NoticeMissing)
	for i := range c.Disputes {
		d := &c.Disputes[i]
		fired.addIf(d.openAt(c.Request.At) && (d.WholeItem || asked > 0 && d.Cycle == asked), OpenDispute)
	}
}

func latestNotice(notices []Notice, old, candidate int) int {
	if old < 0 || notices[candidate].DeliveredAt.After(notices[old].DeliveredAt) {
		return candidate
	}
	return old
}

// reached reports whether an event that may never come has come by the day.
func reached(event, day date.Date) bool { return !event.IsZero() && event <= day }
