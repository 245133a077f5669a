// Package explain puts the facts of a verdict into words: what was taken, why,
// how it was checked and what happens next, in the reader's language. Pages,
// messages, the API and evidence all take their words from here, so that a
// merchant never reads two accounts of one deduction.
//
// It decides nothing and reads nothing but its arguments: the same facts give
// the same bytes.
package explain

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// Text is everything said about one deduction, finished.
type Text struct {
	Headline    string   // one sentence for large type, without a full stop
	Lead        string   // which terminal, which period
	Because     []string // a sentence for each rule that was broken, the worst first; empty where none was
	Tag         Tag
	Short       string // the line for lists; may be empty
	Why         []Row
	ChecksTitle string // how many things were checked
	Checks      [5]Group
	Money       []string // where the money is, step by step
	Next        Next
}

// Deduction writes what there is to say about a deduction. e must come from
// fee.Explain of ctx.Case.
func Deduction(p *i18n.Printer, e fee.Explanation, ctx Context) Text {
	w := newWriter(p, &e, &ctx)
	return Text{
		Headline:    w.headline(),
		Lead:        w.lead(),
		Because:     w.because(),
		Tag:         TagOf(p, w.line()),
		Short:       Short(p, w.line()),
		Why:         w.why(),
		ChecksTitle: w.checksTitle(),
		Checks:      w.checks(),
		Money:       w.money(),
		Next:        w.next(),
	}
}

// Reason writes one rule and how it came out as a sentence or two with the
// facts, and nothing where the rule does not apply. e must come from
// fee.Explain of ctx.Case.
func Reason(p *i18n.Printer, code fee.Code, e fee.Explanation, ctx Context) string {
	w := newWriter(p, &e, &ctx)
	return w.reason(code)
}

// writer holds what every sentence of one explanation draws on.
type writer struct {
	p   *i18n.Printer
	e   *fee.Explanation
	ctx *Context
	c   *fee.Case
}

func newWriter(p *i18n.Printer, e *fee.Explanation, ctx *Context) *writer {
	return &writer{p: p, e: e, ctx: ctx, c: ctx.Case}
}

// because says which rules were broken, the weightiest first, and what the gate
// itself held it for.
func (w *writer) because() (sentences []string) {
	for code := range byWeight(w.e.Verdict.Reasons) {
		if code.Level() != fee.LevelInfo {
			sentences = append(sentences, w.reason(code))
		}
	}
	return append(sentences, w.own()...)
}

// day writes a date without its year where that is the deduction's own.
func (w *writer) day(d date.Date) string {
	year, _, _ := d.Civil()
	if own, _, _ := w.e.On.Civil(); year == own {
		return w.p.ShortDate(d)
	}
	return w.p.Date(d)
}

// moment writes an instant without its year where that is the deduction's own.
func (w *writer) moment(t time.Time) string {
	year, _, _ := date.Of(t).Civil()
	if own, _, _ := w.e.On.Civil(); year == own {
		return w.p.ShortDateTime(t)
	}
	return w.p.DateTime(t)
}

// span writes the days of a cycle, both ends included.
func (w *writer) span() string {
	return w.p.Span(w.e.Verdict.Cycle.From, w.e.Verdict.Cycle.To)
}

// terminal names the terminal as the merchant knows it.
func (w *writer) terminal() string {
	t := &w.ctx.Terminal
	switch {
	case t.SN == "" && t.Alias == "":
		return w.p.T("explain.terminal.unknown")
	case t.SN == "":
		return t.Alias
	case t.Alias == "":
		return w.p.T("explain.terminal.bare", "tail", w.p.Tail(t.SN))
	default:
		return w.p.T("explain.terminal.named", "alias", t.Alias, "tail", w.p.Tail(t.SN))
	}
}

// fee names what was paid for, as it stands within a sentence.
func (w *writer) fee() string {
	if key, ok := kindsInText[w.ctx.Kind]; ok {
		return w.p.T(key)
	}
	return nameOf(w.p, itemsInText, w.ctx.Item, "fees.in_text.other")
}

// title names what was paid for, as it begins a sentence or a row.
func (w *writer) title() string {
	if key, ok := kindNames[w.ctx.Kind]; ok && w.ctx.Kind != KindDeduction {
		return w.p.T(key)
	}
	return ItemName(w.p, w.ctx.Item)
}

// taken reports whether the money has left the merchant, even if it came back.
func (w *writer) taken() bool { return taken(w.ctx.State) }

// countedFrom is the day whose price counts: the cycle's first, or the
// deduction's own.
func (w *writer) countedFrom() date.Date {
	if c := w.e.Verdict.Cycle; c.Index > 0 {
		return c.From
	}
	return w.e.On
}

// over is by how much more than agreed the amount is.
func (w *writer) over() money.Fen { return w.e.Amount.Minus(w.e.Verdict.Expected) }

// sales returns how many sales or payouts the amount is for.
func (w *writer) sales() int {
	if w.c.Request.SaleCount == nil {
		return 1
	}
	return int(*w.c.Request.SaleCount)
}

// mixed reports whether the amount is one of sales that were priced apart.
func (w *writer) mixed() bool {
	return w.e.Verdict.Reasons.Has(fee.NotItemised) && mixed(w.e.Facts.Price)
}

// mixed reports whether an amount that can't be checked is one of sales that
// were priced apart and reported together. The price itself then has no bound
// that a sale could reach, so that is not what hinders the check.
func mixed(price *fee.Price) bool {
	return price != nil && price.Min == 0 && (price.Cap == 0 || price.Cap == money.Max)
}
