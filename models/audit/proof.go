package audit

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// Proof is what is known of whether the record is whole.
type Proof struct {
	Last    *Check   // that was made; nil: none was
	Running *Check   // that is under way; nil: none is
	Anchors []Anchor // outside the database
}

// ReadProof returns it, in one round trip.
func ReadProof(ctx context.Context, d *db.DB) (p Proof, err error) {
	var last, running []Check
	b := db.NewBatch()
	b.Add(selectChecks+` where done_at is not null order by done_at desc limit 1`, nil, scanChecks(&last))
	b.Add(selectChecks+` where done_at is null order by id desc limit 1`, nil, scanChecks(&running))
	b.Add(selectAnchors, nil, scanAnchors(&p.Anchors))
	if err := d.Read(ctx, b); err != nil {
		return p, err
	}
	if len(last) > 0 {
		p.Last = &last[0]
	}
	if len(running) > 0 {
		p.Running = &running[0]
	}
	return p, nil
}
