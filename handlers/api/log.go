package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/server"
)

// requestLog notes what was asked and answered, for those who build against the
// API. It is written in batches behind the requests: what the database has no
// time for is left out rather than waited for.
type requestLog struct {
	db      *db.DB
	log     *slog.Logger
	mu      sync.Mutex
	waiting []apikey.Logged
	left    atomic.Int64 // out, since the last batch
}

const (
	keepEvery   = 2 * time.Second
	mostWaiting = 20_000
)

func newRequestLog(d *db.DB, log *slog.Logger) *requestLog {
	return &requestLog{db: d, log: log}
}

func (l *requestLog) add(r apikey.Logged) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= mostWaiting {
		l.left.Add(1)
		return
	}
	l.waiting = append(l.waiting, r)
}

// flush writes down what waits.
func (l *requestLog) flush(ctx context.Context) error {
	l.mu.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	if n := l.left.Swap(0); n > 0 {
		l.log.WarnContext(ctx, "requests of other systems were not noted", "n", n)
	}
	return apikey.Keep(ctx, l.db, batch)
}

// Run writes down what was asked until the context ends, and then the rest.
func (a *API) Run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			a.Flush(last)
			return
		case <-tick.C:
			a.Flush(ctx)
		}
	}
}

// Flush writes down at once what was asked.
func (a *API) Flush(ctx context.Context) {
	if err := a.log.flush(ctx); err != nil {
		a.Log.ErrorContext(ctx, "requests of other systems were not noted", "error", err)
	}
}

// letInKey holds whether the access has let a request in.
const letInKey = "api.let_in"

// noted is an access that also notes what every request with a key was answered,
// those that it refuses too. A measured call that gets no further than to the
// access, since keys can't be looked up, say, is measured here.
func (a *API) noted(access server.Access, watched string) server.Access {
	return server.Grant(access.Name(), func(next echo.HandlerFunc) echo.HandlerFunc {
		checked := access.Before(func(c echo.Context) error {
			c.Set(letInKey, true)
			return next(c)
		})
		return func(c echo.Context) error {
			began := a.Clock.Now()
			broken := true
			defer func() {
				caller := guard.CallerOf(c)
				if caller == nil {
					return
				}
				status, now := c.Response().Status, a.Clock.Now()
				if broken {
					status = http.StatusInternalServerError
				}
				a.log.add(apikey.Logged{
					KeyID: caller.KeyID, At: now, Method: c.Request().Method, Route: c.Path(), Status: status, Took: now.Sub(began),
					Problem: guard.ProblemOf(c), RequestID: server.RequestID(c),
				})
			}()
			err := checked(c)
			if let, _ := c.Get(letInKey).(bool); err != nil && !let && watched != "" {
				a.Watch.Refuse(watched, err)
			}
			if err != nil {
				err = a.Answers.Answer(c, err)
			}
			broken = err != nil
			return err
		}
	})
}
