package guide

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestAnArticleIsReadInSections(t *testing.T) {
	a := Read("Once a *year*.\n\n# Above all\n\n- one\n- two\n\n## How to check\n\n1. Open [the terminal](/terminals).\n2. Read.\n\n### Small\n\nEnd `now`.")
	want := []Section{
		{Text: "Once a year."},
		{ID: "part-1", Heading: "Above all", Text: "one\ntwo"},
		{ID: "part-2", Heading: "How to check", Text: "Open the terminal.\nRead.\nSmall\nEnd now.", Steps: true},
	}
	if len(a.Sections) != len(want) {
		t.Fatalf("got %+v, want %+v", a.Sections, want)
	}
	for i := range want {
		if a.Sections[i] != want[i] {
			t.Errorf("got %+v, want %+v", a.Sections[i], want[i])
		}
	}
	got, err := a.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`<h2 id="part-1">Above all</h2>`, `<h2 id="part-2">`, `<a href="/terminals">the terminal</a>`, "<ol>", "<em>year</em>", "<h3>Small</h3>"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	preview, err := a.Preview()
	if want := strings.NewReplacer(` id="part-1"`, "", ` id="part-2"`, "").Replace(got); err != nil || preview != want {
		t.Errorf("got the preview %s, %v; want %s", preview, err, want)
	}
}

func TestOnlyHarmlessMarksReachTheReader(t *testing.T) {
	for _, body := range []string{
		"<script>alert(1)</script>", `<p style="color:red" onclick="x()">a</p>`, "[a](javascript:alert(1))", "[a](http://example.com)",
		"![a](https://example.com/a.png)", `<iframe src="/"></iframe>`, "<h2 id=\"x\">a</h2>", "[a](data:text/html,b)", "<form><input></form>",
	} {
		got, err := Read(body).HTML()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "style=", "onclick", "javascript:", "http:", "<img", "<iframe", `id="x"`, "data:", "<form", "<input"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q became %q", body, got)
			}
		}
	}
}

// FuzzRead holds every text against what a page can bear.
func FuzzRead(f *testing.F) {
	f.Add("# a\n\n1. b\n   > c\n\n| d |\n|---|\n\n<p id=part-1>\n\n[e](<javascript:f>) &amp; `g`\n***\n")
	allowed := map[string]bool{"html": true, "head": true, "body": true}
	for _, name := range strings.Fields("p h2 h3 h4 ol ul li strong em blockquote code br hr a") {
		allowed[name] = true
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := Read(body)
		got, err := a.HTML()
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		headings := 0
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if !allowed[n.Data] {
				t.Errorf("%q became %q, which has a <%s>", body, got, n.Data)
			}
			if n.Data == "h2" {
				headings++
			}
			for _, attr := range n.Attr {
				switch {
				case attr.Key == "id" && n.Data == "h2", attr.Key == "start" && n.Data == "ol", attr.Key == "rel" && n.Data == "a":
				case attr.Key == "href" && n.Data == "a":
					if before, _, ok := strings.Cut(attr.Val, ":"); ok && !strings.ContainsAny(before, "/?#") && before != "https" && before != "tel" {
						t.Errorf("%q became %q, which leads to %q", body, got, attr.Val)
					}
				default:
					t.Errorf("%q became %q, which has the attribute %s", body, got, attr.Key)
				}
			}
		}
		linked := 0
		for _, s := range a.Sections {
			if s.ID != "" {
				linked++
			}
		}
		if linked > headings {
			t.Errorf("%q has %d sections and became %q with %d headings", body, linked, got, headings)
		}
	})
}
