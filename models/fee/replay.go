package fee

import (
	"cmp"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Deduction is one line of a history: what was asked for or taken, and what
// became of it.
type Deduction struct {
	Ref        string
	Amount     money.Fen // as it was asked for
	Refunded   money.Fen // the part given back so far
	At         time.Time
	Seq        int64 // orders deductions of one instant, from 1; 0: by their place in the slice
	PeriodFrom date.Date
	State      State
	Origin     string
	Approved   bool
	Sale       *money.Fen
	SaleCount  *int64
	Method     Method
	SaleNet    *money.Fen
	OrderRef   string
	Live       bool // taken after the gate had gone live: judged as a request, not as a replay
	// Asked is the verdict of the gate, which was asked before money moved; nil
	// where it was not. It stands, and holds its cycle against whatever was taken
	// without asking, before or after.
	Asked *Verdict
}

// Judged is a deduction with its verdict.
type Judged struct {
	Deduction *Deduction
	Verdict   Verdict
	// Settles is the cycle that it settled, or would have settled had it not
	// been reversed; 0: none. A deduction settles its cycle where that could be
	// charged, whatever else was wrong with it, and a waiver at any time.
	Settles int
}

// Replay judges a history, deduction by deduction in the order of their
// instants, then of the slice, each against those before it. The case gives
// the facts; its history and request are not used. It returns the deductions
// in the order judged, or an error wrapping ErrInvalidCase.
func Replay(facts *Case, deductions []Deduction) ([]Judged, error) {
	judged := make([]Judged, 0, len(deductions))
	err := replay(facts, deductions, func(_ *Case, j Judged) bool {
		judged = append(judged, j)
		return true
	})
	return judged, err
}

// ReplayUntil returns the case as Replay judges the deduction with the
// reference, or nil where none has it.
func ReplayUntil(facts *Case, deductions []Deduction, ref string) (*Case, error) {
	var found *Case
	err := replay(facts, deductions, func(c *Case, j Judged) bool {
		if j.Deduction.Ref != ref {
			return true
		}
		found = c
		return false
	})
	return found, err
}

// replay calls each with every deduction, judged, and the case it was judged
// by, until each returns false.
func replay(facts *Case, deductions []Deduction, each func(*Case, Judged) bool) error {
	ordered := make([]*Deduction, len(deductions))
	for i := range deductions {
		ordered[i] = &deductions[i]
	}
	slices.SortStableFunc(ordered, func(a, b *Deduction) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq)) })
	c := *facts
	c.History = make([]Entry, 0, len(deductions))
	if e := facts.Enrolment; e != nil && len(e.OwnLimits) > 0 {
		c.Enrolment = new(*e)
	}
	for _, d := range ordered {
		if d.Asked != nil && d.State.Settles() && c.remembers(d) {
			c.History = append(c.History, d.entry(d.Asked.Settles()))
		}
	}
	for _, d := range ordered {
		c.Policy = facts.Policy.At(d.At)
		j, err := c.judge(d)
		if err != nil {
			return err
		}
		if !each(&c, j) {
			return nil
		}
		if d.State != Denied && d.State != Held && c.remembers(d) && !(d.Asked != nil && d.State.Settles()) {
			c.History = append(c.History, d.entry(j.Settles))
		}
	}
	return nil
}

// judge answers a deduction as the case's request, with what is in the case's
// history. What was asked at the gate has its answer.
func (c *Case) judge(d *Deduction) (Judged, error) {
	c.Request = d.request()
	if e := c.Enrolment; e != nil && len(e.OwnLimits) > 0 {
		e.OwnLimit = e.limitAt(d.At)
	}
	if d.Asked != nil {
		return Judged{Deduction: d, Verdict: *d.Asked, Settles: d.Asked.Settles()}, nil
	}
	f, err := find(c)
	if err != nil {
		return Judged{}, err
	}
	j := Judged{Deduction: d, Verdict: f.verdict}
	// What is waived is settled even before it is due.
	if f.chargeable || d.State == Waived && f.settledBy < 0 {
		j.Settles = f.verdict.Cycle.Index
	}
	return j, nil
}

// Settles returns the cycle that what was asked for settles if it is taken: the
// asked one, where that could be charged; 0: none.
func (v *Verdict) Settles() int {
	if v.Reasons.Any(PeriodUnknown, InFreePeriod, NotDue, LapsedCycle, DuplicateCycle) {
		return 0
	}
	return v.Cycle.Index
}

// Ask returns the case of a request that comes after all the deductions,
// whatever their instants: what is known when it is asked comes before it. It
// returns an error wrapping ErrInvalidCase.
func Ask(facts *Case, deductions []Deduction, request Request) (*Case, error) {
	asked := *facts
	asked.History = make([]Entry, 0, len(deductions))
	err := replay(facts, deductions, func(c *Case, j Judged) bool {
		if d := j.Deduction; d.State != Denied && d.State != Held && c.remembers(d) {
			asked.History = append(asked.History, d.entry(j.Settles))
		}
		return true
	})
	asked.Request = request
	return &asked, err
}

