package explain

import (
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// example is one deduction to explain. Its context is made for each language,
// since the published words come in both.
type example struct {
	name string
	c    *fee.Case
	ctx  Context
	zh   Terms
	en   Terms
}

// change alters an example that is otherwise as agreed.
type change func(*example)

func day(s string) date.Date { return date.MustParse(s) }

func fen(n int64) *money.Fen { f := money.Fen(n); return &f }

func count(n int64) *int64 { return &n }

// simYear is 36 yuan a year for a SIM after 30 free days: its second year,
// announced and taken on its first day.
func simYear() *example {
	return &example{
		c: &fee.Case{
			Policy: fee.DefaultPolicy,
			Plan: fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: []fee.Version{{
				Number: 1, PublishedOn: day("2024-09-01"), EffectiveOn: day("2024-10-08"),
				Price: fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue},
			}}},
			Enrolment: &fee.Enrolment{
				AnchorOn: day("2024-11-03"),
				Accepted: []fee.Acceptance{{Version: 1, On: day("2024-11-03"), Via: "app"}},
			},
			Terminal: fee.Terminal{ActivatedOn: day("2024-11-03")},
			History:  []fee.Entry{{Cycle: 1, Amount: 3600, On: day("2024-12-03"), State: fee.Posted}},
			Notices: []fee.Notice{
				{Cycle: 2, Amount: 3600, DeliveredAt: day("2025-11-26").At(10, 2), Channel: "sms"},
			},
			Request: fee.Request{
				Amount: 3600, At: day("2025-12-03").At(9, 14), PeriodFrom: day("2025-12-03"), Origin: fee.OriginCore,
			},
		},
		ctx: Context{
			Item: fee.SimData, State: fee.Posted, Ref: "D820000000387-2", AcceptedBy: "周老板", NoticeTo: "138****6621",
			Terminal: Terminal{Alias: "前台 POS", SN: "820000000387", Carrier: "中国移动", SalesThatDay: 17},
			Settlement: &Settlement{
				On: day("2025-12-03"), Sales: 123_680, Fees: 6830, PaidOut: 116_850,
			},
			Operator: Operator{Hotline: "95000"},
			Pages:    Pages{Terminal: "/terminals/820000000387", Agreements: "/agreements"},
		},
		zh: Terms{
			Title: "流量卡费（一年一次）", Recipient: "示例支付有限公司", PricedBy: "示例支付定价",
			Refund: "已开始的一期不退，停用后不再收。", Stop: "在终端页停用，或归还终端。",
			Disclosure: "终端收费公示", Version: 2, Clause: "3", URL: "/disclosures/terminal-fees/2",
		},
		en: Terms{
			Title: "SIM data, once a year", Recipient: "Example Pay Ltd", PricedBy: "Priced by Example Pay",
			Refund: "A period that has begun is not refunded.", Stop: "Stop it on the terminal's page.",
			Disclosure: "Terminal fees", Version: 2, Clause: "3", URL: "/disclosures/terminal-fees/2",
		},
	}
}

// column makes the example a fee column of a settlement.
func column(kind Kind, item fee.Item, method fee.Method, price fee.Price, amount money.Fen, sale *money.Fen, n *int64) change {
	return func(x *example) {
		x.c.Plan = fee.Plan{Code: "column", Item: item, Method: method, Versions: []fee.Version{{
			Number: 1, PublishedOn: day("2024-09-01"), EffectiveOn: day("2024-10-08"), Price: price,
		}}}
		x.c.History, x.c.Notices = nil, nil
		x.c.Request = fee.Request{
			Amount: amount, At: day("2025-11-20").At(23, 59), Origin: fee.OriginCore, Method: method,
			Sale: sale, SaleCount: n, Replay: true,
		}
		x.ctx.Kind, x.ctx.Item, x.ctx.NoticeTo, x.ctx.Ref = kind, item, "", "S820000000387-2025-11-20"
		x.ctx.Terminal.SalesThatDay = 0
		x.ctx.Settlement = &Settlement{On: day("2025-11-20"), Sales: 531_800, Fees: amount, PaidOut: 531_800 - amount}
		x.zh.Title, x.zh.Clause, x.zh.Refund, x.zh.Stop = "", "1", "", ""
		x.en.Title, x.en.Clause, x.en.Refund, x.en.Stop = "", "1", "", ""
	}
}

