package bench

import (
	"context"
)

// disclosurePath leads to the disclosure of plans.yaml.
const disclosurePath = "/disclosures/terminal-fees"

// front measures the first page against the least that echo does.
func (r *runner) front(ctx context.Context) ([]Result, error) {
	return r.againstHello(ctx, "/", Result{Name: "front", What: "public front page against an echo hello"})
}

// disclosed measures the page of a disclosure against the least that echo does.
func (r *runner) disclosed(ctx context.Context) ([]Result, error) {
	return r.againstHello(ctx, disclosurePath, Result{Name: "disclosure", What: "page of a disclosure against an echo hello"})
}

// againstHello measures a page that is for everybody, asked for by readers who
// bring no cookie.
func (r *runner) againstHello(ctx context.Context, path string, result Result) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	base, done, err := beside(hello())
	if err != nil {
		return nil, err
	}
	defer done()
	var pages, hellos [][]byte
	for i := range sampled {
		pages = append(pages, request(path, "", i))
		hellos = append(hellos, request("/hello", "", i))
	}
	if err := settled(ctx, p.site.check, pages[0]); err != nil {
		return nil, err
	}
	rounds, err := compare(ctx, r.Rounds, base.visits(hellos, visitors, r.Slice), p.site.visits(pages, visitors, r.Slice))
	if err != nil {
		return nil, err
	}
	result.Unit, result.Spread, result.Reach, result.Detail = "×", ratio(rounds), "≥ 0.85", times(rounds)
	return []Result{result}, nil
}
