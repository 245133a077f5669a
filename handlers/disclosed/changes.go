package disclosed

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/published"
	"github.com/mingbai/mingbai/web/i18n"
)

// Changes puts into words in what the second content differs from the first, for
// who reads it in one language: it says nothing of a text that differs in the
// other alone.
func Changes(p *i18n.Printer, before, after *disclosure.Content) []published.ChangesProps {
	w := changeWords{p: p, locales: []string{string(p.Locale())}, before: before, after: after}
	return w.all()
}

// ChangesInBoth is Changes for who answers for both languages: each text that
// differs stands in the language in which it does.
func ChangesInBoth(p *i18n.Printer, before, after *disclosure.Content) []published.ChangesProps {
	w := changeWords{p: p, locales: []string{string(i18n.ZhCN), string(i18n.En)}, before: before, after: after}
	return w.all()
}

func (w *changeWords) all() (all []published.ChangesProps) {
	for _, c := range disclosure.Compare(w.before, w.after) {
		for _, props := range w.change(&c) {
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
	locales       []string // in which texts are shown
	before, after *disclosure.Content
}

// in is a short text in the languages shown.
func (w *changeWords) in(t disclosure.Text) string {
	text := t.In(w.locales[0])
	for _, locale := range w.locales[1:] {
		if other := t.In(locale); other != text && other != "" {
			text += " / " + other
		}
	}
	return text
}

func (w *changeWords) change(c *disclosure.Change) []published.ChangeProps {
	p := w.p
	props := published.ChangeProps{Tone: components.Wait, Word: p.T("disclosures.change.changed")}
	if c.Field != "" {
		props.Field = p.T(fieldNames[c.Field])
	}
	switch {
	case c.Added():
		props.Tone, props.Word = components.Info, p.T("disclosures.change.added")
		props.After = w.in(c.After)
		if c.Is != nil {
			props.After = explain.Price(p, c.Is.Price())
		}
		return []published.ChangeProps{props}
	case c.Removed():
		props.Tone, props.Word = components.None, p.T("disclosures.change.removed")
		props.Before = w.in(c.Before)
		if c.Was != nil {
			props.Before = explain.Price(p, c.Was.Price())
		}
		return []published.ChangeProps{props}
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
		return w.texts(props, c)
	}
	return []published.ChangeProps{props}
}

// texts shows a text word by word in each language in which it differs.
func (w *changeWords) texts(props published.ChangeProps, c *disclosure.Change) (all []published.ChangeProps) {
	for _, locale := range w.locales {
		was, is, one := c.Before.In(locale), c.After.In(locale), props
		switch {
		case was == is:
			continue
		case was == "":
			one.Tone, one.Word = components.Info, w.p.T("disclosures.change.added")
		case is == "":
			one.Tone, one.Word = components.None, w.p.T("disclosures.change.removed")
		}
		if len(w.locales) > 1 {
			one.Lang, one.Field = locale, w.p.T(inLanguage[locale], "field", props.Field)
		}
		for _, s := range disclosure.Words(was, is) {
			one.Texts = append(one.Texts, published.Segment{Text: s.Text, Gone: s.Op == disclosure.Gone, New: s.Op == disclosure.New})
		}
		all = append(all, one)
	}
	return all
}

var inLanguage = map[string]string{string(i18n.ZhCN): "admin_disclosures.edit.in_chinese", string(i18n.En): "admin_disclosures.edit.in_english"}

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
				return w.in(f.Terms.Title)
			}
		}
		return c.Name
	case disclosure.InClause:
		for _, in := range []*disclosure.Content{w.after, w.before} {
			if clause := in.Clause(c.Name); clause != nil {
				return w.p.T("disclosures.clauses.one", "number", c.Name, "heading", w.in(clause.Heading))
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
