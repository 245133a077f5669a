package disclosure

import (
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"
)

// Change is one thing in which two contents differ.
type Change struct {
	Part  Part
	Name  string // number of the clause, or code of the fee's plan
	Field Field  // empty: all of it was added or removed

	Before, After Text // of a field that is a text; or what was added or removed is called
	Was, Is       *ContentFee
}

// Added reports whether the clause or fee is new.
func (c *Change) Added() bool { return c.Field == "" && c.Before == (Text{}) }

// Removed reports whether the clause or fee is gone.
func (c *Change) Removed() bool { return c.Field == "" && c.After == (Text{}) }

// Part is a part of a content.
type Part string

// The parts.
const (
	InTitle   Part = "title"
	InSummary Part = "summary"
	InContact Part = "contact"
	InLimits  Part = "limits"
	InClause  Part = "clause"
	InFee     Part = "fee"
)

// Field is what of a part differs.
type Field string

// The fields.
const (
	TheText      Field = "text"
	TheHeading   Field = "heading"
	ThePrice     Field = "price" // and how it is charged
	TheItem      Field = "item"  // or the way of paying
	TheCeiling   Field = "ceiling"
	TheClause    Field = "clause"
	TheDeposit   Field = "deposit"
	TheTitle     Field = "title"
	TheCollected Field = "collected"
	TheRecipient Field = "recipient"
	ThePricedBy  Field = "priced_by"
	TheRefund    Field = "refund"
	TheStop      Field = "stop"
)

// Compare lists in what the second content differs from the first, in the order
// in which one reads it.
func Compare(before, after *Content) []Change {
	a, b := before.tidy(), after.tidy()
	var d difference
	d.text(InTitle, "", TheText, a.Title, b.Title)
	d.text(InSummary, "", TheText, a.Summary, b.Summary)
	d.fees(&a, &b)
	d.clauses(&a, &b)
	d.text(InLimits, "", TheText, a.Limits, b.Limits)
	d.text(InContact, "", TheText, a.Contact, b.Contact)
	return d.changes
}

type difference struct{ changes []Change }

func (d *difference) text(part Part, name string, field Field, before, after Text) {
	if before != after {
		d.changes = append(d.changes, Change{Part: part, Name: name, Field: field, Before: before, After: after})
	}
}

func (d *difference) clauses(a, b *Content) {
	for i := range b.Clauses {
		c := &b.Clauses[i]
		was := a.Clause(c.Number)
		if was == nil {
			d.changes = append(d.changes, Change{Part: InClause, Name: c.Number, After: c.Heading})
			d.text(InClause, c.Number, TheText, Text{}, c.Text)
			continue
		}
		d.text(InClause, c.Number, TheHeading, was.Heading, c.Heading)
		d.text(InClause, c.Number, TheText, was.Text, c.Text)
	}
	for i := range a.Clauses {
		if c := &a.Clauses[i]; b.Clause(c.Number) == nil {
			d.changes = append(d.changes, Change{Part: InClause, Name: c.Number, Before: c.Heading})
		}
	}
}

func (d *difference) fees(a, b *Content) {
	for i := range b.Fees {
		is := &b.Fees[i]
		was := a.Fee(is.Plan)
		if was == nil {
			d.changes = append(d.changes, Change{Part: InFee, Name: is.Plan, After: is.Terms.Title, Is: is})
			d.terms(is.Plan, &Terms{Title: is.Terms.Title}, &is.Terms)
			continue
		}
		d.fee(was, is)
	}
	for i := range a.Fees {
		if was := &a.Fees[i]; b.Fee(was.Plan) == nil {
			d.changes = append(d.changes, Change{Part: InFee, Name: was.Plan, Before: was.Terms.Title, Was: was})
		}
	}
}

func (d *difference) fee(was, is *ContentFee) {
	differs := func(field Field, not bool) {
		if not {
			d.changes = append(d.changes, Change{Part: InFee, Name: is.Plan, Field: field, Was: was, Is: is})
		}
	}
	differs(ThePrice, was.Price() != is.Price())
	differs(TheItem, was.Item != is.Item || was.Method != is.Method)
	differs(TheCeiling, was.Cap12m != is.Cap12m)
	differs(TheDeposit, was.Terms.Deposit != is.Terms.Deposit)
	d.terms(is.Plan, &was.Terms, &is.Terms)
	differs(TheClause, was.Terms.Clause != is.Terms.Clause)
}

// terms compares what is said of a plan.
func (d *difference) terms(plan string, was, is *Terms) {
	old, now := was.texts(), is.texts()
	for i := range now {
		d.text(InFee, plan, Field(now[i].name), *old[i].text, *now[i].text)
	}
}

// Segment is a stretch of a text that stayed, went or came.
type Segment struct {
	Op   Op
	Text string
}

// Op says what became of a stretch.
type Op string

// What can become of it.
const (
	Kept Op = "kept"
	Gone Op = "gone"
	New  Op = "new"
)

// Words compares two texts word by word, and Chinese character by character.
func Words(before, after string) (segments []Segment) {
	old, now := tokens(before), tokens(after)
	was, is := strings.Join(old, "\n")+"\n", strings.Join(now, "\n")+"\n"
	add := func(op Op, lines string) {
		text := strings.ReplaceAll(strings.ReplaceAll(lines, "\n", ""), lineToken, "\n")
		if text == "" {
			return
		}
		if n := len(segments); n > 0 && segments[n-1].Op == op {
			segments[n-1].Text += text
			return
		}
		segments = append(segments, Segment{op, text})
	}
	at := 0
	for _, e := range udiff.Lines(was, is) {
		add(Kept, was[at:e.Start])
		add(Gone, was[e.Start:e.End])
		add(New, e.New)
		at = e.End
	}
	add(Kept, was[at:])
	return segments
}

// lineToken stands for the end of a line among tokens, each of which has a line
// of its own.
const lineToken = "\x00"

// tokens parts a text into words, characters and what is between them.
func tokens(text string) (all []string) {
	word := ""
	flush := func() {
		if word != "" {
			all = append(all, word)
			word = ""
		}
	}
	for _, r := range text {
		switch {
		case r == '\n':
			flush()
			all = append(all, lineToken)
		case !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == ',' || r == '\'' || r == '\u2019' || r == '\u00a5' || r == '%' || r == '-'):
			word += string(r)
		default:
			flush()
			all = append(all, string(r))
		}
	}
	flush()
	return all
}
