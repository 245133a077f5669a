package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

const idempotencyHeader = "Idempotency-Key"

// The media types that bodies have.
const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaCSV    = "text/csv"
	mediaXLSX   = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaYAML   = "application/yaml"
	mediaBytes  = "application/octet-stream"
)

// Call is a request that a key was shown with.
type Call struct {
	Caller    *apikey.Caller
	RequestID string

	request apikey.Request
	file    *os.File // the body of an operation that streams
	size    int64    // of the file, in bytes
	media   string   // of the body; empty: not said
}

// Actor names the caller in the record.
func (c *Call) Actor() audit.Actor { return c.Caller.Actor() }

type callKey struct{}

// CallOf returns the request that an operation is answering.
func CallOf(ctx context.Context) *Call { return ctx.Value(callKey{}).(*Call) }

// handler answers requests for an operation whose access has let them in: it
// reads the body and hands on to huma.
func (a *API) handler(op *Operation) echo.HandlerFunc {
	found := a.inner.NewContext(nil, nil)
	a.inner.Router().Find(op.Method, op.pattern(), found)
	answer := found.Handler()
	return func(c echo.Context) error {
		if err := unescape(c); err != nil {
			return err
		}
		call := &Call{Caller: guard.CallerOf(c), RequestID: server.RequestID(c)}
		if op.Writes() {
			if err := call.read(c, op); err != nil {
				return err
			}
			defer call.close()
		}
		r := c.Request()
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), callKey{}, call)))
		c.Set(answersKey, a.Answers)
		return answer(c)
	}
}

// unescape reads the parameters of an address that the router leaves as they
// are, since a part of it holds a slash.
func unescape(c echo.Context) error {
	if c.Request().URL.RawPath == "" {
		return nil
	}
	values := slices.Clone(c.ParamValues())
	for i := range values {
		value, err := url.PathUnescape(values[i])
		if err != nil || !page.IsText(value) {
			return echo.ErrNotFound
		}
		values[i] = value
	}
	c.SetParamValues(values...)
	return nil
}

// read reads the body of a write and what makes it the same as another.
func (c *Call) read(e echo.Context, op *Operation) error {
	r := e.Request()
	key := r.Header.Get(idempotencyHeader)
	if utf8.RuneCountInString(key) > apikey.MaxIdempotencyKey || !page.IsText(key) {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: idempotencyHeader, Key: "api.idempotency_wrong", Args: []any{"n", apikey.MaxIdempotencyKey}}}}
	}
	var err error
	if c.media, err = mediaOf(r, op); err != nil {
		return err
	}
	sum := sha256.New()
	io.WriteString(sum, r.Method+" "+r.URL.RequestURI()+"\n"+c.media+"\n")
	if op.streams {
		err = c.spool(r.Body, sum)
	} else {
		err = c.take(r, sum)
	}
	c.request = apikey.Request{KeyID: c.Caller.KeyID, IdempotencyKey: key, Fingerprint: sum.Sum(nil)}
	return err
}

// mediaOf returns what the body is said to be.
func mediaOf(r *http.Request, op *Operation) (string, error) {
	said := r.Header.Get(echo.HeaderContentType)
	if said == "" {
		return "", nil
	}
	media, _, err := mime.ParseMediaType(said)
	allowed := op.media
	if len(allowed) == 0 {
		allowed = []string{mediaJSON}
	}
	if err != nil || !slices.Contains(allowed, media) {
		return "", guard.WithStatus(http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "api.media_type", "media", allowed[0]))
	}
	return media, nil
}

// take reads a body of JSON, which huma reads anew.
func (c *Call) take(r *http.Request, sum hash.Hash) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return unread(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return guard.WithStatus(http.StatusBadRequest, fault.New(fault.Invalid, "api.body_missing"))
	}
	if !isText(body) {
		return guard.WithStatus(http.StatusBadRequest, fault.New(fault.Invalid, "api.body_not_text"))
	}
	var faults rowFaults
	if exact(body, &faults); len(faults.list) > 0 {
		return &fault.Error{Kind: fault.Invalid, Fields: faults.list}
	}
	sum.Write(body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// isText reports whether JSON is UTF-8 without the character zero, which no
// keyboard gives and PostgreSQL does not store.
func isText(body []byte) bool { return utf8.Valid(body) && !bytes.Contains(body, []byte(`\u0000`)) }

// spool keeps a body in a file, however long it is.
func (c *Call) spool(body io.Reader, sum hash.Hash) (err error) {
	if c.file, err = os.CreateTemp("", "mingbai-body-*"); err != nil {
		return err
	}
	if c.size, err = io.Copy(io.MultiWriter(c.file, sum), body); err != nil {
		c.close()
		return unread(err)
	}
	if c.size == 0 {
		c.close()
		return guard.WithStatus(http.StatusBadRequest, fault.New(fault.Invalid, "api.body_missing"))
	}
	return nil
}

func (c *Call) close() {
	if c.file == nil {
		return
	}
	_ = c.file.Close() // it was only ever ours
	_ = os.Remove(c.file.Name())
	c.file = nil
}

// unread says why a body could not be read to its end.
func unread(err error) error {
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "api.too_large", "n", long.Limit>>20)
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return guard.WithStatus(http.StatusRequestTimeout, fault.Wrap(err, fault.Invalid, "api.too_slow"))
	}
	return guard.WithStatus(http.StatusBadRequest, fault.Wrap(err, fault.Invalid, "api.broken_off"))
}
