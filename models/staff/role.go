package staff

import "slices"

// Role is what a member of staff does at the acquirer's. One person may have
// several; they may do what any of them may.
type Role string

// The roles.
const (
	Support    Role = "support"    // answers merchants
	Lead       Role = "lead"       // leads support, and decides
	Compliance Role = "compliance" // writes and publishes what is charged
	Auditor    Role = "auditor"    // sees, and changes nothing
	Operator   Role = "operator"   // runs the portal, and names the staff
)

// AllRoles lists the roles in the order in which they are shown.
var AllRoles = [...]Role{Support, Lead, Compliance, Auditor, Operator}

// Known reports whether the role is one.
func (r Role) Known() bool { return slices.Contains(AllRoles[:], r) }
