// Package page carries what the layout of every page needs and sends finished
// pages: buffered, with their length, compressed where that is worth it, and
// only the fragment asked for where HTMX asks for one.
package page

import (
	"strings"

	"github.com/mingbai/mingbai/web/i18n"
)

// CSRFField is the name of the hidden field in which every form that posts
// sends Page.CSRF back.
const CSRFField = "csrf"

// Page is what a page's layout needs. Every text in it is finished, in the
// reader's language.
type Page struct {
	T         *i18n.Printer
	Title     string              // of this page alone; the layout adds the product's name
	About     string              // what the page says, in a sentence, for who finds it by a search; empty: what all pages do
	Path      string              // path and query of this page
	Nav       []Link              // the main navigation, only what works
	More      []Link              // what of it lies behind one more step
	Crumbs    []Link              // the way here, the page itself last and without an Href
	Foot      []Link              // what the foot of every page leads to
	Language  Link                // this page in the other language; Lang is set
	CSRF      string              // goes into CSRFField of every form that posts
	Flash     *Flash              // what the last step came to, shown once; nil mostly
	User      *User               // nil where nobody is signed in
	Look      *Look               // nil unless staff see the page as a merchant does
	Brand     Brand               // the acquirer whose portal this is
	RequestID string              // what to quote to the hotline on an error page
	Asset     func(string) string // the address of a static file, such as "app.css"; see Static
}

// Link is a place to go.
type Link struct {
	Label   string
	Href    string
	Icon    string // name of an icon, or empty
	Lang    string // language of the target where it is another than the page's
	Current bool   // the reader is there
}

// Flash is a message about the step just taken.
type Flash struct {
	Tone Tone
	Text string
}

// Tone says how a message is meant; the layout adds a sign and a word, since
// colour never speaks alone.
type Tone string

// The tones of a message.
const (
	ToneOK   Tone = "ok"   // done as asked
	ToneBad  Tone = "bad"  // not done
	ToneInfo Tone = "info" // good to know
)

// User is who is signed in, as the bar shows it.
type User struct {
	Name     string
	Merchant string // the merchant whose account is open
	Role     string // finished label, such as 店主
	Others   []Choice
}

// Look says that staff see a page as a merchant does.
type Look struct {
	Label  string // names the bar that says so
	Text   string
	Leave  string // label of the button that ends it
	Action string // where that posts to
}

// Choice is another merchant the user may switch to, by a form that posts ID.
type Choice struct{ ID, Name string }

// Brand is the acquirer as its merchants know it.
type Brand struct {
	Name    string // full name
	Short   string // the name in a sentence
	Hotline string
	Logo    string // address of the logo, or empty
	Style   string // address of the style sheet of its colour, or empty
}

// BrandPath is where the acquirer's logo and the style sheet of its colour are
// fetched.
const BrandPath = "/brand/"

// LogoAddress is the address of a logo by its name; empty: of none.
func LogoAddress(name string) string {
	if name == "" {
		return ""
	}
	return BrandPath + name
}

// styleEnding is how the name of a colour's style sheet ends.
const styleEnding = ".css"

// StyleAddress is the address of the style sheet of a colour, #rrggbb; empty: of
// none.
func StyleAddress(colour string) string {
	if colour == "" {
		return ""
	}
	return BrandPath + strings.TrimPrefix(colour, "#") + styleEnding
}

// ColourOf is the colour, #rrggbb, whose style sheet a name is, and false where it
// is none of a style sheet.
func ColourOf(name string) (string, bool) {
	digits, ok := strings.CutSuffix(name, styleEnding)
	return "#" + digits, ok
}

// Static returns the address of a static file, by its name in the folder of
// static files. Without Asset, as in tests of views, the name itself serves.
func (p Page) Static(name string) string {
	if p.Asset == nil {
		return "/static/" + name
	}
	return p.Asset(name)
}

// Lang returns the page's language, for the lang attribute.
func (p Page) Lang() string { return string(p.T.Locale()) }
