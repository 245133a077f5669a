package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// searches are what merchants ask, in both languages; the last finds nothing.
// The Chinese is escaped as a browser sends it.
var searches = []string{
	"\u6d41\u91cf\u8d39\u600e\u4e48\u6263\u7684", // how is the SIM fee taken
	"\u4e3a\u4ec0\u4e48\u626336",                 // why was 36 taken
	"\u9000\u673a\u4e86\u8fd8\u6263\u94b1",       // returned, and still charged
	"\u62bc\u91d1\u600e\u4e48\u9000",             // how to get the deposit back
	"how do i stop the fee", "deposit refund", "football",
}

// search measures the page of a search of all guides, complete, against the
// floor.
func (r *runner) search(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	terminals, err := p.usual(ctx, sampled)
	if err != nil {
		return nil, err
	}
	base, done, err := beside(floor(p.db))
	if err != nil {
		return nil, err
	}
	defer done()
	var floors, pages [][]byte
	for i, t := range terminals {
		floors = append(floors, request(fmt.Sprintf("/pk/%d", t.id), "", i))
		pages = append(pages, request("/guides?q="+url.QueryEscape(searches[i%len(searches)]), "", i))
	}
	for i := range searches {
		if err := settled(ctx, p.site.check, pages[i]); err != nil {
			return nil, err
		}
	}
	rounds, err := compare(ctx, r.Rounds, base.visits(floors, visitors, r.Slice), p.site.visits(pages, visitors, r.Slice))
	if err != nil {
		return nil, err
	}
	return []Result{{
		Name: "search", What: "search of the guides, complete, against a page with one query by primary key", Unit: "×",
		Spread: ratio(rounds), Reach: "≥ 0.5", Detail: times(rounds),
	}}, nil
}

// settled asks for a page until it comes as it does from then on: one that is
// kept is compressed after it was first sent.
func settled(ctx context.Context, check func(request []byte) error, request []byte) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	for {
		err := check(request)
		if !errors.Is(err, errNotPacked) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}
