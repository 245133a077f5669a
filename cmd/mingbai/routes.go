package main

import (
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/handlers/signin"
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
	r.Get("/login/number", guard.Public("who can't sign in"), p.NumberRequest)
	r.Post("/login/number", guard.Public("who can't sign in"), p.RequestNumber, server.Body(signin.EvidenceBody))
	r.Get("/login/number/done", guard.Public("who can't sign in"), p.NumberRequested)
	r.Post("/logout", guard.Public("whoever is signed in may stop being so"), p.Logout)
	const entry = "whoever was given a link that lets in once"
	r.Get("/enter/:token", guard.Public(entry), p.Entry)
	r.Post("/enter/:token", guard.Public(entry), p.Enter)

	const open = "what is charged is for everybody"
	f := a.disclosures
	r.Get("/disclosures", guard.Public(open), f.List, server.Still)
	r.Get("/disclosures/feed.atom", guard.Public(open), f.Feed, server.Still)
	r.Get("/disclosures/:slug", guard.Public(open), f.Latest, server.Still)
	r.Get("/disclosures/:slug/compare", guard.Public(open), f.Compare, server.Still)
	r.Get("/disclosures/:slug/opinion", guard.Public(open), f.Opinion)
	r.Post("/disclosures/:slug/opinion", guard.Can(account.SeeFees), f.GiveOpinion)
	r.Get("/disclosures/:slug/:version", guard.Public(open), f.Version, server.Still)

	const teach = "guides are for everybody"
	g := a.guides
	r.Get("/guides", guard.Public(teach), g.List)
	r.Get("/guides/:slug", guard.Public(teach), g.Guide)
	r.Post("/guides/:slug/vote", guard.Public("whoever reads a guide may say whether it helped"), g.Vote)

	(&public.Brand{DB: a.parts.db}).Routes(r)
	a.quarters.Routes(r)
	a.outside.Routes(r)
	a.reminders.Routes(r)
	a.complaints.Routes(r)

	h := a.portal
	r.Get("/home", guard.Can(account.SeeFees), h.Home)
	r.Get("/deductions", guard.Can(account.SeeFees), h.Deductions)
	r.Get("/deductions.csv", guard.Can(account.Export), h.DeductionsCSV)
	r.Get("/deductions/:id", guard.Can(account.SeeFees), h.Deduction)
	r.Post("/deductions/:id/receipts", guard.Can(account.Export), a.receipts.Make)
	r.Get("/deductions/:id/receipts/:code", guard.Can(account.SeeFees), a.receipts.Show)
	r.Get("/terminals", guard.Can(account.SeeTerminals), h.Terminals)
	r.Get("/terminals/:sn", guard.CanAlong(account.SeeTerminals, h.AskTerminal), h.Terminal)
	r.Get("/terminals/:sn/name", guard.Can(account.RenameTerminals), h.TerminalName)
	r.Post("/terminals/:sn/name", guard.Can(account.RenameTerminals), h.RenameTerminal)
	r.Get("/terminals/:sn/overage", guard.Can(account.SeeTerminals), h.Overage)
	r.Post("/terminals/:sn/overage", guard.Can(account.SetLimits), h.SetOverage)
	r.Get("/terminals/:sn/top-up", guard.Can(account.SeeTerminals), a.topUps.Show)
	r.Get("/statements", guard.Can(account.SeeStatements), h.Statements)
	r.Get("/statements/:period", guard.Can(account.SeeStatements), h.Statement)
	r.Get("/statements/:period/csv", guard.Can(account.Export), h.StatementCSV)
	r.Get("/statements/:period/xlsx", guard.Can(account.Export), h.StatementXLSX)
	r.Get("/agreements", guard.Can(account.SeeAgreements), h.Agreements)
	r.Get("/agreements/:plan/:version", guard.Can(account.SeeAgreements), h.Agreement)
	r.Post("/agreements/:plan/:version", guard.Can(account.ManageAgreements), h.AnswerAgreement)
	r.Get("/fee-changes/:id", guard.Can(account.SeeAgreements), h.FeeChange)
	r.Post("/fee-changes/:id/accept", guard.Can(account.ManageAgreements), h.AcceptFeeChange)
	r.Post("/fee-changes/:id/object", guard.Can(account.ManageAgreements), h.ObjectToFeeChange)
	r.Get("/terminals/:sn/stop", guard.Can(account.SeeTerminals), h.Stop)
	r.Post("/terminals/:sn/stop", guard.Can(account.ManageAgreements), h.ConfirmStop)
	r.Get("/terminals/:sn/stop/:number", guard.Can(account.SeeTerminals), h.StopProof)

	own, colleagues := guard.SignedIn("one's own account"), guard.Can(account.ManageColleagues)
	number := guard.Can(account.ChangePhone)
	o := a.account
	r.Get("/account", own, o.Account)
	r.Get("/account/merchant", own, o.Merchants)
	r.Post("/account/merchant", own, o.OpenMerchant)
	r.Get("/account/name", own, o.Name)
	r.Post("/account/name", own, o.SetName)
	r.Get("/account/password", own, o.Password)
	r.Post("/account/password", own, o.SetPassword)
	r.Post("/account/password/remove", own, o.RemovePassword)
	r.Get("/account/phone", own, o.Phone)
	r.Post("/account/phone", own, o.SendNumberCode)
	r.Get("/account/phone/code", own, o.NumberCode)
	r.Post("/account/phone/code", own, o.ChangePhone)
	r.Get("/account/phone/request", number, o.NumberRequest)
	r.Post("/account/phone/request", number, o.RequestNumber, server.Body(signin.EvidenceBody))
	r.Post("/account/phone/request/:id/withdraw", number, o.WithdrawRequest)
	r.Post("/account/sessions/end-others", own, o.EndOtherSessions)
	r.Post("/account/sessions/:id/end", own, o.EndSession)
	r.Get("/account/data", own, o.Data)
	r.Post("/account/data", own, o.DataFile)
	r.Post("/account/data/merchant", guard.Can(account.ExportAll), o.AskExport)
	r.Get("/account/data/merchant/:id", guard.Can(account.ExportAll), o.Export)
	r.Get("/account/close", own, o.Closing)
	r.Post("/account/close", own, o.Close)
	r.Get("/account/colleagues/new", colleagues, o.Invitation)
	r.Post("/account/colleagues/new", colleagues, o.Invite)
	r.Get("/account/colleagues/:id", colleagues, o.Colleague)
	r.Post("/account/colleagues/:id/role", colleagues, o.SetRole)
	r.Post("/account/colleagues/:id/remove", colleagues, o.RemoveColleague)

	a.hooks.Routes(r)
	a.desk.routes(r)
	a.api.Routes(r)

	if d := a.demo; d != nil {
		r.Post("/demo/sign-in", guard.Public("made-up people"), d.SignIn)
		r.Post("/demo/staff-sign-in", guard.Public("made-up staff"), d.SignInStaff)
		r.Get("/demo/outbox", guard.Public("made-up messages"), d.Outbox)
		r.Get("/demo/components", guard.Public("parts with made-up examples"), d.Components)
	}
}
