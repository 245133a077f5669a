package fee

import (
	"math/big"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Explanation is everything there is to say about a deduction, as facts. Its
// words are chosen elsewhere, from these facts alone, so that the same facts
// always give the same words.
type Explanation struct {
	Verdict Verdict
	On      date.Date // the deduction's date
	Amount  money.Fen
	Lines   []CalcLine // how the amount comes about; they add up to Amount
	Groups  [5]Group   // what was checked
	Facts   Facts
}

// Facts are what the sentences name. A field is zero where there is nothing to
// name.
type Facts struct {
	Price       *Price      // of the version in force
	Version     *Version    // in force
	Acceptance  *Acceptance // by which the version in force, or the first before it, was agreed
	FreeUntil   date.Date   // last day of the free period
	Due, Open   int         // cycles that have started; those of them that nothing settled
	Tolerance   money.Fen   // by how much the amount may differ through rounding
	TakenYear   money.Fen   // authorised and posted in the last twelve months
	TakenMonth  money.Fen   // authorised and posted in the calendar month
	SettledBy   *Entry      // what settled the cycle before
	ReversedBy  *Entry      // what was reversed for it
	SameOrder   *Entry      // what was taken on the same order
	PaidThrough date.Date   // the last day that the terminal it replaces had paid for
	Notice      *Notice     // the one that counts
	NoticeOther *Notice     // where none counts: the latest one for the cycle that came too late, too early or for less
	TooSoon     *Version    // a version passed over since it was published too shortly before
	TooSoonLead int         // the days its publication lacked to: what it needed
	Unaccepted  *Version    // a dearer version passed over since it was never accepted
}

// CalcKind says what a line of the calculation is.
type CalcKind string

// The lines of a calculation.
const (
	CalcCycle    CalcKind = "cycle"    // the price of the cycle
	CalcCount    CalcKind = "count"    // a count of items at a price each
	CalcRate     CalcKind = "rate"     // a share of the sale, rounded half up
	CalcMin      CalcKind = "min"      // raised to the minimum
	CalcCap      CalcKind = "cap"      // lowered to the cap
	CalcRounding CalcKind = "rounding" // what rounding each of several sales explains
	CalcOver     CalcKind = "over"     // more than agreed
	CalcUnder    CalcKind = "under"    // less than agreed
	CalcUnpriced CalcKind = "unpriced" // no agreed price says anything of it
)

// CalcLine is one line of the calculation.
type CalcLine struct {
	Kind   CalcKind
	Amount money.Fen  // the subtotal that the line adds; may be negative
	Unit   money.Fen  // CalcCycle, CalcCount: the price of one; CalcMin, CalcCap: the bound
	Count  int64      // CalcCount; CalcRate, CalcRounding: how many sales
	Sale   money.Fen  // CalcRate
	Rate   money.Rate // CalcRate
	Exact  string     // CalcRate: the share in yuan before rounding, such as 31.908
}

// GroupKind names one of the five things that are checked for a merchant.
type GroupKind string

// The five groups, in the order they are shown.
const (
	GroupAmount GroupKind = "amount" // the amount is as agreed
	GroupOnce   GroupKind = "once"   // not twice and not early
	GroupTold   GroupKind = "told"   // told first
	GroupAgreed GroupKind = "agreed" // published and agreed
	GroupInUse  GroupKind = "in_use" // the terminal is in use
)

// Status says how a check came out.
type Status string

// The ways a check comes out. What is not known is never passed.
const (
	Passed    Status = "passed"
	Failed    Status = "failed"
	Unchecked Status = "unchecked"  // the fact it needs is not known
	NotNeeded Status = "not_needed" // the rule does not apply to this sort of fee
)

// Group is one of the five things checked, with its rules.
type Group struct {
	Kind      GroupKind
	Status    Status // Failed if any rule failed; else how its first rule came out
	Rules     []RuleCheck
	Unchecked int // how many rules could not be checked
}

// RuleCheck is one rule and how it came out.
type RuleCheck struct {
	Code   Code
	Status Status
}

var groupRules = [5]struct {
	kind  GroupKind
	codes []Code
}{
	{GroupAmount, []Code{AmountOver, AmountUnder, NotItemised, SaleUnknown, WrongMethod, BadAmount, ExceedsSale, CapExceeded, OwnLimit}},
	{GroupOnce, []Code{DuplicateCycle, PeriodUnknown, InFreePeriod, NotDue, LapsedCycle, DuplicateOrder, Arrears, RetryAfterReversal, ReplacementPaid}},
	{GroupTold, []Code{NoticeMissing}},
	{GroupAgreed, []Code{NotAgreed, NotDisclosed, NoticePeriod, VersionNotAccepted, Cancelled, LateAfterCancel, OpenDispute, ManualOrder}},
	{GroupInUse, []Code{TerminalInactive, MerchantClosed, ReportedGone}},
}

// Explain judges a case and returns what there is to say about it. It returns
// an error wrapping ErrInvalidCase.
func Explain(c *Case) (Explanation, error) {
	f, err := find(c)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Verdict: f.verdict, On: f.on, Amount: c.Request.Amount, Facts: f.facts(c)}
	e.Lines = f.calculation(c)
	for i, g := range groupRules {
		e.Groups[i] = f.group(c, g.kind, g.codes)
	}
	return e, nil
}

