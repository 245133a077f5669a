package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// casesLoaded is how many cases are made up, loaded and asked about.
const casesLoaded = 2000

// TestWhatIsLoadedAndAskedOverTheAPIIsAnsweredAsByTheRules makes cases up, sends
// them as files, asks for each at the gate, and compares with what the rules say
// of the case as it was made up.
func TestWhatIsLoadedAndAskedOverTheAPIIsAnsweredAsByTheRules(t *testing.T) {
	made := makeCases(rand.New(rand.NewPCG(20261122, 4)), casesLoaded)
	each(t, func(t *testing.T, s *site) {
		for _, kind := range []string{"plans", "merchants", "terminals", "enrolments", "deductions", "notices"} {
			media := "text/csv"
			if kind == "plans" {
				media = "application/yaml"
			}
			var sent api.ImportAnswer
			s.ask("POST", "/api/v1/imports/"+kind, made.files[kind].String(), "Content-Type", media).is(http.StatusAccepted).json(&sent)
			s.work()
			if a := s.ask("GET", sent.Progress, ""); !strings.Contains(a.body, `"state":"done"`) {
				t.Fatalf("%s: %.600s", kind, a.body)
			}
		}
		// Of half of them what the gate reads is kept in one row by now, and of the
		// others it is not.
		if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
			t.Fatal(err)
		}
		intaketest.Exec(t, s.db, `delete from terminal_asks where terminal_id % 2 = 0`)
		said := map[string]int{}
		for i := range made.cases {
			m := &made.cases[i]
			s.clock.Advance(10 * time.Millisecond) // as a night's run asks
			a := s.ask("POST", "/api/v1/deductions/authorize", m.body()).is(http.StatusOK).gated()
			v, err := fee.Judge(&m.Case)
			if err != nil {
				t.Fatalf("case %d: %v", i, err)
			}
			want := v.Answer()
			var codes []string
			for _, r := range a.Reasons {
				codes = append(codes, r.Code)
			}
			if a.Decision != string(want.Decision) || strings.Join(codes, " ") != v.Reasons.String() || a.Expected != int64(v.Expected) ||
				(a.Version == nil) != (want.Version == nil) || a.Version != nil && *a.Version != *want.Version ||
				(a.Cycle == nil) != (want.Cycle == nil) || a.Cycle != nil && a.Cycle.From != want.Cycle.From.String() {
				text, _ := json.Marshal(&m.Case)
				t.Errorf("case %d: got %s (%s), %d, version %v, %+v; want %s (%s), %d, version %d, %+v of\n%s", i,
					a.Decision, strings.Join(codes, " "), a.Expected, a.Version, a.Cycle, v.Decision, v.Reasons, v.Expected, v.Version, v.Cycle, text)
			}
			said[string(v.Decision)]++
			for code := range v.Reasons.All() {
				said[code.String()]++
			}
		}
		for _, what := range []string{
			"allow", "hold", "deny", "not_agreed", "version_not_accepted", "in_free_period", "not_due", "duplicate_cycle", "duplicate_order", "cancelled", "terminal_inactive",
			"merchant_closed", "amount_over", "amount_under", "notice_missing", "arrears", "retry_after_reversal", "manual_order", "period_unknown", "lapsed_cycle", "notice_period",
			"cap_exceeded", "exceeds_sale", "wrong_method", "sale_unknown", "late_after_cancel",
		} {
			if said[what] == 0 {
				t.Errorf("no case came to %s: they test less than they should", what)
			}
		}
	})
}

// madeCase is a case with the names under which it is loaded.
type madeCase struct {
	fee.Case
	n int
}

func (m *madeCase) sn() string { return fmt.Sprintf("CASE%05d", m.n) }

