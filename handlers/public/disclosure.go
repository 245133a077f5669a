package public

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/kept"
	"github.com/mingbai/mingbai/web/page"
)

// Disclosures answers everybody who asks what is charged.
type Disclosures struct {
	DB     *db.DB
	Clock  clock.Clock
	Plans  *disclosure.Catalogue
	Guard  *guard.Guard
	Origin string // of the portal's addresses, such as https://bill.example.com; for the feed

	pages kept.Pages
}

// keptState is what a kept page shows: another state, another page.
type keptState struct {
	plans *disclosure.Plans
	today date.Date
}

// keptKey tells kept pages apart.
type keptKey struct {
	address string
	locale  i18n.Locale
	brand   page.Brand
}

const htmlKind = "text/html; charset=utf-8"

// pageView makes a page of the frame, whose title and crumbs it sets.
type pageView func(frame *page.Page) (templ.Component, error)

// show sends a page that asks for the query given, and for no other. Where
// nobody is signed in and there is nothing to say about a last step, it is the
// same for all, and kept; with any other query it is not, since readers may
// think up ever new ones.
func (h *Disclosures) show(c echo.Context, query string, view pageView) error {
	r := c.Request()
	mayKeep := r.URL.RawQuery == query && !page.IsHTMX(r)
	if mayKeep && page.IsStranger(r) {
		return h.keep(c, page.BrandOf(c), view, func() page.Page { return guard.Page(c, "disclosures.title") })
	}
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	frame := guard.Page(c, "disclosures.title")
	if mayKeep && frame.User == nil && frame.Flash == nil {
		return h.keep(c, frame.Brand, view, func() page.Page { return frame })
	}
	v, err := view(&frame)
	if err != nil {
		return err
	}
	return page.Render(c, http.StatusOK, v)
}

// keep sends a page that is the same for all who are not signed in. It is drawn
// in the frame only where it is not kept.
func (h *Disclosures) keep(c echo.Context, brand page.Brand, view pageView, framed func() page.Page) error {
	locale := page.Printer(c).Locale()
	key := keptKey{c.Request().URL.RequestURI(), locale, brand}
	return h.pages.Serve(c, keptState{h.Plans.Plans(), h.today()}, key, htmlKind, func() ([]byte, error) {
		frame := framed()
		frame.CSRF = ""            // nothing on it posts, and it is not one reader's
		frame.T = i18n.For(locale) // not the request's printer: the page outlives it
		v, err := view(&frame)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = v.Render(c.Request().Context(), &b)
		return b.Bytes(), err
	})
}

func (h *Disclosures) today() date.Date { return clock.Today(h.Clock) }

// List answers GET /disclosures: what is charged now, what comes next, and the
// history.
func (h *Disclosures) List(c echo.Context) error {
	return h.show(c, "", func(frame *page.Page) (templ.Component, error) {
		w := disclosureWords{p: frame.T, plans: h.Plans.Plans(), today: h.today()}
		props := w.list()
		frame.About = props.Heading.Lead
		return public.Disclosures(*frame, props), nil
	})
}

// Latest answers GET /disclosures/{slug}: the version that holds now.
func (h *Disclosures) Latest(c echo.Context) error {
	d, err := h.asked(c)
	if err != nil {
		return err
	}
	return h.version(c, d, d.Shown(h.today()), true)
}

// jsonSuffix asks for the bytes of a version in place of its page.
const jsonSuffix = ".json"

// Version answers GET /disclosures/{slug}/{version}, for ever, and with .json at
// its end exactly the bytes that the version's hash is of.
func (h *Disclosures) Version(c echo.Context) error {
	if number, ok := strings.CutSuffix(c.Param("version"), jsonSuffix); ok {
		return h.document(c, number)
	}
	d, v, err := h.askedVersion(c, c.Param("version"))
	if err != nil {
		return err
	}
	return h.version(c, d, v, false)
}

func (h *Disclosures) version(c echo.Context, d *disclosure.Disclosure, v *disclosure.Version, latest bool) error {
	return h.show(c, "", func(frame *page.Page) (templ.Component, error) {
		p := frame.T
		w := disclosureWords{p: p, plans: h.Plans.Plans(), today: h.today(), origin: h.Origin}
		frame.Title = p.T("disclosures.version.title", "title", w.in(d.Title), "version", v.Number)
		frame.Crumbs = []page.Link{{Label: p.T("disclosures.title"), Href: disclosed.Path}, {Label: frame.Title}}
		content := w.plans.Content(d, v)
		frame.About = cmp.Or(w.in(content.Summary), w.standing(d, v))
		return public.Disclosure(*frame, w.version(d, v, latest)), nil
	})
}

