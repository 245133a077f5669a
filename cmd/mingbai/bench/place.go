package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// busyTerminals is how many terminals of the smaller world have ten times the
// days.
const busyTerminals = 40

// settledDays is how many days a terminal of usual size was settled on: with
// them it has about as many lines as a small shop makes in a month.
const settledDays = 24

// usedDays is of how many days a SIM's use is known.
const usedDays = 30

// sampled is how many terminals the readers look at: enough that no page is
// answered from what the last one left in a cache.
const sampled = 1000

// place is a filled database with the portal on it, and its readers.
type place struct {
	db     *db.DB
	world  world
	judged judged
	portal *Portal
	site   *site
}

func (p *place) close() error {
	if p.site == nil {
		return nil
	}
	err := p.site.close()
	p.portal.Close()
	return err
}

// place returns the world of a kind and size, which is made when it is first
// asked for: small, large or the gate's on PostgreSQL, or on SQLite.
func (r *runner) place(ctx context.Context, name string) (*place, error) {
	if p := r.places[name]; p != nil {
		return p, nil
	}
	p := &place{world: world{terminals: r.Terminals, busy: busyTerminals, days: settledDays, used: usedDays}}
	connect := r.databases.postgres
	switch name {
	case "large":
		p.world = world{terminals: r.Terminals * growth, days: settledDays, used: usedDays}
	case "gate":
		p.world = world{terminals: r.Terminals} // with fees, charges and notices: the gate reads no sales and no usage
	case "sqlite":
		connect = r.databases.sqlite
	}
	r.Progress(fmt.Sprintf("making a world of %d terminals (%s)", p.world.size(), name))
	var err error
	if p.db, err = connect(ctx, name); err != nil {
		return nil, err
	}
	if p.judged, err = fill(ctx, p.db, p.world); err != nil {
		return nil, err
	}
	if p.portal, err = r.Open(ctx, p.db, clock.At(now)); err != nil {
		return nil, err
	}
	if p.site, err = open(p.portal.Handler); err != nil {
		return nil, err
	}
	r.places[name] = p
	return p, nil
}

// terminalRow is a terminal as the readers need it.
type terminalRow struct {
	id, merchantID int64
	serial         string
}

// terminals returns n terminals of those from first to last, spread evenly.
func (p *place) terminals(ctx context.Context, first, last, n int) ([]terminalRow, error) {
	n = min(n, last-first)
	list := make([]terminalRow, n)
	for i := range list {
		t := &list[i]
		t.serial = serial(first + i*(last-first)/n)
		err := p.db.QueryRow(ctx, "select id, merchant_id from terminals where sn = $1", t.serial).Scan(&t.id, &t.merchantID)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// usual returns terminals of usual size, from all over the world.
func (p *place) usual(ctx context.Context, n int) ([]terminalRow, error) {
	return p.terminals(ctx, 0, p.world.terminals, n)
}

// feePages returns the requests by which the owners of terminals look at them.
func (p *place) feePages(ctx context.Context, terminals []terminalRow) ([][]byte, error) {
	cookies := map[int64]string{}
	var requests [][]byte
	for i, t := range terminals {
		if cookies[t.merchantID] == "" {
			var err error
			if cookies[t.merchantID], err = p.portal.SignIn(ctx, t.merchantID); err != nil {
				return nil, err
			}
		}
		requests = append(requests, request("/terminals/"+t.serial, cookies[t.merchantID], i))
	}
	return requests, p.site.check(requests[0])
}

var errNotPacked = errors.New("the page is not compressed: what was measured would not be what readers get")

// check reports what a page lacks that has to be in the measure.
func (s *site) check(request []byte) error {
	a, err := s.visitors[0].ask(request)
	if err == nil && !a.packed {
		err = errNotPacked
	}
	return err
}

// beside opens a second site, for the base of a comparison, and returns it with
// what closes it.
func beside(h http.Handler) (*site, func(), error) {
	s, err := open(h)
	if err != nil {
		return nil, nil, err
	}
	return s, func() { _ = s.close() }, nil // a listener of ours; nothing was written to it
}
