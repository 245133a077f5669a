package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Look is how much a button asks to be pressed.
type Look string

// The looks of a button.
const (
	Primary Look = ""      // what the page is for
	Plain   Look = "plain" // anything else
	Warning Look = "warn"  // what can't be undone, or says that something is wrong
)

// Button sends the form it stands in.
type Button struct {
	Label string
	Look  Look
	Icon  string // name of an icon, or empty
	Wide  bool   // as wide as its card
	Thumb bool   // stays at the thumb on a phone
	Name  string // name and value tell which button was pressed; empty: only one
	Value string
}

// Render writes the button.
func (b Button) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<button type="submit"`)
	m.Attr("class", pressClass(b.Look, b.Wide, b.Thumb))
	m.Attr("name", b.Name)
	m.Attr("value", b.Value)
	m.Raw(`>`)
	m.Raw(drawn[b.Icon])
	m.Text(b.Label)
	m.Raw(`</button>`)
	return m.Err()
}

func pressClass(look Look, wide, thumb bool) string {
	class := "btn"
	if look != Primary {
		class += " " + string(look)
	}
	if wide {
		class += " wide"
	}
	if thumb {
		class += " thumb"
	}
	return class
}