// plain makes the example a fee without a plan that anybody agreed to.
func plain(item fee.Item, amount money.Fen) change {
	return func(x *example) {
		x.c.Plan, x.c.Enrolment, x.c.History, x.c.Notices = fee.Plan{}, nil, nil, nil
		x.c.Request = fee.Request{Amount: amount, At: day("2026-11-02").At(14, 29), Origin: "agent", OrderRef: "ORD-7802", Replay: true}
		x.ctx.Item, x.ctx.NoticeTo = item, ""
		x.ctx.Settlement = &Settlement{On: day("2026-11-02"), Sales: 80_000, Fees: 1980, PaidOut: 78_020}
		x.zh, x.en = Terms{}, Terms{}
	}
}

func state(s fee.State) change { return func(x *example) { x.ctx.State = s } }

// requested makes the example a request that the gate answered.
func requested(s fee.State, at time.Time) change {
	return func(x *example) {
		x.ctx.State, x.ctx.Settlement = s, nil
		x.c.Request.At = at
	}
}

func with(change func(*fee.Case)) change { return func(x *example) { change(x.c) } }

func amount(f money.Fen) change { return func(x *example) { x.c.Request.Amount = f } }

func price(p fee.Price) change {
	return func(x *example) {
		x.c.Plan.Versions[0].Price = p
		x.zh.Title, x.zh.Refund, x.zh.Stop = "", "", ""
		x.en.Title, x.en.Refund, x.en.Stop = "", "", ""
	}
}

func replayed(x *example) { x.c.Request.Replay, x.c.Notices, x.ctx.NoticeTo = true, nil, "" }

func named(name string, changes ...change) *example {
	x := simYear()
	x.name = name
	for _, c := range changes {
		c(x)
	}
	if x.ctx.Settlement != nil {
		x.ctx.Settlement.On = x.c.Request.On()
	}
	x.ctx.Next = x.nextCharge()
	return x
}

// nextCharge is what the rules foresee on the day after the deduction.
func (x *example) nextCharge() *fee.Charge {
	v, err := fee.Judge(x.c)
	if err != nil {
		panic(err)
	}
	facts, on := *x.c, x.c.Request.On()
	taken := fee.Entry{Cycle: v.Cycle.Index, Amount: x.c.Request.Amount, On: on, State: x.ctx.State}
	facts.History = append(slices.Clone(facts.History), taken)
	charges, err := fee.Forecast(&facts, on.AddDays(1), on.AddMonths(40))
	if err != nil {
		panic(err)
	}
	if len(charges) == 0 {
		return nil
	}
	return &charges[0]
}

// rise adds a dearer second version.
func rise(published, effective string, price money.Fen, accepted ...fee.Acceptance) change {
	return func(x *example) {
		v := x.c.Plan.Versions[0]
		v.Number, v.PublishedOn, v.EffectiveOn, v.Price.Amount = 2, day(published), day(effective), price
		x.c.Plan.Versions = append(x.c.Plan.Versions, v)
		x.c.Enrolment.Accepted = append(x.c.Enrolment.Accepted, accepted...)
	}
}

