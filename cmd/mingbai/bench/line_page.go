package bench

import (
	"bytes"
	"context"
	"fmt"
)

// page measures the fee page of the complete server against the floor: a view
// with one query by primary key, on the same database and the same echo.
func (r *runner) page(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	terminals, err := p.usual(ctx, sampled)
	if err != nil {
		return nil, err
	}
	pages, err := p.feePages(ctx, terminals)
	if err != nil {
		return nil, err
	}
	base, done, err := beside(floor(p.db))
	if err != nil {
		return nil, err
	}
	defer done()
	var floors [][]byte
	for i, t := range terminals {
		floors = append(floors, request(fmt.Sprintf("/pk/%d", t.id), "", i))
	}
	if p.site.meter, err = meterOf(ctx, p.db); err != nil {
		return nil, err
	}
	base.meter = p.site.meter
	rounds, err := compare(ctx, r.Rounds, base.visits(floors, visitors, r.Slice), p.site.visits(pages, visitors, r.Slice))
	if err != nil {
		return nil, err
	}
	a, err := p.site.visitors[0].ask(pages[0])
	if err != nil {
		return nil, err
	}
	return []Result{{
		Name: "page", What: "fee page, complete, against a page with one query by primary key", Unit: "×", Spread: ratio(rounds), Reach: "≥ 0.45",
		Detail: fmt.Sprintf("%s a page, %.1f KB compressed", times(rounds), float64(a.length)/1000),
	}, {
		Name: "page-cpu", What: "the same by what processors spent, whatever else they did", Unit: "×", Spread: thrift(rounds), Reach: "≥ 0.45", Detail: spent(rounds),
	}}, nil
}

// sqlite measures the fee page on SQLite against the same on PostgreSQL.
func (r *runner) sqlite(ctx context.Context) ([]Result, error) {
	rounds, err := r.samePage(ctx, "small", "sqlite", visitors)
	if err != nil {
		return nil, err
	}
	return []Result{{
		Name: "sqlite", What: "fee page on SQLite against PostgreSQL", Unit: "×", Spread: ratio(rounds), Reach: "≥ 0.65", Detail: times(rounds),
	}}, nil
}

// samePage compares the fee page of the same terminals in two places.
func (r *runner) samePage(ctx context.Context, base, candidate string, readers int) ([]round, error) {
	var sides []side
	for _, name := range []string{base, candidate} {
		p, err := r.place(ctx, name)
		if err != nil {
			return nil, err
		}
		terminals, err := p.usual(ctx, sampled)
		if err != nil {
			return nil, err
		}
		pages, err := p.feePages(ctx, terminals)
		if err != nil {
			return nil, err
		}
		sides = append(sides, p.site.visits(pages, readers, r.Slice))
	}
	return compare(ctx, r.Rounds, sides[0], sides[1])
}

// gorm measures the fee page against a plain GORM version of it, which shows the
// same.
func (r *runner) gorm(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	terminals, err := p.usual(ctx, sampled)
	if err != nil {
		return nil, err
	}
	pages, err := p.feePages(ctx, terminals)
	if err != nil {
		return nil, err
	}
	var plain [][]byte
	for _, page := range pages {
		plain = append(plain, bytes.Replace(page, []byte("GET /terminals/"), []byte("GET /bench/terminals/"), 1))
	}
	if err := p.site.check(plain[0]); err != nil {
		return nil, err
	}
	rounds, err := compare(ctx, r.Rounds, p.site.visits(plain, visitors, r.Slice), p.site.visits(pages, visitors, r.Slice))
	if err != nil {
		return nil, err
	}
	return []Result{{
		Name: "gorm", What: "fee page against the same read by GORM with Preload", Unit: "×", Spread: ratio(rounds), Reach: "≥ 3", Detail: times(rounds),
	}}, nil
}
