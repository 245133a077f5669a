package markup

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestTextsAndValuesAreEscaped(t *testing.T) {
	var b strings.Builder
	m := To(&b)
	m.Raw("<a")
	m.Attr("title", `"<`)
	m.Attr("class", "")
	m.Href("/a?b=1&c=2")
	m.Raw(">")
	m.Text("<&>")
	m.Raw("</a>")
	if want := `<a title="&#34;&lt;" href="/a?b=1&amp;c=2">&lt;&amp;&gt;</a>`; b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}

func TestEveryTextIsEscapedAsTemplDoes(t *testing.T) {
	for c := range rune(300) {
		text := "a" + string(c) + "b"
		var b strings.Builder
		m := To(&b)
		m.Text(text)
		if want := templ.EscapeString(text); b.String() != want {
			t.Errorf("%q: got %s, want %s", text, b.String(), want)
		}
	}
}

func TestAnAddressWithAScriptLeadsNowhere(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x"} {
		var b strings.Builder
		m := To(&b)
		m.Href(address)
		if strings.Contains(strings.ToLower(b.String()), strings.ToLower(address)) {
			t.Errorf("%s: got %s", address, b.String())
		}
	}
}

func TestNumbersAreWrittenAsDrawingsNeedThem(t *testing.T) {
	var b strings.Builder
	m := To(&b)
	m.Percent(.5)
	m.Raw(" ")
	m.Length(-7.25)
	m.Raw(" ")
	m.Int(-12)
	if want := "50.00% -7.2 -12"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

var errFull = errors.New("full")

// full takes a few bytes and then no more.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return 0, errFull
	}
	f.room -= len(b)
	return len(b), nil
}

func TestTheFirstErrorIsKeptAndNothingIsWrittenAfterIt(t *testing.T) {
	to := &full{room: 3}
	m := To(to)
	m.Raw("abc")
	m.Text("d")
	to.room = 100
	m.Raw("e")
	m.Int(1)
	m.Part(t.Context(), templ.ComponentFunc(func(context.Context, io.Writer) error {
		t.Error("a component was written after an error")
		return nil
	}))
	if !errors.Is(m.Err(), errFull) {
		t.Errorf("got %v, want %v", m.Err(), errFull)
	}
	if to.room != 100 {
		t.Errorf("%d bytes were written after the error", 100-to.room)
	}
}

func TestAnErrorOfAPartIsKept(t *testing.T) {
	m := To(io.Discard)
	m.Part(t.Context(), templ.ComponentFunc(func(context.Context, io.Writer) error { return errFull }))
	if !errors.Is(m.Err(), errFull) {
		t.Errorf("got %v, want %v", m.Err(), errFull)
	}
}
