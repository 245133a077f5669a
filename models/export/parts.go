package export

import (
	"context"
	"fmt"
)

// partBytes is how long a part is in the store of files.
const partBytes = 4 << 20

// partKey names a part of an attempt at an export in the store.
func partKey(exportID string, attempt, part int) string {
	return fmt.Sprintf("%s_%d_%d", exportID, attempt, part)
}

// parts puts what is written into the store, part by part. It keeps one in
// memory.
type parts struct {
	ctx   context.Context
	size  int
	put   func(ctx context.Context, number int, content []byte) error
	part  []byte
	count int
}

// Write takes what it is given.
func (p *parts) Write(content []byte) (n int, err error) {
	for len(content) > 0 {
		if p.part == nil {
			p.part = make([]byte, 0, p.size)
		}
		fits := min(len(content), p.size-len(p.part))
		p.part = append(p.part, content[:fits]...)
		content, n = content[fits:], n+fits
		if len(p.part) == p.size {
			if err := p.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// flush puts what is left into the store.
func (p *parts) flush() error {
	if len(p.part) == 0 {
		return nil
	}
	if err := p.put(p.ctx, p.count+1, p.part); err != nil {
		return err
	}
	p.count++
	p.part = p.part[:0]
	return nil
}

// removeParts forgets the parts of an attempt.
func (x *Exports) removeParts(ctx context.Context, exportID string, attempt, count int) error {
	for n := 1; n <= count; n++ {
		if err := x.files.Remove(ctx, partKey(exportID, attempt, n)); err != nil {
			return err
		}
	}
	return nil
}