// remembers reports whether a later verdict could depend on the deduction. Card
// and QR fees come by the thousand and, without a limit to add up to, each
// stands for itself.
func (c *Case) remembers(d *Deduction) bool {
	return c.Enrolment != nil && (c.AddsUp() || d.OrderRef != "")
}

// AddsUp reports whether a verdict on the fee may depend on whatever came before
// it: on cycles that are settled, or on limits. Of any other fee it depends on what
// bears the same order's number alone.
func (c *Case) AddsUp() bool {
	e := c.Enrolment
	return c.Plan.HasCycles() || c.Plan.Cap12m > 0 || e != nil && (e.OwnLimit != nil || len(e.OwnLimits) > 0)
}

func (d *Deduction) request() Request {
	return Request{
		Amount: d.Amount, At: d.At, PeriodFrom: d.PeriodFrom, Sale: d.Sale, SaleCount: d.SaleCount, Method: d.Method,
		SaleNet: d.SaleNet, OrderRef: d.OrderRef, Origin: d.Origin, Approved: d.Approved, Replay: !d.Live, seq: d.Seq,
	}
}

func (d *Deduction) entry(cycle int) Entry {
	return Entry{Cycle: cycle, Amount: d.Amount.Minus(d.Refunded), On: date.Of(d.At), State: d.State, OrderRef: d.OrderRef}
}

// Actual returns what the deduction took and did not give back.
func (d *Deduction) Actual() money.Fen {
	if d.State != Posted {
		return 0
	}
	return d.Amount.Minus(d.Refunded)
}

// Standing says how a cycle stands.
type Standing string

// The standings of a cycle, and of a deduction that belongs to none.
const (
	StandsPaid       Standing = "paid"
	StandsOpen       Standing = "open" // due and not taken
	StandsOver       Standing = "over"
	StandsUnder      Standing = "under"
	StandsDuplicate  Standing = "duplicate" // taken more than once
	StandsRefunded   Standing = "refunded"
	StandsWaived     Standing = "waived"
	StandsLapsed     Standing = "lapsed"
	StandsUnexpected Standing = "unexpected" // a deduction that matches no cycle
)

// Account is a terminal's fee over a span: what was expected against what was
// taken, cycle by cycle, with nothing dropped.
type Account struct {
	Lines      []AccountLine
	Expected   money.Fen
	Actual     money.Fen
	Difference money.Fen // actual less expected
}

// AccountLine is one cycle, or one deduction that matches none.
type AccountLine struct {
	Cycle      Cycle // Index 0: a deduction that matches no cycle
	Expected   money.Fen
	Actual     money.Fen // posted less refunded
	Difference money.Fen // actual less expected
	Standing   Standing
	Deductions []*Deduction // in the order judged
}

// Reconcile sets a judged history against the cycles that start within the
// span, both ends included, as known today. What settled a cycle counts with
// that cycle; anything else counts on its own date, under the cycle it repeats
// where that lies in the span, otherwise on a line of its own. So spans that
// follow each other neither drop a deduction nor count it twice, and totals add
// up to the fen. A fee without cycles is expected as its verdict says,
// deduction by deduction. It returns an error wrapping ErrInvalidCase.
func Reconcile(facts *Case, judged []Judged, from, to, today date.Date) (Account, error) {
	c := *facts
	c.Request = forecastRequest(today)
	if err := c.validate(); err != nil {
		return Account{}, err
	}
	r := reconciling{c: &c, from: from, to: to, today: today, judged: judged, taken: make([]bool, len(judged))}
	if c.Enrolment != nil && c.Plan.HasCycles() {
		r.takeCycles()
	}
	for i := range judged {
		r.takeRest(i)
	}
	for i := range r.account.Lines {
		l := &r.account.Lines[i]
		l.Difference = l.Actual.Minus(l.Expected)
		r.account.Expected = r.account.Expected.Plus(l.Expected)
		r.account.Actual = r.account.Actual.Plus(l.Actual)
	}
	r.account.Difference = r.account.Actual.Minus(r.account.Expected)
	return r.account, nil
}

type reconciling struct {
	c               *Case
	from, to, today date.Date
	account         Account
	judged          []Judged
	taken           []bool // by place in judged
}

