package demo

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// months is how far back the demo begins.
const months = 24

// daily is for how many days before today the core system delivers each morning.
const daily = 8

// Steps returns what the core system delivered in the two years before a
// moment, in order: a month's files each on the first of the next month, in the
// last weeks those of the day before each morning, and the last this morning.
func Steps(now time.Time) []Step {
	w := newWorld(now)
	w.live()
	w.goWrong()
	for _, t := range w.merchants[4].terminals[2:] {
		w.trade(t) // came to the shop after everyone else had lived
		w.consume(t)
	}
	var steps []Step
	from := date.First
	deliver := func(on date.Date) {
		steps = append(steps, w.step(on.At(6, 30), from, on.AddDays(-1)))
		from = on
	}
	for k := months; k >= 1; k-- {
		if on := w.today.MonthStart().AddMonths(1 - k); on <= w.today.AddDays(-daily) {
			deliver(on)
		}
	}
	for n := daily - 1; n >= 1; n-- {
		deliver(w.today.AddDays(-n))
	}
	// The rise is published in the middle of a month.
	steps = append(steps, Step{At: risePublished(w.today).At(9, 0), Files: []File{plansFile(w.today, true)}})
	last := w.today.At(6, 30)
	if last.After(now) {
		last = now
	}
	steps = append(steps, w.step(last, from, w.today))
	slices.SortStableFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return steps
}

// step returns the files of what happened from a day to another, both included.
func (w *world) step(at time.Time, from, to date.Date) Step {
	f := &files{from: from, to: to}
	first := from == date.First
	if first {
		f.list = append(f.list, plansFile(w.today, false))
	}
	f.add("merchants.csv", "merchant_ref,name,contact,phone,email,opened_on,closed_on,region", func(row func(...string)) {
		for _, m := range w.merchants {
			if f.covers(m.opened) {
				row(m.ref, m.name, m.contact, m.phone, "", m.opened.String(), "", m.region)
			}
		}
	})
	f.add("terminals.csv", "sn,merchant_ref,shop,alias,model,type,activated_on,inactive_from,inactive_reason,iccid,carrier,replaces_sn,agent_ref", func(row func(...string)) {
		w.each(func(m *merchant, t *terminal) {
			gone, why := t.goneFrom, t.goneWhy
			if gone > to {
				gone, why = 0, ""
			}
			if f.covers(t.activated) || f.covers(t.goneFrom) {
				row(t.sn, m.ref, t.shop, t.alias, t.model, t.kind, t.activated.String(), gone.String(), why, t.iccid, t.carrier, t.replaces, t.agent)
			}
		})
	})
	f.add("enrolments.csv", "sn,plan,anchor_on,version,accepted_on,accepted_by,accepted_via,cancelled_on", func(row func(...string)) {
		w.each(func(_ *merchant, t *terminal) {
			for _, e := range t.plans {
				for _, a := range e.accepted {
					if f.covers(a.on) {
						row(t.sn, e.plan, e.anchor.String(), strconv.Itoa(a.version), a.on.String(), a.by, a.via, "")
					}
				}
			}
		})
	})
	w.addSettlements(f)
	w.addDeductions(f)
	w.addNotices(f, at)
	f.add("usage.csv", "sn,date,used_mb,allowance_mb,balance", func(row func(...string)) {
		for _, u := range w.usage {
			if f.covers(u.on) {
				row(u.sn, u.on.String(), whole(u.used), whole(u.allowance), "")
			}
		}
	})
	return Step{At: at, Files: f.list}
}

func (w *world) addSettlements(f *files) {
	f.add("settlements.csv", "settlement_ref,sn,date,card_count,card_amount,card_fee,qr_count,qr_amount,qr_fee,withdrawal_count,withdrawal_fee,other_fee,paid_out", func(row func(...string)) {
		w.each(func(_ *merchant, t *terminal) {
			for i := range t.days {
				s := &t.days[i]
				if f.covers(s.on) {
					row(s.ref, t.sn, s.on.String(), whole(s.cards), s.card.Yuan(), s.cardFee.Yuan(), whole(s.qrs), s.qr.Yuan(), s.qrFee.Yuan(),
						whole(s.payouts), s.payoutFee.Yuan(), s.other.Yuan(), s.paidOut().Yuan())
				}
			}
		})
	})
}

func (w *world) addDeductions(f *files) {
	f.add("deductions.csv", "deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref", func(row func(...string)) {
		w.each(func(_ *merchant, t *terminal) {
			for _, d := range t.taken {
				if f.covers(date.Of(d.at)) {
					row(d.ref, t.sn, d.item, d.plan, d.amount.Yuan(), d.at.Format(time.RFC3339), d.period.String(), d.state, d.origin, yuanOrNothing(d.sale), d.settlement, d.order)
				}
			}
		})
	})
}

// addNotices adds those delivered by the moment of the step: one that announces
// what is to come is delivered before its period.
func (w *world) addNotices(f *files, at time.Time) {
	f.add("notices.csv", "sn,item,plan,period_from,amount,channel,delivered_at", func(row func(...string)) {
		for _, n := range w.notices {
			if f.covers(date.Of(n.at)) && n.at.Before(at.AddDate(0, 0, 1)) {
				row(n.sn, n.item, n.plan, n.period.String(), n.amount.Yuan(), n.channel, n.at.UTC().Format(time.RFC3339))
			}
		}
	})
}

func (w *world) each(visit func(*merchant, *terminal)) {
	for _, m := range w.merchants {
		for _, t := range m.terminals {
			visit(m, t)
		}
	}
}

// files collects the files of a step; one without a row is left out.
type files struct {
	from, to date.Date
	list     []File
}

func (f *files) covers(day date.Date) bool { return !day.IsZero() && day >= f.from && day <= f.to }

func (f *files) add(name, header string, rows func(row func(...string))) {
	var b bytes.Buffer
	b.WriteString(header + "\n")
	empty := b.Len()
	out := csv.NewWriter(&b)
	rows(func(cells ...string) {
		_ = out.Write(cells) // a buffer takes everything
	})
	out.Flush()
	if b.Len() > empty {
		f.list = append(f.list, File{name, b.Bytes()})
	}
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

func yuanOrNothing(f money.Fen) string {
	if f == 0 {
		return ""
	}
	return f.Yuan()
}
