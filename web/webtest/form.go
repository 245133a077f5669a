package webtest

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Form is a form of a page, as a reader fills it in.
type Form struct {
	page   *Page
	node   *html.Node
	values url.Values
	files  []upload
}

type upload struct {
	field, name string
	content     []byte
}

// Form returns the page's form that sends to the path; queries don't matter.
// The test fails where there is none, or where several send different things.
// Forms that send the same, as in the bar and at the thumb, are one.
func (p *Page) Form(action string) *Form {
	p.client.t.Helper()
	found := p.forms(action)
	differ := slices.ContainsFunc(found, func(f *Form) bool { return f.values.Encode() != found[0].values.Encode() })
	if len(found) == 0 || differ {
		p.client.t.Fatalf("%s has %d forms that send to %s, want 1\n%s", p.URL.RequestURI(), len(found), action, p.excerpt())
	}
	return found[0]
}

// FormWith returns the page's form that sends to the path and holds the value
// in a field, where several send to it.
func (p *Page) FormWith(action, name, value string) *Form {
	p.client.t.Helper()
	for _, f := range p.forms(action) {
		if f.Value(name) == value {
			return f
		}
	}
	p.client.t.Fatalf("%s has no form that sends to %s with %s %q\n%s", p.URL.RequestURI(), action, name, value, p.excerpt())
	return nil
}

func (p *Page) forms(action string) []*Form {
	var found []*Form
	for _, n := range p.All("form") {
		to, err := p.URL.Parse(Attr(n, "action"))
		if err == nil && to.Path == action {
			found = append(found, p.form(n))
		}
	}
	return found
}

// FormByID returns the page's form with the id.
func (p *Page) FormByID(id string) *Form {
	p.client.t.Helper()
	n := p.ByID(id)
	if n == nil || n.Data != "form" {
		p.client.t.Fatalf("%s has no form with the id %s\n%s", p.URL.RequestURI(), id, p.excerpt())
	}
	return p.form(n)
}

func (p *Page) form(n *html.Node) *Form {
	f := &Form{page: p, node: n, values: url.Values{}}
	for _, control := range f.controls() {
		name := Attr(control, "name")
		for _, value := range sent(control) {
			f.values.Add(name, value)
		}
	}
	return f
}

// Value returns what a field holds now.
func (f *Form) Value(name string) string { return f.values.Get(name) }

// Set types into a field, or chooses among radios or options. The test fails
// where a reader could not do so.
func (f *Form) Set(name, value string) *Form {
	f.page.client.t.Helper()
	for _, control := range f.controls() {
		if Attr(control, "name") == name && takes(control, value) {
			f.values.Set(name, value)
			return f
		}
	}
	f.page.client.t.Fatalf("%s: no field %q takes %q", f.page.URL.RequestURI(), name, value)
	return nil
}

// Tick ticks the box with the value; Untick takes the tick away.
func (f *Form) Tick(name, value string) *Form {
	f.page.client.t.Helper()
	f.Untick(name, value)
	f.values.Add(name, value)
	return f
}

// Untick takes the tick of the box with the value away.
func (f *Form) Untick(name, value string) *Form {
	f.page.client.t.Helper()
	if !slices.ContainsFunc(f.controls(), func(n *html.Node) bool {
		return Attr(n, "name") == name && Attr(n, "type") == "checkbox" && boxValue(n) == value
	}) {
		f.page.client.t.Fatalf("%s: there is no box %q with %q", f.page.URL.RequestURI(), name, value)
	}
	f.values[name] = slices.DeleteFunc(f.values[name], func(v string) bool { return v == value })
	return f
}

// Attach chooses a file.
func (f *Form) Attach(field, name string, content []byte) *Form {
	f.page.client.t.Helper()
	if !slices.ContainsFunc(f.controls(), func(n *html.Node) bool {
		return Attr(n, "name") == field && Attr(n, "type") == "file"
	}) {
		f.page.client.t.Fatalf("%s: no field %q takes a file", f.page.URL.RequestURI(), field)
	}
	f.files = append(f.files, upload{field, name, content})
	return f
}

// Tamper sets a value that no reader could, such as a hidden one.
func (f *Form) Tamper(name, value string) *Form {
	f.values.Set(name, value)
	return f
}

// Submit sends the form by its first button.
func (f *Form) Submit() *Page {
	f.page.client.t.Helper()
	return f.send(f.button(func(*html.Node) bool { return true }, "any"))
}

// Press sends the form by the button with the text.
func (f *Form) Press(text string) *Page {
	f.page.client.t.Helper()
	return f.send(f.button(func(n *html.Node) bool { return textOf(n) == text }, text))
}

