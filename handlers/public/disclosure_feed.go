package public

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	feedPath      = disclosed.Path + "/feed.atom"
	feedLanguage  = "language" // a feed reader has no cookie to keep a choice in
	atomKind      = "application/atom+xml; charset=utf-8"
	atomNamespace = "http://www.w3.org/2005/Atom"
)

func feedHref(l i18n.Locale) string {
	return feedPath + "?" + url.Values{feedLanguage: {string(l)}}.Encode()
}

// The parts of RFC 4287 that the feed has.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

// Feed answers GET /disclosures/feed.atom: every version as it was published, and
// as it was withdrawn, in the language asked for.
func (h *Disclosures) Feed(c echo.Context) error {
	locale := i18n.Locale(c.QueryParam(feedLanguage))
	if !locale.Known() {
		locale = page.Printer(c).Locale()
	}
	p := i18n.For(locale)
	brand := page.New(c).Brand
	key := keptKey{feedPath, locale, brand}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
	return h.pages.Serve(c, keptState{h.Plans.Plans(), h.today()}, key, atomKind, func() ([]byte, error) {
		return h.feed(p, brand)
	})
}

func (h *Disclosures) feed(p *i18n.Printer, brand page.Brand) ([]byte, error) {
	feed := atomFeed{
		Lang: string(p.Locale()), ID: h.Origin + feedHref(p.Locale()), Title: p.T("disclosures.feed_title", "name", brand.Name),
		Author: atomAuthor{brand.Name}, Updated: atomTime(date.MustParse("2020-01-01")),
		Links: []atomLink{
			{"self", "application/atom+xml", h.Origin + feedHref(p.Locale())}, {"alternate", "text/html", h.Origin + disclosed.Path},
		},
	}
	if feed.Author.Name == "" {
		feed.Author.Name = p.T("layout.product")
	}
	for _, d := range h.Plans.Plans().Disclosures() {
		for i := range d.Versions {
			feed.Entries = append(feed.Entries, h.entry(p, d, &d.Versions[i]))
		}
	}
	slices.SortStableFunc(feed.Entries, func(a, b atomEntry) int { return cmp.Compare(b.Updated, a.Updated) })
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(feed); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (h *Disclosures) entry(p *i18n.Printer, d *disclosure.Disclosure, v *disclosure.Version) atomEntry {
	w := disclosureWords{p: p, plans: h.Plans.Plans(), today: h.today()}
	address := h.Origin + disclosed.Href(d.Slug, v.Number)
	e := atomEntry{
		ID: address, Title: p.T("disclosures.version.title", "title", w.in(d.Title), "version", v.Number),
		Published: atomTime(v.PublishedOn), Updated: atomTime(v.PublishedOn), Link: atomLink{"alternate", "text/html", address},
		Summary: p.T("disclosures.feed_entry", "published", v.PublishedOn, "effective", v.EffectiveOn),
	}
	if v.Withdrawn != nil {
		e.Updated = atomTime(v.Withdrawn.On)
		e.Summary = p.T("disclosures.withdrawn.lead", "day", v.Withdrawn.On) + " " + w.in(v.Withdrawn.Reason)
	}
	return e
}

// atomTime writes the beginning of a day in Shanghai as RFC 3339 has it.
func atomTime(d date.Date) string { return d.Start().In(date.Shanghai).Format(time.RFC3339) }
