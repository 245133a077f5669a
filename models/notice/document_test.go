package notice

import (
	"os"
	"strings"
	"testing"
)

func TestTheDocumentNamesEveryKindOfNotice(t *testing.T) {
	text, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds {
		if !strings.Contains(string(text), "`"+string(kind)+"`") {
			t.Errorf("docs/notices.md says nothing of %s", kind)
		}
	}
}
