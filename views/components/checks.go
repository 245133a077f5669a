package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// CheckGroup is what was checked about one question, such as whether a fee was
// taken twice.
type CheckGroup struct {
	Title   string
	Verdict Verdict // OK passed, Bad failed, None not checked
	Word    string  // the verdict in a word
	Part    string  // the fact that counts most, seen while the group is closed; or empty
	Open    bool    // its checks show at once: wherever one did not pass
	Items   []Check
}

// Check is one rule as a sentence with its facts.
type Check struct {
	Verdict Verdict
	Word    string // the verdict in a word, for those who hear the page
	Text    string
	Part    string // the facts it rests on, or empty
}

// Checks are groups of checks that open.
type Checks []CheckGroup

// Render writes the groups.
func (c Checks) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="checks">`)
	for i := range c {
		c[i].write(&m)
	}
	m.Raw(`</div>`)
	return m.Err()
}

func (g *CheckGroup) write(m *markup.Writer) {
	m.Raw(`<details`)
	if g.Open {
		m.Raw(` open`)
	}
	m.Raw(`><summary>`)
	Sign(g.Verdict).write(m)
	m.Raw(`<span>`)
	m.Text(g.Title)
	sub(m, g.Part)
	m.Raw(`</span>`)
	Tag{g.Verdict, g.Word}.write(m)
	m.Raw(drawn["down"])
	m.Raw(`</summary><ul>`)
	for i := range g.Items {
		item := &g.Items[i]
		m.Raw(`<li>`)
		Sign(item.Verdict).write(m)
		m.Raw(`<div><span class="unseen">`)
		m.Text(item.Word)
		m.Raw(` </span>`)
		m.Text(item.Text)
		sub(m, item.Part)
		m.Raw(`</div></li>`)
	}
	m.Raw(`</ul></details>`)
}