func (f *Form) button(matches func(n *html.Node) bool, text string) *html.Node {
	f.page.client.t.Helper()
	for _, n := range f.elements() {
		kind := Attr(n, "type")
		submits := n.Data == "button" && (kind == "" || kind == "submit") || n.Data == "input" && kind == "submit"
		if submits && !hasAttr(n, "disabled") && matches(n) {
			return n
		}
	}
	f.page.client.t.Fatalf("%s: the form has no button %q", f.page.URL.RequestURI(), text)
	return nil
}

func (f *Form) send(button *html.Node) *Page {
	c := f.page.client
	c.t.Helper()
	if name := Attr(button, "name"); name != "" {
		f.values.Set(name, Attr(button, "value"))
	}
	action := Attr(f.node, "action")
	if own := Attr(button, "formaction"); own != "" {
		action = own
	}
	path := f.page.local(action)
	if !strings.EqualFold(Attr(f.node, "method"), http.MethodPost) {
		path, _, _ = strings.Cut(path, "?")
		return c.Get(path + "?" + f.values.Encode())
	}
	var body bytes.Buffer
	kind := "application/x-www-form-urlencoded"
	if Attr(f.node, "enctype") == "multipart/form-data" {
		kind = f.multipart(&body)
	} else {
		if len(f.files) > 0 {
			c.t.Fatalf("%s: the form takes a file, but its enctype does not send one", f.page.URL.RequestURI())
		}
		body.WriteString(f.values.Encode())
	}
	r := c.request(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", base)
	r.Header.Set("Referer", f.page.URL.String())
	return c.Do(r)
}

func (f *Form) multipart(body *bytes.Buffer) (contentType string) {
	c := f.page.client
	c.t.Helper()
	w := multipart.NewWriter(body)
	for name, all := range f.values {
		for _, value := range all {
			if err := w.WriteField(name, value); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	for _, u := range f.files {
		part, err := w.CreateFormFile(u.field, u.name)
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := part.Write(u.content); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return w.FormDataContentType()
}

// elements are all that belong to the form: within it, or by its id.
func (f *Form) elements() []*html.Node {
	id := Attr(f.node, "id")
	within := find(f.node, func(n *html.Node) bool { return !hasAttr(n, "form") || Attr(n, "form") == id })
	if id == "" {
		return within
	}
	return append(within, find(f.page.document, func(n *html.Node) bool {
		return Attr(n, "form") == id && !isBelow(n, f.node)
	})...)
}

// controls are the fields that a browser sends.
func (f *Form) controls() []*html.Node {
	return slices.DeleteFunc(f.elements(), func(n *html.Node) bool {
		kind := Attr(n, "type")
		field := n.Data == "select" || n.Data == "textarea" ||
			n.Data == "input" && kind != "submit" && kind != "button" && kind != "reset" && kind != "image"
		return !field || Attr(n, "name") == "" || hasAttr(n, "disabled")
	})
}

// sent returns what a browser sends of a control that nobody touched.
func sent(n *html.Node) []string {
	switch n.Data {
	case "textarea":
		return []string{strings.TrimPrefix(rawText(n), "\n")}
	case "select":
		var chosen []string
		options := find(n, func(n *html.Node) bool { return n.Data == "option" })
		for _, o := range options {
			if hasAttr(o, "selected") {
				chosen = append(chosen, optionValue(o))
			}
		}
		if len(chosen) == 0 && len(options) > 0 && !hasAttr(n, "multiple") {
			chosen = append(chosen, optionValue(options[0]))
		}
		return chosen
	}
	switch Attr(n, "type") {
	case "checkbox", "radio":
		if !hasAttr(n, "checked") {
			return nil
		}
		return []string{boxValue(n)}
	case "file":
		return nil
	}
	return []string{Attr(n, "value")}
}

// takes reports whether a reader can give a control the value.
func takes(n *html.Node, value string) bool {
	if n.Data == "select" {
		return slices.ContainsFunc(find(n, func(n *html.Node) bool { return n.Data == "option" }), func(o *html.Node) bool {
			return optionValue(o) == value && !hasAttr(o, "disabled")
		})
	}
	switch Attr(n, "type") {
	case "radio":
		return boxValue(n) == value
	case "checkbox", "file", "hidden":
		return false
	}
	return !hasAttr(n, "readonly")
}

func optionValue(n *html.Node) string {
	if hasAttr(n, "value") {
		return Attr(n, "value")
	}
	return textOf(n)
}

func boxValue(n *html.Node) string {
	if hasAttr(n, "value") {
		return Attr(n, "value")
	}
	return "on"
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}

func isBelow(n, ancestor *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p == ancestor {
			return true
		}
	}
	return false
}
