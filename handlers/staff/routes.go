package staff

import (
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/server"
)

// Routes registers signing in, one's own account and the staff: every address,
// who may use it, and what answers.
func (h *Staff) Routes(r *server.Router) {
	anyone := guard.Public("signing in, for staff")
	r.Get("/admin/login", anyone, h.Login)
	r.Post("/admin/login", anyone, h.EnterPassword)
	r.Post("/admin/logout", guard.Public("whoever is signed in may stop being so"), h.Logout)

	half := guard.StaffWithPassword("the second step of signing in")
	r.Get("/admin/login/second", half, h.Second)
	r.Post("/admin/login/second", half, h.EnterCode)
	r.Post("/admin/login/second/recovery", half, h.EnterRecoveryCode)
	r.Post("/admin/login/second/passkey", half, h.AnswerPasskey)
	r.Post("/admin/login/second/passkey/ask", half, h.AskPasskey)
	first := guard.StaffWithPassword("the first sign-in")
	r.Get("/admin/login/setup", first, h.SetUp)
	r.Post("/admin/login/setup", first, h.SetFirstPassword)
	r.Post("/admin/login/setup/code", first, h.FirstCode)
	r.Post("/admin/login/setup/passkey", first, h.FirstPasskey)
	r.Post("/admin/login/setup/passkey/ask", first, h.AskFirstPasskey)

	own := guard.StaffSignedIn("one's own account")
	r.Get("/admin", guard.StaffSignedIn("what waits for whom"), h.Home)
	r.Get("/admin/account", own, h.Own)
	r.Get("/admin/account/password", own, h.OwnPassword)
	r.Post("/admin/account/password", own, h.ChangePassword)
	r.Get("/admin/account/app", own, h.OwnApp)
	r.Post("/admin/account/app", own, h.AddApp)
	r.Get("/admin/account/passkey", own, h.OwnPasskey)
	r.Post("/admin/account/passkey", own, h.AddPasskey)
	r.Post("/admin/account/passkey/ask", own, h.AskNewPasskey)
	r.Post("/admin/account/factors/:id/remove", own, h.RemoveFactor)
	r.Post("/admin/account/recovery", own, h.NewRecoveryCodes)
	r.Post("/admin/account/sessions/end-others", own, h.EndOtherSessions)
	r.Post("/admin/account/sessions/:id/end", own, h.EndSession)

	see, people := guard.Staff(staff.SeeStaff), guard.Staff(staff.ManageStaff)
	r.Get("/admin/staff", see, h.ListPeople)
	r.Get("/admin/staff/new", people, h.NewPerson)
	r.Post("/admin/staff/new", people, h.AddPerson)
	r.Get("/admin/staff/:id", see, h.Person)
	r.Post("/admin/staff/:id/roles", people, h.SetRoles)
	r.Post("/admin/staff/:id/disable", people, h.DisablePerson)
	r.Post("/admin/staff/:id/enable", people, h.EnablePerson)
	r.Post("/admin/staff/:id/reset", people, h.ResetPerson)
}
