package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/i18n"
)

// Pager leads to newer and older entries of a list. Without an address there
// are none that way; without any, there is no pager.
type Pager struct {
	T            *i18n.Printer
	Newer, Older string // addresses
}

// Render writes the pager.
func (p Pager) Render(_ context.Context, w io.Writer) error {
	return turn{p.T, p.Newer, p.Older, wordsByTime}.render(w)
}

// Pages leads to the parts before and after this one of a list that is in an
// order other than that of time. Without an address there are none that way;
// without any, there is nothing.
type Pages struct {
	T              *i18n.Printer
	Previous, Next string // addresses
}

// Render writes the pager.
func (p Pages) Render(_ context.Context, w io.Writer) error {
	return turn{p.T, p.Previous, p.Next, wordsByPage}.render(w)
}

// turn is a pager in words of its own.
type turn struct {
	t             *i18n.Printer
	before, after string
	words         *turnWords
}

// turnWords are the keys of what a pager is called, and of what it says with and
// without more that way.
type turnWords struct{ label, before, first, after, last string }

var (
	wordsByTime = &turnWords{"layout.pager.label", "layout.pager.newer", "layout.pager.newest", "layout.pager.older", "layout.pager.oldest"}
	wordsByPage = &turnWords{"layout.pager.pages", "layout.pager.previous", "layout.pager.first", "layout.pager.next", "layout.pager.last"}
)

func (p turn) render(w io.Writer) error {
	if p.before == "" && p.after == "" {
		return nil
	}
	m := markup.To(w)
	m.Raw(`<nav class="pager"`)
	m.Attr("aria-label", p.t.T(p.words.label))
	m.Raw(`>`)
	if p.before != "" {
		m.Raw(`<a rel="prev"`)
		m.Href(p.before)
		m.Raw(`>`)
		m.Raw(drawn["left"])
		m.Text(p.t.T(p.words.before))
		m.Raw(`</a>`)
	} else {
		m.Raw(`<span>`)
		m.Text(p.t.T(p.words.first))
		m.Raw(`</span>`)
	}
	if p.after != "" {
		m.Raw(`<a rel="next"`)
		m.Href(p.after)
		m.Raw(`>`)
		m.Text(p.t.T(p.words.after))
		m.Raw(drawn["right"])
		m.Raw(`</a>`)
	} else {
		m.Raw(`<span>`)
		m.Text(p.t.T(p.words.last))
		m.Raw(`</span>`)
	}
	m.Raw(`</nav>`)
	return m.Err()
}
