package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
)

// How much the gate is asked in a round.
const (
	askedInTurn  = 2000 // facts that are read, and rows that are looked up
	askedAlone   = 100  // deductions one at a time
	askedInBatch = 1000 // deductions together
)

// gate measures reading all that a decision rests on against looking a terminal
// up by its key, and a decision that is kept in a batch against one at a time.
func (r *runner) gate(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "gate")
	if err != nil {
		return nil, err
	}
	terminals, err := p.usual(ctx, sampled)
	if err != nil {
		return nil, err
	}
	published, err := deduction.ReadPublished(ctx, p.db)
	if err != nil {
		return nil, err
	}
	lookUp := func(t *terminalRow) error {
		var sn string
		return p.db.QueryRow(ctx, "select sn from terminals where id = $1", t.id).Scan(&sn)
	}
	readFacts := func(t *terminalRow) error {
		key := deduction.Asked{SN: t.serial, Item: fee.SimData}
		_, err := deduction.ReadAsked(ctx, p.db, p.db.Dialect, published, now, date.Of(now), []deduction.Asked{key})
		return err
	}
	var p50, p99 []float64
	for round := range r.Rounds + 1 {
		var took [2][]float64
		for i := range askedInTurn {
			t := &terminals[(round*askedInTurn+i)%len(terminals)]
			for side, ask := range []func(*terminalRow) error{lookUp, readFacts} {
				began := time.Now()
				if err := ask(t); err != nil {
					return nil, err
				}
				took[side] = append(took[side], float64(time.Since(began)))
			}
		}
		if round == 0 {
			continue // it warms up
		}
		slices.Sort(took[0])
		slices.Sort(took[1])
		p50 = append(p50, quantile(took[1], 0.5)/quantile(took[0], 0.5))
		p99 = append(p99, quantile(took[1], 0.99)/quantile(took[0], 0.99))
	}
	rounds, err := r.decisions(ctx, p, terminals)
	if err != nil {
		return nil, err
	}
	return []Result{
		{Name: "gate-p50", What: "time to read a decision's facts, in that of a look-up by primary key, median", Unit: "×", Spread: spreadOf(p50), Reach: "≤ 2.6"},
		{Name: "gate-p99", What: "the same at the slowest hundredth", Unit: "×", Spread: spreadOf(p99), Reach: "≤ 3"},
		{
			Name: "gate-batch", What: fmt.Sprintf("a decision that is kept, in a batch of %d against one at a time", askedInBatch), Unit: "×",
			Spread: ratio(rounds), Reach: "≥ 8", Detail: times(rounds),
		},
	}, nil
}

// decisions compares deciding one at a time with deciding in batches.
func (r *runner) decisions(ctx context.Context, p *place, terminals []terminalRow) ([]round, error) {
	door, err := gate.New(gate.Options{DB: p.db, Clock: clock.At(now), Secret: []byte("what the bench signs permissions with")})
	if err != nil {
		return nil, err
	}
	by := gate.By{Actor: audit.Actor{Kind: audit.CLI, ID: "bench"}}
	asked := 0
	request := func() gate.Request {
		asked++
		return gate.Request{
			Ref: fmt.Sprintf("bench-%d", asked), SN: terminals[asked%len(terminals)].serial, Item: fee.SimData, Amount: simPrice, At: now, Origin: fee.OriginCore,
		}
	}
	alone := func(ctx context.Context) (pace, error) {
		began := time.Now()
		for range askedAlone {
			if _, err := door.Authorize(ctx, by, request()); err != nil {
				return pace{}, err
			}
		}
		return pace{done: askedAlone, took: time.Since(began)}, nil
	}
	together := func(ctx context.Context) (pace, error) {
		requests := make([]gate.Request, askedInBatch)
		for i := range requests {
			requests[i] = request()
		}
		began := time.Now()
		err := p.db.Write(ctx, func(tx *db.Tx) error {
			_, err := door.AuthorizeBatchIn(ctx, tx, by, requests)
			return err
		})
		return pace{done: askedInBatch, took: time.Since(began)}, err
	}
	return compare(ctx, r.Rounds, alone, together)
}
