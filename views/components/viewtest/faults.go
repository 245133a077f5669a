package viewtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Sound reports every fault of a view's HTML as a failure of the test.
func Sound(t testing.TB, name, markup string) {
	t.Helper()
	for _, fault := range Faults(markup) {
		t.Errorf("%s: %s", name, fault)
	}
}

// Faults lists what is wrong with HTML, of a page or of a part of one: tags that
// don't match, ids given twice or named and not there, controls without a name,
// and what the content security policy would block.
func Faults(markup string) []string {
	c := checker{ids: map[string]bool{}, labels: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			c.open(token)
			if !isVoid(token.Data) {
				c.path = append(c.path, element{name: token.Data, named: hasName(token)})
			}
		case html.SelfClosingTagToken:
			c.open(token)
			if !c.inside("svg") && !isVoid(token.Data) && token.Data != "svg" {
				c.fault("<%s/> closes itself, which HTML does not do", token.Data)
			}
		case html.EndTagToken:
			c.close(token.Data)
		case html.TextToken:
			c.text(token.Data)
		}
	}
	for _, e := range c.path {
		c.fault("<%s> is never closed", e.name)
	}
	for _, use := range c.references {
		if !c.ids[use.id] {
			c.fault("%s names %q, and no element has that id", use.by, use.id)
		}
	}
	for _, id := range c.controls {
		if !c.labels[id] {
			c.fault("the control %q has no label", id)
		}
	}
	return c.faults
}

type checker struct {
	path       []element // open elements, the outermost first
	ids        map[string]bool
	labels     map[string]bool // ids that a label is for
	controls   []string        // ids of controls that need a label
	references []reference
	faults     []string
}

// element is an open element, and whether those who hear the page can tell what
// it is.
type element struct {
	name  string
	named bool
}

type reference struct{ by, id string }

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *checker) inside(name string) bool {
	return slices.ContainsFunc(c.path, func(e element) bool { return e.name == name })
}

func (c *checker) open(token html.Token) {
	seen := map[string]bool{}
	for _, a := range token.Attr {
		seen[a.Key] = true
		switch {
		case a.Key == "id":
			if a.Val == "" || strings.ContainsAny(a.Val, " \t\n") {
				c.fault("the id %q is none", a.Val)
			}
			if c.ids[a.Val] {
				c.fault("the id %q is there twice", a.Val)
			}
			c.ids[a.Val] = true
		case a.Key == "for":
			c.labels[a.Val] = true
			c.references = append(c.references, reference{"for", a.Val})
		case a.Key == "aria-labelledby", a.Key == "aria-describedby", a.Key == "popovertarget":
			for _, id := range strings.Fields(a.Val) {
				c.references = append(c.references, reference{a.Key, id})
			}
		case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
			c.fault("<%s> has %s, which the content security policy blocks", token.Data, a.Key)
		case a.Key == "href" && strings.HasPrefix(a.Val, "#") && a.Val != "#main":
			c.references = append(c.references, reference{"href", a.Val[1:]})
		case a.Key == "href" && (a.Val == "" || strings.Contains(a.Val, "FailedSanitization")):
			c.fault("<%s> leads to %q", token.Data, a.Val)
		}
		if a.Key == "class" && strings.TrimSpace(a.Val) == "" {
			c.fault("<%s> has an empty class", token.Data)
		}
	}
	switch token.Data {
	case "input", "select", "textarea":
		c.control(token)
	case "img":
		if !seen["alt"] {
			c.fault("<img> has no alt")
		}
	case "th":
		if !seen["scope"] {
			c.fault("<th> has no scope")
		}
	case "button":
		if !seen["type"] {
			c.fault("<button> has no type")
		}
	case "svg":
		if attribute(token, "role") != "img" && attribute(token, "aria-hidden") != "true" && !c.inside("svg") {
			c.fault("<svg> is neither an image with a name nor hidden")
		}
	case "style":
		c.fault("<style> is blocked by the content security policy")
	}
}

func (c *checker) control(token html.Token) {
	switch attribute(token, "type") {
	case "hidden", "submit":
		return
	}
	if attribute(token, "aria-label") != "" || attribute(token, "aria-labelledby") != "" {
		return
	}
	id := attribute(token, "id")
	if id == "" {
		c.fault("<%s> has neither an id nor a name", token.Data)
		return
	}
	c.controls = append(c.controls, id)
}

// hasName reports whether an element's attributes say what it is.
func hasName(token html.Token) bool {
	return attribute(token, "aria-label") != "" || attribute(token, "aria-labelledby") != ""
}

func attribute(token html.Token, key string) string {
	for _, a := range token.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func (c *checker) text(s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	for i := range c.path {
		c.path[i].named = true
	}
	if strings.ContainsAny(s, "⟦⟧") || strings.Contains(s, "{") {
		c.fault("the text %q has a placeholder in it", strings.TrimSpace(s))
	}
}

func (c *checker) close(name string) {
	if len(c.path) == 0 {
		c.fault("</%s> closes nothing", name)
		return
	}
	last := c.path[len(c.path)-1]
	c.path = c.path[:len(c.path)-1]
	if last.name != name {
		c.fault("</%s> closes <%s>", name, last.name)
	}
	if mustHaveName[name] && !last.named {
		c.fault("<%s> has no name for those who hear the page", name)
	}
}

var mustHaveName = map[string]bool{
	"a": true, "button": true, "summary": true, "label": true, "legend": true, "h1": true, "h2": true, "h3": true,
	"th": true, "caption": true, "title": true, "option": true, "nav": true,
}

func isVoid(name string) bool {
	return slices.Contains([]string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}, name)
}

// Classes lists the classes that HTML uses.
func Classes(markup string) []string {
	var all []string
	z := html.NewTokenizer(strings.NewReader(markup))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			all = append(all, strings.Fields(attribute(z.Token(), "class"))...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