// Compare answers GET /disclosures/{slug}/compare: what differs between two
// versions. Where they are not said they are the two latest.
func (h *Disclosures) Compare(c echo.Context) error {
	d, err := h.asked(c)
	if err != nil {
		return err
	}
	last := d.Versions[len(d.Versions)-1].Number
	to, from := d.Version(numberOr(c.QueryParam("to"), last)), d.Version(numberOr(c.QueryParam("from"), max(1, last-1)))
	if from == nil || to == nil {
		return fault.New(fault.NotFound, "disclosures.not_found")
	}
	return h.show(c, fmt.Sprintf("from=%d&to=%d", from.Number, to.Number), func(frame *page.Page) (templ.Component, error) {
		p := frame.T
		w := disclosureWords{p: p, plans: h.Plans.Plans(), today: h.today()}
		frame.Title = p.T("disclosures.compare.title", "title", w.in(d.Title), "from", from.Number, "to", to.Number)
		frame.Crumbs = []page.Link{
			{Label: p.T("disclosures.title"), Href: disclosed.Path},
			{Label: w.in(d.Title), Href: disclosed.Href(d.Slug, 0)}, {Label: p.T("disclosures.compare.crumb")},
		}
		return public.Compare(*frame, w.compare(d, from, to)), nil
	})
}

// document sends what a version's hash is of.
func (h *Disclosures) document(c echo.Context, number string) error {
	_, v, err := h.askedVersion(c, number)
	if err != nil {
		return err
	}
	if v.Body == nil {
		return fault.New(fault.NotFound, "disclosures.not_found")
	}
	header := c.Response().Header()
	header.Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	header.Set("ETag", `"`+v.Hash+`"`)
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, v.Body)
}

// asked returns the disclosure that is asked for.
func (h *Disclosures) asked(c echo.Context) (*disclosure.Disclosure, error) {
	if d := h.Plans.Plans().Disclosure(c.Param("slug")); d != nil {
		return d, nil
	}
	return nil, fault.New(fault.NotFound, "disclosures.not_found")
}

func (h *Disclosures) askedVersion(c echo.Context, number string) (*disclosure.Disclosure, *disclosure.Version, error) {
	d, err := h.asked(c)
	if err != nil {
		return nil, nil, err
	}
	if v := d.Version(numberOr(number, 0)); v != nil {
		return d, v, nil
	}
	return nil, nil, fault.New(fault.NotFound, "disclosures.not_found")
}

// numberOr reads a version's number as it stands in an address: written in one
// way alone, so that each page has one address.
func numberOr(s string, otherwise int) int {
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s {
		return -1
	}
	return n
}

// disclosureWords puts disclosures into words.
type disclosureWords struct {
	p      *i18n.Printer
	plans  *disclosure.Plans
	today  date.Date
	origin string
}

func (w *disclosureWords) in(t disclosure.Text) string { return t.In(string(w.p.Locale())) }

func (w *disclosureWords) list() public.DisclosuresProps {
	p := w.p
	props := public.DisclosuresProps{
		Heading: components.Heading{Title: p.T("disclosures.heading"), Lead: p.T("disclosures.lead", "day", w.today)},
		Feed:    page.Link{Label: p.T("disclosures.feed"), Href: feedHref(p.Locale())},
	}
	for _, d := range w.plans.Disclosures() {
		props.List = append(props.List, w.card(d))
	}
	if len(props.List) == 0 {
		props.Empty = p.T("disclosures.none")
	}
	return props
}

func (w *disclosureWords) card(d *disclosure.Disclosure) public.DisclosureCard {
	p, shown := w.p, d.Shown(w.today)
	content := w.plans.Content(d, shown)
	href := disclosed.Href(d.Slug, shown.Number)
	card := public.DisclosureCard{
		Title: w.in(d.Title), Now: w.standing(d, shown),
		Table: disclosed.Table(p, content.Fees, func(f *disclosure.ContentFee) string { return href + "#" + disclosed.FeeID(f.Plan) }),
		Read:  page.Link{Label: p.T("disclosures.read", "version", shown.Number), Href: href},
		Next:  w.next(d, shown), Opening: w.opening(d), History: w.history(d),
	}
	card.Table.Caption = p.T("disclosures.fees.of", "title", card.Title)
	return card
}

