package main

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/web/page"
)

// openAPI puts the API together, and makes the guard know keys.
func (a *app) openAPI(c config, in parts, g *guard.Guard, answers *guard.Answers, measured *watch.Gate) {
	find := func(ctx context.Context, secret string) (*apikey.Caller, error) {
		return apikey.Find(ctx, in.db, in.clock.Now(), secret)
	}
	g.AdmitKeys(guard.Keys{Find: find, Now: in.clock.Now})
	a.api = api.New(api.Options{
		DB: in.db, Clock: in.clock, Jobs: in.jobs, Plans: a.known.plans, Policy: a.known.policy, Gate: a.gate, Cases: a.cases, Answers: answers, Log: in.log, Watch: measured,
		Upload: c.Upload, Secret: []byte(c.Secret), URL: strings.TrimRight(c.URL, "/"),
		Frame: func(e echo.Context) page.Page {
			if _, _, err := g.Current(e); err != nil {
				return page.New(e)
			}
			return guard.Page(e, "api.docs.title")
		},
	})
}
