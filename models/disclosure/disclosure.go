// Package disclosure holds what is published: disclosures, their versions, and
// the plan versions that they price. A price exists only because a published
// version states it, and a published version never changes.
package disclosure

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Text is a published text in both languages.
type Text struct {
	ZhCN string `json:"zh-CN" yaml:"zh-CN"`
	En   string `json:"en" yaml:"en"`
}

// In returns the text in a locale; any but "en" reads the Chinese, which is the
// text that binds.
func (t Text) In(locale string) string {
	if locale == "en" {
		return t.En
	}
	return t.ZhCN
}

// Terms are the words of one plan version, as published.
type Terms struct {
	Title     Text    `json:"title"`
	Clause    string  `json:"clause"` // number of the clause in the disclosure
	Recipient Text    `json:"recipient"`
	PricedBy  Text    `json:"priced_by"` // who set the price, and why
	Refund    Text    `json:"refund"`
	Stop      Text    `json:"stop"`
	Collected Text    `json:"collected,omitzero"` // how it is taken; absent in what was taken over
	Deposit   Deposit `json:"deposit,omitzero"`   // of a deposit: when it is given back
}

// Deposit is the condition on which a deposit is given back; zero: none was
// published.
type Deposit struct {
	Kind     DepositKind `json:"kind"`
	Turnover money.Fen   `json:"amount_fen,omitzero"` // ByTurnover: settled sales that it takes, …
	Months   int         `json:"months,omitzero"`     // … within so many months of the activation
}

// ComesBackBySales reports whether selling enough in time is what it takes.
func (d Deposit) ComesBackBySales() bool {
	return d.Kind == ByTurnover && d.Turnover > 0 && d.Months > 0
}

// DepositKind says on what a deposit's return depends.
type DepositKind string

// The conditions there are.
const (
	ByTurnover DepositKind = "turnover" // enough is sold in time
	ByReturn   DepositKind = "return"   // the terminal comes back
)

// Plan is a priced fee with the disclosure it comes from and the words of each
// version.
type Plan struct {
	ID       int64
	Fee      fee.Plan
	Slug     string // of the disclosure
	Title    Text   // of the disclosure
	versions map[int]Published
}

// Published is what a plan version says and where it was said.
type Published struct {
	Terms             Terms
	DisclosureVersion int
	PublishedOn       date.Date
	EffectiveOn       date.Date // as published, even of a version that was withdrawn
	Withdrawn         bool      // it never takes force; fee.Version's EffectiveOn is date.Last
}

// Published returns what version number says, or that of the plan's first
// version where number is 0 or unknown: a plan that is not in force is still
// called something.
func (p *Plan) Published(number int) Published {
	if v, ok := p.versions[number]; ok {
		return v
	}
	return p.versions[p.Fee.Versions[0].Number]
}

// Name returns what the plan is called in its latest version.
func (p *Plan) Name(locale string) string {
	last := p.latest()
	if last == nil {
		last = &p.Fee.Versions[0]
	}
	return p.versions[last.Number].Terms.Title.In(locale)
}
