package portal

import (
	"sync"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// planWords are the finished texts about one version of a plan in one language.
type planWords struct {
	title     string // of the fee
	item      string // what is priced
	price     string
	first     string // how the counting begins, at the price of the plan's first version
	purpose   string
	recipient string
	stop      string
	basis     string // where it is written
	timeline  string // names the picture
	terms     components.Facts
}

// planWordCache keeps the words of plan versions. What is published never
// changes, and there are few of them.
type planWordCache struct {
	mu sync.RWMutex
	of map[planWordKey]*planWords
}

type planWordKey struct {
	planID  int64
	version int // 0: none is in force
	locale  i18n.Locale
}

// get returns the words for a terminal's fee, by the version in force.
func (c *planWordCache) get(p *i18n.Printer, f *deduction.TerminalFee) *planWords {
	key := planWordKey{f.PlanID, versionOf(f), p.Locale()}
	c.mu.RLock()
	known := c.of[key]
	c.mu.RUnlock()
	if known != nil {
		return known
	}
	words := newPlanWords(i18n.For(p.Locale()), f) // not the page's printer: these outlive the page
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[planWordKey]*planWords{}
	}
	c.of[key] = words
	return words
}

func newPlanWords(p *i18n.Printer, f *deduction.TerminalFee) *planWords {
	published, locale := f.Plan.Published(versionOf(f)), string(p.Locale())
	terms, item := &published.Terms, f.Plan.Fee.Item
	w := &planWords{
		title: terms.Title.In(locale), item: explain.ItemName(p, item), price: explain.Price(p, *priceOf(f)), purpose: p.T(purposes[item]),
		recipient: terms.Recipient.In(locale), stop: p.T("terminals.all.stop", "how", terms.Stop.In(locale)),
		first:    p.T("terminals.timeline.start_free", "price", explain.Price(p, f.Plan.Fee.Versions[0].Price)),
		basis:    p.T("terminals.all.clause", "title", f.Plan.Title.In(locale), "version", published.DisclosureVersion, "clause", terms.Clause),
		timeline: p.T("terminals.timeline.title", "fee", f.Plan.Name(locale)),
	}
	back := "terminals.fee.refund"
	if item == fee.DeviceDeposit {
		back = "terminals.fee.deposit_back"
	}
	w.terms = components.Facts{
		{Term: p.T("terminals.fee.purpose"), Text: w.purpose},
		{Term: p.T("terminals.fee.recipient"), Text: w.recipient},
		{Term: p.T("terminals.fee.stop"), Text: terms.Stop.In(locale)},
		{Term: p.T(back), Text: terms.Refund.In(locale)},
	}
	return w
}

// purposes say what a fee item is for.
var purposes = map[fee.Item]string{
	fee.SimData: "terminals.purpose.sim_data", fee.DeviceDeposit: "terminals.purpose.device_deposit", fee.Activation: "terminals.purpose.activation",
	fee.Service: "terminals.purpose.service", fee.Transaction: "terminals.purpose.transaction", fee.Withdrawal: "terminals.purpose.withdrawal",
	fee.Insurance: "terminals.purpose.insurance", fee.Overage: "terminals.purpose.overage",
}
