package public_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/search"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/webtest"
)

// withGuides is a site with the guides that the program brings.
func withGuides(t *testing.T, s *site, cookies cookie.Site) *public.GuidePages {
	t.Helper()
	ctx := t.Context()
	if _, err := guide.Ship(ctx, s.db, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	guides := guide.NewCatalogue(s.db)
	if _, err := guides.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	index := search.NewCatalogue(guides, disclosure.NewCatalogue(s.db))
	h := &public.GuidePages{
		DB: s.db, Clock: s.clock, Guides: guides, Search: index, Misses: search.NewMisses(s.db), Guard: s.guard,
		Cookies: cookies, Secret: []byte("a secret of the tests"), URL: "https://mingbai.example.com",
	}
	r, anyone := s.Router(), guard.Public("a test")
	r.Get("/guides", anyone, h.List)
	r.Get("/guides/:slug", anyone, h.Guide)
	r.Post("/guides/:slug/vote", anyone, h.Vote)
	return h
}

func guideSite(t *testing.T) (*site, *public.GuidePages) {
	t.Helper()
	s := newSite(t, nil)
	return s, withGuides(t, s, cookie.Site{TLS: true})
}

func TestTheShelvesHoldEveryGuide(t *testing.T) {
	s, h := guideSite(t)
	c := s.browser()
	for _, l := range i18n.Locales {
		list := c.Speak(string(l)).Get("/guides").Is(200)
		for _, g := range h.Guides.Guides().All {
			list.Says(g.Content.In(string(l)).Title)
		}
	}
}

// TestEveryGuideIsAPageInBothLanguages opens each, so that the client checks its
// links and its marks.
func TestEveryGuideIsAPageInBothLanguages(t *testing.T) {
	s, h := guideSite(t)
	c := s.browser()
	for _, g := range h.Guides.Guides().All {
		for _, l := range i18n.Locales {
			text := g.Content.In(string(l))
			one := c.Speak(string(l)).Get("/guides/"+g.Slug).Is(200).Says(text.Title, text.Summary, "https://mingbai.example.com/guides/"+g.Slug)
			if one.Lang() != string(l) || !strings.HasPrefix(one.Title(), text.Title) {
				t.Errorf("%s: got the language %s and the title %q", g.Slug, one.Lang(), one.Title())
			}
		}
	}
	c.Get("/guides/nothing").Is(404)
}

func TestAGuideThatWasTakenDownLeadsToTheOthers(t *testing.T) {
	s, h := guideSite(t)
	c := s.browser()
	summary := h.Guides.Guides().BySlug("deposit").Content.ZhCN.Summary
	vote := c.Get("/guides/deposit").Is(200).Form("/guides/deposit/vote").Set("helped", "yes")
	c.Get("/guides?q=" + url.QueryEscape("押金怎么退")).Click("押金怎么退").Is(200).Says(summary)
	reviewer := staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Lead}}
	if err := guide.TakeDown(t.Context(), s.db, s.clock.Now(), reviewer, "deposit", 1, "价格变了"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Guides.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Get("/guides/deposit").Is(410).Says("这一篇已经撤下了").SaysNot("价格变了", summary)
	vote.Submit().Is(410)
	all := c.Get("/guides/deposit").Click("看全部指南").Is(200)
	found := c.Speak("en").Get("/guides/deposit").Is(410).Says("This guide is no longer here").Form("/guides").Set("q", "deposit refund").Submit().Is(200)
	for _, p := range []*webtest.Page{all, found} {
		if strings.Contains(p.Body, `"/guides/deposit"`) {
			t.Errorf("%s leads to it", p.URL)
		}
	}
}

func TestASearchShowsWhatAnswersAndWhere(t *testing.T) {
	s, _ := guideSite(t)
	c := s.browser()
	found := c.Get("/guides?q=" + url.QueryEscape("押金怎么退")).Is(200).Says("搜索结果")
	if marks := found.All("mark"); len(marks) == 0 {
		t.Error("nothing is marked")
	}
	found.Click("押金怎么退").Is(200).Says("按公示写的条件退")
	c.Speak("en").Get("/guides?q=deposit+refund").Is(200).Says("Results").Click("How do I get my deposit back")
	if odd := c.Get("/guides?q=" + url.QueryEscape(`<u>"&`)).Is(200); len(odd.All("u")) > 0 {
		t.Error("what was searched for became a part of the page")
	}
}

func TestASearchFindsWhatIsPublished(t *testing.T) {
	s, h := guideSite(t)
	for _, statement := range []string{
		`insert into disclosures (id, slug, title) values (7, 'screen-cover', '{"zh-CN":"碎屏保障收费公示","en":"Screen cover prices"}')`,
		`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
		 values (8, 7, 1, '2026-01-01', '2026-02-01', 31, true, 'x', '2026-01-01 00:00:00+00:00')`,
		`insert into plans (id, code, disclosure_id, item) values (9, 'p', 7, 'insurance')`,
		`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, texts)
		 values (9, 1, 8, '2026-01-01', '2026-02-01', 31, 'one_off', 900, '{"title":{"zh-CN":"碎屏保障","en":"Screen cover"}}')`,
	} {
		s.exec(statement)
	}
	plans := disclosure.NewCatalogue(s.db)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Search = search.NewCatalogue(h.Guides, plans)
	s.Router().Get("/disclosures/:slug", guard.Public("a test"), func(c echo.Context) error { return c.NoContent(204) })
	s.browser().Get("/guides?q=" + url.QueryEscape("碎屏保障")).Is(200).Says("收费公示").Click("碎屏保障收费公示").Is(204)
}

