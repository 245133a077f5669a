package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
)

// folder writes all that was delivered into one folder: of a row that came
// again, what it said last.
func folder(t *testing.T, steps []Step) string {
	t.Helper()
	dir := t.TempDir()
	type file struct {
		header string
		order  []string
		rows   map[string]string
	}
	files := map[string]*file{}
	for _, s := range steps {
		for _, f := range s.Files {
			if f.Name == "plans.yaml" {
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o600); err != nil {
					t.Fatal(err)
				}
				continue
			}
			header, rows, _ := bytes.Cut(f.Text, []byte("\n"))
			into := files[f.Name]
			if into == nil {
				into = &file{header: string(header), rows: map[string]string{}}
				files[f.Name] = into
			}
			for row := range strings.Lines(string(rows)) {
				key := row
				if f.Name == "terminals.csv" {
					key, _, _ = strings.Cut(row, ",")
				}
				if _, ok := into.rows[key]; !ok {
					into.order = append(into.order, key)
				}
				into.rows[key] = row
			}
		}
	}
	for name, f := range files {
		var text strings.Builder
		text.WriteString(f.header + "\n")
		for _, key := range f.order {
			text.WriteString(f.rows[key])
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOnAnyDayTheDemoShowsThePlantedFaultsAndNoOther(t *testing.T) {
	for _, today := range []string{"2026-11-22", "2027-01-01", "2027-03-05", "2028-02-29", "2026-08-31"} {
		t.Run(today, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, today+"T09:30:00+08:00")
			if err != nil {
				t.Fatal(err)
			}
			f, err := ingest.ReadFolder(folder(t, Steps(now)), ingest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			judged, err := ingest.Check(f)
			if err != nil {
				t.Fatal(err)
			}
			var denied []string
			for _, j := range judged {
				if j.Decision == fee.Deny {
					kind := j.Ref[strings.LastIndex(j.Ref, "-")+1:]
					denied = append(denied, fmt.Sprint(kind, " ", j.Reasons))
				}
			}
			slices.Sort(denied)
			want := []string{
				"3 [amount_over]", "dup [duplicate_cycle manual_order]", "free [in_free_period]",
				"gone [terminal_inactive]", "ins [not_agreed manual_order]", "rate [amount_over]",
			}
			for i := range want {
				if i >= len(denied) || denied[i] != want[i] {
					t.Fatalf("denied are\n%s\nwant\n%s", strings.Join(denied, "\n"), strings.Join(want, "\n"))
				}
			}
			if len(denied) != len(want) || len(judged) < 50 {
				t.Errorf("of %d judged, %d are denied; want %d", len(judged), len(denied), len(want))
			}
		})
	}
}

func TestTheDemoIsTheSameEachTimeItStartsOnADay(t *testing.T) {
	now := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	if a, b := fmt.Sprint(Steps(now)), fmt.Sprint(Steps(now)); a != b {
		t.Error("two starts on one day differ")
	}
}
