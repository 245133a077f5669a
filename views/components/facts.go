package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Fact is a term and what holds for it.
type Fact struct {
	Term string
	Text string          // finished text; left out where Body says it
	Part string          // a secondary line below it, or empty
	Body templ.Component // instead of Text
	Sum  bool            // it adds up those above it
	Key  string          // class of the colour that a chart draws it in, or empty
}

// Facts is a list of terms and facts.
type Facts []Fact

// Render writes the list.
func (f Facts) Render(ctx context.Context, w io.Writer) error { return writeFacts(ctx, w, "facts", f) }

// Amounts is a list of terms and amounts of money, the amounts below each
// other.
type Amounts []Fact

// Render writes the list.
func (a Amounts) Render(ctx context.Context, w io.Writer) error {
	return writeFacts(ctx, w, "facts amounts", a)
}

func writeFacts(ctx context.Context, w io.Writer, class string, facts []Fact) error {
	m := markup.To(w)
	m.Raw(`<dl`)
	m.Attr("class", class)
	m.Raw(`>`)
	for i := range facts {
		f := &facts[i]
		class := ""
		if f.Sum {
			class = "sum"
		}
		m.Raw(`<dt`)
		m.Attr("class", class)
		m.Raw(`>`)
		if f.Key != "" {
			m.Raw(`<span class="key `)
			m.Text(f.Key)
			m.Raw(`"></span>`)
		}
		m.Text(f.Term)
		m.Raw(`</dt><dd`)
		m.Attr("class", class)
		m.Raw(`>`)
		if f.Body != nil {
			m.Part(ctx, f.Body)
		} else {
			m.Text(f.Text)
		}
		sub(&m, f.Part)
		m.Raw(`</dd>`)
	}
	m.Raw(`</dl>`)
	return m.Err()
}