func (f *findings) facts(c *Case) Facts {
	facts := Facts{
		Version: f.force.version, Due: f.due, Open: f.open, Tolerance: f.tolerance, TakenYear: f.year, TakenMonth: f.month,
		PaidThrough: f.paidThrough,
		SettledBy:   entryAt(c.History, f.settledBy), ReversedBy: entryAt(c.History, f.reversedBy), SameOrder: entryAt(c.History, f.sameOrder),
	}
	if c.Enrolment == nil {
		return facts
	}
	if f.notice >= 0 {
		facts.Notice = &c.Notices[f.notice]
	} else {
		facts.NoticeOther = f.otherNotice(c)
	}
	if price := &c.Plan.Versions[0].Price; c.Plan.HasCycles() && price.Free() {
		facts.FreeUntil = f.schedule.Cycle(1).From.AddDays(-1)
	}
	c.walk(f.day, func(v *Version, passed Code, over bool) {
		switch {
		case !over:
			if a := c.Enrolment.acceptance(v.Number, f.day); a != nil || facts.Acceptance == nil {
				facts.Acceptance = a
			}
		case passed == NoticePeriod:
			facts.TooSoon, facts.TooSoonLead = v, v.leadDays(&c.Policy)
		case passed == VersionNotAccepted:
			facts.Unaccepted = v
		}
	})
	if f.force.version != nil {
		facts.Price = &f.force.version.Price
	}
	return facts
}

// acceptance returns the merchant's earliest own yes to the version by the day.
func (e *Enrolment) acceptance(version int, day date.Date) (found *Acceptance) {
	for i := range e.Accepted {
		a := &e.Accepted[i]
		if a.Version == version && reached(a.On, day) && a.Via != ViaAgent && (found == nil || a.On < found.On) {
			found = a
		}
	}
	return found
}

func (f *findings) otherNotice(c *Case) (found *Notice) {
	for i := range c.Notices {
		n := &c.Notices[i]
		if n.Cycle == f.verdict.Cycle.Index && n.Cycle > 0 && !n.DeliveredAt.After(c.Request.At) &&
			(found == nil || n.DeliveredAt.After(found.DeliveredAt)) {
			found = n
		}
	}
	return found
}

func entryAt(history []Entry, i int) *Entry {
	if i < 0 {
		return nil
	}
	return &history[i]
}

// calculation returns lines that add up to the amount.
func (f *findings) calculation(c *Case) []CalcLine {
	amount := c.Request.Amount
	if !f.compared() || amount <= 0 {
		return []CalcLine{{Kind: CalcUnpriced, Amount: amount}}
	}
	price := &f.force.version.Price
	lines := price.calculation(&c.Request)
	count := c.Request.count()
	switch rest := amount - f.verdict.Expected; {
	case rest == 0:
	case rest >= -f.tolerance && rest <= f.tolerance:
		lines = append(lines, CalcLine{Kind: CalcRounding, Amount: rest, Count: count})
	case rest > 0:
		lines = append(lines, CalcLine{Kind: CalcOver, Amount: rest})
	default:
		lines = append(lines, CalcLine{Kind: CalcUnder, Amount: rest})
	}
	return lines
}

// compared reports whether there was an expected amount to compare with.
func (f *findings) compared() bool {
	return f.force.version != nil && f.chargeable && !f.verdict.Reasons.Has(NotItemised)
}

func (p *Price) calculation(r *Request) []CalcLine {
	switch p.Kind {
	case PerItem:
		return []CalcLine{{Kind: CalcCount, Amount: p.Amount.Times(r.count()), Unit: p.Amount, Count: r.count()}}
	case PerSale:
		share := p.Rate.Of(*r.Sale)
		lines := []CalcLine{{Kind: CalcRate, Amount: share, Sale: *r.Sale, Rate: p.Rate, Count: r.count(), Exact: exactShare(p.Rate, *r.Sale)}}
		if p.Min > share {
			lines = append(lines, CalcLine{Kind: CalcMin, Amount: p.Min - share, Unit: p.Min})
			share = p.Min
		}
		if p.Cap > 0 && p.Cap < share {
			lines = append(lines, CalcLine{Kind: CalcCap, Amount: p.Cap - share, Unit: p.Cap})
		}
		return lines
	default:
		return []CalcLine{{Kind: CalcCycle, Amount: p.Amount, Unit: p.Amount}}
	}
}

