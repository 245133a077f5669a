package gate

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

const (
	interleavings = 1000 // each about a terminal of its own
	actors        = 2    // that ask and tell about a terminal at the same time
	deeds         = 3    // of each of them
	sideBySide    = 4    // terminals at the same time
)

// crossing is what several actors know of one terminal.
type crossing struct {
	b        *bench
	terminal int

	mu    sync.Mutex
	known []Answer
	taken map[string]int // how often each permission served
}

// act does something to the terminal: it asks for its year, or says what became of
// something that was asked for before.
func (c *crossing) act(r *rand.Rand, request Request) error {
	c.mu.Lock()
	var on *Answer
	if len(c.known) > 0 && r.IntN(10) < 7 {
		one := c.known[r.IntN(len(c.known))]
		on = &one
	}
	c.mu.Unlock()
	if on == nil {
		a, err := c.b.gate.Authorize(c.b.t.Context(), core, request)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known = append(c.known, a)
		return nil
	}
	var err error
	switch r.IntN(7) {
	case 0, 1, 2:
		if _, err = c.b.post(on.ID, on.Token); err == nil && on.Token != "" {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.taken[on.Token]++
		}
	case 3:
		_, err = c.b.void(on.ID)
	case 4, 5:
		_, err = c.b.reverse(on.ID)
	default:
		amount := money.Fen(1200)
		_, err = c.b.refund(on.ID, &amount)
	}
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return nil // what the other did came first
	}
	return err
}

// TestAThousandInterleavingsNeverSettleACycleTwice lets actors ask, take, void,
// reverse and refund at the same time. Whatever comes first, no cycle is held by
// two, and no permission serves twice.
func TestAThousandInterleavingsNeverSettleACycleTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, interleavings)
		requests := make([]Request, interleavings*actors*deeds)
		for i := range requests {
			requests[i] = b.sim(i / (actors * deeds))
		}
		free := make(chan struct{}, sideBySide)
		var all sync.WaitGroup
		for terminal := range interleavings {
			free <- struct{}{}
			all.Go(func() {
				defer func() { <-free }()
				c := &crossing{b: b, terminal: terminal, taken: map[string]int{}}
				var both sync.WaitGroup
				for actor := range actors {
					both.Go(func() {
						r := rand.New(rand.NewPCG(uint64(terminal), uint64(actor)))
						for deed := range deeds {
							if err := c.act(r, requests[(terminal*actors+actor)*deeds+deed]); err != nil {
								t.Errorf("terminal %d: %v", terminal, err)
							}
						}
					})
				}
				both.Wait()
				for token, n := range c.taken {
					if n > 1 {
						t.Errorf("terminal %d: the permission %s served %d times", terminal, token, n)
					}
				}
			})
		}
		all.Wait()
		for what, query := range map[string]string{
			"cycles that two hold": `select cast(terminal_id as text) from gate_requests where state in ('authorized', 'posted', 'refunded') and ungated_at is null
				group by terminal_id, plan_id, cycle having count(*) > 1`,
			"claims of nothing": `select c.deduction_id from gate_claims c where not exists (
				select 1 from gate_requests g where g.deduction_id = c.deduction_id and g.state in ('authorized', 'posted', 'refunded'))`,
			"what holds without a claim": `select ref from gate_requests g where state in ('authorized', 'posted', 'refunded') and ungated_at is null
				and not exists (select 1 from gate_claims c where c.deduction_id = g.deduction_id)`,
			"taken twice":        `select deduction_id from gate_steps where step = 'posted' group by deduction_id having count(*) > 1`,
			"more back than was": `select ref from gate_requests where refunded_fen > amount_fen or state = 'refunded' and refunded_fen <> amount_fen`,
		} {
			b.wantNone(what, query)
		}
		b.wantWhole()
		b.wantSome("authorized", "denied", "held", "posted", "voided", "reversed", "refunded")
	})
}

// wantNone fails the test where a query finds something.
func (b *bench) wantNone(what, query string) {
	b.t.Helper()
	var found []string
	err := b.d.Query(b.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one string
			err := rows.Scan(&one)
			found = append(found, one)
			return err
		})
	}, query)
	if err != nil || len(found) > 0 {
		b.t.Errorf("%s: %v, %v", what, found, err)
	}
}

// wantSome fails the test where nothing came to a step: it would show less than it
// should.
func (b *bench) wantSome(steps ...fee.State) {
	b.t.Helper()
	for _, step := range steps {
		var n int
		if err := b.d.QueryRow(b.t.Context(), `select count(*) from gate_steps where step = $1`, string(step)).Scan(&n); err != nil || n == 0 {
			b.t.Errorf("%d were %s, %v", n, step, err)
		}
	}
}