// examples are the deductions whose explanations are kept as golden files.
func examples() []*example {
	rate := func(p fee.Price) fee.Price { p.Kind = fee.PerSale; return p }
	return []*example{
		named("as-agreed"),
		named("history-without-notices", replayed),
		named("first-period-after-half-a-year", price(fee.Price{Kind: fee.Recurring, Amount: 4800, CycleMonths: 6, FreeMonths: 6, Idle: fee.Accrue}), amount(4800),
			with(func(c *fee.Case) {
				c.History = nil
				c.Request.PeriodFrom, c.Request.At = day("2025-05-03"), day("2025-05-03").At(9, 0)
				c.Notices = []fee.Notice{{Cycle: 1, Amount: 4800, DeliveredAt: day("2025-04-26").At(10, 0), Channel: "wechat"}}
				c.Request.SaleNet = fen(9900)
			}), func(x *example) { x.ctx.NoticeTo = "" }),
		named("quarter-that-skips-idle-periods", price(fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, FreeMonths: 3, Idle: fee.Skip}), amount(900),
			with(func(c *fee.Case) {
				c.Request.PeriodFrom, c.Request.At = day("2025-11-03"), day("2025-11-04").At(9, 0)
				c.Notices = []fee.Notice{{Cycle: 4, Amount: 900, DeliveredAt: day("2025-10-28").At(10, 0), Channel: "email"}}
				c.History = []fee.Entry{{Cycle: 3, Amount: 900, On: day("2025-08-05"), State: fee.Posted}}
			}), func(x *example) { x.ctx.NoticeTo = "z***@example.com" }),
		named("monthly-service", price(fee.Price{Kind: fee.Recurring, Amount: 1500, CycleMonths: 1, Idle: fee.Accrue}), amount(1500),
			with(func(c *fee.Case) {
				c.Plan.Item = fee.Service
				c.Request.PeriodFrom = day("2025-12-03")
				c.History = nil
				for k := range 13 {
					c.History = append(c.History, fee.Entry{Cycle: k + 1, Amount: 1500, On: day("2024-11-03").AddMonths(k), State: fee.Posted})
				}
				c.Notices = []fee.Notice{{Cycle: 14, Amount: 1500, DeliveredAt: day("2025-11-26").At(10, 2), Channel: "inbox"}}
			}), func(x *example) { x.ctx.Item, x.ctx.NoticeTo = fee.Service, "" }),
		named("three-years-at-once", price(fee.Price{Kind: fee.Recurring, Amount: 9900, CycleMonths: 36, FreeDays: 7, Idle: fee.Accrue}), amount(9900), replayed,
			with(func(c *fee.Case) {
				c.History = nil
				c.Request.At, c.Request.PeriodFrom = day("2024-11-10").At(9, 0), day("2024-11-10")
			}), func(x *example) { x.ctx.Settlement = nil }),
		named("service-fee-once", price(fee.Price{Kind: fee.OneOff, Amount: 9900, FreeDays: 180}), amount(9900), replayed,
			with(func(c *fee.Case) {
				c.Plan.Item = fee.Service
				c.History = nil
				c.Request.At, c.Request.PeriodFrom = day("2025-05-02").At(15, 0), day("2025-05-02")
			}), func(x *example) { x.ctx.Item, x.ctx.Settlement, x.ctx.CardTail = fee.Service, nil, "8812" }),
		named("deposit-once-after-months", price(fee.Price{Kind: fee.OneOff, Amount: 19_900, FreeMonths: 6}), amount(19_900), replayed,
			with(func(c *fee.Case) {
				c.Plan.Item = fee.DeviceDeposit
				c.History = nil
				c.Request.At, c.Request.PeriodFrom = day("2025-05-03").At(15, 0), 0
			}), func(x *example) { x.ctx.Item = fee.DeviceDeposit }),
		named("no-dearer-version-by-itself", rise("2025-10-01", "2025-11-15", 2400), amount(2400),
			with(func(c *fee.Case) { c.Notices[0].Amount = 2400 })),
		named("taken-too-little", amount(3000)),
		named("limits-kept", with(func(c *fee.Case) {
			c.Plan.Cap12m, c.Enrolment.OwnLimit = 8000, fen(5000)
			c.Plan.Versions[0].DisclosureDays = func() *int { n := 30; return &n }()
			c.Request.OrderRef, c.Request.Origin, c.Request.Approved = "ORD-1001", "import", true
			c.Terminal.Replaces = &fee.Replaced{SN: "820000001122", Paid: []fee.Paid{{Through: day("2025-12-02")}}}
			c.Enrolment.CancelledOn, c.Terminal.ReportedGoneOn = day("2026-02-01"), day("2025-12-20")
			c.Terminal.InactiveFrom, c.Merchant.ClosedOn = day("2026-03-01"), day("2026-03-01")
		})),

		named("over", amount(9900), replayed),
		named("over-and-returned", amount(9900), replayed, func(x *example) {
			x.ctx.Refunded = 6300
			x.ctx.Moves = []Move{{MoveTaken, day("2025-12-03"), 9900}, {MoveReturning, day("2025-12-08"), 6300}, {MoveReturned, day("2025-12-09"), 6300}}
		}),
		named("over-and-given-back-in-part", amount(9900), replayed, func(x *example) {
			x.ctx.Refunded = 2000
			x.ctx.Moves = []Move{
				{MoveTaken, day("2025-12-03"), 9900}, {MoveGranted, day("2025-12-05"), 6300}, {MoveApproved, day("2025-12-06"), 6300}, {MoveSent, day("2025-12-07"), 6300},
				{MoveReturned, day("2025-12-08"), 2000}, {MoveReturning, 0, 4300},
			}
		}),
		named("over-by-an-unaccepted-rise", rise("2025-10-01", "2025-11-15", 4500), amount(4500), replayed),
		named("over-by-a-rise-an-agent-ticked", amount(4500), replayed,
			rise("2025-10-01", "2025-11-15", 4500, fee.Acceptance{Version: 2, On: day("2025-11-10"), Via: fee.ViaAgent})),
		named("over-by-a-rise-published-late", rise("2025-11-10", "2025-11-20", 4500), amount(4500), replayed),
		named("stopped-duplicate", requested(fee.Denied, day("2026-11-18").At(14, 2)), with(func(c *fee.Case) {
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2026-03-02"), State: fee.Posted, OrderRef: "ORD-7800"})
			c.Notices = nil
			c.Request.Origin, c.Request.OrderRef = "agent", "ORD-7800"
		})),
		named("stopped-over", requested(fee.Denied, day("2025-12-04").At(14, 2)), amount(9900)),
		named("duplicate-taken-once-more", replayed, with(func(c *fee.Case) {
			c.Request.At = day("2026-07-30").At(11, 0)
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Posted})
		})),
		named("duplicate-of-a-refund", replayed, with(func(c *fee.Case) {
			c.Request.At = day("2026-07-30").At(11, 0)
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Refunded})
		})),
		named("duplicate-of-a-waiver", replayed, with(func(c *fee.Case) {
			c.Request.At = day("2026-07-30").At(11, 0)
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Waived})
		})),
		named("duplicate-of-one-under-way", replayed, with(func(c *fee.Case) {
			c.Request.At = day("2025-12-05").At(11, 0)
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Authorized})
		})),
		named("one-off-taken-twice", price(fee.Price{Kind: fee.OneOff, Amount: 19_900}), amount(19_900), replayed, with(func(c *fee.Case) {
			c.Plan.Item = fee.DeviceDeposit
			c.Request.PeriodFrom = 0
			c.History = []fee.Entry{{Cycle: 1, Amount: 19_900, On: day("2024-11-03"), State: fee.Posted}}
			c.Terminal.Replaces = &fee.Replaced{SN: "820000001122", Paid: []fee.Paid{{Through: date.Last}}}
		}), func(x *example) { x.ctx.Item = fee.DeviceDeposit }),
		named("in-the-free-period", replayed, with(func(c *fee.Case) {
			c.History = nil
			c.Request.At, c.Request.PeriodFrom = day("2024-11-23").At(19, 25), 0
		})),
		named("before-its-day", requested(fee.Denied, day("2025-11-25").At(8, 0))),
		named("no-such-period", replayed, with(func(c *fee.Case) { c.Request.PeriodFrom = day("2025-12-01") })),
		named("lapsed", price(fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, Idle: fee.Skip}), amount(900), replayed,
			with(func(c *fee.Case) { c.History, c.Request.PeriodFrom = nil, day("2025-05-03") })),
		named("arrears-after-a-reversal", requested(fee.Held, day("2025-12-10").At(8, 30)), with(func(c *fee.Case) {
			c.History = []fee.Entry{{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Reversed}}
			c.Notices[0].Amount = 3000
			c.Disputes = []fee.Dispute{{Cycle: 2, Open: true}}
			c.Terminal.Replaces = &fee.Replaced{SN: "820000001122", Paid: []fee.Paid{{Through: day("2026-01-31")}}}
			c.Terminal.ReportedGoneOn = day("2025-12-01")
			c.Enrolment.CancelledOn = day("2025-12-08")
			c.Request.Origin = "clerk"
		})),
		named("told-too-late", requested(fee.Held, day("2025-12-03").At(9, 14)), with(func(c *fee.Case) {
			c.Notices[0].DeliveredAt = day("2025-12-02").At(20, 0)
			c.Request.Origin = "import"
		})),
		named("told-too-early", requested(fee.Held, day("2026-02-10").At(9, 14))),
		named("held-with-its-batch", requested(fee.Held, day("2025-12-03").At(9, 14)), func(x *example) {
			x.ctx.Own = []deduction.OwnHold{{Code: deduction.OwnBatchBand}}
		}),
		named("held-for-its-agents-day", requested(fee.Held, day("2025-12-03").At(9, 14)), func(x *example) {
			x.ctx.Own = []deduction.OwnHold{{Code: deduction.OwnSpike}}
		}),
		named("told-of-something-else-in-history", with(func(c *fee.Case) {
			c.Notices[0].DeliveredAt, c.Request.Replay = day("2025-12-02").At(20, 0), true
		}), func(x *example) { x.ctx.NoticeTo = "" }),
		named("complained-about-later", with(func(c *fee.Case) {
			c.Disputes = []fee.Dispute{{WholeItem: true, Open: true, OpenedAt: day("2025-12-09").At(9, 0)}}
		})),
		named("taken-though-not-announced", with(func(c *fee.Case) { c.Notices = nil })),
		named("reversed-and-collected-again", state(fee.Posted), with(func(c *fee.Case) {
			c.Request.At = day("2025-12-10").At(8, 30)
			c.History = append(c.History, fee.Entry{Cycle: 2, Amount: 3600, On: day("2025-12-03"), State: fee.Reversed})
		})),
		named("stopped-fee-charged-on", replayed, with(func(c *fee.Case) { c.Enrolment.CancelledOn = day("2025-11-20") })),
		named("returned-terminal", replayed, with(func(c *fee.Case) { c.Terminal.InactiveFrom = day("2025-10-01") }),
			func(x *example) { x.ctx.Terminal.InactiveReason, x.ctx.Terminal.SalesThatDay = "returned", 0 }),
		named("terminal-never-activated", replayed, with(func(c *fee.Case) { c.Terminal.ActivatedOn = 0 }),
			func(x *example) { x.ctx.Terminal = Terminal{SN: "820000000387"} }),
		named("terminal-activated-later-and-merchant-closed", replayed, with(func(c *fee.Case) {
			c.Terminal.ActivatedOn, c.Merchant.ClosedOn = day("2026-01-05"), day("2025-12-01")
		}), func(x *example) { x.ctx.Terminal = Terminal{} }),
		named("over-both-limits", with(func(c *fee.Case) {
			c.Plan.Cap12m, c.Enrolment.OwnLimit = 5000, fen(3000)
			c.History = append(c.History, fee.Entry{Cycle: 1, Amount: 2000, On: day("2025-06-03"), State: fee.Posted})
		})),
		named("stopped-by-the-merchants-own-limit", requested(fee.Denied, day("2025-12-03").At(9, 14)),
			with(func(c *fee.Case) { c.Enrolment.OwnLimit = fen(0) })),
		named("more-than-the-sale-left", requested(fee.Denied, day("2025-12-03").At(9, 14)),
			with(func(c *fee.Case) { c.Request.SaleNet = fen(1200) })),
		named("nobody-agreed", plain(fee.Insurance, 1500)),
		named("agent-ticked-for-the-merchant", replayed, with(func(c *fee.Case) { c.Enrolment.Accepted[0].Via = fee.ViaAgent })),
		named("never-accepted", replayed, with(func(c *fee.Case) { c.Enrolment.Accepted = nil })),
		named("before-any-price", replayed, with(func(c *fee.Case) {
			c.Plan.Versions[0].PublishedOn, c.Plan.Versions[0].EffectiveOn = day("2025-11-20"), day("2026-01-01")
		})),
		named("first-price-published-late", replayed, with(func(c *fee.Case) { c.Plan.Versions[0].PublishedOn = day("2024-10-01") })),
		named("amount-of-nothing", requested(fee.Denied, day("2025-12-03").At(9, 14)), amount(0)),

		named("authorised-and-not-taken", state(fee.Authorized), func(x *example) { x.ctx.Settlement = nil }),
		named("authorised-against-the-agreement", state(fee.Authorized), amount(9900), replayed),
		named("voided", state(fee.Voided), func(x *example) { x.ctx.Settlement = nil }),
		named("waived", state(fee.Waived), func(x *example) { x.ctx.Settlement = nil }),
		named("refunded", state(fee.Refunded), func(x *example) { x.ctx.Refunded = 3600 }),
		named("reversed", state(fee.Reversed)),
		named("refunded-in-part", func(x *example) { x.ctx.Refunded = 1000 }),

		named("card-fees-of-a-day", column(KindCard, fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000}), 3191, fen(531_800), count(46))),
		named("card-fees-that-rounding-explains", column(KindCard, fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000}), 3210, fen(531_800), count(46))),
		named("card-fees-too-high", column(KindCard, fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000}), 16_201, fen(531_800), count(46)),
			func(x *example) { x.ctx.Settlement.PaidOut -= 300 }),
		named("card-fees-with-a-minimum-together",
			column(KindCard, fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000, Min: 10, Cap: 2500}), 3191, fen(531_800), count(46)),
			func(x *example) { x.ctx.Settlement.PaidOut += 100 }),
		named("credit-and-debit-together",
			column(KindCard, fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000, Cap: money.Max}), 3191, fen(531_800), count(2))),
		named("qr-fees-of-a-day", column(KindQR, fee.Transaction, fee.QR, rate(fee.Price{Rate: 3800}), 2021, fen(531_800), count(120))),
		named("qr-fees-nobody-agreed-to", plain(fee.Transaction, 2021), func(x *example) {
			x.ctx.Kind, x.c.Request.Origin, x.c.Request.OrderRef = KindQR, fee.OriginCore, ""
			x.c.Request.Sale, x.c.Request.SaleCount, x.c.Request.Method = fen(531_800), count(120), fee.QR
		}),
		named("qr-fees-of-a-terminal-reported-gone", column(KindQR, fee.Transaction, fee.QR, rate(fee.Price{Rate: 3800}), 2021, fen(531_800), count(120)),
			with(func(c *fee.Case) { c.Terminal.ReportedGoneOn = day("2025-11-01") })),
		named("payouts-of-a-day", column(KindPayout, fee.Withdrawal, fee.AnyMethod, fee.Price{Kind: fee.PerItem, Amount: 300}, 900, nil, count(3))),
		named("unnamed-in-a-settlement", plain("other", 500), func(x *example) {
			x.ctx.Kind, x.c.Request.Origin, x.c.Request.OrderRef = KindOther, fee.OriginCore, ""
		}),
		named("one-sale-with-a-minimum", column("", fee.Transaction, fee.Credit, rate(fee.Price{Rate: 6000, Min: 10}), 10, fen(590), nil)),
		named("one-sale-with-a-cap", column("", fee.Transaction, fee.Debit, rate(fee.Price{Rate: 5250, Cap: 2000}), 2000, fen(500_000), nil),
			with(func(c *fee.Case) { c.Request.Method = fee.AnyMethod })),
		named("one-sale-by-the-wrong-way", column("", fee.Transaction, fee.QR, rate(fee.Price{Rate: 3800}), 380, fen(100_000), nil),
			with(func(c *fee.Case) { c.Request.Method = fee.Credit })),
		named("a-rate-without-its-sale", column("", fee.Transaction, fee.Card, rate(fee.Price{Rate: 6000}), 380, nil, nil)),
		named("extra-data-once-stopped", column("", fee.Overage, fee.AnyMethod, fee.Price{Kind: fee.PerItem, Amount: 500}, 1000, nil, count(2)),
			with(func(c *fee.Case) { c.Enrolment.CancelledOn = day("2025-11-01") })),
	}
}

func (x *example) explain(t *testing.T) fee.Explanation {
	t.Helper()
	e, err := fee.Explain(x.c)
	if err != nil {
		t.Fatalf("%s: %v", x.name, err)
	}
	return e
}
