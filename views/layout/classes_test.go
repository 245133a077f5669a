package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/static"
)

// TestEveryClassInATemplateIsInTheStyleSheet finds a class that does nothing:
// mistyped, or never written.
func TestEveryClassInATemplateIsInTheStyleSheet(t *testing.T) {
	css, err := static.Files.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	styled := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-z][\w-]*)`).FindAllStringSubmatch(string(css), -1) {
		styled[m[1]] = true
	}
	named := regexp.MustCompile(`class="([^"]*)"`)
	found := 0
	err = filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			for _, class := range strings.Fields(m[1]) {
				found++
				if !styled[class] {
					t.Errorf("%s uses the class %q, which css/app.css does not have", path, class)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no template uses a class: the search is broken")
	}
}
