package db

import "context"

// Along returns a reader whose batches take the SELECTs of another along, after
// their own: what a page needs beside what somebody else reads for it costs no
// round trip.
func Along(r Reader, more *Batch) Reader { return along{r, more} }

type along struct {
	Reader
	more *Batch
}

// Read runs the SELECTs of both batches.
func (a along) Read(ctx context.Context, b *Batch) error {
	all := &Batch{queries: append(b.queries[:len(b.queries):len(b.queries)], a.more.queries...), apart: b.apart && a.more.apart}
	return a.Reader.Read(ctx, all)
}
