package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Verdict is what a sign and a colour say together. A word always stands
// beside them, since neither speaks alone.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"   // as agreed, done, delivered
	Wait Verdict = "wait" // something is still to come
	Bad  Verdict = "bad"  // not as agreed, failed, stopped
	Info Verdict = "info" // in hand
	None Verdict = "none" // nothing is known, or nothing is meant
)

// icon names the sign of the verdict.
func (v Verdict) icon() string {
	switch v {
	case OK:
		return "check"
	case Wait:
		return "clock"
	case Bad:
		return "x"
	case Info:
		return "info"
	default:
		return "minus"
	}
}

// class is the verdict's class in the style sheet; an unknown one means None.
func (v Verdict) class() string {
	switch v {
	case OK, Wait, Bad, Info:
		return string(v)
	default:
		return string(None)
	}
}

// Sign is a verdict's sign alone, in its colour; the word stands elsewhere.
type Sign Verdict

// Render writes the sign.
func (s Sign) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	s.write(&m)
	return m.Err()
}

func (s Sign) write(m *markup.Writer) {
	m.Raw(`<span class="sign `)
	m.Raw(Verdict(s).class())
	m.Raw(`">`)
	m.Raw(drawn[Verdict(s).icon()])
	m.Raw(`</span>`)
}
