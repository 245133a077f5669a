package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Text is a text as it stands in a page. Written as { text } in a template it
// costs two allocations, and as @components.Text(text) none: worth it only on
// the pages that are opened most.
type Text string

// Render writes the text.
func (t Text) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Text(string(t))
	return m.Err()
}

// Heading is the question that a page answers, and the first sentence of the
// answer.
type Heading struct{ Title, Lead string }

// Render writes the heading.
func (h Heading) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="head"><h1>`)
	m.Text(h.Title)
	m.Raw(`</h1>`)
	if h.Lead != "" {
		m.Raw(`<p>`)
		m.Text(h.Lead)
		m.Raw(`</p>`)
	}
	m.Raw(`</div>`)
	return m.Err()
}

// CardProps says how a card is headed.
type CardProps struct {
	Title string // heading of the card; empty: none
	ID    string // of the heading, to link to; empty: none
	Aside string // a short remark beside the heading, as since when it holds
	Tight bool   // a table fills the card from edge to edge
}

// Card is one sheet of the book: a heading and its children.
func Card(props CardProps) templ.Component { return card{props} }

// card has children, for which a template needs a function.
type card struct{ CardProps }

func (c card) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<section class="card`)
	if c.Tight {
		m.Raw(` tight`)
	}
	m.Raw(`">`)
	if c.Title != "" {
		m.Raw(`<div class="card-head"><h2`)
		m.Attr("id", c.ID)
		m.Raw(`>`)
		m.Text(c.Title)
		m.Raw(`</h2>`)
		if c.Aside != "" {
			m.Raw(`<span class="muted">`)
			m.Text(c.Aside)
			m.Raw(`</span>`)
		}
		m.Raw(`</div>`)
	}
	children(ctx, &m)
	m.Raw(`</section>`)
	return m.Err()
}

// Notice is a message that stays on the page: its lead in bold, which says what
// it is about or is empty, then its children. Its sign goes with the tone.
func Notice(tone Verdict, lead string) templ.Component { return notice{tone, lead} }

type notice struct {
	tone Verdict
	lead string
}

func (n notice) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="notice `)
	m.Raw(n.tone.class())
	m.Raw(`">`)
	if n.tone == Wait || n.tone == Bad {
		m.Raw(drawn["alert"])
	} else {
		m.Raw(drawn[n.tone.icon()])
	}
	m.Raw(`<div>`)
	if n.lead != "" {
		m.Raw(`<b>`)
		m.Text(n.lead)
		m.Raw(`</b>`)
	}
	children(ctx, &m)
	m.Raw(`</div></div>`)
	return m.Err()
}

// children writes what stands within the braces after a component.
func children(ctx context.Context, m *markup.Writer) {
	if inner := templ.GetChildren(ctx); inner != nil {
		m.Part(templ.ClearChildren(ctx), inner)
	}
}
