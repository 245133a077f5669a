package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/file"
)

// Store keeps each head under the number of its seal, where contents are kept
// that are never another.
type Store struct {
	Files file.Store
	Where string // which one it is
}

// Name tells the store.
func (s Store) Name() string { return "store " + s.Where }

func key(seq int64) string { return fmt.Sprintf("audit_head_%020d", seq) }

// Keep puts heads that are not there yet, and returns ErrDiffers where another
// one is.
func (s Store) Keep(ctx context.Context, heads []audit.Head) error {
	for _, h := range heads {
		there, err := s.Files.Get(ctx, key(h.Seq))
		switch {
		case errors.Is(err, file.ErrNotFound):
			err = s.Files.Put(ctx, key(h.Seq), []byte(h.String()+"\n"))
		case err == nil:
			if was, broken := audit.ParseHead(string(there)); broken != nil || was.String() != h.String() {
				return fmt.Errorf("%w: %d", ErrDiffers, h.Seq)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lookedBack is how many heads before the chain's end are asked for. A chain that
// was rewritten before them differs in them too.
const lookedBack = 20

// Heads returns the last heads up to the seal, and those behind it.
func (s Store) Heads(ctx context.Context, up int64) (heads []audit.Head, err error) {
	for seq := max(up-lookedBack, 0) + 1; ; seq++ {
		content, err := s.Files.Get(ctx, key(seq))
		if errors.Is(err, file.ErrNotFound) {
			if seq > up {
				return heads, nil
			}
			continue // not kept yet, or from before there was the store
		}
		if err != nil {
			return nil, err
		}
		h, err := audit.ParseHead(string(content))
		if err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
}
