package fee

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryWorkedCaseIsAnsweredAsWorked reads every file of worked cases, so
// that cases are added by dropping in a file.
func TestEveryWorkedCaseIsAnsweredAsWorked(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no worked cases in testdata/vectors: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var worked struct {
				Name string          `json:"name"`
				Want json.RawMessage `json:"want"`
			}
			if err := json.Unmarshal(lines.Bytes(), &worked); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if worked.Want == nil {
				continue // a case may be given without its answer
			}
			t.Run(worked.Name, func(t *testing.T) {
				if got, want := compact(t, answerTo(lines.Bytes())), compact(t, worked.Want); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func answerTo(line []byte) []byte {
	c, err := ParseCase(line)
	if err != nil {
		return []byte(`{"error":"invalid_case"}`)
	}
	v, err := Judge(c)
	if err != nil {
		return []byte(`{"error":"invalid_case"}`)
	}
	text, _ := json.Marshal(v.Answer())
	return text
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b.String()
}
