package webtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Check says what is wrong with a page that every reader would suffer from. It
// complements a real browser, which handler tests can't afford for each page.
type Check struct {
	Match    Match                  // routes that links and forms must lead to; nil: any
	Served   func(path string) bool // whether a static file is there; nil: any
	At       *url.URL               // address of the page, for relative links; nil: /
	Fragment bool                   // a part of a page: no doctype, title or main heading
}

// Faults lists what is wrong, in no particular order but the same each time.
func (k Check) Faults(body string) []string {
	if k.At == nil {
		k.At = &url.URL{Path: "/"}
	}
	c := &checking{Check: k, ids: map[string]int{}}
	c.tokens(body)
	document, err := html.Parse(strings.NewReader(body))
	if err != nil {
		c.say("it can't be parsed: %v", err)
		return c.faults
	}
	c.document = document
	c.collect()
	if !k.Fragment {
		c.frame(body)
	}
	c.headings()
	for n := range document.Descendants() {
		if n.Type == html.ElementNode {
			c.element(n)
		}
		if n.Type == html.TextNode {
			c.text(n)
		}
	}
	return c.faults
}

type checking struct {
	Check
	document *html.Node
	ids      map[string]int
	labelled map[string]bool // ids that a label with words is for
	faults   []string
}

func (c *checking) say(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// collect notes ids and labels, which elements before and after refer to.
func (c *checking) collect() {
	c.labelled = map[string]bool{}
	for _, n := range find(c.document, func(*html.Node) bool { return true }) {
		if hasAttr(n, "id") {
			id := Attr(n, "id")
			c.ids[id]++
			switch {
			case id == "" || strings.ContainsAny(id, " \t\n"):
				c.say("%s has the id %q, which is empty or has a space", show(n), id)
			case c.ids[id] == 2:
				c.say("the id %q is there twice", id)
			}
		}
		if n.Data == "label" && Attr(n, "for") != "" && textOf(n) != "" {
			c.labelled[Attr(n, "for")] = true
		}
	}
}

// frame checks what a whole page has once.
func (c *checking) frame(body string) {
	if !strings.HasPrefix(strings.ToLower(body), "<!doctype html>") {
		c.say("it does not begin with <!doctype html>")
	}
	roots := find(c.document, func(n *html.Node) bool { return n.Data == "html" })
	if lang := Attr(roots[0], "lang"); !i18n.Locale(lang).Known() {
		c.say("the page's lang is %q, which is none of ours", lang)
	}
	titles := find(c.document, func(n *html.Node) bool { return n.Data == "title" && n.Parent.Data == "head" })
	if len(titles) != 1 || textOf(titles[0]) == "" {
		c.say("it has %d titles, or an empty one; every page has one with words", len(titles))
	}
	for tag, want := range map[string]int{"h1": 1, "main": 1} {
		if got := len(find(c.document, func(n *html.Node) bool { return n.Data == tag })); got != want {
			c.say("it has %d <%s>, want %d", got, tag, want)
		}
	}
	if len(find(c.document, func(n *html.Node) bool { return n.Data == "meta" && Attr(n, "name") == "viewport" })) != 1 {
		c.say("it has no <meta name=viewport>, so a phone shows it small")
	}
	if !strings.Contains(strings.ToLower(body[:min(len(body), 1024)]), "charset=\"utf-8\"") {
		c.say("<meta charset=\"utf-8\"> is missing from its first 1024 bytes")
	}
}

// headings must have words and skip no level downwards.
func (c *checking) headings() {
	level := 0
	for _, n := range find(c.document, func(n *html.Node) bool {
		return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
	}) {
		if textOf(n) == "" {
			c.say("%s has no words", show(n))
		}
		next := int(n.Data[1] - '0')
		if level > 0 && next > level+1 {
			c.say("%s %q follows an h%d: a level is skipped", show(n), textOf(n), level)
		}
		level = next
	}
}

func (c *checking) element(n *html.Node) {
	c.attributes(n)
	switch n.Data {
	case "style":
		c.say("a <style> stands in the page; the policy blocks it")
	case "script":
		if Attr(n, "src") == "" {
			c.say("a script stands in the page; the policy blocks it")
		}
		c.file(n, "src")
	case "link":
		if rel := Attr(n, "rel"); slices.Contains([]string{"stylesheet", "icon", "apple-touch-icon", "manifest", "preload"}, rel) {
			c.file(n, "href")
		}
	case "img":
		if !hasAttr(n, "alt") {
			c.say("%s has no alt", show(n))
		}
		c.file(n, "src")
	case "svg":
		if !inDrawing(n) && Attr(n, "aria-hidden") != "true" && c.name(n) == "" {
			c.say("%s is neither hidden from screen readers nor named", show(n))
		}
	case "a":
		c.link(n)
	case "form":
		c.form(n)
	case "button":
		if c.name(n) == "" {
			c.say("%s has no name", show(n))
		}
		if Attr(n, "type") == "" {
			c.say("%s does not say its type, so it submits", show(n))
		}
	case "summary":
		if c.name(n) == "" {
			c.say("%s has no name", show(n))
		}
	case "input", "select", "textarea":
		c.control(n)
	case "th":
		if scope := Attr(n, "scope"); !slices.Contains([]string{"col", "row", "colgroup", "rowgroup"}, scope) {
			c.say("%s %q does not say what it heads: scope is %q", show(n), textOf(n), scope)
		}
	case "table":
		if len(find(n, func(n *html.Node) bool { return n.Data == "th" })) == 0 {
			c.say("%s has no headings", show(n))
		}
	case "time":
		if Attr(n, "datetime") == "" {
			c.say("%s %q has no datetime", show(n), textOf(n))
		}
	case "iframe", "object", "embed", "base", "font", "center", "marquee", "frame", "frameset", "big", "strike", "tt":
		c.say("<%s> has no place in our pages", n.Data)
	}
}

// referring are the attributes that hold ids of other elements.
var referring = []string{
	"for", "form", "list", "headers", "popovertarget", "commandfor",
	"aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details", "aria-errormessage", "aria-activedescendant", "aria-flowto",
}

func (c *checking) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			c.say("%s has a style attribute; the policy blocks it", show(n))
		case strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on"):
			c.say("%s has the handler %s; the policy blocks it", show(n), a.Key)
		case a.Key == "tabindex" && a.Val != "0" && a.Val != "-1":
			c.say("%s has the tabindex %s, which breaks the order", show(n), a.Val)
		case a.Key == "lang" && a.Val == "":
			c.say("%s has an empty lang", show(n))
		case strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			c.say("%s has a script in %s", show(n), a.Key)
		case isShown(a.Key):
			c.words(a.Val, show(n)+" "+a.Key)
		case a.Key == "hx-target" && strings.HasPrefix(a.Val, "#"):
			c.refer(n, a.Key, a.Val[1:])
		case (a.Key == "hx-get" || a.Key == "hx-post") && c.Match != nil:
			c.leads(n, strings.ToUpper(strings.TrimPrefix(a.Key, "hx-")), a.Val)
		}
		if slices.Contains(referring, a.Key) {
			for id := range strings.FieldsSeq(a.Val) {
				c.refer(n, a.Key, id)
			}
			if strings.TrimSpace(a.Val) == "" {
				c.say("%s has an empty %s", show(n), a.Key)
			}
		}
	}
}

