package main

import (
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/web/server"
)

// guideRoutes are the addresses of the guides.
func (a *app) guideRoutes(r *server.Router) {
	g := a.guides
	r.Get("/guides", guard.Public("guides are for everybody"), g.List)
	r.Get("/guides/:slug", guard.Public("guides are for everybody"), g.Guide)
	r.Post("/guides/:slug/vote", guard.Public("whoever reads a guide may say whether it helped"), g.Vote)
}
