package components

import (
	"context"
	"io"
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
	m := markup{w: w}
	m.raw(`<button type="submit"`)
	m.attr("class", pressClass(b.Look, b.Wide, b.Thumb))
	m.attr("name", b.Name)
	m.attr("value", b.Value)
	m.raw(`>`)
	m.raw(drawn[b.Icon])
	m.text(b.Label)
	m.raw(`</button>`)
	return m.err
}

// ButtonLink leads somewhere as a button would.
type ButtonLink struct {
	Label    string
	Href     string
	Look     Look
	Icon     string // name of an icon, or empty
	Wide     bool   // as wide as its card
	Thumb    bool   // stays at the thumb on a phone
	Download bool   // the target is a file to keep
}

// Render writes the link.
func (b ButtonLink) Render(_ context.Context, w io.Writer) error {
	m := markup{w: w}
	m.raw(`<a`)
	m.attr("class", pressClass(b.Look, b.Wide, b.Thumb))
	m.attr("href", safeURL(b.Href))
	if b.Download {
		m.raw(` download`)
	}
	m.raw(`>`)
	m.raw(drawn[b.Icon])
	m.text(b.Label)
	m.raw(`</a>`)
	return m.err
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
