package components

import (
	"context"
	"io"
	"strings"

	"github.com/mingbai/mingbai/views/components/markup"
)

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
