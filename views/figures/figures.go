// Package figures draws the figures of a quarter, for everybody and for those
// who release them.
package figures

import "github.com/mingbai/mingbai/views/components"

// Props are a quarter's figures in finished texts.
type Props struct {
	Sheets []Sheet
	About  Sheet
}

// Sheet is one part of the figures.
type Sheet struct {
	ID    string // of its heading
	Title string
	Text  string            // or empty
	Chart *components.Stack // nil: there is none
	Links []Link            // to how its numbers are worked out, where the table has none
	Fold  string            // opens the links; empty: they are seen, below all else
	Table *components.Table // nil: there is none
	Note  string            // below the table; or empty
	Facts components.Facts  // or none
}

// Link leads to how a number is worked out.
type Link struct{ Label, Href string }
