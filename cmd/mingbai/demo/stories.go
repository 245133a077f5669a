package demo

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// newWorld sets up the merchants and their terminals, as seen at a moment.
func newWorld(now time.Time) *world {
	w := &world{today: date.Of(now), now: now, random: rand.New(rand.NewPCG(36, 60)), prices: prices()}
	noodles := w.shop("M1001", "老街面馆", "周老板", "13800006621", 27)
	noodles.add(w, "总店", "前台", "中国移动", 28, 2600, 0, w.anchorFor("sim-annual-36", 6, 2), "sim-annual-36", "service-99")
	noodles.add(w, "总店", "收银台", "中国移动", 22, 2400, 0, w.anchorFor("sim-annual-36", 102, 2), "sim-annual-36")

	for _, t := range noodles.terminals {
		t.mayExceed(noodles.contact)
	}
	noodles.terminals[0].thirsty = true

	store := w.shop("M1002", "顺意便利店", "李老板", "13900001188", 30)
	store.add(w, "总店", "前台", "中国电信", 40, 1900, 0, w.anchorFor("sim-half-48", 40, 3), "sim-half-48", "deposit-199")
	store.add(w, "总店", "收银台", "中国联通", 30, 4200, 0, w.anchorFor("sim-annual-36", 200, 2), "sim-annual-36", "service-99")

	fruit := w.shop("M1003", "青禾水果", "陈老板", "13700002046", 26)
	fruit.add(w, "总店", "前台", "中国联通", 24, 3100, 0, w.anchorFor("sim-quarter-9", 25, 7), "sim-quarter-9", "deposit-199")
	fruit.add(w, "二店", "收银台", "中国联通", 18, 3600, 0, w.anchorFor("sim-annual-36", 23, 2), "sim-annual-36")

	breakfast := w.shop("M1004", "百味早餐", "赵老板", "13600003355", 25)
	breakfast.add(w, "总店", "前台", "中国电信", 34, 900, 0, w.anchorFor("sim-quarter-9", 60, 7), "sim-quarter-9")
	breakfast.add(w, "总店", "扫码盒", "中国电信", 30, 800, 0, w.anchorFor("sim-quarter-9", 12, 6), "sim-quarter-9", "deposit-199")

	tea := w.shop("M1005", "临江茶行", "林老板", "13500007790", 29)
	tea.add(w, "江边店", "前台", "中国移动", 9, 18800, 0, w.anchorFor("sim-annual-36", 9, 2), "sim-annual-36", "service-99", "deposit-199")
	tea.add(w, "老城店", "前台", "中国联通", 8, 16600, 0, w.anchorFor("sim-half-48", 75, 3), "sim-half-48")

	laundry := w.shop("M1006", "新风洗衣", "吴老板", "13400009902", 24)
	laundry.add(w, "东街店", "前台", "中国移动", 12, 4500, 0, w.anchorFor("sim-annual-36", 130, 2), "sim-annual-36")
	laundry.add(w, "西街店", "前台", "中国电信", 10, 4500, 0, w.anchorFor("sim-half-48", 90, 3), "sim-half-48")

	bakery := w.shop("M1008", "小满烘焙", "何老板", "13200008086", 0)
	bakery.add(w, "总店", "前台", "中国移动", 20, 2800, 0, w.today.AddDays(-1), "sim-annual-36")
	return w
}

// regions are where merchants are, as far as the core system says.
var regions = map[string]string{"M1001": "上海", "M1002": "上海", "M1003": "苏州", "M1004": "苏州", "M1005": "杭州"}

// shop opens a merchant a number of months ago.
func (w *world) shop(ref, name, contact, phone string, months int) *merchant {
	m := &merchant{ref: ref, name: name, contact: contact, phone: phone, region: regions[ref], opened: w.today.AddMonths(-months).AddDays(-3)}
	w.merchants = append(w.merchants, m)
	return m
}

// anchorFor returns the first day of an enrolment in a plan whose next cycle
// starts in a number of days and is the one after so many have started.
func (w *world) anchorFor(plan string, days, started int) date.Date {
	price := w.prices[plan]
	back := price.FreeMonths + started*price.CycleMonths
	return w.today.AddDays(days - price.FreeDays).AddMonths(-back)
}

// add puts a terminal to work on the day of its first enrolment, which is in
// the plans named and in those for sales and payouts.
func (m *merchant) add(w *world, shop, alias, carrier string, sales int, ticket int64, agent int, anchor date.Date, plans ...string) *terminal {
	serial := strconv.Itoa(8200000 + 137*len(m.terminals) + 1009*len(w.merchants))
	t := &terminal{
		sn: serial + strconv.Itoa(10000+w.random.IntN(90000)), shop: shop, alias: alias, model: "K9", kind: "智能触屏POS",
		carrier: carrier, iccid: "89860" + strconv.FormatInt(400000000000000+w.random.Int64N(99999999999999), 10),
		agent: "A-00" + strconv.Itoa(90+(len(m.terminals)+agent)%9), activated: anchor, sales: sales, ticket: ticket,
	}
	if len(m.terminals) == 1 {
		t.model, t.kind = "T3", "传统大POS"
	}
	for _, plan := range append(plans, "card-060", "qr-038", "withdraw-3") {
		t.plans = append(t.plans, enrolment{plan: plan, anchor: anchor, accepted: []acceptance{{1, anchor, m.contact, "app"}}})
	}
	m.opened = min(m.opened, anchor)
	m.terminals = append(m.terminals, t)
	return t
}

