package portal

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// TerminalProps is one terminal with what it pays, in finished texts.
type TerminalProps struct {
	Heading  components.Heading
	Wrong    *TerminalNotice // nil: nothing that was taken needs a look
	Report   *TerminalNotice // nil: there is no report that the terminal is gone, or it holds
	Next     *NextFee        // nil: none is to come
	Year     YearCost
	Usage    *components.Meter // nil: nobody reported any
	SIM      []string          // how far that goes, and what may be taken beyond it
	SIMLinks []page.Link
	Fees     []FeeCard  // fees taken again and again
	Once     []OnceCard // fees taken once
	All      components.Table
	Recent   components.Table
	More     page.Link // to all that was taken
	About    components.Facts
	Rename   *page.Link  // nil: the reader may not
	Complain *page.Link  // to where its fees are complained of; nil: the reader may not
	Stop     page.Link   // to where a fee is stopped, or the terminal reported
	Guides   []page.Link // about the terminal's fees
}

// TerminalNotice tells of something that the merchant should know first, and
// leads there.
type TerminalNotice struct {
	Tone components.Verdict
	Lead string // or empty
	Text string // or empty
	Link page.Link
}

// NextFee is the next charge to come.
type NextFee struct {
	Amount string
	What   string
	When   components.Time
	In     string // how many days from now
	Waits  string // why nothing is taken for now, instead of all else
}

// YearCost is what the terminal cost this year.
type YearCost struct {
	Title  string
	Amount string
	AsOf   string
}

// FeeCard is a fee that is taken again and again.
type FeeCard struct {
	ID       string
	Title    string
	Price    string
	Timeline components.Timeline
	Facts    components.Facts
	More     string           // opens the cycles
	Cycles   components.Table // without rows: nothing was due yet
}

// OnceCard is a fee that is taken once, such as a deposit.
type OnceCard struct {
	ID    string
	Title string
	Price string
	Facts components.Facts
}

// Terminal is the page of one terminal. It is the page that is opened most, and
// written by hand, since as a template it would cost a hundred allocations more.
func Terminal(p page.Page, props *TerminalProps) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Portal(p).Render(templ.WithChildren(ctx, terminalBody{p.T, props}), w)
	})
}

type terminalBody struct {
	t *i18n.Printer
	*TerminalProps
}

// Render writes what stands within the frame.
func (b terminalBody) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Part(ctx, &b.Heading)
	b.Report.write(&m)
	b.Wrong.write(&m)
	m.Raw(`<p class="actions no-print">`)
	m.Part(ctx, &components.ButtonLink{Label: b.Stop.Label, Href: b.Stop.Href, Look: components.Plain})
	if b.Complain != nil {
		m.Part(ctx, &components.ButtonLink{Label: b.Complain.Label, Href: b.Complain.Href, Look: components.Plain})
	}
	m.Raw(`</p><div class="halves">`)
	b.next(&m, ctx)
	components.CardProps{Title: b.Year.Title}.Around(&m, func() {
		m.Part(ctx, &components.BigMoney{Text: b.Year.Amount})
		paragraph(&m, "small muted", b.Year.AsOf)
	})
	components.CardProps{Title: b.t.T("terminals.usage.title")}.Around(&m, func() {
		if b.Usage != nil {
			m.Part(ctx, b.Usage)
		} else {
			paragraph(&m, "muted", b.t.T("terminals.usage.none"))
		}
		for _, line := range b.SIM {
			paragraph(&m, "small", line)
		}
		for i := range b.SIMLinks {
			linkLine(&m, "", &b.SIMLinks[i])
		}
	})
	m.Raw(`</div>`)
	for i := range b.Fees {
		b.Fees[i].write(&m, ctx)
	}
	if len(b.Once) > 0 {
		m.Raw(`<div class="halves">`)
		for i := range b.Once {
			b.Once[i].write(&m, ctx)
		}
		m.Raw(`</div>`)
	}
	components.CardProps{Title: b.All.Caption, Tight: len(b.All.Rows) > 0}.Around(&m, func() {
		if len(b.All.Rows) > 0 {
			m.Part(ctx, &b.All)
		} else {
			paragraph(&m, "muted", b.t.T("terminals.all.none"))
		}
	})
	m.Raw(`<div class="cols">`)
	b.recent(&m, ctx)
	m.Raw(`<aside>`)
	components.CardProps{Title: b.t.T("terminals.about.title")}.Around(&m, func() {
		m.Part(ctx, &b.About)
		if b.Rename != nil {
			linkLine(&m, "gap-above", b.Rename)
		}
	})
	if len(b.Guides) > 0 {
		components.CardProps{Title: b.t.T("guides.more")}.Around(&m, func() {
			for i := range b.Guides {
				linkLine(&m, "", &b.Guides[i])
			}
		})
	}
	m.Raw(`</aside></div>`)
	return m.Err()
}

