package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Meter says how much of an allowance is used, in words and as a bar.
type Meter struct {
	Label string // what is used
	Text  string // how much of how much
	Part  string // as of when, or empty
	Value int64
	Max   int64 // 0 or less: there is no allowance, and no bar
	Tone  Verdict
}

// Render writes the meter. The bar says nothing that Text does not, so those
// who hear the page are spared it.
func (x Meter) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="meter"><div class="meter-row"><span>`)
	m.Text(x.Label)
	m.Raw(`</span><b>`)
	m.Text(x.Text)
	m.Raw(`</b></div>`)
	if x.Max > 0 {
		m.Raw(`<svg width="100%" height="14" aria-hidden="true"><rect width="`)
		m.Percent(share(x.Value, x.Max))
		m.Raw(`" height="14" fill="`)
		m.Raw(x.Tone.fill())
		m.Raw(`"/></svg>`)
	}
	sub(&m, x.Part)
	m.Raw(`</div>`)
	return m.Err()
}

// fill is the verdict's colour in a drawing.
func (v Verdict) fill() string {
	switch v {
	case Wait:
		return amber
	case Bad:
		return red
	default:
		return jade
	}
}

// share is how much of a whole a value is, from 0 to 1.
func share(value, whole int64) float64 {
	return min(max(float64(value)/float64(whole), 0), 1)
}
