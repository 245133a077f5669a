package public

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/search"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/kept"
	"github.com/mingbai/mingbai/web/page"
)

// GuidePages holds what the guides' pages need. All but a vote is answered from
// memory.
type GuidePages struct {
	DB      *db.DB
	Clock   clock.Clock
	Guides  *guide.Catalogue
	Search  *search.Catalogue
	Misses  *search.Misses
	Guard   *guard.Guard // tells who is signed in on pages for anyone
	Cookies cookie.Site
	Secret  []byte // keys the hashes by which readers are told apart
	URL     string // where readers reach the portal, for the codes on paper

	// Pages as everybody sees them who is not signed in.
	shelves, found kept.Pages
}

// GuidesPath is where the guides are.
const GuidesPath = "/guides"

// queryParam is what is searched for, in the address of the list.
const queryParam = "q"

// resultsShown is how many results stand on the page.
const resultsShown = 10

// categoryNames are the keys of the categories' names.
var categoryNames = map[guide.Category]string{
	guide.Fees: "guides.category.fees", guide.SIM: "guides.category.sim", guide.Terminals: "guides.category.terminals",
	guide.Statements: "guides.category.statements", guide.Reminders: "guides.category.reminders",
	guide.Complaints: "guides.category.complaints", guide.Safety: "guides.category.safety",
}

// frame is Public.frame.
func (h *GuidePages) frame(c echo.Context, titleKey string, args ...any) page.Page {
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	return guard.Page(c, titleKey, args...)
}

// List answers GET /guides: all guides by category, or what a search finds.
func (h *GuidePages) List(c echo.Context) error {
	query := search.Normal(c.QueryParam(queryParam))
	guides, index := h.Guides.Guides(), h.Search.Index()
	if query == "" {
		serve, state := h.shelves.Serve, any(guides)
		if c.Request().URL.RawQuery != "" {
			serve, state = h.found.ServeQuick, any(index) // readers may think up ever new ones
		}
		return h.show(c, serve, state, page.Printer(c).T("guides.title"), func(frame page.Page) templ.Component {
			return public.Guides(frame, public.GuidesProps{Search: searchField(frame.T, ""), Shelves: shelves(frame.T, guides)})
		})
	}
	p := page.Printer(c)
	hits := index.Search(string(p.Locale()), query, resultsShown)
	title := p.T("guides.search.title", "query", query)
	if len(hits) > 0 {
		return h.show(c, h.found.ServeQuick, index, title, func(frame page.Page) templ.Component {
			return public.Guides(frame, public.GuidesProps{Search: searchField(frame.T, query), Query: query, Results: results(frame.T, hits)})
		})
	}
	h.Misses.Note(h.Clock.Now(), string(p.Locale()), query)
	frame := h.frame(c, "guides.search.title", "query", query)
	return page.Render(c, http.StatusOK, public.Guides(frame, public.GuidesProps{
		Search: searchField(frame.T, query), Query: query, Shelves: shelves(frame.T, guides),
	}))
}

// keptServe is one of the ways to serve a page that is kept.
type keptServe = func(c echo.Context, state, key any, kind string, draw func() ([]byte, error)) error

// show sends a page on which nothing posts. Where nobody is signed in and there
// is nothing to say about a last step, it is the same for all, and kept as long
// as what it shows stays the same.
func (h *GuidePages) show(c echo.Context, serve keptServe, of any, title string, view func(page.Page) templ.Component) error {
	frame := h.frame(c, "guides.title")
	frame.Title, frame.About = title, frame.T.T("guides.lead")
	if frame.User != nil || frame.Flash != nil || page.IsHTMX(c.Request()) {
		return page.Render(c, http.StatusOK, view(frame))
	}
	frame.CSRF = "" // nothing on it posts, and it is not one reader's
	return serve(c, of, keptKey{c.Request().URL.RequestURI(), frame.T.Locale(), frame.Brand}, htmlKind, func() ([]byte, error) {
		frame.T = i18n.For(frame.T.Locale()) // not the request's printer: the page outlives it
		var b bytes.Buffer
		err := view(frame).Render(c.Request().Context(), &b)
		return b.Bytes(), err
	})
}

func searchField(p *i18n.Printer, query string) components.Field {
	return components.Field{
		Name: queryParam, Label: p.T("guides.search.label"), Hint: p.T("guides.search.hint"), Value: query,
		Type: "search", Autocomplete: "off", MaxLength: "80",
	}
}

func results(p *i18n.Printer, hits []search.Hit) []public.GuideResult {
	results := make([]public.GuideResult, 0, len(hits))
	for i := range hits {
		hit := &hits[i]
		result := public.GuideResult{Title: pieces(hit.Title), Excerpt: pieces(hit.Excerpt)}
		if result.Href = guideHref(hit.Document.Slug); hit.Document.Kind == search.Disclosure {
			result.Href, result.Kind = disclosed.Path+"/"+hit.Document.Slug, p.T("guides.search.disclosure")
		}
		results = append(results, result)
	}
	return results
}

// pieces parts a text where its marks begin and end.
func pieces(m search.Marked) []public.Piece {
	all := make([]public.Piece, 0, 2*len(m.Marks)+1)
	at := 0
	for _, r := range m.Marks {
		if r.From > at {
			all = append(all, public.Piece{Text: m.Text[at:r.From]})
		}
		all = append(all, public.Piece{Text: m.Text[r.From:r.To], Marked: true})
		at = r.To
	}
	if at < len(m.Text) {
		all = append(all, public.Piece{Text: m.Text[at:]})
	}
	return all
}

func guideHref(slug string) string { return GuidesPath + "/" + slug }

// shelves lists all guides by category.
func shelves(p *i18n.Printer, guides *guide.Guides) (all []public.Shelf) {
	for _, category := range guide.Categories {
		some := guides.In(category)
		if len(some) == 0 {
			continue
		}
		all = append(all, public.Shelf{ID: string(category), Title: p.T(categoryNames[category]), Guides: links(p, some)})
	}
	return all
}

func links(p *i18n.Printer, guides []*guide.Guide) []page.Link {
	all := make([]page.Link, len(guides))
	for i, g := range guides {
		all[i] = page.Link{Label: g.Content.In(string(p.Locale())).Title, Href: guideHref(g.Slug)}
	}
	return all
}
