// Package disclosed puts what a disclosure says into words: the same for
// everybody who reads it, for the merchant whose opinion is asked, and for the
// staff who write and review it.
package disclosed

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/published"
	"github.com/mingbai/mingbai/web/i18n"
)

// Path is where the disclosures are.
const Path = "/disclosures"

// Href returns the permanent address of a version, or of the latest one where
// the version is 0.
func Href(slug string, version int) string {
	href := Path + "/" + url.PathEscape(slug)
	if version == 0 {
		return href
	}
	return href + "/" + strconv.Itoa(version)
}

// Known finds a disclosure by its slug, or nil; disclosure.Plans does.
type Known interface {
	Disclosure(slug string) *disclosure.Disclosure
}

// ClauseHref returns the address of a clause of a version. Where the clause's
// text is not known that is the address of the version.
func ClauseHref(plans Known, slug string, version int, clause string) string {
	d := plans.Disclosure(slug)
	if d == nil || d.Version(version) == nil {
		return ""
	}
	if v := d.Version(version); v.Document == nil || v.Document.Content.Clause(clause) == nil {
		return Href(slug, version)
	}
	return Href(slug, version) + "#" + ClauseID(clause)
}

// ClauseID and FeeID are the ids of the parts of a disclosure's page.
func ClauseID(number string) string { return "clause-" + url.PathEscape(number) }

// FeeID is the id of a fee's part of a disclosure's page, by its plan's code.
func FeeID(plan string) string { return "fee-" + plan }

// Content puts a content into words.
func Content(p *i18n.Printer, c *disclosure.Content) published.ContentProps {
	locale := string(p.Locale())
	props := published.ContentProps{
		Summary: c.Summary.In(locale), FeesTitle: p.T("disclosures.fees.title"),
		Table: Table(p, c.Fees, func(f *disclosure.ContentFee) string { return "#" + FeeID(f.Plan) }),
	}
	props.Table.Caption = p.T("disclosures.fees.at_a_glance")
	for i := range c.Fees {
		f := &c.Fees[i]
		props.Fees = append(props.Fees, published.Fee{
			ID: FeeID(f.Plan), Title: f.Terms.Title.In(locale), Aside: what(p, f), Price: explain.Price(p, f.Price()), Facts: facts(p, c, f),
		})
	}
	if len(c.Clauses) > 0 {
		props.ClausesTitle = p.T("disclosures.clauses.title")
	}
	for i := range c.Clauses {
		clause := &c.Clauses[i]
		props.Clauses = append(props.Clauses, published.Clause{
			ID: ClauseID(clause.Number), Heading: p.T("disclosures.clauses.one", "number", clause.Number, "heading", clause.Heading.In(locale)),
			Lines: lines(clause.Text.In(locale)),
		})
	}
	for _, note := range []struct {
		key  string
		text disclosure.Text
	}{{"disclosures.limits", c.Limits}, {"disclosures.contact", c.Contact}} {
		if text := note.text.In(locale); text != "" {
			props.Notes = append(props.Notes, published.Note{Title: p.T(note.key), Lines: lines(text)})
		}
	}
	return props
}

// Table lists fees so that one reads them in a minute: what for, how much, when
// and what is free. Href says where a fee's name leads.
func Table(p *i18n.Printer, fees []disclosure.ContentFee, href func(*disclosure.ContentFee) string) components.Table {
	t := components.Table{Columns: []components.Column{
		{Label: p.T("disclosures.fees.item")}, {Label: p.T("disclosures.fees.price")}, {Label: p.T("disclosures.fees.when")}, {Label: p.T("disclosures.fees.free")},
	}}
	for i := range fees {
		f := &fees[i]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: f.Terms.Title.In(string(p.Locale())), Href: href(f), Part: what(p, f), Head: true},
			{Text: BarePrice(p, f.Price())}, {Text: When(p, f)}, {Text: free(p, f)},
		}})
	}
	return t
}

// what is the fee item with the way of paying, where it is for one.
func what(p *i18n.Printer, f *disclosure.ContentFee) string {
	item := explain.ItemName(p, f.Item)
	if f.Method == fee.AnyMethod {
		return item
	}
	return p.T("disclosures.fees.of_method", "item", item, "method", explain.MethodName(p, f.Method))
}

// BarePrice writes a price without its free period.
func BarePrice(p *i18n.Printer, price fee.Price) string {
	price.FreeDays, price.FreeMonths = 0, 0
	return explain.Price(p, price)
}