// takeCycles makes a line of each cycle that starts within the span and could
// be charged, or was.
func (r *reconciling) takeCycles() {
	rest := r.inCycles()
	deductions := make([]*Deduction, 0, len(rest))
	price := &r.c.Plan.Versions[0].Price
	schedule := ScheduleOf(price, r.c.Enrolment.AnchorOn)
	current := schedule.Started(r.today)
	first, last := max(1, schedule.Started(r.from)), schedule.Started(min(r.to, r.today))
	r.account.Lines = make([]AccountLine, 0, max(0, last-first+1)+len(r.judged)-len(rest))
	for index := first; index <= last; index++ {
		line := AccountLine{Cycle: schedule.Cycle(index)}
		if !r.covers(line.Cycle.From) {
			continue
		}
		for len(rest) > 0 && r.cycleOf(rest[0]) < index {
			rest = rest[1:] // of a cycle before the span
		}
		n := 0
		for n < len(rest) && r.cycleOf(rest[n]) == index {
			r.taken[rest[n]] = true
			deductions = append(deductions, r.judged[rest[n]].Deduction)
			n++
		}
		rest = rest[n:]
		if n > 0 {
			line.Deductions = deductions[len(deductions)-n : len(deductions) : len(deductions)]
		}
		stopped := reached(r.c.Enrolment.CancelledOn, line.Cycle.From) ||
			reached(r.c.Terminal.InactiveFrom, line.Cycle.From) || reached(r.c.Merchant.ClosedOn, line.Cycle.From)
		if stopped && n == 0 {
			continue
		}
		if force := r.c.versionInForce(line.Cycle.From); force.version != nil && !stopped {
			line.Expected = force.version.Price.Amount
		}
		line.stand(price.Kind == Recurring && price.Idle == Skip && index < current)
		r.account.Lines = append(r.account.Lines, line)
	}
}

// inCycles returns the places of the deductions that belong to a cycle, cycle by
// cycle.
func (r *reconciling) inCycles() []int {
	places := make([]int, 0, len(r.judged))
	for i := range r.judged {
		j := &r.judged[i]
		if j.Settles > 0 || j.Verdict.Reasons.Has(DuplicateCycle) && r.covers(date.Of(j.Deduction.At)) {
			places = append(places, i)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(r.cycleOf(a), r.cycleOf(b)) })
	return places
}

func (r *reconciling) cycleOf(place int) int { return r.judged[place].Verdict.Cycle.Index }

// takeRest makes a line of a deduction of the span that no cycle has taken.
func (r *reconciling) takeRest(place int) {
	j := &r.judged[place]
	if r.taken[place] || j.Settles > 0 || !r.covers(date.Of(j.Deduction.At)) {
		return
	}
	line := AccountLine{Standing: StandsUnexpected, Actual: j.Deduction.Actual(), Deductions: []*Deduction{j.Deduction}}
	switch {
	case j.Verdict.Reasons.Has(DuplicateCycle):
		line.Cycle, line.Standing = j.Verdict.Cycle, StandsDuplicate
	case r.c.Enrolment != nil && !r.c.Plan.HasCycles() && j.Verdict.Version > 0:
		line.Expected, line.Standing = j.expected()
	}
	r.account.Lines = append(r.account.Lines, line)
}

func (r *reconciling) covers(day date.Date) bool { return day >= r.from && day <= r.to }

// expected compares a deduction of a fee without cycles with its own verdict.
func (j *Judged) expected() (money.Fen, Standing) {
	d := j.Deduction
	switch {
	case d.State == Refunded:
		return 0, StandsRefunded
	case d.State == Waived:
		return 0, StandsWaived
	case d.State != Posted:
		return 0, StandsOpen
	case j.Verdict.Reasons.Has(NotItemised):
		return d.Actual(), StandsPaid
	case j.Verdict.Reasons.Has(DuplicateOrder):
		return 0, StandsDuplicate
	case j.Verdict.Reasons.Has(AmountOver):
		return j.Verdict.Expected, StandsOver
	case j.Verdict.Reasons.Has(AmountUnder):
		return j.Verdict.Expected, StandsUnder
	default:
		return d.Actual(), StandsPaid // as agreed, to within the rounding of several sales
	}
}

// stand fills in what was taken for the cycle by its deductions and how it
// stands.
func (l *AccountLine) stand(lapsed bool) {
	posted, authorized, refunded, waived := 0, 0, 0, 0
	for _, d := range l.Deductions {
		l.Actual = l.Actual.Plus(d.Actual())
		switch d.State {
		case Posted:
			posted++
		case Authorized:
			authorized++
		case Refunded:
			refunded++
		case Waived:
			waived++
		}
	}
	switch {
	case posted > 1:
		l.Standing = StandsDuplicate
	case posted == 1 && l.Actual > l.Expected:
		l.Standing = StandsOver
	case posted == 1 && l.Actual < l.Expected:
		l.Standing = StandsUnder
	case posted == 1:
		l.Standing = StandsPaid
	case authorized > 0:
		l.Standing = StandsOpen
	case refunded > 0:
		l.Expected, l.Standing = 0, StandsRefunded
	case waived > 0:
		l.Expected, l.Standing = 0, StandsWaived
	case lapsed:
		l.Expected, l.Standing = 0, StandsLapsed
	default:
		l.Standing = StandsOpen
	}
}
