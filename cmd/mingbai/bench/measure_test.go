package bench

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// doing is a side that does n in each of its slices and notes its turns.
func doing(n int, took time.Duration, name string, turns *[]string) side {
	return func(context.Context) (pace, error) {
		*turns = append(*turns, name)
		return pace{done: n, took: took}, nil
	}
}

func TestTheSidesOfARoundTakeTurnsAndTheFirstRoundDoesNotCount(t *testing.T) {
	var turns []string
	rounds, err := compare(t.Context(), 2, doing(30, time.Second, "b", &turns), doing(10, time.Second, "c", &turns))
	if err != nil {
		t.Fatal(err)
	}
	if len(rounds) != 2 || len(turns) != 12 {
		t.Fatalf("got %d rounds of %d slices, want 2 that count of 12 in all", len(rounds), len(turns))
	}
	if got := turns[:4]; got[0] != "b" || got[1] != "c" || got[2] != "c" || got[3] != "b" {
		t.Errorf("got turns %v, want b c c b", got)
	}
	want := round{pace{done: 60, took: 2 * time.Second}, pace{done: 20, took: 2 * time.Second}}
	if rounds[0] != want || math.Abs(rounds[0].speed()-1.0/3) > 1e-9 {
		t.Errorf("got %v at %v, want %v at a third", rounds[0], rounds[0].speed(), want)
	}
}

func TestASideThatFailsEndsTheComparison(t *testing.T) {
	broken := errors.New("broken")
	var turns []string
	_, err := compare(t.Context(), 9, doing(1, 1, "b", &turns), func(context.Context) (pace, error) { return pace{}, broken })
	if !errors.Is(err, broken) || len(turns) != 1 {
		t.Errorf("got %v after %d slices of the base, want %v after 1", err, len(turns), broken)
	}
	if _, err := repeat(t.Context(), 9, func(context.Context) (pace, error) { return pace{}, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestARoundInWhichNothingWasDoneHasNoSpeed(t *testing.T) {
	for _, r := range []round{{}, {base: pace{done: 1, took: 1}}, {candidate: pace{done: 1, took: 1}}, {pace{took: 1}, pace{done: 1, took: 1}}} {
		if got := r.speed(); got != 0 {
			t.Errorf("%v: got %v, want 0", r, got)
		}
	}
}

func TestQuartilesOfKnownFigures(t *testing.T) {
	for _, tt := range []struct {
		figures []float64
		want    Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{2, 1}, Spread{1.25, 1.5, 1.75}},
		{[]float64{9, 1, 8, 2, 7, 3, 6, 4, 5}, Spread{3, 5, 7}},
	} {
		if got := spreadOf(tt.figures); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.figures, got, tt.want)
		}
	}
}

func TestTheSpreadLiesWithinItsFiguresWhateverTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figures := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 30).Draw(t, "figures")
		got := spreadOf(figures)
		least, most := math.Inf(1), math.Inf(-1)
		for _, f := range figures {
			least, most = min(least, f), max(most, f)
		}
		if !(least <= got.Low && got.Low <= got.Median && got.Median <= got.High && got.High <= most) {
			t.Errorf("got %v of figures between %v and %v", got, least, most)
		}
		shuffled := rapid.Permutation(figures).Draw(t, "shuffled")
		if again := spreadOf(shuffled); again != got {
			t.Errorf("in another order got %v, want %v", again, got)
		}
	})
}
