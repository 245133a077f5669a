package bench

import (
	"context"
	"slices"
	"time"
)

// side is one of the two that a comparison measures: it works for a while, or
// once where it can't be divided, and says how much it did in how much time.
type side func(ctx context.Context) (pace, error)

// pace is how much was done in how much time, and what processors spent on it
// where that is measured.
type pace struct {
	done int
	took time.Duration
	cpu  cpu
}

func (p pace) plus(q pace) pace { return pace{p.done + q.done, p.took + q.took, p.cpu.plus(q.cpu)} }

// each is the time that one took.
func (p pace) each() time.Duration {
	if p.done == 0 {
		return 0
	}
	return p.took / time.Duration(p.done)
}

// round is the paces of both sides at about the same moment, so that whatever
// else the machine did met both.
type round struct{ base, candidate pace }

// speed is how fast the candidate is, with the base as 1.
func (r round) speed() float64 {
	if r.candidate.took == 0 || r.base.took == 0 || r.base.done == 0 {
		return 0
	}
	return float64(r.candidate.done) / float64(r.candidate.took) * float64(r.base.took) / float64(r.base.done)
}

// thrift is how little processors spend on the candidate, with the base as 1.
func (r round) thrift() float64 {
	if r.candidate.cpu.sum() == 0 || r.candidate.done == 0 || r.base.done == 0 {
		return 0
	}
	return float64(r.base.cpu.sum()) / float64(r.base.done) * float64(r.candidate.done) / float64(r.candidate.cpu.sum())
}

// compare measures both sides in slices that take turns, in an order that favours
// neither: base, candidate, candidate, base. A first round warms up and does not
// count.
func compare(ctx context.Context, rounds int, base, candidate side) ([]round, error) {
	var all []round
	for i := range rounds + 1 {
		var r round
		for _, turn := range []struct {
			side side
			sum  *pace
		}{{base, &r.base}, {candidate, &r.candidate}, {candidate, &r.candidate}, {base, &r.base}} {
			p, err := turn.side(ctx)
			if err != nil {
				return nil, err
			}
			*turn.sum = turn.sum.plus(p)
		}
		if i > 0 {
			all = append(all, r)
		}
	}
	return all, nil
}

// repeat measures one side alone, after a round that warms up.
func repeat(ctx context.Context, rounds int, s side) ([]pace, error) {
	var all []pace
	for i := range rounds + 1 {
		p, err := s(ctx)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}

// Spread is the median of some figures with the quartiles around it: a quarter
// of the figures lie at or below Low, a quarter at or above High.
type Spread struct {
	Low    float64 `json:"low"`
	Median float64 `json:"median"`
	High   float64 `json:"high"`
}

// spreadOf returns the spread of figures, interpolating between neighbours.
func spreadOf(figures []float64) Spread {
	sorted := slices.Sorted(slices.Values(figures))
	return Spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	place := q * float64(len(sorted)-1)
	below := int(place)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (sorted[above]-sorted[below])*(place-float64(below))
}
