package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// The made-up people of compliance and support who wrote what the demo publishes.
var (
	demoWriter   = staff.Actor{ID: "demo-writer", Name: "罗敏", Roles: []staff.Role{staff.Compliance}}
	demoReviewer = staff.Actor{ID: "demo-reviewer", Name: "唐立", Roles: []staff.Role{staff.Lead}}
)

// disclosuresDemo publishes a disclosure as staff do, and leaves two drafts: one
// that waits for a review, and one about which merchants are being asked.
func disclosuresDemo(ctx context.Context, d *db.DB, jobs event.Queue, now time.Time) error {
	days := func(n int) time.Time { return now.Add(-time.Duration(n) * 24 * time.Hour) }
	w := demoDisclosures{ctx: ctx, d: d}
	addOns := demoAddOns(500)
	published := days(60)
	first := w.submit(published.Add(-48*time.Hour), "add-ons", &addOns)
	w.approve(published.Add(-24*time.Hour), first)
	w.do(func() error {
		_, err := disclosure.Publish(ctx, d, jobs, published, demoWriter, first, w.hash(first), date.Of(published).AddDays(31), deduction.PendTouched)
		return err
	})
	cheaper := demoAddOns(400)
	w.submit(days(1), "add-ons", &cheaper)

	payout, err := demoPayout(ctx, d, date.Of(now))
	if err != nil {
		return err
	}
	asked := w.submit(days(4), "terminal-fees", &payout)
	w.do(func() error {
		return disclosure.OpenForOpinions(ctx, d, days(3), demoWriter, asked, w.hash(asked), date.Of(now).AddDays(11))
	})
	return w.err
}

// demoDisclosures does one thing after another. After an error it does nothing.
type demoDisclosures struct {
	ctx context.Context
	d   *db.DB
	err error
}

func (w *demoDisclosures) do(step func() error) {
	if w.err == nil {
		if err := step(); err != nil {
			w.err = fmt.Errorf("demo: disclosures: %w", err)
		}
	}
}

func (w *demoDisclosures) submit(at time.Time, slug string, c *disclosure.Content) (draftID string) {
	w.do(func() (err error) {
		if draftID, err = disclosure.Begin(w.ctx, w.d, at, demoWriter, slug, c); err != nil {
			return err
		}
		return disclosure.Submit(w.ctx, w.d, at, demoWriter, draftID, 1)
	})
	return draftID
}

func (w *demoDisclosures) approve(at time.Time, draftID string) {
	w.do(func() error {
		return disclosure.Approve(w.ctx, w.d, at, demoReviewer, draftID, w.hash(draftID), "价格和成本表对过，没有问题。")
	})
}

func (w *demoDisclosures) hash(draftID string) (hash string) {
	w.do(func() error {
		page, err := disclosure.ReadDraftPage(w.ctx, w.d, draftID)
		if err == nil {
			hash = page.Hash
		}
		return err
	})
	return hash
}

// demoAddOns is a disclosure of what a merchant may choose to have, at a price
// each month.
func demoAddOns(price int64) disclosure.Content {
	yuan := fmt.Sprintf("¥%d.%02d", price/100, price%100)
	return disclosure.Content{
		Title:   disclosure.Text{ZhCN: "附加服务收费公示", En: "Add-on fees"},
		Summary: disclosure.Text{ZhCN: "退款垫付服务每月 " + yuan + "，想要才开。", En: "Refund cover costs " + yuan + " a month, and only if you choose it."},
		Limits:  disclosure.Text{ZhCN: "只对主动开通的商户收。没开通，不收。", En: "Only merchants who switch it on pay. If you don't, nothing is taken."},
		Contact: disclosure.Text{ZhCN: "打客服电话，或到明白账里找我们。", En: "Call the hotline, or find us in this portal."},
		Clauses: []disclosure.Clause{{
			Number: "1", Heading: disclosure.Text{ZhCN: "退款垫付", En: "Refund cover"},
			Text: disclosure.Text{
				ZhCN: "顾客退货时，我们先替你垫付，当天到账。\n这项服务每月收 " + yuan + "。\n不想用了，随时可以停，从下个月起不再收。",
				En:   "When a customer returns a purchase, we pay ahead for you on the same day.\nIt costs " + yuan + " a month.\nStop it at any time and nothing more is taken from the next month.",
			},
		}},
		Fees: []disclosure.ContentFee{{
			Plan: "refund-cover", Item: fee.Insurance, Kind: fee.Recurring, Amount: money.Fen(price), CycleMonths: 1, Idle: fee.Skip,
			Terms: disclosure.Terms{
				Title: disclosure.Text{ZhCN: "退款垫付服务费", En: "Refund cover"}, Clause: "1",
				Collected: disclosure.Text{ZhCN: "每月从当天结算款里扣一次", En: "Taken once a month out of the day's settlement"},
				Recipient: disclosure.Text{ZhCN: "示例支付有限公司", En: "Example Pay Ltd"},
				PricedBy:  disclosure.Text{ZhCN: "示例支付定价，按垫付资金的成本算", En: "Priced by Example Pay, by what the money paid ahead costs"},
				Refund:    disclosure.Text{ZhCN: "已经开始的一个月不退", En: "A month that has begun isn't refunded"},
				Stop:      disclosure.Text{ZhCN: "在终端页停用，或打客服电话", En: "Stop it on the terminal's page, or call the hotline"},
			},
		}},
	}
}

// demoPayout is the next version of the terminal's fees: a same-day payout for
// less, and everything else in full.
func demoPayout(ctx context.Context, d *db.DB, today date.Date) (disclosure.Content, error) {
	plans, err := disclosure.Load(ctx, d)
	if err != nil {
		return disclosure.Content{}, err
	}
	c := plans.ContentOf("terminal-fees", today)
	c.Limits = disclosure.Text{ZhCN: "用示例支付终端收款的商户都适用。", En: "It holds for all merchants who take payments with our terminals."}
	c.Contact = disclosure.Text{ZhCN: "打客服电话，或到明白账里找我们。", En: "Call the hotline, or find us in this portal."}
	c.Summary = disclosure.Text{ZhCN: "当天到账的提现费降到每次 2 元。别的价格不变。", En: "A same-day payout goes down to 2 yuan each time. Nothing else changes."}
	for i := range c.Fees {
		f := &c.Fees[i]
		if f.Item == fee.Withdrawal {
			f.Amount = 200
		}
		f.Terms.Collected = disclosure.Text{ZhCN: "从当天结算款里扣", En: "Taken out of the day's settlement"}
		if f.Item == fee.DeviceDeposit && f.Terms.Deposit.Kind == "" {
			f.Terms.Deposit.Kind = disclosure.ByReturn
		}
	}
	for i := range c.Clauses {
		clause := &c.Clauses[i]
		clause.Text = disclosure.Text{ZhCN: "价格和收法见上面的表。没写在这里的，不收。", En: "The table above says how much and when. What isn't here isn't taken."}
	}
	return c, nil
}
