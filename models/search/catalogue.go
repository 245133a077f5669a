package search

import (
	"strings"
	"sync"

	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/guide"
)

// Catalogue keeps an index of all published guides and disclosures in memory. It
// is made anew when it is asked for and either has changed.
type Catalogue struct {
	guides *guide.Catalogue
	plans  *disclosure.Catalogue

	mu    sync.Mutex
	of    published
	index *Index
}

// published is what there was to find at a moment.
type published struct {
	guides *guide.Guides
	plans  *disclosure.Plans
}

// NewCatalogue returns a catalogue of what the two catalogues hold.
func NewCatalogue(guides *guide.Catalogue, plans *disclosure.Catalogue) *Catalogue {
	return &Catalogue{guides: guides, plans: plans}
}

// Index returns the index of what is published now, as the two catalogues were
// last refreshed. As long as nothing is new it is the same.
func (c *Catalogue) Index() *Index {
	now := published{c.guides.Guides(), c.plans.Plans()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil || c.of != now {
		c.of, c.index = now, New(now.documents())
	}
	return c.index
}

func (p published) documents() (all []Document) {
	for _, g := range p.guides.All {
		all = append(all, ofGuide(g))
	}
	for _, d := range p.plans.Disclosures() {
		if v := latest(d); v != nil {
			c := p.plans.Content(d, v)
			all = append(all, ofDisclosure(d.Slug, &c))
		}
	}
	return all
}

func ofGuide(g *guide.Guide) Document {
	text := func(locale string) Text {
		t := g.Content.In(locale)
		return Text{Title: t.Title, Summary: t.Summary, Questions: t.Questions, Body: g.Article(locale).Text()}
	}
	return Document{Kind: Guide, Slug: g.Slug, ZhCN: text(guide.ZhCN), En: text(guide.En)}
}

// latest returns the newest version that was not withdrawn, or nil: what is to
// come can be found too.
func latest(d *disclosure.Disclosure) *disclosure.Version {
	for i := len(d.Versions) - 1; i >= 0; i-- {
		if d.Versions[i].Withdrawn == nil {
			return &d.Versions[i]
		}
	}
	return nil
}

// ofDisclosure puts the names of the fees into the summary, so that one who
// searches for a fee finds what is published of it.
func ofDisclosure(slug string, c *disclosure.Content) Document {
	text := func(locale, comma string) Text {
		var names []string
		var body strings.Builder
		say := func(texts ...disclosure.Text) {
			for _, t := range texts {
				if s := t.In(locale); s != "" {
					body.WriteString(s + "\n")
				}
			}
		}
		say(c.Summary, c.Limits)
		for i := range c.Fees {
			f := &c.Fees[i]
			names = append(names, f.Terms.Title.In(locale))
			say(f.Terms.Title, f.Terms.Recipient, f.Terms.Refund, f.Terms.Stop)
		}
		for i := range c.Clauses {
			say(c.Clauses[i].Heading, c.Clauses[i].Text)
		}
		say(c.Contact)
		return Text{Title: c.Title.In(locale), Summary: strings.Join(names, comma), Body: body.String()}
	}
	return Document{Kind: Disclosure, Slug: slug, ZhCN: text(guide.ZhCN, "\u3001"), En: text(guide.En, ", ")}
}