// mayExceed enrols a terminal in the price of data beyond the allowance, which
// costs nothing until the merchant turns it on.
func (t *terminal) mayExceed(contact string) {
	t.plans = append(t.plans, enrolment{plan: "extra-5", anchor: t.activated, accepted: []acceptance{{1, t.activated, contact, "paper"}}})
}

// goWrong plants what the portal is there to show. Each is told in a sentence.
func (w *world) goWrong() {
	noodles, store, fruit, breakfast, tea, laundry := w.merchants[0], w.merchants[1], w.merchants[2], w.merchants[3], w.merchants[4], w.merchants[5]

	// An agent pushed an order for a cycle that was paid long before.
	till := noodles.terminals[1]
	day := till.day(w.today.AddDays(-4))
	paid := till.taken[till.last("sim-annual-36")].period
	till.takeAlso(day, deduction{ref: "X" + till.sn + "-dup", item: "sim_data", plan: "sim-annual-36", origin: "agent", amount: 3600, at: w.during(day.on), period: paid, order: "ORD-7781"})

	// 99 was taken where 48 was agreed.
	front := store.terminals[0]
	over := &front.taken[front.last("sim-half-48")]
	over.amount += 5100
	front.settlementOf(over.settlement).other += 5100

	// 0.60 % became 2.99 %, and a payout fee was folded in.
	till = store.terminals[1]
	day = till.day(w.today.AddDays(-13))
	sale := money.Fen(3058000)
	folded := money.Rate(29900).Of(sale) + payoutFee
	day.cards, day.card, day.cardFee = day.cards+1, day.card+sale, day.cardFee+folded
	till.taken = append(till.taken, deduction{
		ref: "X" + till.sn + "-rate", item: "transaction", plan: "card-060", state: "posted", origin: "core", amount: folded, sale: sale,
		at: w.during(day.on), settlement: day.ref,
	})

	// The coming rise was accepted for one terminal.
	second := fruit.terminals[1]
	second.plans[0].accepted = append(second.plans[0].accepted, acceptance{2, w.today.AddDays(-8), fruit.contact, "portal"})

	// A terminal was returned, and charged afterwards.
	front = breakfast.terminals[0]
	front.goneFrom, front.goneWhy = w.today.AddDays(-100), "returned"
	front.dropAfter(front.goneFrom)
	front.taken = append(front.taken, deduction{
		ref: "X" + front.sn + "-gone", item: "sim_data", plan: "sim-quarter-9", state: "posted", origin: "core", amount: 900, at: w.during(w.today.AddDays(-20)),
	})

	// An add-on that nobody agreed to.
	box := breakfast.terminals[1]
	day = box.day(w.today.AddDays(-20))
	box.takeAlso(day, deduction{ref: "X" + box.sn + "-ins", item: "insurance", origin: "agent", amount: 1500, at: w.during(day.on), order: "ORD-7802"})

	// Charged on the 21st day of six free months.
	old := tea.terminals[1]
	day = old.day(old.activated.AddDays(20))
	old.takeAlso(day, deduction{ref: "X" + old.sn + "-free", item: "sim_data", plan: "sim-half-48", origin: "core", amount: 4800, at: w.during(day.on)})

	// A new terminal, for which a sales agent ticked the SIM fee.
	fresh := tea.add(w, "老城店", "外摆", "中国移动", 6, 5200, 3, w.today.AddDays(-12), "sim-annual-36")
	fresh.plans[0].accepted[0].by, fresh.plans[0].accepted[0].via = "代理商 A-0093", fee.ViaAgent

	// Debited from the card, which the bank undid, then taken from the sales.
	front = laundry.terminals[0]
	first := &front.taken[front.last("sim-annual-36")]
	again := *first
	front.settlementOf(first.settlement).other -= first.amount
	first.state, first.settlement = "reversed", ""
	day = front.day(date.Of(again.at).AddDays(3))
	again.ref, again.at, again.settlement = "R"+again.ref, w.during(day.on), day.ref
	front.takeAlso(day, again)

	// One was refunded in full.
	back := &laundry.terminals[1].taken[laundry.terminals[1].last("sim-half-48")]
	back.state = "refunded"
}

// takeAlso adds a deduction that rode on a day's sales.
func (t *terminal) takeAlso(day *settlement, d deduction) {
	d.state, d.settlement = "posted", day.ref
	day.other += d.amount
	t.taken = append(t.taken, d)
}

// last returns the index of the latest deduction for a plan.
func (t *terminal) last(plan string) int {
	found := -1
	for i := range t.taken {
		if t.taken[i].plan == plan && (found < 0 || t.taken[i].at.After(t.taken[found].at)) {
			found = i
		}
	}
	return found
}

func (t *terminal) settlementOf(ref string) *settlement {
	for i := range t.days {
		if t.days[i].ref == ref {
			return &t.days[i]
		}
	}
	panic("demo: no settlement " + ref)
}

// dropAfter forgets what a terminal did from a day on.
func (t *terminal) dropAfter(day date.Date) {
	days := t.days[:0]
	for _, s := range t.days {
		if s.on < day {
			days = append(days, s)
		}
	}
	t.days = days
	taken := t.taken[:0]
	for _, d := range t.taken {
		if date.Of(d.at) < day {
			taken = append(taken, d)
		}
	}
	t.taken = taken
}