// refer checks that an id is on the page. A fragment may refer to the page that
// takes it up.
func (c *checking) refer(n *html.Node, attribute, id string) {
	if c.ids[id] == 0 && !c.Fragment {
		c.say("%s: %s names the id %q, which is not there", show(n), attribute, id)
	}
}

// isShown reports whether an attribute's value is read or heard.
func isShown(name string) bool {
	return slices.Contains([]string{"title", "alt", "placeholder", "aria-label", "aria-description", "aria-valuetext", "data-label"}, name)
}

func (c *checking) link(n *html.Node) {
	if !hasAttr(n, "href") {
		c.say("%s %q leads nowhere", show(n), textOf(n))
		return
	}
	if c.name(n) == "" {
		c.say("%s has no name", show(n))
	}
	href := Attr(n, "href")
	if id, ok := strings.CutPrefix(href, "#"); ok {
		if id == "" {
			c.say("%s %q leads nowhere", show(n), textOf(n))
		}
		c.refer(n, "href", id)
		return
	}
	to, err := c.At.Parse(href)
	if err != nil {
		c.say("%s: %q is no address", show(n), href)
		return
	}
	switch to.Scheme {
	case "tel", "mailto", "webcal":
		return
	case "", "http", "https":
	default:
		c.say("%s: %q is an address of a kind we don't use", show(n), href)
		return
	}
	if to.Host != c.At.Host {
		if Attr(n, "target") == "_blank" && !strings.Contains(Attr(n, "rel"), "noopener") {
			c.say("%s opens another site that could steer this page: rel lacks noopener", show(n))
		}
		return
	}
	c.leads(n, http.MethodGet, href)
}

func (c *checking) leads(n *html.Node, method, address string) {
	to, err := c.At.Parse(address)
	if err != nil || to.Host != c.At.Host {
		c.say("%s sends to %q, which is not on this site", show(n), address)
		return
	}
	if c.Match == nil {
		return
	}
	path := cmp.Or(to.RawPath, to.Path) // as the server sees it
	if _, ok := c.Match(method, path); !ok {
		c.say("%s %q leads to %s %s, which no route takes", show(n), textOf(n), method, path)
	}
}

// file checks that a static file of ours that the page names is there.
func (c *checking) file(n *html.Node, attribute string) {
	address := Attr(n, attribute)
	if address == "" {
		return
	}
	to, err := c.At.Parse(address)
	if err != nil || to.Host != c.At.Host {
		c.say("%s: %q is not on this site; the policy blocks it", show(n), address)
		return
	}
	if c.Served != nil && !c.Served(to.RequestURI()) {
		c.say("%s: there is no file %s", show(n), to.Path)
	}
}