// When says when a fee is taken.
func When(p *i18n.Printer, f *disclosure.ContentFee) string {
	switch f.Kind {
	case fee.Recurring:
		every := p.N("fees.every.months", f.CycleMonths)
		if key, ok := everyCycle[f.CycleMonths]; ok {
			every = p.T(key)
		}
		if f.Idle == fee.Skip {
			return p.T("disclosures.when.skip", "every", every)
		}
		return p.T("disclosures.when.cycle", "every", every)
	case fee.OneOff:
		switch {
		case f.FreeDays > 0:
			return p.N("disclosures.when.once_days", f.FreeDays)
		case f.FreeMonths > 0:
			return p.N("disclosures.when.once_months", f.FreeMonths)
		}
		return p.T("disclosures.when.once")
	case fee.PerItem:
		return p.T("disclosures.when.each")
	case fee.PerSale:
		return p.T("disclosures.when.sale")
	}
	return ""
}

var everyCycle = map[int]string{1: "fees.every.month", 3: "fees.every.quarter", 6: "fees.every.half_year", 12: "fees.every.year"}

func free(p *i18n.Printer, f *disclosure.ContentFee) string {
	switch {
	case f.Kind == fee.OneOff:
		return p.T("disclosures.free.none")
	case f.FreeDays > 0:
		return p.N("disclosures.free.days", f.FreeDays)
	case f.FreeMonths > 0:
		return p.N("disclosures.free.months", f.FreeMonths)
	}
	return p.T("disclosures.free.none")
}

// facts is everything that is said of a fee.
func facts(p *i18n.Printer, c *disclosure.Content, f *disclosure.ContentFee) components.Facts {
	locale, t := string(p.Locale()), &f.Terms
	all := components.Facts{
		{Term: p.T("disclosures.fees.when"), Text: When(p, f)},
		{Term: p.T("disclosures.fees.free"), Text: free(p, f)},
	}
	add := func(term, text string) {
		if text != "" {
			all = append(all, components.Fact{Term: term, Text: text})
		}
	}
	if f.Kind == fee.Recurring {
		add(p.T("disclosures.fees.idle"), p.T(idles[f.Idle]))
	}
	add(p.T("disclosures.fees.collected"), t.Collected.In(locale))
	add(p.T("disclosures.fees.recipient"), t.Recipient.In(locale))
	add(p.T("disclosures.fees.priced_by"), t.PricedBy.In(locale))
	add(p.T("disclosures.fees.stop"), t.Stop.In(locale))
	add(p.T("disclosures.fees.refund"), t.Refund.In(locale))
	add(p.T("disclosures.fees.deposit"), Deposit(p, t.Deposit))
	add(p.T("disclosures.fees.ceiling"), Ceiling(p, f))
	if t.Clause != "" {
		text := p.T("disclosures.fees.clause_number", "number", t.Clause)
		if clause := c.Clause(t.Clause); clause != nil {
			text = p.T("disclosures.clauses.one", "number", t.Clause, "heading", clause.Heading.In(locale))
		}
		add(p.T("disclosures.fees.clause"), text)
	}
	return all
}

var idles = map[fee.Idle]string{fee.Accrue: "disclosures.idle.accrue", fee.Skip: "disclosures.idle.skip"}

// Deposit says when a deposit is given back, or nothing.
func Deposit(p *i18n.Printer, d disclosure.Deposit) string {
	switch d.Kind {
	case disclosure.ByReturn:
		return p.T("disclosures.deposit.return")
	case disclosure.ByTurnover:
		return p.N("disclosures.deposit.turnover", d.Months, "amount", d.Turnover)
	}
	return ""
}

// Ceiling says what the fee can be in twelve months at most, or nothing.
func Ceiling(p *i18n.Printer, f *disclosure.ContentFee) string {
	if f.Cap12m == 0 {
		return ""
	}
	return p.T("disclosures.fees.ceiling_is", "amount", f.Cap12m)
}

func lines(text string) (all []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// PhaseTag says how a version stands on a day.
func PhaseTag(p *i18n.Printer, phase disclosure.Phase) components.Tag {
	switch phase {
	case disclosure.ToCome:
		return components.Tag{Verdict: components.Wait, Word: p.T("disclosures.phase.to_come")}
	case disclosure.InEffect:
		return components.Tag{Verdict: components.OK, Word: p.T("disclosures.phase.in_effect")}
	case disclosure.Withdrawn:
		return components.Tag{Verdict: components.Bad, Word: p.T("disclosures.phase.withdrawn")}
	default:
		return components.Tag{Verdict: components.None, Word: p.T("disclosures.phase.superseded")}
	}
}

// Day is a date with its machine form.
func Day(p *i18n.Printer, d date.Date) components.Time {
	return components.Time{Text: p.Date(d), Machine: d.String()}
}
