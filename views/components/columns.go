package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Columns shows how something went from day to day: a column for each, whose
// parts lie upon each other. The numbers stand in a table beside it.
type Columns struct {
	Title       string   // says in words what the picture shows
	Parts       []string // names of the parts, the lowest first
	Columns     [][]int64
	First, Last string // what the first and the last column are called
	Most        string // how high the highest column is
}

// columnsHeight is the height of the highest column, in pixels.
const columnsHeight = 96

// columnFills are the fills of the parts in turn, with the classes of their
// keys.
var columnFills = []struct{ fill, key string }{{jade, "key c1"}, {jadeMid, "key c2"}, {field, "key"}, {sand, "key c3"}}

// Render writes the picture and what its colours mean. Where there is nothing to
// draw there is nothing.
func (c Columns) Render(_ context.Context, w io.Writer) error {
	most := int64(0)
	for _, column := range c.Columns {
		most = max(most, sum(column))
	}
	if most == 0 {
		return nil
	}
	m := markup.To(w)
	m.Raw(`<div class="columns"><ul class="row small">`)
	for i, name := range c.Parts {
		m.Raw(`<li><span class="` + columnFills[min(i, len(columnFills)-1)].key + `"></span>`)
		m.Text(name)
		m.Raw(`</li>`)
	}
	m.Raw(`</ul><p class="small muted">`)
	m.Text(c.Most)
	m.Raw(`</p><svg width="100%" height="`)
	m.Int(columnsHeight)
	m.Raw(`" role="img"`)
	m.Attr("aria-label", c.Title)
	m.Raw(`>`)
	for i, column := range c.Columns {
		c.column(&m, i, column, most)
	}
	m.Raw(`</svg><p class="spread small muted"><span>`)
	m.Text(c.First)
	m.Raw(`</span><span>`)
	m.Text(c.Last)
	m.Raw(`</span></p></div>`)
	return m.Err()
}

func (c Columns) column(m *markup.Writer, i int, parts []int64, most int64) {
	wide := 1 / float64(len(c.Columns))
	top := float64(columnsHeight)
	for part, value := range parts {
		if value <= 0 {
			continue
		}
		high := float64(columnsHeight) * float64(value) / float64(most)
		top -= high
		m.Raw(`<rect x="`)
		m.Percent((float64(i) + .1) * wide)
		m.Raw(`" width="`)
		m.Percent(.8 * wide)
		m.Raw(`" y="`)
		m.Length(max(top, 0))
		m.Raw(`" height="`)
		m.Length(high)
		m.Raw(`" fill="` + columnFills[min(part, len(columnFills)-1)].fill + `"/>`)
	}
}

func sum(values []int64) (total int64) {
	for _, v := range values {
		total += max(v, 0)
	}
	return total
}
