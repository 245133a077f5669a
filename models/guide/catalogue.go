package guide

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// Guide is a published guide in its present version. It is immutable and may be
// shared.
type Guide struct {
	Slug        string
	VersionID   int64
	Version     int
	ReviewedOn  date.Date
	PublishedAt time.Time
	Content     *Content

	articles map[string]*readArticle // by language
}

// readArticle is a text that is read and drawn when it is first asked for.
type readArticle struct {
	article func() *Article
	html    func() (string, error)
}

func newGuide(content *Content) *Guide {
	g := &Guide{Content: content, articles: map[string]*readArticle{}}
	for _, locale := range []string{ZhCN, En} {
		article := sync.OnceValue(func() *Article { return Read(content.In(locale).Body) })
		g.articles[locale] = &readArticle{article, sync.OnceValues(func() (string, error) { return article().HTML() })}
	}
	return g
}

func (g *Guide) in(locale string) *readArticle {
	if a := g.articles[locale]; a != nil {
		return a
	}
	return g.articles[ZhCN]
}

// Article returns the guide's text in a language, read.
func (g *Guide) Article(locale string) *Article { return g.in(locale).article() }

// HTML returns the guide's text in a language as Article.HTML does.
func (g *Guide) HTML(locale string) (string, error) { return g.in(locale).html() }

// Guides is every published guide, as of one moment. It is immutable and may be
// shared.
type Guides struct {
	All         []*Guide // by category, then in their order
	CheckMonths int      // for how many months a review counts
	bySlug      map[string]*Guide
	down        map[string]bool // slugs of those that were taken away from readers
	rows        int             // by which it is told whether there is anything new
}

// BySlug returns the guide, or nil.
func (g *Guides) BySlug(slug string) *Guide { return g.bySlug[slug] }

// TakenDown reports whether readers could see the guide once, and can't any more.
func (g *Guides) TakenDown(slug string) bool { return g.down[slug] }

// Stale reports whether a guide's last review is longer ago than it counts.
func (g *Guides) Stale(of *Guide, today date.Date) bool {
	return Stale(of.ReviewedOn, today, g.CheckMonths)
}

// In returns the guides of a category in their order.
func (g *Guides) In(c Category) (some []*Guide) {
	for _, each := range g.All {
		if each.Content.Category == c {
			some = append(some, each)
		}
	}
	return some
}

// fewItems is how many fees a guide may be about and still be about one of them.
const fewItems = 3

// For returns the guides that help with a fee and the rules that a deduction
// broke, the most fitting first, at most so many. Either may be empty.
func (g *Guides) For(item fee.Item, broke fee.Codes, most int) []*Guide {
	type fitting struct {
		guide *Guide
		fit   int
	}
	var found []fitting
	for _, each := range g.All {
		fit := 0
		for code := range broke.All() {
			if slices.Contains(each.Content.Codes, code.String()) {
				fit += 20 - min(len(each.Content.Codes), 10) // the fewer rules it is about the better
			}
		}
		if item != "" && slices.Contains(each.Content.Items, item) {
			fit++
			if len(each.Content.Items) <= fewItems {
				fit++
			}
		}
		if fit > 0 {
			found = append(found, fitting{each, fit})
		}
	}
	slices.SortStableFunc(found, func(a, b fitting) int { return cmp.Compare(b.fit, a.fit) })
	guides := make([]*Guide, min(len(found), most))
	for i := range guides {
		guides[i] = found[i].guide
	}
	return guides
}

// Catalogue keeps the published guides in memory: they are few, and a published
// version never changes. What is new is read by Refresh.
type Catalogue struct {
	db      db.Reader
	current atomic.Pointer[Guides]
}

// NewCatalogue returns a catalogue that is empty until its first Refresh.
func NewCatalogue(d db.Reader) *Catalogue {
	c := &Catalogue{db: d}
	c.current.Store(&Guides{})
	return c
}

// Guides returns the guides as last read.
func (c *Catalogue) Guides() *Guides { return c.current.Load() }

// Refresh reads the guides anew where there are new ones, and reports whether
// there were. On an error the ones read before stay.
func (c *Catalogue) Refresh(ctx context.Context) (changed bool, err error) {
	known := c.current.Load()
	var rows int
	// What is published or taken down is never changed or removed, so the number
	// tells.
	err = c.db.QueryRow(ctx, `select (select count(*) from guide_versions where state = 'published') + (select count(*) from guide_withdrawals)`).Scan(&rows)
	if err != nil {
		return false, fmt.Errorf("guide: %w", err)
	}
	months, err := setting.GetGuideMonths(ctx, c.db)
	if err != nil {
		return false, err
	}
	if rows == known.rows && months == known.CheckMonths {
		return false, nil
	}
	guides, err := load(ctx, c.db, known)
	if err != nil {
		return false, fmt.Errorf("guide: %w", err)
	}
	guides.rows, guides.CheckMonths = rows, months
	c.current.Store(guides)
	return true, nil
}

// load reads the latest published version of each guide. Those that are known
// are taken over, with what was read and drawn of them.
func load(ctx context.Context, r db.Reader, known *Guides) (*Guides, error) {
	guides := &Guides{bySlug: map[string]*Guide{}, down: map[string]bool{}}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var slug string
			var versionID int64
			var version int
			var content db.JSON
			var reviewed date.Date
			var published db.Time
			var down bool
			if err := rows.Scan(&slug, &versionID, &version, &content, &reviewed, &published, &down); err != nil {
				return err
			}
			if down {
				guides.down[slug] = true
				return nil
			}
			g := known.bySlug[slug]
			if g == nil || g.VersionID != versionID {
				read, err := scanContent(content)
				if err != nil {
					return err
				}
				g = newGuide(read)
				g.Slug, g.VersionID, g.Version, g.ReviewedOn, g.PublishedAt = slug, versionID, version, reviewed, published.Time
			}
			guides.All, guides.bySlug[slug] = append(guides.All, g), g
			return nil
		})
	}, `
		select g.slug, v.id, v.version, v.content, v.reviewed_on, v.published_at,
			exists (select 1 from guide_withdrawals t where t.version_id = v.id)
		from guides g
		join guide_versions v on v.guide_id = g.id
		where v.state = 'published' and v.version = (
			select max(l.version) from guide_versions l where l.guide_id = g.id and l.state = 'published')
		order by g.slug`)
	slices.SortStableFunc(guides.All, func(a, b *Guide) int { return compare(a.Content, b.Content) })
	return guides, err
}

// compare orders guides by category, and within it as they say themselves.
func compare(a, b *Content) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Categories, a.Category), slices.Index(Categories, b.Category)),
		cmp.Compare(a.Order, b.Order))
}
