// Package viewtest holds what tests of views share: it renders a view, finds
// what is wrong with its HTML and compares it with how it looked before.
package viewtest

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

var update = flag.Bool("update", false, "write how the views look now as how they should look")

// Render returns a view's HTML.
func Render(t testing.TB, view templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := view.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Golden compares HTML with testdata/golden/<name>.html. With -update it writes
// the file instead; look at the difference before you commit it.
func Golden(t testing.TB, name, html string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".html")
	got := strings.ReplaceAll(html, "><", ">\n<") + "\n" // one tag a line, for the difference to be read
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update to write it", err)
	}
	if got != string(want) {
		t.Errorf("%s looks otherwise than before; if that is meant, run the test with -update.\n%s", name, difference(string(want), got))
	}
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			return "want: " + strings.Join(w[min(i, len(w)):min(i+3, len(w))], "\n      ") +
				"\ngot:  " + strings.Join(g[min(i, len(g)):min(i+3, len(g))], "\n      ")
		}
	}
	return "no difference"
}
