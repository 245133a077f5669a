package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestVendoredFilesAreAsReleased(t *testing.T) {
	table, err := os.ReadFile("vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*`([0-9a-f]{64})` \\|$")
	rows := row.FindAllStringSubmatch(string(table), -1)
	if len(rows) == 0 {
		t.Fatal("vendor/README.md names no file with its checksum")
	}
	for _, r := range rows {
		sum := sha256.Sum256([]byte(read(t, "vendor/"+r[1])))
		if got := hex.EncodeToString(sum[:]); got != r[2] {
			t.Errorf("vendor/%s: got SHA-256 %s, want %s as in vendor/README.md", r[1], got, r[2])
		}
	}
	scripts, _ := fs.Glob(Files, "vendor/*.js")
	if len(scripts) != len(rows) {
		t.Errorf("got %d scripts, want the %d of vendor/README.md: %v", len(scripts), len(rows), scripts)
	}
}

func TestTheStyleSheetIsSmall(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(read(t, "css/app.css"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, most := packed.Len(), 12<<10; got > most {
		t.Errorf("got %d bytes compressed, want at most %d", got, most)
	}
}

var (
	definition = regexp.MustCompile(`(--[a-z0-9-]+):\s*([^;}]+)`)
	use        = regexp.MustCompile(`var\((--[a-z0-9-]+)`)
)

func TestTheStyleSheetUsesOnlyTokensItDefines(t *testing.T) {
	css := read(t, "css/app.css")
	defined, used := map[string]bool{}, map[string]bool{}
	for _, d := range definition.FindAllStringSubmatch(css, -1) {
		defined[d[1]] = true
	}
	for _, u := range use.FindAllStringSubmatch(css, -1) {
		used[u[1]] = true
		if !defined[u[1]] {
			t.Errorf("%s is used and nowhere defined", u[1])
		}
	}
	for name := range defined {
		if !used[name] {
			t.Errorf("%s is defined and nowhere used", name)
		}
	}
}

func TestTheStyleSheetFetchesNothing(t *testing.T) {
	css := read(t, "css/app.css")
	for _, word := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(css, word) {
			t.Errorf("css/app.css has %q: a page fetches one style sheet and nothing through it", word)
		}
	}
}

// A text needs 4.5 to 1 against what it stands on, and what has to be seen to
// be used, such as the edge of a field, 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
func TestColoursCanBeRead(t *testing.T) {
	token := map[string]string{}
	for _, d := range definition.FindAllStringSubmatch(read(t, "css/app.css"), -1) {
		token[strings.TrimPrefix(d[1], "--")] = strings.TrimSpace(d[2])
	}
	const text, shape = 4.5, 3.0
	for name, value := range token {
		if of, ok := strings.CutPrefix(value, "var(--"); ok {
			token[name] = token[strings.TrimSuffix(of, ")")]
		}
	}
	for _, c := range []struct {
		front, back string
		least       float64
	}{
		{"ink", "paper", text}, {"ink", "card", text},
		{"ink-2", "paper", text}, {"ink-2", "card", text}, {"ink-2", "sunk", text},
		{"ink-3", "paper", text}, {"ink-3", "card", text},
		{"jade", "paper", text}, {"jade", "card", text}, {"jade", "jade-soft", text}, {"card", "jade", text},
		{"accent", "paper", text}, {"accent", "sunk", text}, {"accent", "accent-soft", text}, {"card", "accent", text}, {"accent-ink", "accent-soft", text},
		{"jade-ink", "jade-soft", text}, {"jade-ink", "card", text}, {"card", "jade-ink", text},
		{"ink-2", "jade-soft", text}, {"jade", "amber-soft", text}, {"jade", "red-soft", text}, {"jade", "blue-soft", text},
		{"amber", "amber-soft", text}, {"amber", "card", text},
		{"red", "red-soft", text}, {"red", "card", text}, {"red", "paper", text},
		{"blue", "blue-soft", text}, {"blue", "card", text},
		{"ink", "amber-soft", text}, {"ink", "red-soft", text}, {"ink", "blue-soft", text}, {"ink", "jade-soft", text},
		{"field", "card", shape}, {"field", "paper", shape},
		{"focus", "card", shape}, {"focus", "paper", shape}, {"focus", "jade-soft", shape},
		{"jade-mid", "card", shape},
	} {
		if got := contrast(t, token[c.front], token[c.back]); got < c.least {
			t.Errorf("--%s on --%s: got contrast %.2f, want %.1f", c.front, c.back, got, c.least)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("%q is no colour", colour)
	}
	linear := func(shift int) float64 {
		v := float64(n>>shift&255) / 255
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*linear(16) + .7152*linear(8) + .0722*linear(0)
}

func TestTheManifestNamesIconsThatAreThere(t *testing.T) {
	var manifest struct {
		Icons []struct{ Src string }
	}
	if err := json.Unmarshal([]byte(read(t, "icons/site.webmanifest")), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Icons) == 0 {
		t.Error("the manifest names no icon")
	}
	for _, icon := range manifest.Icons {
		if _, err := fs.Stat(Files, path.Join("icons", icon.Src)); err != nil {
			t.Errorf("the manifest names %s: %v", icon.Src, err)
		}
	}
}
