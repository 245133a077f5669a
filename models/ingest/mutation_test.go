package ingest

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/mingbai/mingbai/models/ingest/table"
)

// lighter is the sample with the settlements alone that its deductions refer
// to, and some more, so that a thousand folders are read in seconds.
func lighter(t testing.TB) map[string][]byte {
	t.Helper()
	files := csvFiles(t)
	plans, err := os.ReadFile(sampleFolder + "/plans.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files["plans.yaml"] = plans
	var kept []string
	for i, line := range strings.SplitAfter(string(files["settlements.csv"]), "\n") {
		ref, _, _ := strings.Cut(line, ",")
		if i < 40 || bytes.Contains(files["deductions.csv"], []byte(ref+",")) {
			kept = append(kept, line)
		}
	}
	files["settlements.csv"] = []byte(strings.Join(kept, ""))
	return files
}

// nasty are texts that do harm where a text is taken as it comes.
var nasty = []string{
	"", "0", "-1", "36.005", "1e9", "NaN", "=1+1", "'; DROP TABLE merchants; --", "\ufffd", "\u202e", "￥36", "9999-12-31", "0001-01-01",
	"99999999999999999999", "a\nb", "\"", "\"\"", ",", "é", "\x00", "\xff", strings.Repeat("长", 40_000), "2026-02-30", "true", "NULL",
}

// mutation changes a file in one way.
type mutation func(t testing.TB, file []byte, random *rand.Rand) []byte

var mutations = map[string]mutation{
	"a byte flipped": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		file[random.IntN(len(file))] ^= 1 << random.IntN(8)
		return file
	},
	"several bytes flipped": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		for range 1 + random.IntN(20) {
			file[random.IntN(len(file))] = byte(random.Uint32())
		}
		return file
	},
	"a span lost": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		at := random.IntN(len(file))
		return append(file[:at], file[min(len(file), at+1+random.IntN(60)):]...)
	},
	"a span twice": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		at := random.IntN(len(file))
		end := min(len(file), at+1+random.IntN(200))
		return append(append(bytes.Clone(file[:end]), file[at:end]...), file[end:]...)
	},
	"two bytes swapped": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		a, b := random.IntN(len(file)), random.IntN(len(file))
		file[a], file[b] = file[b], file[a]
		return file
	},
	"two lines swapped": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		lines := bytes.SplitAfter(file, []byte("\n"))
		a, b := random.IntN(len(lines)), random.IntN(len(lines))
		lines[a], lines[b] = lines[b], lines[a]
		return bytes.Join(lines, nil)
	},
	"cut off": func(_ testing.TB, file []byte, random *rand.Rand) []byte { return file[:random.IntN(len(file))] },
	"a cell changed": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		cells := bytes.Split(file, []byte(","))
		cells[random.IntN(len(cells))] = []byte(nasty[random.IntN(len(nasty))])
		return bytes.Join(cells, []byte(","))
	},
	"a text put in": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		at := random.IntN(len(file))
		return append(append(bytes.Clone(file[:at]), nasty[random.IntN(len(nasty))]...), file[at:]...)
	},
	"in GB18030": func(t testing.TB, file []byte, _ *rand.Rand) []byte { return inGB18030(t, file) },
	"in GB18030 with a byte flipped": func(t testing.TB, file []byte, random *rand.Rand) []byte {
		file = inGB18030(t, file)
		file[random.IntN(len(file))] ^= 1 << random.IntN(8)
		return file
	},
	"in UTF-16": func(t testing.TB, file []byte, _ *rand.Rand) []byte {
		b, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	},
	"a mark put in": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		at := []int{0, random.IntN(len(file))}[random.IntN(2)]
		return append(append(bytes.Clone(file[:at]), "\ufeff"...), file[at:]...)
	},
	"columns shuffled": func(t testing.TB, file []byte, random *rand.Rand) []byte {
		if bytes.HasPrefix(file, []byte("#")) {
			return file // plans have no columns
		}
		return shuffled(t, file, random)
	},
	"other line ends": func(_ testing.TB, file []byte, random *rand.Rand) []byte {
		return bytes.ReplaceAll(file, []byte("\n"), []byte([]string{"\r\n", "\n\n", "\r", "\n\r"}[random.IntN(4)]))
	},
	"a workbook with bytes changed": func(t testing.TB, file []byte, random *rand.Rand) []byte {
		if bytes.HasPrefix(file, []byte("#")) {
			return file
		}
		book := asWorkbook(t, file)
		for range random.IntN(4) {
			book[random.IntN(len(book))] ^= 1 << random.IntN(8)
		}
		return book[:len(book)-random.IntN(2)*random.IntN(len(book))]
	},
}

// dataLines counts the rows that a file of rows should have, or -1 where they
// can't be counted by its lines.
func dataLines(t testing.TB, file []byte) int {
	t.Helper()
	if bytes.HasPrefix(file, []byte("PK")) || bytes.ContainsAny(file, "\"\r") {
		return -1
	}
	text, err := table.Text(file)
	if err != nil {
		t.Errorf("took a file that can't be decoded: %v", err)
	}
	n := -1
	for line := range bytes.Lines(text) {
		if len(bytes.Trim(line, ",\n ")) > 0 {
			n++
		}
	}
	return n
}

func TestAThousandMutationsAreTakenWholeOrNotAtAll(t *testing.T) {
	original := lighter(t)
	names, ways := slices.Sorted(maps.Keys(original)), slices.Sorted(maps.Keys(mutations))
	dir := t.TempDir()
	for name, content := range original {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	taken := 0
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 20261122))
		name, way := names[random.IntN(len(names))], ways[random.IntN(len(ways))]
		changed := mutations[way](t, bytes.Clone(original[name]), random)
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := ReadFolder(dir, Options{})
		if err != nil {
			if refusal, ok := errors.AsType[*Refusal](err); !ok || f != nil || len(refusal.Errors) == 0 {
				t.Errorf("seed %d, %s, %s: got %v, %v, want a refusal and nothing else", seed, name, way, f, err)
			} else {
				places(t, refusal)
			}
		} else {
			taken++
			kind := Kind(strings.TrimSuffix(name, filepath.Ext(name)))
			if want := dataLines(t, changed); kind != KindPlans && want >= 0 && f.Stats[kind].Rows != want {
				t.Errorf("seed %d, %s, %s: got %d rows, want %d", seed, name, way, f.Stats[kind].Rows, want)
			}
			if _, err := Check(f); err != nil {
				t.Errorf("seed %d, %s, %s: a folder that was taken can't be judged: %v", seed, name, way, err)
			}
		}
		if err := os.WriteFile(path, original[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if taken < 100 || taken > 900 {
		t.Errorf("%d of 1000 were taken, want some of both, or the mutations show nothing", taken)
	}
	t.Logf("%d of 1000 were harmless and taken", taken)
}
