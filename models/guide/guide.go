// Package guide holds the guides: short texts in both languages, each the answer
// to one question of a shop owner. Staff write them; another person than the
// authors publishes them; what is published never changes, and a new version
// takes its place. The program brings a set of its own.
package guide

import (
	"slices"
	"strings"

	"github.com/mingbai/mingbai/models/fee"
)

// Category is the shelf that a guide stands on.
type Category string

// The categories.
const (
	Fees       Category = "fees"
	Terminals  Category = "terminals"
	SIM        Category = "sim"
	Statements Category = "statements"
	Reminders  Category = "reminders"
	Complaints Category = "complaints"
	Safety     Category = "safety"
)

// Categories lists them in the order in which they are shown.
var Categories = []Category{Fees, SIM, Terminals, Statements, Reminders, Complaints, Safety}

// Known reports whether the category is one of Categories.
func (c Category) Known() bool { return slices.Contains(Categories, c) }

// State says how far a version is.
type State string

// The states.
const (
	Draft     State = "draft"     // being written
	InReview  State = "in_review" // waits for someone who did not write it
	Published State = "published" // readers see it, or saw it until the next
	Discarded State = "discarded" // given up before it was published
)

// Content is all that a version of a guide says.
type Content struct {
	Category Category   `json:"category"`
	Order    int        `json:"order"` // within the category, the smaller first
	Items    []fee.Item `json:"items"` // fees that it is about
	Codes    []string   `json:"codes"` // of rules: a deduction that broke one leads here
	ZhCN     Text       `json:"zh-CN"`
	En       Text       `json:"en"`
}

// Text is what a guide says in one language.
type Text struct {
	Title     string   `json:"title"`
	Summary   string   `json:"summary"`
	Questions []string `json:"questions"` // as merchants ask them, for the search
	Body      string   `json:"body"`      // Markdown
}

// The languages of a guide's texts.
const (
	ZhCN = "zh-CN"
	En   = "en"
)

// In returns the text in a locale; any but "en" reads the Chinese.
func (c *Content) In(locale string) *Text {
	if locale == En {
		return &c.En
	}
	return &c.ZhCN
}

// MaxSlug is how long a guide's address may be.
const MaxSlug = 60

// isSlug reports whether a name can stand in an address: words of small Latin
// letters and digits with hyphens between them.
func isSlug(s string) bool {
	if len(s) > MaxSlug {
		return false
	}
	for word := range strings.SplitSeq(s, "-") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return false
		}
	}
	return true
}
