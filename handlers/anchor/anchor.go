// Package anchor keeps the heads of the sealed record outside the database, where
// whoever rewrites the database does not reach: in a file, in an object store, at
// an address of the acquirer's.
package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// Place is where heads are kept.
type Place interface {
	// Name tells the place from others: of what sort it is, and which one.
	Name() string
	// Keep adds heads, which are in order. To add the same again changes nothing.
	Keep(ctx context.Context, heads []audit.Head) error
}

// Memory is a place that heads can be read from again.
type Memory interface {
	Place
	// Heads returns heads that are kept there, in no order. Those up to the seal
	// that a chain leads to may be a part, those behind it are all that there are.
	Heads(ctx context.Context, up int64) ([]audit.Head, error)
}

// ErrDiffers says that a place has another head for a seal: the record was
// rewritten.
var ErrDiffers = errors.New("anchor: another head was kept for this seal")

// ErrLost says that a place has less than was kept there: it was taken away, or it
// is another one than where the heads are.
var ErrLost = errors.New("anchor: heads that were kept there are missing")

// KeepAll brings every place up to the chain's head. What one place refuses keeps
// none of the others back.
func KeepAll(ctx context.Context, d *db.DB, now time.Time, places []Place) error {
	var failed []error
	for _, p := range places {
		if err := keep(ctx, d, now, p); err != nil {
			failed = append(failed, fmt.Errorf("the head of the record can't be kept at %s: %w", p.Name(), err))
		}
	}
	return errors.Join(failed...)
}

func keep(ctx context.Context, d *db.DB, now time.Time, p Place) error {
	for {
		heads, err := audit.Unanchored(ctx, d, p.Name())
		if err != nil || len(heads) == 0 {
			return err
		}
		if err := p.Keep(ctx, heads); err != nil {
			return err
		}
		if err := audit.Anchored(ctx, d, now, p.Name(), heads[len(heads)-1]); err != nil {
			return err
		}
	}
}

// Kept returns the heads of all places that can be read again, for a chain that
// leads to a seal. It returns ErrLost where the database knows that a place had
// later ones than it has.
func Kept(ctx context.Context, r db.Reader, places []Place, up int64) (heads []audit.Head, err error) {
	anchors, err := audit.Anchors(ctx, r) // before the places: they are never behind it
	if err != nil {
		return nil, err
	}
	last := map[string]int64{}
	for _, a := range anchors {
		last[a.Place] = a.Seq
	}
	for _, p := range places {
		m, ok := p.(Memory)
		if !ok {
			continue
		}
		some, err := m.Heads(ctx, up)
		if err != nil {
			return nil, fmt.Errorf("the heads kept at %s can't be read: %w", p.Name(), err)
		}
		reached := int64(0)
		for _, h := range some {
			reached = max(reached, h.Seq)
		}
		if reached < last[p.Name()] {
			return nil, fmt.Errorf("%w: %s has them up to seal %d, and had them up to %d; is it the one that all servers and workers name?", ErrLost, p.Name(), reached, last[p.Name()])
		}
		heads = append(heads, some...)
	}
	return heads, nil
}

// Verify works the chain out again, and compares it with the heads of all places.
// Kept is how many those were.
func Verify(ctx context.Context, r db.Reader, places []Place) (report audit.Report, kept int, err error) {
	head, _, err := audit.ReadHead(ctx, r)
	if err != nil {
		return report, 0, err
	}
	heads, err := Kept(ctx, r, places, head.Seq)
	if err != nil {
		return report, 0, err
	}
	report, err = audit.Verify(ctx, r, heads...)
	return report, len(heads), err
}