// body is the request as it is asked for.
func (m *madeCase) body() string {
	r := &m.Request
	b := map[string]any{
		"ref": "C-" + m.sn(), "sn": m.sn(), "item": string(m.Plan.Item), "plan": m.Plan.Code, "amount_fen": int64(r.Amount), "at": r.At.Format(time.RFC3339), "origin": r.Origin,
	}
	set := func(name string, isSet bool, value any) {
		if isSet {
			b[name] = value
		}
	}
	set("period_from", !r.PeriodFrom.IsZero(), r.PeriodFrom.String())
	set("sale_fen", r.Sale != nil, r.Sale)
	set("sale_count", r.SaleCount != nil, r.SaleCount)
	set("sale_net_fen", r.SaleNet != nil, r.SaleNet)
	set("method", r.Method != "", string(r.Method))
	set("order_ref", r.OrderRef != "", r.OrderRef)
	text, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// madeCases are cases, and the files that say the same.
type madeCases struct {
	cases []madeCase
	files map[string]*strings.Builder
	r     *rand.Rand
	plans []fee.Plan
}

func makeCases(r *rand.Rand, n int) *madeCases {
	m := &madeCases{r: r, files: map[string]*strings.Builder{}}
	for kind, head := range map[string]string{
		"plans": "disclosures:\n", "merchants": "merchant_ref,name,contact,phone,email,opened_on,closed_on\n",
		"terminals":  "sn,merchant_ref,shop,alias,model,type,activated_on,inactive_from,inactive_reason,iccid,carrier,replaces_sn,agent_ref\n",
		"enrolments": "sn,plan,anchor_on,version,accepted_on,accepted_by,accepted_via,cancelled_on\n",
		"deductions": "deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref\n",
		"notices":    "sn,item,plan,period_from,amount,channel,delivered_at\n",
	} {
		m.files[kind] = &strings.Builder{}
		m.files[kind].WriteString(head)
	}
	for i := range 24 {
		m.makePlan(i)
	}
	for i := range n {
		m.makeCase(i)
	}
	return m
}

// one returns one of several.
func one[T any](m *madeCases, all ...T) T { return all[m.r.IntN(len(all))] }

// often reports true so many times in a hundred.
func (m *madeCases) often(percent int) bool { return m.r.IntN(100) < percent }

func (m *madeCases) day(from string, days int) date.Date {
	return date.MustParse(from).AddDays(m.r.IntN(days))
}

func (m *madeCases) line(kind, format string, args ...any) {
	fmt.Fprintf(m.files[kind], format+"\n", args...)
}

// makePlan makes up a plan with one to three versions, and the disclosure that
// says so.
func (m *madeCases) makePlan(i int) {
	p := fee.Plan{Code: fmt.Sprintf("made-%d", i), Item: []fee.Item{fee.SimData, fee.Service, fee.Insurance, fee.Transaction, fee.Withdrawal, fee.DeviceDeposit}[i%6]}
	var price fee.Price
	switch p.Item {
	case fee.DeviceDeposit:
		price = fee.Price{Kind: fee.OneOff, Amount: 9900, FreeDays: one(m, 0, 30)}
	case fee.Withdrawal:
		price, p.Cap12m = fee.Price{Kind: fee.PerItem, Amount: 300}, one(m, money.Fen(0), 700)
	case fee.Transaction:
		price = fee.Price{Kind: fee.PerSale, Rate: 6000, Min: one(m, money.Fen(0), 10), Cap: one(m, money.Fen(0), 2000)}
		p.Method = one(m, fee.AnyMethod, fee.Card, fee.QR)
	default:
		price = fee.Price{Kind: fee.Recurring, Amount: one(m, money.Fen(900), 3600, 4800), CycleMonths: one(m, 1, 3, 6, 12), Idle: one(m, fee.Accrue, fee.Skip)}
		if m.often(50) {
			price.FreeDays = one(m, 15, 30)
		} else {
			price.FreeMonths = one(m, 0, 1, 3)
		}
	}
	published := m.day("2023-01-01", 300)
	m.line("plans", "  - slug: made-%d\n    title: {zh-CN: 收费, en: Fees}\n    versions:", i)
	for n := 1; n <= 1+m.r.IntN(3); n++ {
		v := fee.Version{Number: n, PublishedOn: published, EffectiveOn: published.AddDays(one(m, 31, 40, 10, 10)), DisclosureDays: new(31), Price: price}
		if n == 1 {
			v.EffectiveOn = published.AddDays(40)
		}
		m.line("plans", "      - {version: %d, published_on: %s, effective_on: %s, disclosure_days: 31}", n, v.PublishedOn, v.EffectiveOn)
		p.Versions = append(p.Versions, v)
		published = v.EffectiveOn.AddDays(50 + m.r.IntN(300))
		if price.Kind == fee.PerSale {
			price.Rate = one(m, money.Rate(3800), 6000, 6500)
		} else {
			price.Amount = price.Amount.Plus(one(m, money.Fen(-300), 0, 300, 600)).Plus(0)
			price.Amount = max(price.Amount, 100)
		}
	}
	m.line("plans", "    plans:\n      - code: %s\n        item: %s", p.Code, p.Item)
	if p.Method != "" {
		m.line("plans", "        method: %s", p.Method)
	}
	for _, text := range []string{"title", "recipient", "priced_by", "refund", "stop"} {
		m.line("plans", "        %s: {zh-CN: 文, en: Text}", text)
	}
	m.line("plans", "        clause: \"1\"\n        cap_12m_fen: %d\n        versions:", p.Cap12m)
	for i := range p.Versions {
		v := &p.Versions[i]
		fields := []string{"kind: " + string(v.Price.Kind)}
		add := func(name string, n int64) {
			if n != 0 {
				fields = append(fields, fmt.Sprintf("%s: %d", name, n))
			}
		}
		add("amount_fen", int64(v.Price.Amount))
		add("ppm", int64(v.Price.Rate))
		add("min_fen", int64(v.Price.Min))
		add("cap_fen", int64(v.Price.Cap))
		add("cycle_months", int64(v.Price.CycleMonths))
		add("free_days", int64(v.Price.FreeDays))
		add("free_months", int64(v.Price.FreeMonths))
		if v.Price.Idle != "" {
			fields = append(fields, "idle: "+string(v.Price.Idle))
		}
		m.line("plans", "          - {version: %d, disclosure_version: %d, price: {%s}}", v.Number, v.Number, strings.Join(fields, ", "))
	}
	m.plans = append(m.plans, p)
}

// makeCase makes up a merchant with a terminal, what it took up, what came before
// and a request.
func (m *madeCases) makeCase(i int) {
	c := madeCase{n: i, Case: fee.Case{Policy: fee.DefaultPolicy, Plan: m.plans[m.r.IntN(len(m.plans))]}}
	at := m.day("2025-06-01", 500).At(m.r.IntN(24), m.r.IntN(60)).UTC()
	on := date.Of(at)
	begun := m.day("2024-03-01", 400)
	if m.often(12) {
		begun = on.AddDays(-m.r.IntN(40))
	}
	c.Terminal.ActivatedOn = begun
	gone, reason := "", ""
	if m.often(10) {
		c.Terminal.InactiveFrom = max(begun, on.AddDays(m.r.IntN(60)-40))
		gone, reason = c.Terminal.InactiveFrom.String(), one(m, "returned", "lost", "unbound")
	}
	closed := ""
	if m.often(5) {
		c.Merchant.ClosedOn = max(begun, on.AddDays(m.r.IntN(40)-30))
		closed = c.Merchant.ClosedOn.String()
	}
	m.line("merchants", "MC%d,Made %d,Zhou,1380%07d,,2024-01-01,%s", i, i, i, closed)
	m.line("terminals", "%s,MC%d,Made,,,,%s,%s,%s,,,,", c.sn(), i, begun, gone, reason)
	if !m.often(4) {
		m.enrol(&c, begun, on)
	}
	var schedule fee.Schedule
	if c.Enrolment != nil && c.Plan.HasCycles() {
		schedule = fee.ScheduleOf(&c.Plan.Versions[0].Price, begun)
		m.takeCycles(&c, schedule, on)
	}
	if c.Enrolment != nil && !c.Plan.HasCycles() {
		m.takeOrders(&c, on)
	}
	m.request(&c, at, schedule)
	m.cases = append(m.cases, c)
}

func (m *madeCases) enrol(c *madeCase, anchor, on date.Date) {
	c.Enrolment = &fee.Enrolment{AnchorOn: anchor}
	cancelled := ""
	if m.often(12) {
		c.Enrolment.CancelledOn = on.AddDays(m.r.IntN(200) - 150)
		if c.Enrolment.CancelledOn < anchor {
			c.Enrolment.CancelledOn = anchor
		}
		cancelled = c.Enrolment.CancelledOn.String()
	}
	for i := range c.Plan.Versions {
		v := &c.Plan.Versions[i]
		if i > 0 && m.often(50) {
			continue
		}
		a := fee.Acceptance{Version: v.Number, On: max(anchor, v.PublishedOn).AddDays(-m.r.IntN(3)), Via: one(m, "app", "app", "portal", "paper", "agent")}
		c.Enrolment.Accepted = append(c.Enrolment.Accepted, a)
		m.line("enrolments", "%s,%s,%s,%d,%s,Zhou,%s,%s", c.sn(), c.Plan.Code, anchor, a.Version, a.On, a.Via, cancelled)
	}
}

// takeCycles makes up what was taken for cycles, each while it ran.
func (m *madeCases) takeCycles(c *madeCase, schedule fee.Schedule, on date.Date) {
	for index := 1; index <= schedule.Started(on); index++ {
		cycle := schedule.Cycle(index)
		from := cycle.From
		last := on.AddDays(-1)
		if !cycle.To.IsZero() {
			last = min(last, cycle.To)
		}
		if last < from || m.often(20) {
			continue
		}
		taken := from.AddDays(m.r.IntN(last.DaysSince(from) + 1))
		state := one(m, fee.Posted, fee.Posted, fee.Posted, fee.Posted, fee.Refunded, fee.Waived, fee.Reversed, fee.Authorized)
		m.took(c, index, from, c.Plan.Versions[0].Price.Amount, taken, state, "")
	}
}

// takeOrders makes up what was taken for orders.
func (m *madeCases) takeOrders(c *madeCase, on date.Date) {
	for n := range m.r.IntN(4) {
		taken := on.AddDays(-1 - m.r.IntN(300))
		m.took(c, 0, 0, 300, taken, one(m, fee.Posted, fee.Posted, fee.Reversed), fmt.Sprintf("O%d-%d", c.n, n))
	}
}

func (m *madeCases) took(c *madeCase, cycle int, from date.Date, amount money.Fen, on date.Date, state fee.State, order string) {
	period := ""
	if cycle > 0 {
		period = from.String()
	}
	c.History = append(c.History, fee.Entry{Cycle: cycle, Amount: amount, On: on, State: state, OrderRef: order})
	m.line("deductions", "H%d-%d,%s,%s,%s,%s,%sT12:00:00+08:00,%s,%s,core,,,%s", c.n, len(c.History), c.sn(), c.Plan.Item, c.Plan.Code, amount.Yuan(), on, period, state, order)
}

// request makes up what is asked for, and for most cycles a notice.
func (m *madeCases) request(c *madeCase, at time.Time, schedule fee.Schedule) {
	r := &c.Request
	r.At, r.Origin = at, one(m, "core", "core", "core", "core", "core", "core", "agent", "import")
	r.Amount = c.Plan.Versions[m.r.IntN(len(c.Plan.Versions))].Price.Amount
	if m.often(10) {
		r.Amount = r.Amount.Plus(one(m, money.Fen(-100), 100, 1))
	}
	if len(c.History) > 0 && m.often(15) {
		r.OrderRef = c.History[m.r.IntN(len(c.History))].OrderRef
	}
	switch c.Plan.Kind() {
	case fee.PerSale:
		m.sale(c)
	case fee.PerItem:
		if m.often(20) {
			r.SaleCount, r.Amount = new(int64(2)), r.Amount.Times(2)
		}
		if m.often(20) {
			r.SaleNet = new(one(m, money.Fen(100), 100_000))
		}
	}
	if schedule == (fee.Schedule{}) {
		return
	}
	last := schedule.Started(r.On()) + 1
	if c.Plan.Kind() == fee.OneOff {
		last = 1
	}
	if m.often(35) {
		r.PeriodFrom = schedule.Cycle(min(last, max(1, last-m.r.IntN(5)))).From
		if m.often(10) {
			r.PeriodFrom = r.PeriodFrom.AddDays(1)
		}
	}
	for index := 1; index <= last; index++ {
		if m.often(15) {
			continue
		}
		n := fee.Notice{Cycle: index, Amount: r.Amount.Plus(one(m, money.Fen(0), 0, 0, -1, 100)), DeliveredAt: at.Add(-time.Duration(one(m, 30, 200, 1000, 10, 2000)) * time.Hour).Truncate(time.Second), Channel: "sms"}
		if n.Amount <= 0 {
			continue
		}
		c.Notices = append(c.Notices, n)
		m.line("notices", "%s,%s,%s,%s,%s,sms,%s", c.sn(), c.Plan.Item, c.Plan.Code, schedule.Cycle(index).From, n.Amount.Yuan(), n.DeliveredAt.Format(time.RFC3339))
	}
}

// sale makes up the sale of which a share is asked for.
func (m *madeCases) sale(c *madeCase) {
	r := &c.Request
	r.Amount = one(m, money.Fen(600), 380, 10, 2000, 1)
	if m.often(90) {
		r.Sale = new(one(m, money.Fen(100_000), 1000, 1_000_000))
		r.Amount = c.Plan.Versions[0].Price.Rate.Of(*r.Sale)
		if m.often(30) {
			r.SaleCount = new(int64(one(m, 1, 7)))
		}
	}
	r.Amount = max(r.Amount, 1)
	r.Method = one(m, fee.AnyMethod, fee.Credit, fee.QR, fee.Card)
}
