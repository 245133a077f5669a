// Package demo makes up two years of a small acquirer: its merchants, what they
// sold, what was taken from them, and what went wrong. Everything is counted
// from the day on which the demo starts, so that it looks alive on any day, and
// comes as the files that a billing team would send, month by month.
package demo

import (
	"math/rand/v2"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Hotline is the made-up acquirer's, a number that nobody has.
const Hotline = "400-000-0000"

// Step is a delivery of files by the core system, at the moment they came.
type Step struct {
	At    time.Time
	Files []File
}

// File is one input file.
type File struct {
	Name string // as the import knows it: its ending and what it is about
	Text []byte
}

// merchant is a made-up shop owner with terminals.
type merchant struct {
	ref, name, contact, phone string
	region                    string // empty: the core system does not say
	opened                    date.Date
	terminals                 []*terminal
}

// terminal is a made-up terminal with what it is enrolled in.
type terminal struct {
	sn, shop, alias, model, kind, carrier, iccid, agent string
	activated                                           date.Date
	goneFrom                                            date.Date
	goneWhy, replaces                                   string
	plans                                               []enrolment
	sales                                               int   // a day, about
	ticket                                              int64 // fen a sale, about
	thirsty                                             bool  // its SIM has used four fifths of this month's data

	taken []deduction
	days  []settlement
}

// enrolment is a terminal's plan with the acceptances of its versions.
type enrolment struct {
	plan     string
	anchor   date.Date
	accepted []acceptance
}

type acceptance struct {
	version int
	on      date.Date
	by, via string
}

// deduction is a row of deductions.csv.
type deduction struct {
	ref, item, plan, state, origin, settlement, order string
	amount                                            money.Fen
	sale                                              money.Fen
	at                                                time.Time
	period                                            date.Date
}

// settlement is a row of settlements.csv.
type settlement struct {
	ref                  string
	on                   date.Date
	cards, qrs, payouts  int64
	card, cardFee        money.Fen
	qr, qrFee, payoutFee money.Fen
	other                money.Fen
}

func (s *settlement) paidOut() money.Fen {
	return s.card + s.qr - s.cardFee - s.qrFee - s.payoutFee - s.other
}

// notice is a row of notices.csv.
type notice struct {
	sn, item, plan, channel string
	period                  date.Date
	amount                  money.Fen
	at                      time.Time
}

// usage is a row of usage.csv.
type usage struct {
	sn        string
	on        date.Date
	used      int64
	allowance int64
}

// world is the whole of it.
type world struct {
	today     date.Date
	now       time.Time
	random    *rand.Rand
	prices    map[string]fee.Price
	merchants []*merchant
	notices   []notice
	usage     []usage
}

// Rates of the two ways of paying, and the price of a payout.
const (
	cardRate  money.Rate = 6000
	qrRate    money.Rate = 3800
	payoutFee money.Fen  = 300
)

// noticesSince is how long ago notices began to be kept; what was taken before
// shows them as not checked.
const noticesSinceMonths = 14

// live lets every terminal trade from its activation to yesterday, takes the
// fees that are due, announces them, and counts what its SIM uses.
func (w *world) live() {
	for _, m := range w.merchants {
		for _, t := range m.terminals {
			w.trade(t)
			w.collect(t)
			w.consume(t)
		}
	}
}

func (w *world) trade(t *terminal) {
	for day := t.activated; day < w.today; day = day.AddDays(1) {
		if !t.goneFrom.IsZero() && day >= t.goneFrom || w.random.IntN(30) == 0 {
			continue
		}
		s := settlement{ref: "S" + t.sn + "-" + day.String(), on: day}
		busy := t.sales
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			busy += busy / 3
		}
		for range 1 + w.random.IntN(2*busy) {
			sale := money.Fen(t.ticket/3 + w.random.Int64N(t.ticket*3/2))
			if w.random.IntN(3) == 0 {
				s.cards, s.card, s.cardFee = s.cards+1, s.card+sale, s.cardFee+cardRate.Of(sale)
			} else {
				s.qrs, s.qr, s.qrFee = s.qrs+1, s.qr+sale, s.qrFee+qrRate.Of(sale)
			}
		}
		if w.random.IntN(6) == 0 {
			s.payouts, s.payoutFee = 1, payoutFee
		}
		t.days = append(t.days, s)
	}
}

