package viewtest

import (
	"strings"
	"testing"
)

func TestEachFaultIsFound(t *testing.T) {
	tests := []struct{ markup, want string }{
		{`<p><b>a</p></b>`, "</p> closes <b>"},
		{`<div><p>a</p>`, "<div> is never closed"},
		{`a</p>`, "</p> closes nothing"},
		{`<div/>`, "<div/> closes itself"},
		{`<p id="a"></p><p id="a"></p>`, `the id "a" is there twice`},
		{`<p id="a b"></p>`, `the id "a b" is none`},
		{`<p aria-describedby="a b"></p><p id="a"></p>`, `aria-describedby names "b"`},
		{`<a href="#a">x</a>`, `href names "a"`},
		{`<a href="about:invalid#TemplFailedSanitizationURL">x</a>`, "leads to"},
		{`<input id="a" type="text">`, `the control "a" has no label`},
		{`<input type="text">`, "neither an id nor a name"},
		{`<button type="submit"></button>`, "<button> has no name"},
		{`<button>x</button>`, "<button> has no type"},
		{`<a href="/"></a>`, "<a> has no name"},
		{`<nav><svg aria-hidden="true"></svg></nav>`, "<nav> has no name"},
		{`<th>x</th>`, "<th> has no scope"},
		{`<img src="/a">`, "<img> has no alt"},
		{`<svg></svg>`, "<svg> is neither"},
		{`<p style="color:red">x</p>`, "<p> has style"},
		{`<p onclick="go()">x</p>`, "<p> has onclick"},
		{`<style>p{}</style>`, "<style> is blocked"},
		{`<p class="">x</p>`, "<p> has an empty class"},
		{`<p>{name}</p>`, "has a placeholder"},
	}
	for _, tt := range tests {
		if got := strings.Join(Faults(tt.markup), "\n"); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want a fault that says %q", tt.markup, got, tt.want)
		}
	}
}

func TestSoundHTMLHasNoFault(t *testing.T) {
	for _, markup := range []string{
		`<p class="a">x<br>y</p>`,
		`<svg role="img" aria-labelledby="t"><title id="t">x</title><path d="M0 0"/><svg x="1"><circle r="1"/></svg></svg>`,
		`<label for="a">x</label><input id="a" type="text"><input type="hidden" name="b">`,
		`<a href="/"><svg aria-hidden="true"></svg>x</a><a href="#b">y</a><p id="b"></p>`,
		`<table><tr><th scope="col">x</th></tr></table>`,
		`<nav aria-label="x"></nav>`,
	} {
		if got := Faults(markup); len(got) > 0 {
			t.Errorf("%s: got %q, want no fault", markup, got)
		}
	}
}

func TestClassesAreListedOnce(t *testing.T) {
	got := strings.Join(Classes(`<p class="b a"><svg class="c"/><i class="a"></i></p>`), " ")
	if got != "a b c" {
		t.Errorf("got %q, want %q", got, "a b c")
	}
}
