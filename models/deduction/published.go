package deduction

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// Published is what holds for all: plans and policies. It is kept in memory for as
// long as its state is that of the database.
type Published struct {
	*disclosure.Plans
	policies setting.Policies
	state    string
}

// publishedState reads a text that differs whenever what is published does.
const publishedState = `select cast(state as text) from published_marks`

// ReadPublished reads what holds for all. Its state is read first, so that what is
// published meanwhile is noticed later.
func ReadPublished(ctx context.Context, r db.Reader) (*Published, error) {
	p := &Published{}
	err := r.QueryRow(ctx, publishedState).Scan(&p.state)
	if err != nil {
		return nil, err
	}
	if p.policies, err = setting.GetPolicies(ctx, r); err != nil {
		return nil, err
	}
	p.Plans, err = disclosure.Load(ctx, r)
	return p, err
}

// Holds reports whether it still is what is published, as the facts tell.
func (p *Published) Holds(f *AskedFacts) bool { return f.published == "" || f.published == p.state }

// Still reports whether it still is what is published.
func (p *Published) Still(ctx context.Context, r db.Reader) (bool, error) {
	var state string
	err := r.QueryRow(ctx, publishedState).Scan(&state)
	return state == p.state, err
}

// Policy returns the policy in force at an instant.
func (p *Published) Policy(at time.Time) fee.Policy {
	return PolicyAt(p.policies, at)
}
