package disclosed

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/published"
	"github.com/mingbai/mingbai/web/i18n"
)

// Changes puts into words in what the second content differs from the first.
func Changes(p *i18n.Printer, before, after *disclosure.Content) []published.ChangesProps {
	w := changeWords{p: p, locale: string(p.Locale()), before: before, after: after}
	var all []published.ChangesProps
	for _, c := range disclosure.Compare(before, after) {
		if props, ok := w.change(&c); ok {
			if title := w.about(&c); len(all) == 0 || all[len(all)-1].Title != title {
				all = append(all, published.ChangesProps{Title: title})
			}
			last := &all[len(all)-1]
			last.List = append(last.List, props)
		}
	}
	return all
}

type changeWords struct {
	p             *i18n.Printer
	locale        string
	before, after *disclosure.Content
}

// change says nothing of a text that differs in the other language alone.
func (w *changeWords) change(c *disclosure.Change) (published.ChangeProps, bool) {
	p := w.p
	props := published.ChangeProps{Tone: components.Wait, Word: p.T("disclosures.change.changed")}
	if c.Field != "" {
		props.Field = p.T(fieldNames[c.Field])
	}
	switch {
	case c.Added():
		props.Tone, props.Word = components.Info, p.T("disclosures.change.added")
		props.After = c.After.In(w.locale)
		if c.Is != nil {
			props.After = explain.Price(p, c.Is.Price())
		}
		return props, true
	case c.Removed():
		props.Tone, props.Word = components.None, p.T("disclosures.change.removed")
		props.Before = c.Before.In(w.locale)
		if c.Was != nil {
			props.Before = explain.Price(p, c.Was.Price())
		}
		return props, true
	}
	switch c.Field {
	case disclosure.ThePrice:
		props.Before, props.After = explain.Price(p, c.Was.Price()), explain.Price(p, c.Is.Price())
		if c.Was.Idle != c.Is.Idle {
			props.Before, props.After = w.price(c.Was), w.price(c.Is)
		}
	case disclosure.TheItem:
		props.Before, props.After = what(p, c.Was), what(p, c.Is)
	case disclosure.TheCeiling:
		props.Before, props.After = Ceiling(p, c.Was), Ceiling(p, c.Is)
	case disclosure.TheDeposit:
		props.Before, props.After = Deposit(p, c.Was.Terms.Deposit), Deposit(p, c.Is.Terms.Deposit)
	case disclosure.TheClause:
		props.Before, props.After = c.Was.Terms.Clause, c.Is.Terms.Clause
	default:
		was, is := c.Before.In(w.locale), c.After.In(w.locale)
		switch {
		case was == is:
			return props, false
		case was == "":
			props.Tone, props.Word = components.Info, p.T("disclosures.change.added")
		case is == "":
			props.Tone, props.Word = components.None, p.T("disclosures.change.removed")
		}
		for _, s := range disclosure.Words(was, is) {
			props.Texts = append(props.Texts, published.Segment{Text: s.Text, Gone: s.Op == disclosure.Gone, New: s.Op == disclosure.New})
		}
	}
	return props, true
}

// price is a price with what else is said of the way it is charged.
func (w *changeWords) price(f *disclosure.ContentFee) string {
	price := explain.Price(w.p, f.Price())
	if key, ok := idles[f.Idle]; ok {
		return w.p.T("disclosures.change.price", "price", price, "idle", w.p.T(key))
	}
	return price
}

// about names the clause or fee that a change is about.
func (w *changeWords) about(c *disclosure.Change) string {
	switch c.Part {
	case disclosure.InFee:
		for _, f := range []*disclosure.ContentFee{w.after.Fee(c.Name), w.before.Fee(c.Name)} {
			if f != nil {
				return f.Terms.Title.In(w.locale)
			}
		}
		return c.Name
	case disclosure.InClause:
		for _, in := range []*disclosure.Content{w.after, w.before} {
			if clause := in.Clause(c.Name); clause != nil {
				return w.p.T("disclosures.clauses.one", "number", c.Name, "heading", clause.Heading.In(w.locale))
			}
		}
		return c.Name
	}
	return w.p.T(partNames[c.Part])
}

var partNames = map[disclosure.Part]string{
	disclosure.InTitle: "disclosures.part.title", disclosure.InSummary: "disclosures.part.summary",
	disclosure.InContact: "disclosures.contact", disclosure.InLimits: "disclosures.limits",
}

var fieldNames = map[disclosure.Field]string{
	disclosure.TheText: "disclosures.field.text", disclosure.TheHeading: "disclosures.field.heading", disclosure.ThePrice: "disclosures.fees.price",
	disclosure.TheItem: "disclosures.fees.item", disclosure.TheCeiling: "disclosures.fees.ceiling", disclosure.TheClause: "disclosures.fees.clause",
	disclosure.TheDeposit: "disclosures.fees.deposit", disclosure.TheTitle: "disclosures.field.name", disclosure.TheCollected: "disclosures.fees.collected",
	disclosure.TheRecipient: "disclosures.fees.recipient", disclosure.ThePricedBy: "disclosures.fees.priced_by",
	disclosure.TheRefund: "disclosures.fees.refund", disclosure.TheStop: "disclosures.fees.stop",
}