func (n *TerminalNotice) write(m *markup.Writer) {
	if n == nil {
		return
	}
	components.NoticeProps{Tone: n.Tone, Lead: n.Lead}.Around(m, func() {
		m.Raw(` `)
		m.Text(n.Text)
		m.Raw(` `)
		link(m, &n.Link)
	})
}

func (b *terminalBody) next(m *markup.Writer, ctx context.Context) {
	components.CardProps{Title: b.t.T("terminals.next.title")}.Around(m, func() {
		if b.Next == nil {
			paragraph(m, "muted", b.t.T("terminals.next.none"))
			return
		}
		if b.Next.Waits != "" {
			paragraph(m, "", b.Next.Waits)
			return
		}
		m.Part(ctx, &components.BigMoney{Text: b.Next.Amount})
		m.Raw(`<p class="small muted">`)
		m.Text(b.Next.What)
		m.Raw(` · `)
		m.Part(ctx, &b.Next.When)
		m.Raw(` · `)
		m.Text(b.Next.In)
		m.Raw(`</p>`)
	})
}

func (b *terminalBody) recent(m *markup.Writer, ctx context.Context) {
	components.CardProps{Title: b.Recent.Caption, Tight: len(b.Recent.Rows) > 0}.Around(m, func() {
		if len(b.Recent.Rows) == 0 {
			m.Part(ctx, components.Empty(b.t.T("terminals.recent.none"), b.t.T("terminals.recent.none_text")))
			return
		}
		m.Part(ctx, &b.Recent)
		linkLine(m, "card-foot", &b.More)
	})
}

func (c *FeeCard) write(m *markup.Writer, ctx context.Context) {
	components.CardProps{Title: c.Title, ID: c.ID, Aside: c.Price}.Around(m, func() {
		m.Part(ctx, &c.Timeline)
		m.Part(ctx, &c.Facts)
		if len(c.Cycles.Rows) > 0 {
			components.Fold{Label: c.More}.Around(m, func() { m.Part(ctx, &c.Cycles) })
		}
	})
}

func (c *OnceCard) write(m *markup.Writer, ctx context.Context) {
	components.CardProps{Title: c.Title, ID: c.ID, Aside: c.Price}.Around(m, func() { m.Part(ctx, &c.Facts) })
}

func paragraph(m *markup.Writer, class, text string) {
	m.Raw(`<p`)
	m.Attr("class", class)
	m.Raw(`>`)
	m.Text(text)
	m.Raw(`</p>`)
}

func link(m *markup.Writer, l *page.Link) {
	m.Raw(`<a`)
	m.Href(l.Href)
	m.Raw(`>`)
	m.Text(l.Label)
	m.Raw(`</a>`)
}

func linkLine(m *markup.Writer, class string, l *page.Link) {
	m.Raw(`<p`)
	m.Attr("class", class)
	m.Raw(`>`)
	link(m, l)
	m.Raw(`</p>`)
}
