package apikey

import "slices"

// Scope is something that a key may be let do.
type Scope string

// The scopes, each with what it opens.
const (
	MerchantsWrite      Scope = "merchants:write"      // put merchants
	TerminalsWrite      Scope = "terminals:write"      // put terminals
	EnrolmentsWrite     Scope = "enrolments:write"     // put what terminals are enrolled in
	ImportsWrite        Scope = "imports:write"        // send files of any kind, plans and deductions too, and ask what became of them
	UsageWrite          Scope = "usage:write"          // send what SIMs used
	SettlementsWrite    Scope = "settlements:write"    // send settlements
	TerminalsRead       Scope = "terminals:read"       // read what is to come of a terminal, and what came of it
	DeductionsAuthorize Scope = "deductions:authorize" // ask before money is taken, and fetch the permission
	DeductionsWrite     Scope = "deductions:write"     // say what became of deductions
	DeductionsRead      Scope = "deductions:read"      // read deductions with their verdicts, and try cases out
	EventsRead          Scope = "events:read"          // read what happened
	EntryLinksWrite     Scope = "entry_links:write"    // let a merchant's people in whom you have let in yourself
)

// Scopes lists them all, in the order in which they are shown.
var Scopes = []Scope{
	MerchantsWrite, TerminalsWrite, EnrolmentsWrite, ImportsWrite, UsageWrite, SettlementsWrite, TerminalsRead, DeductionsRead, DeductionsAuthorize, DeductionsWrite, EventsRead, EntryLinksWrite,
}

// Known reports whether the scope is one of Scopes.
func (s Scope) Known() bool { return slices.Contains(Scopes, s) }
