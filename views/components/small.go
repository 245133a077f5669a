package components

import (
	"context"
	"io"
	"strings"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Tag is a verdict in a word or two.
type Tag struct {
	Verdict Verdict
	Word    string
}

// Render writes the tag.
func (t Tag) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	t.write(&m)
	return m.Err()
}

func (t Tag) write(m *markup.Writer) {
	m.Raw(`<span class="tag `)
	m.Raw(t.Verdict.class())
	m.Raw(`">`)
	m.Raw(drawn[t.Verdict.icon()])
	m.Text(t.Word)
	m.Raw(`</span>`)
}

// Money is an amount in running text or a table. Its figures line up, and it
// never breaks over two lines.
type Money struct {
	Text string // finished, with its sign and currency
	// Why says that the money was not taken, as 没有扣. With it the amount is
	// struck; the word is for those who hear the page, to whom a struck amount
	// sounds like any other.
	Why string
}

// Render writes the amount.
func (a Money) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	a.write(&m)
	return m.Err()
}

func (a Money) write(m *markup.Writer) {
	if a.Why == "" {
		m.Raw(`<span class="money">`)
		m.Text(a.Text)
		m.Raw(`</span>`)
		return
	}
	m.Raw(`<s class="money">`)
	m.Text(a.Text)
	m.Raw(`</s><span class="unseen"> `)
	m.Text(a.Why)
	m.Raw(`</span>`)
}

// BigMoney is the one amount that a card is about.
type BigMoney struct{ Text string }

// Render writes the amount with a small currency sign.
func (a BigMoney) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	before, after, found := strings.Cut(a.Text, "¥")
	m.Raw(`<p class="money money-big">`)
	if found {
		m.Text(before)
		m.Raw(`<small>¥</small>`)
		m.Text(after)
	} else {
		m.Text(a.Text)
	}
	m.Raw(`</p>`)
	return m.Err()
}

// Time is a date or a moment in the words a shop owner says.
type Time struct {
	Text    string // as 12月3日
	Machine string // for the markup: a date as 2025-12-03, or an instant in RFC 3339; empty: none
	Full    string // the full instant, shown on hover; empty: Text says it all
}

// Render writes the time.
func (t Time) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	t.write(&m)
	return m.Err()
}

func (t Time) write(m *markup.Writer) {
	if t.Machine == "" {
		m.Text(t.Text)
		return
	}
	m.Raw(`<time`)
	m.Attr("datetime", t.Machine)
	m.Attr("title", t.Full)
	m.Raw(`>`)
	m.Text(t.Text)
	m.Raw(`</time>`)
}

// Reference is a number to quote to the hotline. One tap selects all of it.
type Reference struct{ Text string }

// Render writes the number.
func (r Reference) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<code class="ref" translate="no">`)
	m.Text(r.Text)
	m.Raw(`</code>`)
	return m.Err()
}
