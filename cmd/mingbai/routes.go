package main

import (
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/server"
)

// routes is the map of the site: every address, who may use it, and what
// answers.
func (a *app) routes(r *server.Router) {
	r.Get(assets.Pattern, guard.Public("style, script and icons"), a.assets.Serve)

	p := a.public
	r.Get("/", guard.Public("what this is"), p.Front)
	r.Get("/login", guard.Public("signing in"), p.Login)
	r.Post("/login", guard.Public("signing in"), p.SendCode)
	r.Get("/login/code", guard.Public("signing in"), p.Code)
	r.Post("/login/code", guard.Public("signing in"), p.EnterCode)
	r.Post("/login/code/again", guard.Public("signing in"), p.ResendCode)
	r.Get("/login/password", guard.Public("signing in"), p.Password)
	r.Post("/login/password", guard.Public("signing in"), p.EnterPassword)
	r.Post("/logout", guard.Public("whoever is signed in may stop being so"), p.Logout)

	h := a.portal
	r.Get("/home", guard.Can(account.SeeFees), h.Home)
	r.Get("/deductions", guard.Can(account.SeeFees), h.Deductions)
	r.Get("/deductions.csv", guard.Can(account.Export), h.DeductionsCSV)
	r.Get("/deductions/:id", guard.Can(account.SeeFees), h.Deduction)
	r.Get("/terminals", guard.Can(account.SeeTerminals), h.Terminals)
	r.Get("/terminals/:sn", guard.Can(account.SeeTerminals), h.Terminal)
	r.Post("/terminals/:sn/name", guard.Can(account.RenameTerminals), h.RenameTerminal)
	r.Get("/statements", guard.Can(account.SeeStatements), h.Statements)
	r.Get("/statements/:period", guard.Can(account.SeeStatements), h.Statement)
	r.Get("/statements/:period/csv", guard.Can(account.Export), h.StatementCSV)
	r.Get("/statements/:period/xlsx", guard.Can(account.Export), h.StatementXLSX)

	if d := a.demo; d != nil {
		r.Post("/demo/sign-in", guard.Public("made-up people"), d.SignIn)
		r.Get("/demo/outbox", guard.Public("made-up messages"), d.Outbox)
		r.Get("/demo/components", guard.Public("parts with made-up examples"), d.Components)
	}
}
