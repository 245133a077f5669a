package components

import (
	"context"
	"io"
	"strings"
)

// Tag is a verdict in a word or two.
type Tag struct {
	Verdict Verdict
	Word    string
}

// Render writes the tag.
func (t Tag) Render(_ context.Context, w io.Writer) error {
	m := markup{w: w}
	m.raw(`<span class="tag `)
	m.raw(t.Verdict.class())
	m.raw(`">`)
	m.raw(drawn[t.Verdict.icon()])
	m.text(t.Word)
	m.raw(`</span>`)
	return m.err
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
	m := markup{w: w}
	if a.Why == "" {
		m.raw(`<span class="money">`)
		m.text(a.Text)
		m.raw(`</span>`)
		return m.err
	}
	m.raw(`<s class="money">`)
	m.text(a.Text)
	m.raw(`</s><span class="unseen"> `)
	m.text(a.Why)
	m.raw(`</span>`)
	return m.err
}

// BigMoney is the one amount that a card is about.
type BigMoney struct{ Text string }

// Render writes the amount with a small currency sign.
func (a BigMoney) Render(_ context.Context, w io.Writer) error {
	m := markup{w: w}
	before, after, found := strings.Cut(a.Text, "¥")
	m.raw(`<p class="money money-big">`)
	if found {
		m.text(before)
		m.raw(`<small>¥</small>`)
		m.text(after)
	} else {
		m.text(a.Text)
	}
	m.raw(`</p>`)
	return m.err
}

// Time is a date or a moment in the words a shop owner says.
type Time struct {
	Text    string // as 12月3日
	Machine string // for the markup: a date as 2025-12-03, or an instant in RFC 3339; empty: none
	Full    string // the full instant, shown on hover; empty: Text says it all
}

// Render writes the time.
func (t Time) Render(_ context.Context, w io.Writer) error {
	m := markup{w: w}
	t.write(&m)
	return m.err
}

func (t Time) write(m *markup) {
	if t.Machine == "" {
		m.text(t.Text)
		return
	}
	m.raw(`<time`)
	m.attr("datetime", t.Machine)
	m.attr("title", t.Full)
	m.raw(`>`)
	m.text(t.Text)
	m.raw(`</time>`)
}

// Reference is a number to quote to the hotline. One tap selects all of it.
type Reference struct{ Text string }

// Render writes the number.
func (r Reference) Render(_ context.Context, w io.Writer) error {
	m := markup{w: w}
	m.raw(`<code class="ref" translate="no">`)
	m.text(r.Text)
	m.raw(`</code>`)
	return m.err
}
