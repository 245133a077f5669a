// Package server is the HTTP server below every page: routes that say who may
// use them, the middleware that each request passes, one answer to every error,
// measurements, and a stop that lets requests finish.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Options are what a server needs from the program around it.
type Options struct {
	Log  *slog.Logger
	Now  func() time.Time // the present, for measuring
	Site *page.Site

	// Session makes who is signed in known to what follows. It may only look at
	// the cookie: rows are asked where a route needs them.
	Session echo.MiddlewareFunc
	// SaveLocale keeps the language a reader switched to with their account,
	// where they have one; the cookie is set in any case.
	SaveLocale func(c echo.Context, l i18n.Locale) error
	// Answer turns an error into the answer. Where it fails itself, the server
	// sends a page that needs nothing.
	Answer func(c echo.Context, err error) error
	// Ready reports why requests can't be taken now, or nil.
	Ready func(ctx context.Context) error

	Proxies []netip.Prefix // whose word on the reader's address counts; none mostly
	Rate    Rate           // what one address may ask; zero is DefaultRate
	Drain   time.Duration  // between "not ready" and closing, for the balancer to notice
	Metrics *prometheus.Registry
}

// bodyLimit is how long a body may be in bytes, unless its route takes files.
const bodyLimit = 1 << 20

// How long a client and a handler may take. An import or export of a large file
// has to fit in.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 2 * time.Minute
	writeTimeout  = 3 * time.Minute
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 30 * time.Second
	headerBytes   = 32 << 10
)

// Server answers requests.
type Server struct {
	options Options
	echo    *echo.Echo
	router  *Router
	metrics metrics
	ending  atomic.Bool
}

// New returns a server without routes but for those that ask how it is.
func New(o Options) *Server {
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.Rate == (Rate{}) {
		o.Rate = DefaultRate
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = addressFrom(o.Proxies)
	s := &Server{
		options: o, echo: e, metrics: newMetrics(o.Metrics),
		router: &Router{echo: e, bodies: map[string]int64{}, still: map[string]bool{}, programs: map[string]bool{}},
	}
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.answer(c, err) }
	e.Use(
		s.identify, // request id, log, measurements, and the answer to every error
		s.recover,
		secure(o.Site.Cookies.TLS),
		o.Site.Middleware,
		s.locale,
		readable,
		o.Session,
		limitRate(o.Rate),
		s.limitBody, // before the check of the form's token, which reads the body
		s.protect(),
	)
	s.router.Get("/healthz", Public("says that the program runs"), s.healthz)
	s.router.Get("/readyz", Public("says whether requests can be taken"), s.readyz)
	return s
}

// Router returns what routes are registered with.
func (s *Server) Router() *Router { return s.router }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Run answers requests from the listeners until the context ends; then it says
// that it is not ready, waits for the balancer to notice, lets requests finish
// and returns. Operations answers /metrics, /healthz and /readyz alone, and may
// be nil.
func (s *Server) Run(ctx context.Context, portal, operations net.Listener) error {
	servers := []*http.Server{s.httpServer(s)}
	listeners := []net.Listener{portal}
	if operations != nil {
		servers = append(servers, s.httpServer(s.operations()))
		listeners = append(listeners, operations)
	}
	failed := make(chan error, len(servers))
	for i, server := range servers {
		go func() {
			if err := server.Serve(listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("server: %s: %w", listeners[i].Addr(), err)
			}
		}()
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.ending.Store(true)
		time.Sleep(s.options.Drain)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	for _, server := range servers {
		if stop := server.Shutdown(stopping); stop != nil {
			err = errors.Join(err, fmt.Errorf("server: requests were cut off: %w", stop), server.Close())
		}
	}
	return err
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
}

// isAPI and isStatic tell the paths that no browser's form posts to; isKeyed
// those where a key is shown with each request, and nothing is kept in a cookie.
func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

func isKeyed(path string) bool { return strings.HasPrefix(path, "/api/v1/") }

func isStatic(path string) bool { return strings.HasPrefix(path, "/static/") }
