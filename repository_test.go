package mingbai_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A mention is a text that no file may hold. The patterns are written in
// pieces, so that they do not find themselves.
type mention struct {
	why     string
	pattern *regexp.Regexp
}

var mentions = []mention{
	{
		"a path of one machine means nothing on another: use a path inside the module, or os.MkdirTemp",
		regexp.MustCompile(`(?:^|[^\w.\-*/])/(?:` + `work|tmp|root|Users)/`),
	},
	{
		"where packages are downloaded from is the setting of whoever builds: name the package and its version",
		regexp.MustCompile(`registry\.` + `npmjs|proxy\.` + `golang\.org|sum\.` + `golang\.org|deb\.` + `debian\.org|pypi\.` + `org`),
	},
	{
		"the project stands alone: say the rule itself, not where it was once written down",
		regexp.MustCompile(`(?:^|[^\w/-])(?:\.\./)*shared` + `/(?:\w+\.md|design|vectors|sample|hooks)\b`),
	},
}

// mentionsIn lists what a file must not hold and holds.
func mentionsIn(text []byte) []string {
	var faults []string
	for _, m := range mentions {
		if found := m.pattern.Find(text); found != nil {
			faults = append(faults, strings.TrimSpace(string(found))+": "+m.why)
		}
	}
	return faults
}

func TestFilesNameNoMachineRegistryOrOutsideFolder(t *testing.T) {
	for _, name := range listFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(text, 0) >= 0 {
			continue // not a text
		}
		for _, fault := range mentionsIn(text) {
			t.Errorf("%s mentions %s", name, fault)
		}
	}
}

func TestMentionsAreFound(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{`os.Open("/` + `work/main/go.mod")`, 1},
		{`cd /` + `tmp/build`, 1},
		{`npm --registry=https://registry.` + `npmjs.org`, 1},
		{`GOPROXY=https://proxy.` + `golang.org,direct`, 1},
		{`as shared` + `/fees.md says`, 1},
		{`cp ../shared` + `/vectors/judge.jsonl .`, 1},
		{`https://example.com/` + `work/1 and views/shared/card.templ`, 0},
		{`a href="/home/today"`, 0},
		{`testdata/` + `tmp/a.csv`, 0},
	}
	for _, tt := range tests {
		if got := mentionsIn([]byte(tt.text)); len(got) != tt.want {
			t.Errorf("%s: got %q, want %d", tt.text, got, tt.want)
		}
	}
}
