package intake

import (
	"errors"
	"sync"

	"github.com/mingbai/mingbai/models/db"
)

// batchRows is how many rows are handed on at once, and batchesAhead how many
// batches may wait to be taken.
const (
	batchRows    = 256
	batchesAhead = 64
)

// errStopped tells the reader that nobody wants its rows any more.
var errStopped = errors.New("intake: reading was stopped")

// ahead reads rows and makes of them what the database takes, while the database
// works. Each of the two has a goroutine, since they take about as long.
type ahead struct {
	batches chan batch // closed after the last, and early where reading failed
	stopped chan struct{}
	ended   chan struct{}

	stopOnce sync.Once
	failOnce sync.Once
	err      error // why reading ended early; to be read after the end
	panicked any
}

// batch is some rows, as the database takes them.
type batch = Record

// readRows is some rows as they were read, with their lines.
type readRows[R any] struct {
	lines []int
	rows  []R
}

func readAhead[R any](d db.Dialect, columns int, rows Rows[R], values func(r *Record, line int, row *R)) *ahead {
	a := &ahead{batches: make(chan batch, batchesAhead), stopped: make(chan struct{}), ended: make(chan struct{})}
	read := make(chan readRows[R], batchesAhead)
	var parts sync.WaitGroup
	parts.Go(func() {
		defer close(read)
		a.guard(func() error { return readBatches(a, rows, read) })
	})
	parts.Go(func() {
		defer close(a.batches)
		a.guard(func() error { return recordBatches(a, d, columns, values, read) })
	})
	go func() {
		parts.Wait()
		close(a.ended)
	}()
	return a
}

func readBatches[R any](a *ahead, rows Rows[R], into chan<- readRows[R]) error {
	next := func() readRows[R] { return readRows[R]{make([]int, 0, batchRows), make([]R, 0, batchRows)} }
	b := next()
	err := rows(func(line int, row *R) error {
		b.lines, b.rows = append(b.lines, line), append(b.rows, *row)
		if len(b.rows) < batchRows {
			return nil
		}
		full := b
		b = next()
		return send(a, into, full)
	})
	if err != nil {
		return err
	}
	return send(a, into, b)
}

func recordBatches[R any](a *ahead, d db.Dialect, columns int, values func(r *Record, line int, row *R), from <-chan readRows[R]) error {
	size := 0 // of the batch before
	for read := range from {
		b := newRecord(d, size, columns*len(read.rows))
		for i := range read.rows {
			b.row(columns)
			values(&b, read.lines[i], &read.rows[i])
		}
		size = len(b.copied)
		if err := send(a, a.batches, b); err != nil {
			return err
		}
	}
	return nil
}

func send[T any](a *ahead, into chan<- T, value T) error {
	select {
	case into <- value:
		return nil
	case <-a.stopped:
		return errStopped
	}
}

// guard runs a part; if it fails, the other one stops too.
func (a *ahead) guard(part func() error) {
	var err error
	defer func() {
		p := recover()
		if p == nil && err == nil {
			return
		}
		a.failOnce.Do(func() { a.err, a.panicked = err, p })
		a.stopOnce.Do(func() { close(a.stopped) })
	}()
	err = part()
}

// whole reports, after the last batch, whether it was the end of the rows.
func (a *ahead) whole() bool {
	<-a.ended
	return a.err == nil && a.panicked == nil
}

// stop ends the reading and waits for its end. It returns why the rows can't be
// read; what a part panicked with goes on from here.
func (a *ahead) stop() error {
	a.stopOnce.Do(func() { close(a.stopped) })
	<-a.ended
	if a.panicked != nil {
		panic(a.panicked)
	}
	if errors.Is(a.err, errStopped) {
		return nil
	}
	return a.err
}
