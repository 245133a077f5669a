package worktime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestEveryWorkedCaseIsAnsweredAsWorked reads every file of worked cases, so
// that cases are added by dropping in a file. Due times are compared as
// instants, in whatever zone they are written; a case that wants an error wants
// to be refused.
func TestEveryWorkedCaseIsAnsweredAsWorked(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no worked cases in testdata/vectors: %v", err)
	}
	for _, file := range files {
		for line := range linesOf(t, file) {
			var worked struct {
				Name string          `json:"name"`
				Want json.RawMessage `json:"want"`
			}
			if err := json.Unmarshal(line, &worked); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if worked.Want == nil {
				continue // a case may be given without its answer
			}
			t.Run(worked.Name, func(t *testing.T) {
				var want, got answer
				strictly := json.NewDecoder(bytes.NewReader(worked.Want))
				strictly.DisallowUnknownFields()
				if err := strictly.Decode(&want); err != nil {
					t.Fatalf("%s: %v", worked.Want, err)
				}
				reading, err := ask(line)
				if refused := err != nil; refused != (want.Error != nil) {
					t.Fatalf("got error %v, want %s", err, worked.Want)
				}
				if err != nil {
					return
				}
				text, err := json.Marshal(reading)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(text, &got); err != nil {
					t.Fatal(err)
				}
				if !got.equal(want) {
					t.Errorf("got  %s\nwant %s", text, worked.Want)
				}
			})
		}
	}
}

type answer struct {
	DueAt    *time.Time      `json:"due_at"`
	Elapsed  int64           `json:"elapsed_seconds"`
	Paused   bool            `json:"paused"`
	Breached bool            `json:"breached"`
	Error    json.RawMessage `json:"error"`
}

func (a answer) equal(b answer) bool {
	if (a.DueAt == nil) != (b.DueAt == nil) || a.DueAt != nil && !a.DueAt.Equal(*b.DueAt) {
		return false
	}
	return a.Elapsed == b.Elapsed && a.Paused == b.Paused && a.Breached == b.Breached
}

func ask(line []byte) (Reading, error) {
	timer, at, err := ParseQuestion(line)
	if err != nil {
		return Reading{}, err
	}
	return timer.At(at)
}

// linesOf reads the lines of a file that aren't empty.
func linesOf(t testing.TB, file string) func(func([]byte) bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func([]byte) bool) {
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if len(bytes.TrimSpace(lines.Bytes())) > 0 && !yield(lines.Bytes()) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheShippedCalendarIsTheOneOfTheWorkedCases(t *testing.T) {
	compared := 0
	for line := range linesOf(t, "testdata/vectors/working-time.jsonl") {
		var worked struct {
			Name     string    `json:"name"`
			Calendar *Calendar `json:"calendar"`
		}
		if err := json.Unmarshal(line, &worked); err != nil {
			t.Fatal(err)
		}
		if worked.Name != "within one morning" {
			continue
		}
		compared++
		got, _ := json.Marshal(Shipped())
		want, _ := json.Marshal(worked.Calendar)
		if string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if compared != 1 {
		t.Errorf("got %d worked cases to compare with, want 1", compared)
	}
}

func FuzzParseQuestion(f *testing.F) {
	for line := range linesOf(f, "testdata/vectors/working-time.jsonl") {
		f.Add(line)
	}
	f.Add([]byte(`{"calendar":{"week":{"mon":["00:00-24:00"]},"closed":["2001-01-01"],"open":["2100-12-31"]},"filed_at":"2001-01-01T00:00:00+08:00","target_minutes":1,"at":"2101-01-01T00:00:00+08:00"}`))
	f.Add([]byte(`{"calendar":{"week":{}},"filed_at":"2026-01-01T00:00:00Z","target_minutes":0,"at":"2026-01-01T00:00:00Z","pauses":[{"from":"2026-01-01T00:00:00Z","to":null}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		timer, at, err := ParseQuestion(text)
		if err != nil {
			wantWrapped(t, err, ErrTimer, ErrCalendar)
			return
		}
		reading, err := timer.At(at)
		if err != nil {
			wantWrapped(t, err, ErrTimer)
			return
		}
		if reading.Elapsed < 0 || reading.Breached != (reading.Elapsed > timer.Target) {
			t.Fatalf("%s: got %+v", text, reading)
		}
		if !reading.DueAt.IsZero() && reading.DueAt.Before(timer.StartedAt) {
			t.Fatalf("%s: due at %s, before it starts", text, reading.DueAt)
		}
		written, err := json.Marshal(timer.Calendar)
		if err != nil {
			t.Fatal(err)
		}
		again := new(Calendar)
		if err := json.Unmarshal(written, again); err != nil {
			t.Fatalf("%s: written and not read: %v", written, err)
		}
		if rewritten, _ := json.Marshal(again); string(rewritten) != string(written) {
			t.Fatalf("got %s, want %s", rewritten, written)
		}
	})
}
