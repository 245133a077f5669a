package staff

import (
	"slices"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fault"
)

// Actor is a member of staff who is signed in, second factor and all. Rules that
// ask for two people compare IDs, never roles.
type Actor struct {
	ID        string // of the person
	SessionID string // the session's public id, not its token
	Name      string // as others see it
	Locale    string // the language they have chosen, or empty
	Roles     []Role
	Address   string // IP address of the request
	RequestID string // for the record
}

// Can reports whether one of the actor's roles has the permission.
func (a Actor) Can(p Permission) bool {
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return Can(r, p) })
}

// Must returns fault.Forbidden where the actor lacks the permission.
func (a Actor) Must(p Permission) error {
	if a.ID == "" || !a.Can(p) {
		return fault.New(fault.Forbidden, "errors.no_permission")
	}
	return nil
}

// Audit names the actor in the record.
func (a Actor) Audit() audit.Actor { return audit.Actor{Kind: audit.Staff, ID: a.ID} }
