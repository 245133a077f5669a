// Package published draws what a disclosure says and in what two of its versions
// differ, for everybody, for merchants and for staff alike.
package published

import "github.com/mingbai/mingbai/views/components"

// ContentProps is all that a disclosure says, in finished texts.
type ContentProps struct {
	Summary      string
	Table        components.Table // the fees at a glance
	FeesTitle    string
	Fees         []Fee
	ClausesTitle string // empty: the clauses are not known
	Clauses      []Clause
	Notes        []Note // limits, contact
}

// Fee is one fee with everything that is said of it.
type Fee struct {
	ID    string // of its heading, to link to
	Title string
	Aside string // what is priced
	Price string
	Facts components.Facts
}

// Clause is a numbered part of the text.
type Clause struct {
	ID      string // to link to
	Heading string // with its number
	Lines   []string
}

// Note is a text under a heading.
type Note struct {
	Title string
	Lines []string
}

// ChangesProps is everything in which two versions differ about one fee or one
// clause.
type ChangesProps struct {
	Title string
	List  []ChangeProps
}

// ChangeProps is one thing in which two versions differ.
type ChangeProps struct {
	Field  string // which part of what it is about; empty: all of it
	Word   string // added, removed or changed
	Tone   components.Verdict
	Before string // a price, say, that can't be compared word by word
	After  string
	Texts  []Segment // or a text, word by word
	Lang   string    // in which the text is; empty: the page's
}

// Segment is a stretch of a text: as it was, gone or new.
type Segment struct {
	Text string
	Gone bool
	New  bool
}
