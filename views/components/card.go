package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

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
	c.Around(&m, func() { children(ctx, &m) })
	return m.Err()
}

// Around writes the card around what body writes. It is Card for a view that is
// written by hand, and costs no allocation.
func (c CardProps) Around(m *markup.Writer, body func()) {
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
	body()
	m.Raw(`</section>`)
}