// standing says in a few words how a version stands.
func (w *disclosureWords) standing(d *disclosure.Disclosure, v *disclosure.Version) string {
	switch d.Phase(v.Number, w.today) {
	case disclosure.ToCome:
		return w.p.T("disclosures.standing.from", "version", v.Number, "day", v.EffectiveOn)
	case disclosure.InEffect:
		return w.p.T("disclosures.standing.since", "version", v.Number, "day", v.EffectiveOn)
	case disclosure.Withdrawn:
		return w.p.T("disclosures.standing.withdrawn", "version", v.Number, "day", v.Withdrawn.On)
	default:
		return w.p.T("disclosures.standing.superseded", "version", v.Number)
	}
}

// next says what takes effect after the version that is shown, and when.
func (w *disclosureWords) next(d *disclosure.Disclosure, shown *disclosure.Version) *public.DisclosureNext {
	next := d.Next(w.today)
	if next == nil || next == shown {
		return nil
	}
	p := w.p
	days := next.EffectiveOn.DaysSince(w.today)
	return &public.DisclosureNext{
		Lead: p.T("disclosures.next.lead", "day", next.EffectiveOn, "version", next.Number),
		Text: p.T("disclosures.next.text", "when", p.RelativeDays(days)),
		Links: []page.Link{
			{Label: p.T("disclosures.next.compare"), Href: compareHref(d.Slug, shown.Number, next.Number)},
			{Label: p.T("disclosures.read", "version", next.Number), Href: disclosed.Href(d.Slug, next.Number)},
		},
	}
}

func compareHref(slug string, from, to int) string {
	return disclosed.Href(slug, 0) + "/compare?from=" + strconv.Itoa(from) + "&to=" + strconv.Itoa(to)
}

func (w *disclosureWords) opening(d *disclosure.Disclosure) *public.DisclosureOpening {
	o := w.plans.Opening(d.Slug, w.today)
	if o == nil {
		return nil
	}
	return &public.DisclosureOpening{
		Lead: w.p.T("disclosures.opening.lead", "day", o.UntilOn), Text: w.p.T("disclosures.opening.text"),
		Link: page.Link{Label: w.p.T("disclosures.opening.link"), Href: opinionHref(d.Slug)},
	}
}

func opinionHref(slug string) string { return disclosed.Href(slug, 0) + "/opinion" }

func (w *disclosureWords) history(d *disclosure.Disclosure) components.Table {
	p := w.p
	t := components.Table{Caption: p.T("disclosures.history.title"), Columns: []components.Column{
		{Label: p.T("disclosures.history.version")}, {Label: p.T("disclosures.published_on")}, {Label: p.T("disclosures.effective_on")}, {Label: p.T("disclosures.history.state")},
	}}
	for i := len(d.Versions) - 1; i >= 0; i-- {
		v := &d.Versions[i]
		part := ""
		if v.TakenOver {
			part = p.T("disclosures.taken_over.short")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T("disclosures.history.one", "version", v.Number), Href: disclosed.Href(d.Slug, v.Number), Part: part, Head: true},
			{Body: disclosed.Day(p, v.PublishedOn)}, {Body: disclosed.Day(p, v.EffectiveOn)},
			{Tag: disclosed.PhaseTag(p, d.Phase(v.Number, w.today))},
		}})
	}
	return t
}

func (w *disclosureWords) version(d *disclosure.Disclosure, v *disclosure.Version, latest bool) public.DisclosureProps {
	p := w.p
	content := w.plans.Content(d, v)
	props := public.DisclosureProps{
		Heading: components.Heading{Title: w.in(d.Title), Lead: w.standing(d, v)},
		Tag:     disclosed.PhaseTag(p, d.Phase(v.Number, w.today)), Notices: w.notices(d, v), Content: disclosed.Content(p, &content), Proof: w.proof(d, v),
		Links: []page.Link{{Label: p.T("disclosures.all"), Href: disclosed.Path}},
	}
	if d.Phase(v.Number, w.today) == disclosure.InEffect {
		props.Next, props.Opening = w.next(d, v), w.opening(d)
	}
	if latest {
		props.Links = append(props.Links, page.Link{Label: p.T("disclosures.permanent"), Href: disclosed.Href(d.Slug, v.Number)})
	}
	if before := d.Version(v.Number - 1); before != nil {
		props.Links = append(props.Links, page.Link{Label: p.T("disclosures.compare.with_before", "version", before.Number), Href: compareHref(d.Slug, before.Number, v.Number)})
	}
	return props
}

