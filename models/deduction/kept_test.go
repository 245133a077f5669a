package deduction

import (
	"database/sql"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatAPageKeepsStaysAsItWasWhateverComesAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringN(0, 200, 800), 0, 60).Draw(t, "texts")
		numbers := rapid.SliceOfN(rapid.Int64(), 0, 60).Draw(t, "numbers")
		var k kept
		var gotTexts []string
		for _, want := range texts {
			row := []byte(want)
			gotTexts = append(gotTexts, k.text(row))
			clear(row) // as the next row does with what was read into
		}
		var gotNumbers, gotFens []int64
		var pointers []*int64
		for _, n := range numbers {
			pointers = append(pointers, k.number(sql.NullInt64{Int64: n, Valid: true}))
			gotFens = append(gotFens, int64(*k.fen(sql.NullInt64{Int64: n, Valid: true})))
		}
		for _, p := range pointers {
			gotNumbers = append(gotNumbers, *p)
		}
		for i, want := range texts {
			if gotTexts[i] != want {
				t.Errorf("text %d: got %q, want %q", i, gotTexts[i], want)
			}
		}
		for i, want := range numbers {
			if gotNumbers[i] != want || gotFens[i] != want {
				t.Errorf("number %d: got %d and %d, want %d", i, gotNumbers[i], gotFens[i], want)
			}
		}
	})
	var k kept
	if n, f := k.number(sql.NullInt64{}), k.fen(sql.NullInt64{}); n != nil || f != nil {
		t.Errorf("NULL: got %v and %v, want nothing", n, f)
	}
}
