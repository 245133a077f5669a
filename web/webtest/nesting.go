package webtest

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// void are the elements without content or end tag.
var void = map[string]bool{
	"area": true, "br": true, "col": true, "hr": true, "img": true, "input": true, "link": true,
	"meta": true, "source": true, "track": true, "wbr": true,
}

// parents are the elements that stand in certain others only.
var parents = map[string][]string{
	"li": {"ul", "ol", "menu"}, "dt": {"dl", "div"}, "dd": {"dl", "div"},
	"tr": {"table", "thead", "tbody", "tfoot"}, "td": {"tr"}, "th": {"tr"},
	"thead": {"table"}, "tbody": {"table"}, "tfoot": {"table"}, "caption": {"table"}, "colgroup": {"table"}, "col": {"colgroup"},
	"option": {"select", "optgroup", "datalist"}, "optgroup": {"select"},
	"summary": {"details"}, "legend": {"fieldset"}, "figcaption": {"figure"},
	"head": {"html"}, "body": {"html"},
}

// children are the elements that hold certain others only.
var children = map[string][]string{
	"ul": {"li", "script", "template"}, "ol": {"li", "script", "template"}, "dl": {"dt", "dd", "div", "script", "template"},
	"table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr", "script", "template"},
	"thead": {"tr"}, "tbody": {"tr"}, "tfoot": {"tr"}, "tr": {"td", "th", "script", "template"},
	"select": {"option", "optgroup", "hr"},
	"head":   {"meta", "title", "link", "script", "noscript", "template", "style", "base"},
	"html":   {"head", "body"},
}

// blocks can't stand in a line of text: a browser would end the paragraph.
var blocks = []string{
	"address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figcaption", "figure", "footer",
	"form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
}

// lines are the elements that hold a line of text and no block.
var lines = []string{"p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "b", "strong", "em", "i", "s", "small", "code", "time", "abbr", "mark", "del", "ins", "button", "label", "legend", "dt", "caption", "figcaption", "summary", "pre"}

// lineBlocks are blocks that a line's element takes all the same.
var lineBlocks = map[string][]string{
	"summary":    {"h1", "h2", "h3", "h4", "h5", "h6"},
	"legend":     {"h1", "h2", "h3", "h4", "h5", "h6"},
	"caption":    blocks,
	"figcaption": blocks,
	"dt":         {"p", "div", "ul", "ol", "dl", "table", "details"},
	"del":        blocks, "ins": blocks,
}

// active are the elements that a reader acts on; none stands in another.
var active = []string{"a", "button", "select", "textarea", "details", "label", "summary"}

// tokens checks the page as it is written: each element is closed, in order, in
// a place where it may stand. A browser repairs what is not, each in its way.
func (c *checking) tokens(body string) {
	z := html.NewTokenizer(strings.NewReader(body))
	var open []string
	svg := 0
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			for _, tag := range slices.Backward(open) {
				c.say("<%s> is never closed", tag)
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			raw := string(z.Raw())
			token := z.Token()
			tag := token.Data
			c.written(tag, raw)
			if svg == 0 {
				c.place(open, tag, token)
			}
			if kind == html.SelfClosingTagToken {
				if svg == 0 && !void[tag] {
					c.say("<%s/> is not closed by its slash: a browser takes it for open", tag)
				}
				continue
			}
			if svg == 0 && void[tag] {
				continue
			}
			if tag == "svg" || svg > 0 {
				svg++
			}
			open = append(open, tag)
		case html.EndTagToken:
			tag := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != tag {
				c.say("</%s> closes nothing: open are %v", tag, open)
				if at := lastIndex(open, tag); at >= 0 {
					open = open[:at]
				}
				continue
			}
			open = open[:len(open)-1]
			if svg > 0 {
				svg--
			}
		case html.TextToken:
			text := string(z.Raw())
			if len(open) > 0 && strings.TrimSpace(text) != "" && svg == 0 {
				if parent := open[len(open)-1]; children[parent] != nil && parent != "select" {
					c.say("<%s> holds the text %q, which has no place there", parent, strings.TrimSpace(text))
				}
			}
		}
	}
}

var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

// written checks a tag as it stands in the page, since a parser drops an
// attribute that comes again.
func (c *checking) written(tag, raw string) {
	seen := map[string]bool{}
	for i, word := range strings.Fields(quoted.ReplaceAllString(strings.Trim(raw, "</>"), "''")) {
		name, _, _ := strings.Cut(word, "=")
		if i > 0 && seen[name] {
			c.say("<%s> has %s twice", tag, name)
		}
		if i > 0 {
			seen[name] = true
		}
	}
}

func (c *checking) place(open []string, tag string, token html.Token) {
	if len(open) == 0 {
		if !c.Fragment && tag != "html" {
			c.say("<%s> stands outside <html>", tag)
		}
		return
	}
	parent := open[len(open)-1]
	if wanted, ok := parents[tag]; ok && !slices.Contains(wanted, parent) {
		c.say("<%s> stands in <%s>, not in one of %v", tag, parent, wanted)
	}
	if wanted, ok := children[parent]; ok && !slices.Contains(wanted, tag) {
		c.say("<%s> holds <%s>, which has no place there", parent, tag)
	}
	if slices.Contains(blocks, tag) {
		for _, outer := range slices.Backward(open) {
			if !slices.Contains(lines, outer) {
				break
			}
			if !slices.Contains(lineBlocks[outer], tag) {
				c.say("<%s> stands in <%s>, which holds a line of text only", tag, outer)
				break
			}
		}
	}
	c.act(open, tag, token)
}

// act checks that nothing a reader acts on stands in another such thing.
func (c *checking) act(open []string, tag string, token html.Token) {
	if tag == "form" && slices.Contains(open, "form") {
		c.say("a form stands in a form")
	}
	acts := slices.Contains(active, tag) && tag != "details" && tag != "summary"
	if tag == "input" {
		acts = !slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "type" && a.Val == "hidden" })
	}
	if !acts {
		return
	}
	for _, outer := range open {
		if outer == "label" && tag != "a" && tag != "label" {
			continue // a label may hold its control
		}
		if slices.Contains([]string{"a", "button", "label", "summary"}, outer) {
			c.say("<%s> stands in <%s>: which of them does a reader act on?", tag, outer)
			return
		}
	}
}

func lastIndex(open []string, tag string) int {
	for i, t := range slices.Backward(open) {
		if t == tag {
			return i
		}
	}
	return -1
}
