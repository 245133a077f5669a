package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Page is an answer. One that is no page has no document, only its parts here.
type Page struct {
	Status int
	Header http.Header
	Body   string
	URL    *url.URL

	client   *Client
	document *html.Node
}

// Is fails the test unless the answer has the status, and returns the page.
func (p *Page) Is(status int) *Page {
	p.client.t.Helper()
	if p.Status != status {
		p.client.t.Fatalf("%s: got %d, want %d\n%s", p.URL.RequestURI(), p.Status, status, p.excerpt())
	}
	return p
}

// LeadsTo fails the test unless the answer sends the reader to the address.
func (p *Page) LeadsTo(address string) *Page {
	p.client.t.Helper()
	if got := p.Header.Get("Location"); p.Status != http.StatusSeeOther || got != address {
		p.client.t.Fatalf("%s: got %d to %q, want 303 to %q\n%s", p.URL.RequestURI(), p.Status, got, address, p.excerpt())
	}
	return p
}

// Follow opens the page that a 303 leads to.
func (p *Page) Follow() *Page {
	p.client.t.Helper()
	location := p.Header.Get("Location")
	if p.Status != http.StatusSeeOther || location == "" {
		p.client.t.Fatalf("%s: got %d, which leads nowhere\n%s", p.URL.RequestURI(), p.Status, p.excerpt())
	}
	return p.client.Get(p.local(location))
}

// Click opens the page behind the first link with the text.
func (p *Page) Click(text string) *Page {
	p.client.t.Helper()
	for _, a := range p.All("a") {
		if textOf(a) == text {
			return p.client.Get(p.local(Attr(a, "href")))
		}
	}
	p.client.t.Fatalf("%s has no link %q\n%s", p.URL.RequestURI(), text, p.excerpt())
	return nil
}

// Text returns what the page says, without what is hidden from all readers,
// with single spaces.
func (p *Page) Text() string {
	if p.document == nil {
		return p.Body
	}
	return textOf(p.document)
}

// Says fails the test unless the page says each of the texts.
func (p *Page) Says(texts ...string) *Page {
	p.client.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.Text(), text) {
			p.client.t.Errorf("%s does not say %q\n%s", p.URL.RequestURI(), text, p.excerpt())
		}
	}
	return p
}

// SaysNot fails the test if the page says any of the texts, or has it in its
// source.
func (p *Page) SaysNot(texts ...string) *Page {
	p.client.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Text(), text) || strings.Contains(p.Body, text) {
			p.client.t.Errorf("%s says %q", p.URL.RequestURI(), text)
		}
	}
	return p
}

// Title returns the page's title.
func (p *Page) Title() string {
	for _, title := range p.All("title") {
		if title.Parent != nil && title.Parent.Data == "head" {
			return textOf(title)
		}
	}
	return ""
}

// Lang returns the page's language.
func (p *Page) Lang() string {
	for _, root := range p.All("html") {
		return Attr(root, "lang")
	}
	return ""
}

// All returns the elements with a tag, in the order of the page.
func (p *Page) All(tag string) []*html.Node {
	return find(p.document, func(n *html.Node) bool { return n.Data == tag })
}

// ByID returns the element with an id, or nil.
func (p *Page) ByID(id string) *html.Node {
	for _, n := range find(p.document, func(n *html.Node) bool { return Attr(n, "id") == id }) {
		return n
	}
	return nil
}

// TextOf returns what an element says.
func TextOf(n *html.Node) string { return textOf(n) }

// Attr returns an element's attribute, or nothing.
func Attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// local returns path and query of an address on the page.
func (p *Page) local(address string) string {
	p.client.t.Helper()
	to, err := p.URL.Parse(address)
	if err != nil || to.Host != p.URL.Host {
		p.client.t.Fatalf("%s leads to %q, which is not on this site (%v)", p.URL.RequestURI(), address, err)
	}
	return to.RequestURI()
}

// excerpt is as much of the page as helps to see what went wrong.
func (p *Page) excerpt() string {
	text := p.Text()
	const most = 1200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// find returns the elements that match, in the order of the page.
func find(root *html.Node, matches func(n *html.Node) bool) []*html.Node {
	var found []*html.Node
	if root == nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && matches(n) {
			found = append(found, n)
		}
	}
	return found
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// textOf joins the texts below a node with single spaces where elements or line
// breaks part them, less scripts, templates and what has the hidden attribute.
func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			return
		case n.Type == html.ElementNode:
			if n.Data == "script" || n.Data == "template" || hasAttr(n, "hidden") {
				return
			}
			if !inline[n.Data] {
				b.WriteByte(' ')
				defer b.WriteByte(' ')
			}
		}
		for child := range n.ChildNodes() {
			walk(child)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// inline are the elements within a line, which part no words.
var inline = map[string]bool{
	"a": true, "abbr": true, "b": true, "bdi": true, "code": true, "data": true, "del": true, "em": true, "i": true, "ins": true,
	"kbd": true, "mark": true, "q": true, "s": true, "small": true, "span": true, "strong": true, "sub": true, "sup": true,
	"time": true, "u": true, "var": true, "tspan": true,
}
