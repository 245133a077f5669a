package guide

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAComparisonShowsWhatChangedLineByLine(t *testing.T) {
	was, is := sound(), sound()
	is.Order, is.Codes = 20, nil
	is.ZhCN.Title = "另一个题目"
	is.En.Body = "We take it once a year.\n\n## How to check\n\n1. Open the terminal.\n2. Read all fees there."
	got := ""
	for _, d := range Compare(&was, &is) {
		got += "\n" + d.Field
		for _, l := range d.Lines {
			if l.Change != Kept {
				got += "\n  " + string(l.Change) + " " + l.Text
			}
		}
	}
	want := `
order
  removed 10
  added 20
codes
  removed duplicate_cycle
zh_title
  removed 流量卡费怎么收
  added 另一个题目
en_body
  removed 2. Read all fees.
  added 2. Read all fees there.`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if same := Compare(&was, &was); same != nil {
		t.Errorf("a version differs from itself in %v", same)
	}
	if n := len(Compare(nil, &was)); n != 12 {
		t.Errorf("got %d fields that are new, want all of them", n)
	}
}

// TestAComparisonLosesNoLine puts both texts together again.
func TestAComparisonLosesNoLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a", "b", "", "字"})
		was := strings.Join(rapid.SliceOf(line).Draw(t, "was"), "\n")
		is := strings.Join(rapid.SliceOf(line).Draw(t, "is"), "\n")
		var before, after strings.Builder
		for _, l := range linesBetween(was, is) {
			if l.Change != Added {
				fmt.Fprintln(&before, l.Text)
			}
			if l.Change != Removed {
				fmt.Fprintln(&after, l.Text)
			}
		}
		if before.String() != ended(was) || after.String() != ended(is) {
			t.Errorf("got %q and %q, want %q and %q", before.String(), after.String(), ended(was), ended(is))
		}
	})
}