func (c *checking) form(n *html.Node) {
	method := strings.ToUpper(Attr(n, "method"))
	if method == "" {
		method = http.MethodGet
	}
	c.leads(n, method, Attr(n, "action"))
	if method == http.MethodPost {
		tokens := find(n, func(n *html.Node) bool {
			return n.Data == "input" && Attr(n, "type") == "hidden" && Attr(n, "name") == page.CSRFField
		})
		if len(tokens) != 1 || Attr(tokens[0], "value") == "" {
			c.say("%s posts to %q without its token in %q", show(n), Attr(n, "action"), page.CSRFField)
		}
	}
	id := Attr(n, "id")
	submits := func(n *html.Node) bool {
		kind := Attr(n, "type")
		return n.Data == "button" && (kind == "" || kind == "submit") || n.Data == "input" && kind == "submit"
	}
	outside := func(n *html.Node) bool { return id != "" && Attr(n, "form") == id && submits(n) }
	if len(find(n, submits)) == 0 && len(find(c.document, outside)) == 0 {
		c.say("%s that sends to %q has no button: without script it can't be sent", show(n), Attr(n, "action"))
	}
}

func (c *checking) control(n *html.Node) {
	switch Attr(n, "type") {
	case "hidden":
		return
	case "submit", "button", "reset":
		if Attr(n, "value") == "" {
			c.say("%s has no name", show(n))
		}
		return
	}
	if c.labelled[Attr(n, "id")] || strings.TrimSpace(Attr(n, "aria-label")) != "" || c.named(n, "aria-labelledby") != "" {
		return
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" && textOf(p) != "" {
			return
		}
	}
	c.say("%s has no label", show(n))
}

// name returns what a screen reader calls an element.
func (c *checking) name(n *html.Node) string {
	if name := c.named(n, "aria-labelledby"); name != "" {
		return name
	}
	if label := strings.TrimSpace(Attr(n, "aria-label")); label != "" {
		return label
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		if Attr(n, "aria-hidden") == "true" || hasAttr(n, "hidden") {
			return
		}
		b.WriteString(Attr(n, "alt"))
		if n.Data == "svg" {
			b.WriteString(Attr(n, "aria-label") + c.named(n, "aria-labelledby"))
		}
		for child := range n.ChildNodes() {
			walk(child)
		}
	}
	if n.Data == "svg" { // its text is drawn; its title names it
		for _, title := range find(n, func(t *html.Node) bool { return t.Data == "title" && t.Parent == n }) {
			b.WriteString(textOf(title))
		}
		return strings.TrimSpace(b.String())
	}
	walk(n)
	return strings.TrimSpace(b.String())
}

// named returns the words of the elements whose ids an attribute holds.
func (c *checking) named(n *html.Node, attribute string) string {
	var words []string
	for id := range strings.FieldsSeq(Attr(n, attribute)) {
		for _, other := range find(c.document, func(n *html.Node) bool { return Attr(n, "id") == id }) {
			words = append(words, textOf(other))
		}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// inDrawing reports whether a drawing is a part of another, which is named as a
// whole.
func inDrawing(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "svg" {
			return true
		}
	}
	return false
}

func (c *checking) text(n *html.Node) {
	if n.Parent != nil && n.Parent.Data == "script" {
		return
	}
	if isQuoted(n) {
		c.slips(n.Data, "the text")
		return
	}
	c.words(n.Data, "the text")
}

var (
	unfilled = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)
	slip     = regexp.MustCompile(`%![a-zA-Z(]|!BADKEY|<nil>|\bundefined\b|⟦|⟧`)
	keyLike  = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)
)

// words looks for what a program says by mistake.
func (c *checking) words(text, where string) {
	text = strings.TrimSpace(text)
	if found := unfilled.FindString(text); found != "" {
		c.say("%s shows the placeholder %s: %q", where, found, text)
	}
	c.slips(text, where)
	if keyLike.MatchString(text) && i18n.For(i18n.ZhCN).Has(text) {
		c.say("%s shows the message key %s", where, text)
	}
}

// slips looks for what no text ever says on purpose.
func (c *checking) slips(text, where string) {
	if found := slip.FindString(text); found != "" {
		c.say("%s shows %q: %q", where, found, text)
	}
}

// isQuoted reports whether a text is shown for what it is: as code, or to be
// edited.
func isQuoted(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "code" || p.Data == "textarea" {
			return true
		}
	}
	return false
}

// show names an element so that one finds it.
func show(n *html.Node) string {
	s := "<" + n.Data
	for _, name := range []string{"id", "name", "type", "href", "class"} {
		if value := Attr(n, name); value != "" {
			s += fmt.Sprintf(" %s=%q", name, value)
		}
	}
	return s + ">"
}
