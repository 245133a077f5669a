package components

import "github.com/mingbai/mingbai/views/components/markup"

// Fold is More for a view that is written by hand: a part that opens.
type Fold struct{ Label string }

// Around writes the part around what body writes, at no allocation.
func (f Fold) Around(m *markup.Writer, body func()) {
	m.Raw(`<details class="more"><summary>`)
	m.Text(f.Label)
	m.Raw(drawn["down"])
	m.Raw(`</summary>`)
	body()
	m.Raw(`</details>`)
}
