package fee

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Charge is a deduction to come.
type Charge struct {
	Cycle   Cycle
	On      date.Date // the first day on which it may be taken: its cycle's, or today where that is past
	Amount  money.Fen
	Version int
	Holds   Codes // what would hold it if it were asked for then; a notice may still come, and is left out
}

// Forecast returns the deductions to come from today up to a date, by Judge:
// each due cycle that is open, then each that starts, at the price that stands
// on its first day as things are known today. The case gives the facts and the
// history; its request is not used. A fee per sale or per item has no dates to
// foresee, and gives none. It returns an error wrapping ErrInvalidCase.
func Forecast(facts *Case, today, until date.Date) ([]Charge, error) {
	c := *facts
	c.Request = forecastRequest(today)
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Enrolment == nil || !c.Plan.HasCycles() {
		return nil, nil
	}
	schedule := ScheduleOf(&c.Plan.Versions[0].Price, c.Enrolment.AnchorOn)
	c.History = append(make([]Entry, 0, len(facts.History)+4), facts.History...)
	var charges []Charge
	last := schedule.Started(until)
	for index := 1; index <= last; index++ {
		charge, ok, err := c.foresee(schedule.Cycle(index), today)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		charges = append(charges, charge)
		// What is foreseen for one cycle is taken as done for the next.
		c.History = append(c.History, Entry{Cycle: index, Amount: charge.Amount, On: charge.On, State: Authorized})
	}
	return charges, nil
}

// foresee asks what a cycle would cost on the first day it could be taken, then
// whether that amount would go through.
func (c *Case) foresee(cycle Cycle, today date.Date) (Charge, bool, error) {
	on := max(cycle.From, today)
	c.Request = forecastRequest(on)
	c.Request.PeriodFrom = cycle.From
	c.Request.Amount = 1
	first, err := Judge(c)
	if err != nil || first.Expected <= 0 {
		return Charge{}, false, err
	}
	c.Request.Amount = first.Expected
	v, err := Judge(c)
	if err != nil || v.Decision == Deny {
		return Charge{}, false, err
	}
	return Charge{Cycle: cycle, On: on, Amount: v.Expected, Version: v.Version, Holds: v.Reasons}, true, nil
}

// forecastRequest asks at noon, so that no rounding of instants moves the date,
// and as a replay, since notices are still to be given.
func forecastRequest(on date.Date) Request {
	return Request{At: on.Start().Add(12 * time.Hour), Origin: OriginCore, Replay: true}
}
