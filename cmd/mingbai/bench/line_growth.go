package bench

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// Reaches of what ten times the rows may cost.
const (
	growthReach  = "≤ 1.3"
	buffersReach = "≤ +6"
)

// terminal measures the fee page of a terminal with ten times the deductions.
func (r *runner) terminal(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	usual, err := p.usual(ctx, busyTerminals)
	if err != nil {
		return nil, err
	}
	busy, err := p.terminals(ctx, p.world.terminals, p.world.size(), busyTerminals)
	if err != nil {
		return nil, err
	}
	usualPages, err := p.feePages(ctx, usual)
	if err != nil {
		return nil, err
	}
	busyPages, err := p.feePages(ctx, busy)
	if err != nil {
		return nil, err
	}
	rounds, err := compare(ctx, r.Rounds, p.site.visits(usualPages, 1, r.Slice), p.site.visits(busyPages, 1, r.Slice))
	if err != nil {
		return nil, err
	}
	return r.grown(ctx, "terminal", "a terminal with ten times the deductions", rounds, p, usual, p, busy)
}

// rows measures the fee page among ten times the terminals, each with its
// deductions.
func (r *runner) rows(ctx context.Context) ([]Result, error) {
	rounds, err := r.samePage(ctx, "small", "large", 1)
	if err != nil {
		return nil, err
	}
	small, large := r.places["small"], r.places["large"]
	few, err := small.usual(ctx, busyTerminals)
	if err != nil {
		return nil, err
	}
	many, err := large.usual(ctx, busyTerminals)
	if err != nil {
		return nil, err
	}
	return r.grown(ctx, "rows", "fee page among ten times the rows", rounds, small, few, large, many)
}

// grown says what growth cost in time, and in PostgreSQL's shared buffers.
func (r *runner) grown(ctx context.Context, name, what string, rounds []round, base *place, few []terminalRow, candidate *place, many []terminalRow) ([]Result, error) {
	before, err := base.buffers(ctx, few)
	if err != nil {
		return nil, err
	}
	after, err := candidate.buffers(ctx, many)
	if err != nil {
		return nil, err
	}
	b, a := spreadOf(before), spreadOf(after)
	return []Result{
		{Name: name, What: what + ": latency", Unit: "×", Spread: slowdown(rounds), Reach: growthReach, Detail: times(rounds)},
		{
			Name: name + "-buffers", What: what + ": shared buffers", Unit: "more", Reach: buffersReach,
			Spread: Spread{a.Low - b.Low, a.Median - b.Median, a.High - b.High},
			Detail: fmt.Sprintf("%.0f against %.0f a page", a.Median, b.Median),
		},
	}, nil
}

// buffers returns how many shared buffers the page of each terminal touches.
func (p *place) buffers(ctx context.Context, terminals []terminalRow) ([]float64, error) {
	plans, err := disclosure.Load(ctx, p.db)
	if err != nil {
		return nil, err
	}
	var figures []float64
	for _, t := range terminals {
		counter := &bufferCounter{DB: p.db}
		if _, err := deduction.ReadTerminalPage(ctx, counter, plans, fee.DefaultPolicy, t.merchantID, t.serial, today); err != nil {
			return nil, err
		}
		figures = append(figures, float64(counter.buffers))
	}
	return figures, nil
}

// bufferCounter is a database that counts the buffers of what is read.
type bufferCounter struct {
	*db.DB
	buffers int64
}

// Read runs the batch after counting the buffers that it touches.
func (c *bufferCounter) Read(ctx context.Context, b *db.Batch) error {
	if err := c.count(ctx, b); err != nil {
		return err
	}
	return c.DB.Read(ctx, b)
}

// Query runs the statement after counting the buffers that it touches.
func (c *bufferCounter) Query(ctx context.Context, read func(db.Rows) error, query string, args ...any) error {
	b := db.NewBatch()
	b.Add(query, args, read)
	if err := c.count(ctx, b); err != nil {
		return err
	}
	return c.DB.Query(ctx, read, query, args...)
}

func (c *bufferCounter) count(ctx context.Context, b *db.Batch) error {
	n, err := c.Buffers(ctx, b)
	c.buffers += n
	return err
}
