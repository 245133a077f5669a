package search

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/guide"
)

// Catalogue keeps an index of all published guides and disclosures in memory.
type Catalogue struct {
	db      db.Reader
	guides  *guide.Catalogue
	current atomic.Pointer[built]
}

// built is an index of what was published at a moment. It is made when it is
// first asked for.
type built struct {
	guides      *guide.Guides
	disclosures int // published versions
	index       func() *Index
}

// NewCatalogue returns a catalogue that is empty until its first Refresh.
func NewCatalogue(d db.Reader, guides *guide.Catalogue) *Catalogue {
	c := &Catalogue{db: d, guides: guides}
	c.current.Store(&built{index: func() *Index { return New(nil) }})
	return c
}

// Index returns the index as of the last Refresh.
func (c *Catalogue) Index() *Index { return c.current.Load().index() }

// Refresh takes up what was published since it was last called, after the
// guides' own Refresh. On an error the index of before stays.
func (c *Catalogue) Refresh(ctx context.Context) error {
	known, guides := c.current.Load(), c.guides.Guides()
	var versions int
	if err := c.db.QueryRow(ctx, `select count(*) from plan_versions`).Scan(&versions); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if known.guides == guides && known.disclosures == versions {
		return nil
	}
	docs, err := disclosures(ctx, c.db)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	c.current.Store(&built{guides: guides, disclosures: versions, index: sync.OnceValue(func() *Index {
		all := make([]Document, 0, len(guides.All)+len(docs))
		for _, g := range guides.All {
			all = append(all, ofGuide(g))
		}
		return New(append(all, docs...))
	})})
	return nil
}

func ofGuide(g *guide.Guide) Document {
	text := func(locale string) Text {
		t := g.Content.In(locale)
		return Text{Title: t.Title, Summary: t.Summary, Questions: t.Questions, Body: g.Article(locale).Text()}
	}
	return Document{Kind: Guide, Slug: g.Slug, ZhCN: text(guide.ZhCN), En: text(guide.En)}
}

// disclosures reads what the latest version of each plan says, a document a
// disclosure.
func disclosures(ctx context.Context, r db.Reader) (docs []Document, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var slug string
			var title, texts db.JSON
			if err := rows.Scan(&slug, &title, &texts); err != nil {
				return err
			}
			var name disclosure.Text
			var terms disclosure.Terms
			if err := json.Unmarshal(title, &name); err != nil {
				return err
			}
			if err := json.Unmarshal(texts, &terms); err != nil {
				return err
			}
			if n := len(docs); n == 0 || docs[n-1].Slug != slug {
				docs = append(docs, Document{Kind: Disclosure, Slug: slug, ZhCN: Text{Title: name.ZhCN}, En: Text{Title: name.En}})
			}
			docs[len(docs)-1].add(terms)
			return nil
		})
	}, `
		select d.slug, d.title, v.texts
		from disclosures d
		join plans p on p.disclosure_id = d.id
		join plan_versions v on v.plan_id = p.id
		where v.version = (select max(l.version) from plan_versions l where l.plan_id = p.id)
		order by d.slug, p.id`)
	return docs, err
}

// add takes up a fee. What it is called stands in the summary, so that one who
// searches for a fee finds what is published of it.
func (d *Document) add(t disclosure.Terms) {
	for _, l := range []struct {
		text  *Text
		name  string
		comma string
	}{{&d.ZhCN, guide.ZhCN, "\u3001"}, {&d.En, guide.En, ", "}} {
		if l.text.Summary != "" {
			l.text.Summary += l.comma
		}
		l.text.Summary += t.Title.In(l.name)
		l.text.Body += strings.Join([]string{t.Title.In(l.name), t.Recipient.In(l.name), t.Refund.In(l.name), t.Stop.In(l.name)}, "\n") + "\n"
	}
}
