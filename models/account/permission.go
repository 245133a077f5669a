// Package account says who may sign in, and what they may do for a merchant.
package account

import "slices"

// Role is what a person is to one merchant. One person may be owner of one
// merchant and viewer of another.
type Role string

// The roles, the most trusted first.
const (
	Owner   Role = "owner"
	Finance Role = "finance"
	Viewer  Role = "viewer"
)

// Permission is something that a role may do.
type Permission string

// The permissions, each with what it opens.
const (
	SeeFees          Permission = "see_fees"          // the overview, deductions and their explanations
	SeeTerminals     Permission = "see_terminals"     // terminals, their fees and SIM usage
	SeeStatements    Permission = "see_statements"    // statements on the page
	SeeAgreements    Permission = "see_agreements"    // what was accepted, by whom and how
	SeeMessages      Permission = "see_messages"      // what the merchant was told, and how it wants to be told
	SeeComplaints    Permission = "see_complaints"    // complaints and questions, and what became of them
	Export           Permission = "export"            // statements and lists as files
	OwnSettings      Permission = "own_settings"      // settings of one's own account with this merchant
	ChooseMessages   Permission = "choose_messages"   // how the merchant is told, when, and who else is
	ManageComplaints Permission = "manage_complaints" // file complaints and questions, and answer in them
	SetLimits        Permission = "set_limits"        // how much of a fee may be taken in a month
	RenameTerminals  Permission = "rename_terminals"  // the merchant's own names for terminals
	ManageAgreements Permission = "manage_agreements" // accept, confirm or deny for the merchant
	ManageColleagues Permission = "manage_colleagues" // invite, change the role of, and remove colleagues
	ChangePhone      Permission = "change_phone"      // ask for another phone number for the merchant
	ExportAll        Permission = "export_all"        // everything that is kept about the merchant, as a file
)

// granted is the table of permissions: each role has those of the one below it
// and its own. What a role does not have here it may not do.
var granted = func() map[Role][]Permission {
	viewer := []Permission{SeeFees, SeeTerminals, SeeStatements, SeeAgreements, SeeMessages, SeeComplaints}
	finance := append(slices.Clone(viewer), Export, OwnSettings, ChooseMessages, ManageComplaints, SetLimits)
	owner := append(slices.Clone(finance), RenameTerminals, ManageAgreements, ManageColleagues, ChangePhone, ExportAll)
	return map[Role][]Permission{Viewer: viewer, Finance: finance, Owner: owner}
}()

// Can reports whether a role has a permission. A role that is none has none.
func Can(r Role, p Permission) bool { return slices.Contains(granted[r], p) }

// Sees reports whether who has the permission alone can change nothing by it.
func (p Permission) Sees() bool { return p == Export || Can(Viewer, p) }

// Known reports whether the role is one.
func (r Role) Known() bool { return granted[r] != nil }

// Permissions lists all of them, those of the viewer first.
func Permissions() []Permission { return slices.Clone(granted[Owner]) }