// collect takes each due cycle with the first sales on or after its first day,
// and announces those since notices were kept.
func (w *world) collect(t *terminal) {
	since := w.today.AddMonths(-noticesSinceMonths)
	for _, e := range t.plans {
		price, ok := w.prices[e.plan]
		if !ok || price.Kind != fee.Recurring && price.Kind != fee.OneOff {
			continue
		}
		schedule := fee.ScheduleOf(&price, e.anchor)
		last := schedule.Started(w.today.AddDays(7))
		for k := 1; k <= last; k++ {
			cycle := schedule.Cycle(k)
			gone := !t.goneFrom.IsZero() && cycle.From >= t.goneFrom
			if gone || len(e.accepted) == 0 || e.accepted[0].via == fee.ViaAgent {
				continue
			}
			if cycle.From >= since {
				w.announce(t, e.plan, price.Amount, cycle.From)
			}
			w.take(t, e.plan, price, cycle, k)
		}
	}
}

func (w *world) take(t *terminal, plan string, price fee.Price, cycle fee.Cycle, k int) {
	for i := range t.days {
		s := &t.days[i]
		if s.on < cycle.From || s.card+s.qr < 2*price.Amount {
			continue
		}
		if price.Idle == fee.Skip && !cycle.To.IsZero() && s.on > cycle.To {
			return
		}
		s.other += price.Amount
		t.taken = append(t.taken, deduction{
			ref: "D" + t.sn + "-" + plan + "-" + itoa(k), item: itemOf(plan), plan: plan, state: "posted", origin: "core",
			amount: price.Amount, at: w.during(s.on), period: cycle.From, settlement: s.ref,
		})
		return
	}
}

func (w *world) announce(t *terminal, plan string, amount money.Fen, from date.Date) {
	for _, lead := range []int{7, 1} {
		at := from.AddDays(-lead).At(10, 2+w.random.IntN(40))
		if at.Before(w.now) {
			w.notices = append(w.notices, notice{sn: t.sn, item: itemOf(plan), plan: plan, channel: "sms", period: from, amount: amount, at: at})
		}
	}
}

// nearlyAll is what a thirsty SIM has used of this month's 100 MB.
const nearlyAll = 82

// consume counts megabytes: about half of what the SIM allows, and more each
// month at the busiest counter.
func (w *world) consume(t *terminal) {
	for day := t.activated; day < w.today; day = day.AddDays(1) {
		if !t.goneFrom.IsZero() && day >= t.goneFrom {
			return
		}
		_, _, inMonth := day.Civil()
		used := int64(w.random.IntN(3 + t.sales/8))
		if inMonth > 28 {
			used = 1
		}
		if t.thirsty && day >= w.today.MonthStart() {
			known := int64(w.today.AddDays(-1).DaysSince(w.today.MonthStart()) + 1)
			so := int64(day.DaysSince(w.today.MonthStart()))
			used = nearlyAll*(so+1)/known - nearlyAll*so/known
		}
		w.usage = append(w.usage, usage{sn: t.sn, on: day, used: used, allowance: 100})
	}
}

// during returns a moment of the working day, in UTC.
func (w *world) during(day date.Date) time.Time {
	return day.At(9+w.random.IntN(11), w.random.IntN(60)).Add(time.Duration(w.random.IntN(60)) * time.Second).UTC()
}

// day returns the settlement of the first day on or after one on which the
// terminal traded; the terminal must have.
func (t *terminal) day(from date.Date) *settlement {
	for i := range t.days {
		if t.days[i].on >= from {
			return &t.days[i]
		}
	}
	panic("demo: terminal " + t.sn + " has no sales from " + from.String())
}
