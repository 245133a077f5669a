package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

// NoticeProps says what a notice is about.
type NoticeProps struct {
	Tone Verdict
	Lead string // in bold; or empty
}

// Notice is a message that stays on the page: its lead in bold, which says what
// it is about or is empty, then its children. Its sign goes with the tone.
func Notice(tone Verdict, lead string) templ.Component { return notice{NoticeProps{tone, lead}} }

type notice struct{ NoticeProps }

func (n notice) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	n.Around(&m, func() { children(ctx, &m) })
	return m.Err()
}

// Around writes the notice around what body writes, for a view that is written
// by hand.
func (n NoticeProps) Around(m *markup.Writer, body func()) {
	m.Raw(`<div class="notice `)
	m.Raw(n.Tone.class())
	m.Raw(`">`)
	if n.Tone == Wait || n.Tone == Bad {
		m.Raw(drawn["alert"])
	} else {
		m.Raw(drawn[n.Tone.icon()])
	}
	m.Raw(`<div>`)
	if n.Lead != "" {
		m.Raw(`<b>`)
		m.Text(n.Lead)
		m.Raw(`</b>`)
	}
	body()
	m.Raw(`</div></div>`)
}
