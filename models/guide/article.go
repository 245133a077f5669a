package guide

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Article is a guide's Markdown, read.
type Article struct {
	Sections []Section // the one before the first heading is there only where it says something

	source []byte
	root   ast.Node
}

// Section is a part of an article: a heading and what stands below it.
type Section struct {
	ID      string // of the heading, to link to; empty before the first
	Heading string
	Text    string // without marks, a line a paragraph or step
	Steps   bool   // it tells what to do, one after the other
}

// markdown knows what the standard does and nothing else; HTML in a text is left
// out.
var markdown = goldmark.New()

// Read reads a guide's Markdown. A heading of the first level counts as one of
// the second, since the title is the only one above them.
func Read(body string) *Article {
	a := &Article{source: []byte(body)}
	a.root = markdown.Parser().Parse(text.NewReader(a.source))
	current := Section{}
	add := func() {
		current.Text = strings.TrimSpace(current.Text)
		if current.ID != "" || current.Text != "" {
			a.Sections = append(a.Sections, current)
		}
	}
	parts := 0
	for n := a.root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level <= 2 {
			h.Level = 2
			add()
			parts++
			current = Section{ID: partPrefix + strconv.Itoa(parts), Heading: lineOf(h, a.source)}
			h.SetAttributeString("id", []byte(current.ID))
			continue
		}
		if l, ok := n.(*ast.List); ok && l.IsOrdered() {
			current.Steps = true
		}
		current.Text += linesOf(n, a.source)
	}
	add()
	return a
}

const partPrefix = "part-"

// linesOf returns what a block says, a line a paragraph.
func linesOf(n ast.Node, source []byte) string {
	if n.Type() == ast.TypeBlock && (n.FirstChild() == nil || n.FirstChild().Type() == ast.TypeInline) {
		if line := lineOf(n, source); line != "" {
			return line + "\n"
		}
		return ""
	}
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		b.WriteString(linesOf(child, source))
	}
	return b.String()
}

// lineOf returns what stands within a paragraph or heading, in one line.
func lineOf(n ast.Node, source []byte) string {
	var b strings.Builder
	// The walk errs only where its function does.
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(source))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// Text returns all that the article says without marks, headings included, a
// line a paragraph.
func (a *Article) Text() string {
	var b strings.Builder
	for i := range a.Sections {
		s := &a.Sections[i]
		if s.Heading != "" {
			b.WriteString(s.Heading)
			b.WriteByte('\n')
		}
		b.WriteString(s.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// HTML returns the article as HTML that holds nothing but texts, headings, lists,
// tables and links to pages of this site, other sites over TLS and telephones,
// whatever the Markdown held.
func (a *Article) HTML() (string, error) { return a.draw(clean) }

// Preview is HTML without the ids of headings, for a page that shows several
// articles.
func (a *Article) Preview() (string, error) { return a.draw(cleanAndUnlinked) }

func (a *Article) draw(allowed *bluemonday.Policy) (string, error) {
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, a.source, a.root); err != nil {
		return "", err
	}
	return allowed.SanitizeReader(&b).String(), nil
}

// clean says what may stand in a guide, and cleanAndUnlinked what may where
// several stand on a page.
var clean, cleanAndUnlinked = policy(true), policy(false)

func policy(ids bool) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h2", "h3", "h4", "ol", "ul", "li", "strong", "em", "blockquote", "code", "br", "hr")
	if ids {
		p.AllowAttrs("id").Matching(regexp.MustCompile(`^` + partPrefix + `\d+$`)).OnElements("h2")
	}
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("https", "tel")
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	p.RequireParseableURLs(true)
	return p
}
