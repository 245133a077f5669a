package server

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
)

// identify gives a request its id, answers its error, measures and logs it. The
// log names the route and never the path or the query, in which a number or a
// name may stand.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := s.options.Now()
		onThisSite(c.Request().URL)
		id := newRequestID()
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		if err := next(c); err != nil {
			s.answer(c, err)
		}
		took := s.options.Now().Sub(began)
		route, method, status := c.Path(), methodOf(c.Request()), c.Response().Status
		s.metrics.note(route, method, status, took)
		s.options.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("id", id), slog.String("method", method), slog.String("route", route),
			slog.Int("status", status), slog.Int64("bytes", c.Response().Size),
			slog.Duration("took", took))
		return nil
	}
}

// onThisSite leaves one slash in front of a request's address. A browser that is
// sent to //example.com/a, or finds it in a link, leaves this site: whatever says
// a request's own address again, from here on, can't lead anywhere else. No route
// begins with two, so that such an address is not found, as before.
func onThisSite(at *url.URL) {
	at.Path = oneSlash(at.Path)
	at.RawPath = oneSlash(at.RawPath)
}

func oneSlash(path string) string {
	if !strings.HasPrefix(path, "//") {
		return path
	}
	return "/" + strings.TrimLeft(path, "/")
}

// RequestID returns the id of a request, which the answer carries, the error
// page shows and the log holds.
func RequestID(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// requestIDs uses letters and digits that are told over the phone without
// mistakes.
var requestIDs = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newRequestID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends if it would
	return requestIDs.EncodeToString(b[:])
}

// methodOf keeps a made-up method out of the log and the measurements.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// panicked is a panic as an error; where it happened is for the log.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// recover turns a panic into an error. A handler that aborts the connection on
// purpose is left to do so.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if e, ok := value.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(value)
			}
			err = &panicked{value, debug.Stack()}
		}()
		return next(c)
	}
}
