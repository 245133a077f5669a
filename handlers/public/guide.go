package public

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Guide answers GET /guides/{slug}.
func (h *GuidePages) Guide(c echo.Context) error { return h.showGuide(c, http.StatusOK, form.State{}) }

// asked returns the guide that the address names.
func (h *GuidePages) asked(c echo.Context) (*guide.Guide, error) {
	g := h.Guides.Guides().BySlug(c.Param("slug"))
	if g == nil {
		return nil, fault.New(fault.NotFound, "")
	}
	return g, nil
}

func (h *GuidePages) showGuide(c echo.Context, status int, s form.State) error {
	guides := h.Guides.Guides()
	if guides.TakenDown(c.Param("slug")) {
		return h.down(c)
	}
	g, err := h.asked(c)
	if err != nil {
		return err
	}
	locale := string(page.Printer(c).Locale())
	body, err := g.HTML(locale)
	if err != nil {
		return err
	}
	text := g.Content.In(locale)
	frame := h.frame(c, "guides.title")
	p := frame.T
	frame.Title, frame.About = text.Title, text.Summary
	frame.Crumbs = []page.Link{
		{Label: p.T("guides.title"), Href: GuidesPath},
		{Label: p.T(categoryNames[g.Content.Category]), Href: GuidesPath + "#" + string(g.Content.Category)},
		{Label: text.Title},
	}
	props := public.GuideProps{
		Heading:  components.Heading{Title: text.Title, Lead: text.Summary},
		Reviewed: p.T("guides.one.reviewed", "date", g.ReviewedOn), Body: body,
		Contents: contents(g.Article(locale)), Fees: feeNames(p, g.Content.Items), Related: links(p, h.related(g)),
		Address: strings.TrimSuffix(h.URL, "/") + guideHref(g.Slug),
		Vote:    voteForm(p, g.Slug, s),
	}
	if guides.Stale(g, clock.Today(h.Clock)) {
		props.Stale = p.T("guides.one.stale", "date", g.ReviewedOn, "months", guides.CheckMonths)
	}
	if frame.Brand.Hotline != "" {
		props.Call = p.T("guides.one.call", "hotline", frame.Brand.Hotline)
	}
	return page.Render(c, status, public.Guide(frame, props))
}

// contentsFrom is the number of sections from which a list of them helps.
const contentsFrom = 3

func contents(a *guide.Article) (all []page.Link) {
	for i := range a.Sections {
		if s := &a.Sections[i]; s.ID != "" {
			all = append(all, page.Link{Label: s.Heading, Href: "#" + s.ID})
		}
	}
	if len(all) < contentsFrom {
		return nil
	}
	return all
}

func feeNames(p *i18n.Printer, items []fee.Item) (names []string) {
	for _, item := range items {
		names = append(names, explain.ItemName(p, item))
	}
	return names
}

// relatedShown is how many other guides a guide leads to.
const relatedShown = 4

// related are other guides: of the same fees, then of the same shelf.
func (h *GuidePages) related(g *guide.Guide) (some []*guide.Guide) {
	all := h.Guides.Guides()
	add := func(others []*guide.Guide) {
		for _, o := range others {
			if o != g && len(some) < relatedShown && !slices.Contains(some, o) {
				some = append(some, o)
			}
		}
	}
	if len(g.Content.Items) > 0 {
		add(all.For(g.Content.Items[0], 0, relatedShown/2+1))
	}
	add(all.In(g.Content.Category))
	return some
}

func voteForm(p *i18n.Printer, slug string, s form.State) public.VoteForm {
	return public.VoteForm{
		Action: guideHref(slug) + "/vote", State: s,
		Helped: components.Field{Name: guide.HelpedField, Label: p.T("guides.vote.title"), Value: s.Value(guide.HelpedField), Error: s.Error(guide.HelpedField), Required: true},
		Answers: []components.Option{
			{Value: votedYes, Label: p.T("guides.vote.yes")}, {Value: votedNo, Label: p.T("guides.vote.no")},
		},
		Reason: components.Field{
			Name: guide.ReasonField, Label: p.T("guides.vote.reason"), Hint: p.T("guides.vote.reason_hint"), Optional: p.T("guides.vote.optional"),
			Value: s.Value(guide.ReasonField), Error: s.Error(guide.ReasonField), MaxLength: "500",
		},
	}
}
