package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Stack shows what a sum is made of, as one bar and as a list of amounts.
type Stack struct {
	Title string // says in words what the bar shows
	Parts []StackPart
	Sum   Fact // below the parts; without a term there is none
}

// StackPart is one of the amounts that make up a sum.
type StackPart struct {
	Label  string
	Amount string // finished
	Part   string // a secondary line, or empty
	Value  int64  // in the unit of all parts; one of zero or less is listed and not drawn
}

// stackColours are the fills of the parts in turn; their names are the classes
// of the keys in the list. Whatever comes after them is drawn in the last.
var stackColours = []struct{ fill, key string }{
	{jade, "c1"}, {jadeMid, "c2"}, {sand, "c3"}, {jadePale, "c4"}, {field, "c5"},
}

// Render writes the bar and the list.
func (s Stack) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="stack">`)
	s.bar(&m)
	facts := make([]Fact, 0, len(s.Parts)+1)
	for i, p := range s.Parts {
		colour := stackColours[min(i, len(stackColours)-1)]
		facts = append(facts, Fact{Term: p.Label, Text: p.Amount, Part: p.Part, Key: colour.key})
	}
	if s.Sum.Term != "" {
		s.Sum.Sum = true
		facts = append(facts, s.Sum)
	}
	m.Part(ctx, Amounts(facts))
	m.Raw(`</div>`)
	return m.Err()
}

func (s Stack) bar(m *markup.Writer) {
	total := 0.0
	for _, p := range s.Parts {
		total += float64(max(p.Value, 0))
	}
	if total == 0 {
		return
	}
	m.Raw(`<svg width="100%" height="14" role="img"`)
	m.Attr("aria-label", s.Title)
	m.Raw(`>`)
	before := 0.0
	for i, p := range s.Parts {
		part := float64(max(p.Value, 0)) / total
		if part == 0 {
			continue
		}
		m.Raw(`<rect x="`)
		m.Percent(before)
		m.Raw(`" width="`)
		m.Percent(part)
		m.Raw(`" height="14" fill="`)
		m.Raw(stackColours[min(i, len(stackColours)-1)].fill)
		m.Raw(`" stroke="` + white + `" stroke-width="1.5"/>`)
		before += part
	}
	m.Raw(`</svg>`)
}
