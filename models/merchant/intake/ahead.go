package intake

import "errors"

// batchRows is how many rows are handed from the reader to the writer at once,
// and batchesAhead how many batches the reader may be ahead.
const (
	batchRows    = 256
	batchesAhead = 4
)

// errStopped tells the reader that nobody wants its rows any more.
var errStopped = errors.New("intake: reading was stopped")

// ahead reads rows on a goroutine of its own, so that a file is read while the
// database works.
type ahead[R any] struct {
	batches chan batch[R]
	stopped chan struct{}
	ended   chan struct{}
	err     error // why reading ended early; to be read after stop
	panic   any
	current batch[R]
	at      int
}

type batch[R any] struct {
	lines []int
	rows  []R
}

func readAhead[R any](rows Rows[R]) *ahead[R] {
	a := &ahead[R]{batches: make(chan batch[R], batchesAhead), stopped: make(chan struct{}), ended: make(chan struct{})}
	go a.read(rows)
	return a
}

func (a *ahead[R]) read(rows Rows[R]) {
	defer close(a.ended)
	defer close(a.batches)
	defer func() { a.panic = recover() }()
	var b batch[R]
	send := func() error {
		select {
		case a.batches <- b:
			b = batch[R]{make([]int, 0, batchRows), make([]R, 0, batchRows)}
			return nil
		case <-a.stopped:
			return errStopped
		}
	}
	a.err = rows(func(line int, row *R) error {
		b.lines, b.rows = append(b.lines, line), append(b.rows, *row)
		if len(b.rows) < batchRows {
			return nil
		}
		return send()
	})
	if a.err == nil && len(b.rows) > 0 {
		a.err = send()
	}
}

// next returns the next row, or nil and, if reading failed, why.
func (a *ahead[R]) next() (int, *R, error) {
	if a.at == len(a.current.rows) {
		a.at = 0
		var more bool
		if a.current, more = <-a.batches; !more {
			<-a.ended
			return 0, nil, a.err
		}
	}
	i := a.at
	a.at++
	return a.current.lines[i], &a.current.rows[i], nil
}

// stop ends the reading and waits for its end. What the reader panicked with
// goes on from here.
func (a *ahead[R]) stop() {
	select {
	case <-a.ended:
	default:
		close(a.stopped)
		<-a.ended
	}
	if errors.Is(a.err, errStopped) {
		a.err = nil
	}
	if p := a.panic; p != nil {
		a.panic = nil
		panic(p)
	}
}