func TestASearchThatFindsNothingHelpsAndIsNoted(t *testing.T) {
	s, h := guideSite(t)
	c := s.browser()
	c.Get("/guides?q="+url.QueryEscape("天气 13812346621")).Is(200).Says("没找到", "400-000-0000", "流量卡").Click("清除搜索").Is(200)
	c.Speak("en").Get("/guides?q=football").Is(200).Says("Nothing found for “football”")
	if err := h.Misses.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := search.ReadMisses(t.Context(), s.db, date.MustParse("2026-11-23"), 0)
	if err != nil || len(page.Missed) != 2 || strings.Contains(fmt.Sprint(page.Missed), "138") {
		t.Errorf("noted %+v, %v", page, err)
	}
}

func TestAReaderSaysWhetherAGuideHelped(t *testing.T) {
	s, _ := guideSite(t)
	c := s.browser()
	open := func() *guide.Detail {
		t.Helper()
		d, err := guide.Get(t.Context(), s.db, "deposit")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	c.Get("/guides/deposit").Form("/guides/deposit/vote").Set("reason", "缺地址").Submit().Is(422).Says("请选帮到了还是没帮到", "缺地址")
	c.Get("/guides/deposit").Form("/guides/deposit/vote").Set("helped", "no").Set("reason", "缺地址").Submit().LeadsTo("/guides/deposit").Follow().Says("收到了，谢谢")
	c.Get("/guides/deposit").Form("/guides/deposit/vote").Set("helped", "yes").Submit().LeadsTo("/guides/deposit")
	if d := open(); d.Yes != 1 || d.No != 0 {
		t.Errorf("got %d yes and %d no of one reader who changed their mind", d.Yes, d.No)
	}
	other := s.browser().Speak("en")
	other.Get("/guides/deposit").Form("/guides/deposit/vote").Set("helped", "no").Set("reason", strings.Repeat("long ", 101)).Submit().Is(422).Says("Too long")
	other.Get("/guides/deposit").Form("/guides/deposit/vote").Set("helped", "no").Submit().Follow().Says("Thank you")
	if d := open(); d.Yes != 1 || d.No != 1 {
		t.Errorf("got %d yes and %d no of two readers", d.Yes, d.No)
	}
	s.browser().Post("/guides/deposit/vote", url.Values{"helped": {"yes"}}).Is(403)
	c.Get("/guides/deposit").Form("/guides/deposit/vote").Tamper("helped", "maybe").Submit().Is(422)
}

func TestAGuideThatNobodyLookedAtForAYearSaysSo(t *testing.T) {
	s, _ := guideSite(t)
	c := s.browser()
	c.Get("/guides/deposit").SaysNot("超过 12 个月").Says("核对过内容")
	s.clock.Advance(400 * 24 * time.Hour)
	c.Get("/guides/deposit").Says("超过 12 个月", "先打客服电话问一句").SaysNot("核对过内容")
	c.Speak("en").Get("/guides/deposit").Says("more than 12 months ago")
}

func TestTheGuidesAskTheDatabaseNothing(t *testing.T) {
	s, _ := guideSite(t)
	for _, path := range []string{"/guides", "/guides?q=fee", "/guides/deposit"} {
		ctx, counter := db.Count(t.Context())
		r := httptest.NewRequest("GET", path, nil).WithContext(ctx)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 || counter.RoundTrips() != 0 {
			t.Errorf("%s: got status %d with %d round trips, want none", path, w.Code, counter.RoundTrips())
		}
	}
}

func TestABrowserFindsNoFaultWithGuides(t *testing.T) {
	s := newSiteOver(t, cookie.Site{}, nil)
	withGuides(t, s, cookie.Site{})
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	browser := browsertest.Start(t)
	for _, view := range []browsertest.View{
		browsertest.Wide.In("zh-CN"), browsertest.Phone.In("zh-CN").WithoutScript(), browsertest.Phone.In("en"),
	} {
		tab := browser.Tab(t, view)
		for path, name := range map[string]string{
			"/guides": "guides", "/guides?q=" + url.QueryEscape("为什么扣36"): "guides-found", "/guides?q=qwertz": "guides-none", "/guides/why-sim-fee": "guide",
		} {
			tab.Open(served.URL + path)
			tab.Check()
			tab.Screenshot(name)
		}
	}
}

// longest returns the guides that need the most paper in a language.
func longest(guides *guide.Guides, locale string) []*guide.Guide {
	all := slices.Clone(guides.All)
	slices.SortFunc(all, func(a, b *guide.Guide) int {
		return paperOf(b.Content.In(locale).Body) - paperOf(a.Content.In(locale).Body)
	})
	return all[:8]
}

// paperOf guesses how long a text is on paper: by its lines and characters.
func paperOf(body string) int { return 50*strings.Count(body, "\n") + utf8.RuneCountInString(body) }

// TestAGuidePrintsOnOnePage asks the browser for the paper of the longest.
func TestAGuidePrintsOnOnePage(t *testing.T) {
	s := newSiteOver(t, cookie.Site{}, nil)
	h := withGuides(t, s, cookie.Site{})
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	browser := browsertest.Start(t)
	for _, l := range i18n.Locales {
		tab := browser.Tab(t, browsertest.Wide.In(string(l)))
		for _, g := range longest(h.Guides.Guides(), string(l)) {
			tab.Open(served.URL + "/guides/" + g.Slug)
			if n := tab.PaperPages(); n != 1 {
				t.Errorf("%s in %s prints on %d pages, want one", g.Slug, l, n)
			}
		}
		tab.OnPaper()
		if !tab.Has(".scan .qr") || tab.Has("form") {
			t.Errorf("%s: on paper a guide has its code and no form", l)
		}
		for _, fault := range append(tab.AxeViolations(), tab.HTMLFaults()...) {
			t.Errorf("%s on paper: %s", l, fault)
		}
		tab.Screenshot("guide-paper")
	}
}
