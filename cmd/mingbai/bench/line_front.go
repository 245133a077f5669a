package bench

import (
	"context"
)

// front measures the public front page against the least that echo does.
func (r *runner) front(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	base, done, err := beside(hello())
	if err != nil {
		return nil, err
	}
	defer done()
	var fronts, hellos [][]byte
	for i := range sampled {
		fronts = append(fronts, request("/", "", i))
		hellos = append(hellos, request("/hello", "", i))
	}
	if err := p.site.check(fronts[0]); err != nil {
		return nil, err
	}
	rounds, err := compare(ctx, r.Rounds, base.visits(hellos, visitors, r.Slice), p.site.visits(fronts, visitors, r.Slice))
	if err != nil {
		return nil, err
	}
	return []Result{{
		Name: "front", What: "public front page against an echo hello", Unit: "×", Spread: ratio(rounds), Detail: times(rounds),
	}}, nil
}