// notices say on top what a reader of this version must know.
func (w *disclosureWords) notices(d *disclosure.Disclosure, v *disclosure.Version) (all []public.DisclosureNotice) {
	p := w.p
	in := d.InEffect(w.today)
	switch d.Phase(v.Number, w.today) {
	case disclosure.Withdrawn:
		all = append(all, public.DisclosureNotice{
			Tone: components.Bad, Lead: p.T("disclosures.withdrawn.lead", "day", v.Withdrawn.On), Lines: []string{w.in(v.Withdrawn.Reason), p.T("disclosures.withdrawn.text")},
		})
	case disclosure.Superseded:
		all = append(all, public.DisclosureNotice{
			Tone: components.None, Lead: p.T("disclosures.superseded.lead", "day", in.EffectiveOn),
			Link: page.Link{Label: p.T("disclosures.superseded.link", "version", in.Number), Href: disclosed.Href(d.Slug, in.Number)},
		})
	case disclosure.ToCome:
		n := public.DisclosureNotice{
			Tone: components.Wait, Lead: p.T("disclosures.to_come.lead", "day", v.EffectiveOn, "when", p.RelativeDays(v.EffectiveOn.DaysSince(w.today))),
			Lines: []string{p.T("disclosures.to_come.text")},
		}
		if in != nil {
			n.Link = page.Link{Label: p.T("disclosures.superseded.link", "version", in.Number), Href: disclosed.Href(d.Slug, in.Number)}
		}
		all = append(all, n)
	}
	if v.TakenOver {
		all = append(all, public.DisclosureNotice{Tone: components.Info, Lead: p.T("disclosures.taken_over.lead"), Lines: []string{p.T("disclosures.taken_over.text")}})
	}
	if p.Locale() != i18n.ZhCN {
		all = append(all, public.DisclosureNotice{Tone: components.None, Lines: []string{p.T("disclosures.binding")}})
	}
	return all
}

// proof says when a version was published, and how to see that it is as it was.
func (w *disclosureWords) proof(d *disclosure.Disclosure, v *disclosure.Version) public.DisclosureProof {
	p := w.p
	proof := public.DisclosureProof{Title: p.T("disclosures.proof.title"), Facts: components.Facts{
		{Term: p.T("disclosures.published_on"), Body: disclosed.Day(p, v.PublishedOn)},
		{Term: p.T("disclosures.effective_on"), Body: disclosed.Day(p, v.EffectiveOn)},
		{Term: p.T("disclosures.proof.lead_time"), Text: p.N("disclosures.proof.days", v.DisclosureDays)},
		{Term: p.T("disclosures.proof.hash"), Body: components.Reference{Text: v.Hash}},
	}, How: p.T("disclosures.proof.gone")}
	if v.Body == nil {
		return proof
	}
	href := disclosed.Href(d.Slug, v.Number) + jsonSuffix
	proof.How = p.T("disclosures.proof.how")
	proof.Try = []string{"curl -s " + w.origin + href + " | sha256sum"}
	proof.Link = page.Link{Label: p.T("disclosures.proof.file"), Href: href}
	return proof
}

func (w *disclosureWords) compare(d *disclosure.Disclosure, from, to *disclosure.Version) public.CompareProps {
	p := w.p
	before, after := w.plans.Content(d, from), w.plans.Content(d, to)
	props := public.CompareProps{
		Heading: components.Heading{
			Title: p.T("disclosures.compare.title", "title", w.in(d.Title), "from", from.Number, "to", to.Number),
			Lead:  p.T("disclosures.compare.lead", "from", from.Number, "from_day", from.EffectiveOn, "to", to.Number, "to_day", to.EffectiveOn),
		},
		Action: disclosed.Href(d.Slug, 0) + "/compare", Label: p.T("disclosures.compare.choose"), Submit: p.T("disclosures.compare.submit"),
		From:    components.Field{Name: "from", Label: p.T("disclosures.compare.from"), Value: strconv.Itoa(from.Number), Size: components.Short},
		To:      components.Field{Name: "to", Label: p.T("disclosures.compare.to"), Value: strconv.Itoa(to.Number), Size: components.Short},
		Changes: disclosed.Changes(p, &before, &after),
	}
	for i := range d.Versions {
		v := &d.Versions[i]
		props.Options = append(props.Options, components.Option{Value: strconv.Itoa(v.Number), Label: p.T("disclosures.history.one", "version", v.Number)})
	}
	if from.TakenOver || to.TakenOver {
		props.Note = p.T("disclosures.compare.taken_over")
	}
	if len(props.Changes) == 0 {
		props.Same = p.T("disclosures.compare.same")
	}
	return props
}
