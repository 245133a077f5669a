package intake

import (
	"context"
	"io"
	"strings"

	"github.com/mingbai/mingbai/models/db"
)

// storePostgres sends the batches as one COPY.
func storePostgres(ctx context.Context, tx *db.Tx, table string, columns []Column, read *ahead) (int64, error) {
	source := &copySource{read: read, left: copyHeader}
	tag, err := tx.Pgx().Conn().PgConn().CopyFrom(ctx, source, "copy "+table+" ("+strings.Join(namesOf(columns), ", ")+") from stdin (format binary)")
	return tag.RowsAffected(), err
}

// copySource is the batches as the bytes of a COPY.
type copySource struct {
	read  *ahead
	left  []byte
	ended bool
}

// Read returns the next bytes. Where the rows broke off it returns an error, or
// the server would take what came for the whole.
func (s *copySource) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		if s.ended {
			return 0, io.EOF
		}
		b, more := <-s.read.batches
		s.left = b.copied
		if !more {
			if !s.read.whole() {
				return 0, errStopped
			}
			s.left, s.ended = copyTrailer, true
		}
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}