// exactShare returns the share in yuan before rounding, without trailing zeros.
func exactShare(rate money.Rate, sale money.Fen) string {
	const decimals = 8 // a fen is 2 decimals of a yuan, a ppm 6
	digits := new(big.Int).Mul(big.NewInt(int64(rate)), big.NewInt(int64(sale))).String()
	if len(digits) <= decimals {
		digits = strings.Repeat("0", decimals+1-len(digits)) + digits
	}
	point := len(digits) - decimals
	exact := strings.TrimRight(digits[:point]+"."+digits[point:], "0")
	return strings.TrimSuffix(exact, ".")
}

func (f *findings) group(c *Case, kind GroupKind, codes []Code) Group {
	g := Group{Kind: kind, Status: NotNeeded}
	for _, code := range codes {
		status, applies := f.check(c, code)
		if !applies {
			continue
		}
		g.Rules = append(g.Rules, RuleCheck{Code: code, Status: status})
		if len(g.Rules) == 1 {
			g.Status = status
		}
		if status == Unchecked {
			g.Unchecked++
		}
	}
	for _, r := range g.Rules {
		if r.Status == Failed {
			g.Status = Failed
		}
	}
	return g
}

// check says how a rule came out, and whether it applies to this sort of fee.
func (f *findings) check(c *Case, code Code) (Status, bool) {
	cycles, enrolled := c.Plan.HasCycles(), c.Enrolment != nil
	if f.verdict.Reasons.Has(code) {
		switch code {
		case AmountUnder:
			return Passed, true // less than agreed hurts nobody; the sentence says so
		case NotItemised:
			return Unchecked, true
		}
		return Failed, true
	}
	if f.waived.Has(code) {
		return "", false // people looked at it, which is no check of a rule
	}
	inCycle := enrolled && cycles && f.verdict.Cycle.Index > 0
	switch code {
	case BadAmount, TerminalInactive, MerchantClosed, ManualOrder:
		return Passed, true
	case NotAgreed, NotDisclosed:
		return Passed, f.force.version != nil
	case NoticePeriod:
		return Passed, f.force.version != nil
	case VersionNotAccepted, AmountUnder, NotItemised:
		return "", false // said only where they fire
	case AmountOver:
		if f.verdict.Reasons.Has(AmountUnder) || f.verdict.Reasons.Has(NotItemised) {
			return "", false // those speak of the amount instead
		}
		return known(f.compared()), true
	case SaleUnknown:
		return Passed, enrolled && c.Plan.Kind() == PerSale
	case WrongMethod:
		return known(c.Request.Method != AnyMethod), enrolled && c.Plan.Method != AnyMethod
	case ExceedsSale:
		return Passed, c.Request.SaleNet != nil
	case CapExceeded:
		return Passed, enrolled && c.Plan.Cap12m > 0
	case OwnLimit:
		return Passed, enrolled && c.Enrolment.OwnLimit != nil
	case DuplicateCycle:
		return known(inCycle && f.verdict.Cycle.Index <= f.due), !enrolled || cycles
	case PeriodUnknown:
		return Passed, inCycle && !c.Request.PeriodFrom.IsZero()
	case InFreePeriod:
		return Passed, inCycle && f.verdict.Cycle.Index == 1 && c.Plan.Versions[0].Price.Free()
	case NotDue:
		return Passed, inCycle && !f.verdict.Reasons.Has(InFreePeriod)
	case LapsedCycle:
		return Passed, inCycle && c.Plan.Versions[0].Price.Idle == Skip
	case DuplicateOrder:
		return Passed, enrolled && c.Request.OrderRef != ""
	case Arrears, RetryAfterReversal:
		return Passed, inCycle && f.chargeable
	case ReplacementPaid:
		return Passed, inCycle && c.Terminal.Replaces != nil
	case NoticeMissing:
		return known(f.notice >= 0), !enrolled || cycles
	case Cancelled, LateAfterCancel:
		return Passed, enrolled && !c.Enrolment.CancelledOn.IsZero()
	case OpenDispute:
		return Passed, enrolled && cycles
	case ReportedGone:
		return Passed, enrolled
	}
	return "", false
}

// known turns a fact that is there into a check passed, and one that is not
// into a check not made.
func known(fact bool) Status {
	if fact {
		return Passed
	}
	return Unchecked
}
