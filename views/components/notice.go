package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

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
