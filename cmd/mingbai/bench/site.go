package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// quiet returns a log that writes its lines, as a server does, to nowhere.
func quiet() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

// site is a server on this machine and the connections kept open to it.
type site struct {
	server   *http.Server
	address  string
	visitors []*visitor
	meter    meter
}

// visitors is how many readers ask at once: enough to keep two processors busy,
// too few to queue.
const visitors = 4

// open serves the handler on the loopback address and connects to it.
func open(h http.Handler) (*site, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{server: &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(quiet().Handler(), slog.LevelError)}, address: listener.Addr().String()}
	go func() { _ = s.server.Serve(listener) }() // ends with close
	for range visitors {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.visitors = append(s.visitors, &visitor{conn: conn, answers: bufio.NewReaderSize(conn, 64<<10)})
	}
	return s, nil
}

func (s *site) close() error {
	for _, v := range s.visitors {
		_ = v.conn.Close()
	}
	return s.server.Close()
}

// visitor asks over one connection. It does as little as it can, since it shares
// the processors with what is measured.
type visitor struct {
	conn    net.Conn
	answers *bufio.Reader
}

var (
	statusOK      = []byte("HTTP/1.1 200")
	lengthHeader  = []byte("Content-Length: ")
	packedHeader  = []byte("Content-Encoding: gzip\r\n")
	emptyLine     = []byte("\r\n")
	errNotWhole   = errors.New("the answer has no length")
	answerTimeout = 30 * time.Second
)

// answer is what is measured of an answer.
type answer struct {
	length int
	packed bool
}

// ask sends a request and reads its answer to the end.
func (v *visitor) ask(request []byte) (answer, error) {
	if err := v.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return answer{}, err
	}
	if _, err := v.conn.Write(request); err != nil {
		return answer{}, err
	}
	status, err := v.answers.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if !bytes.HasPrefix(status, statusOK) {
		line, _, _ := bytes.Cut(request, emptyLine)
		return answer{}, fmt.Errorf("%s: %s", line, bytes.TrimSpace(status))
	}
	a := answer{length: -1}
	for {
		line, err := v.answers.ReadSlice('\n')
		if err != nil {
			return answer{}, err
		}
		if bytes.Equal(line, emptyLine) {
			break
		}
		if value, ok := bytes.CutPrefix(line, lengthHeader); ok {
			if a.length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return answer{}, err
			}
		}
		a.packed = a.packed || bytes.Equal(line, packedHeader)
	}
	if a.length < 0 {
		return answer{}, errNotWhole
	}
	_, err = v.answers.Discard(a.length)
	return a, err
}

// request writes what a browser sends for a page. Each comes from an address of
// its own, by way of a proxy, as readers do: from one address the server takes
// only so many.
func request(path, cookies string, n int) []byte {
	b := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nAccept-Language: zh-CN,zh;q=0.9\r\nX-Forwarded-For: 10.%d.%d.%d\r\n",
		path, n>>16&255, n>>8&255, n&255)
	if cookies != "" {
		b = fmt.Appendf(b, "Cookie: %s\r\n", cookies)
	}
	return append(b, emptyLine...)
}

// visits returns a side on which some readers turn pages for a slice of time, one
// request after another, each beginning at another place of the list.
func (s *site) visits(requests [][]byte, readers int, slice time.Duration) side {
	var turn atomic.Int64
	return func(ctx context.Context) (pace, error) {
		began, before := time.Now(), s.meter.read()
		var done atomic.Int64
		faults := make([]error, readers)
		var all sync.WaitGroup
		for i := range readers {
			all.Go(func() {
				for time.Since(began) < slice && ctx.Err() == nil {
					n := turn.Add(1)
					if _, err := s.visitors[i].ask(requests[int(n)%len(requests)]); err != nil {
						faults[i] = err
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		return pace{int(done.Load()), time.Since(began), s.meter.read().minus(before)}, errors.Join(append(faults, ctx.Err())...)
	}
}
