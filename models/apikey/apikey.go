// Package apikey lets other systems in: by keys that may do what their scopes
// say, from the networks that they are for. A request that bears an idempotency
// key has its effect once, however often it is sent.
package apikey

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/staff"
)

// Key is another system's way in.
type Key struct {
	ID         string
	Name       string         // what it is called by staff
	Scopes     []Scope        // what it may do, in the order of Scopes
	Networks   []netip.Prefix // where it may be used from; none: anywhere
	PerMinute  int            // requests that it may make of one server
	CreatedAt  time.Time
	CreatedBy  string // who made it, as staff know them
	RevokedAt  time.Time
	LastUsedAt time.Time // to the minute; zero: never
	Secrets    []Secret  // that count, the newest first
}

// Secret is what is known of a key's secret once it was shown.
type Secret struct {
	Hint      string // how it begins
	CreatedAt time.Time
	EndsAt    time.Time // from when on it counts no more; zero: not known
}

// Revoked reports whether the key lets nobody in any more.
func (k *Key) Revoked() bool { return !k.RevokedAt.IsZero() }

// By is who looks after keys.
type By struct {
	Actor     audit.Actor
	Name      string // as staff know them
	RequestID string // of the request that asked for it, if any
}

// ByStaff returns who a member of staff is for keys, or fault.Forbidden.
func ByStaff(a staff.Actor) (By, error) {
	return By{Actor: a.Audit(), Name: a.Name, RequestID: a.RequestID}, a.Must(staff.ChangeSettings)
}

// Caller is the system whose key a request has shown.
type Caller struct {
	KeyID     string
	Name      string
	Scopes    []Scope
	Networks  []netip.Prefix
	PerMinute int // requests that it may make of one server
}

// May reports whether the caller's key has the scope.
func (c *Caller) May(s Scope) bool { return slices.Contains(c.Scopes, s) }

// From reports whether the key may be used from an address.
func (c *Caller) From(address netip.Addr) bool {
	if len(c.Networks) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(c.Networks, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Actor names the caller in the record.
func (c *Caller) Actor() audit.Actor { return audit.Actor{Kind: audit.API, ID: c.KeyID} }

func joinScopes(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// splitScopes reads what joinScopes wrote. A scope that this version does not
// know opens nothing.
func splitScopes(text string) (scopes []Scope) {
	for word := range strings.FieldsSeq(text) {
		if s := Scope(word); s.Known() {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

func joinNetworks(networks []netip.Prefix) string {
	words := make([]string, len(networks))
	for i, n := range networks {
		words[i] = n.String()
	}
	return strings.Join(words, " ")
}

func splitNetworks(text string) (networks []netip.Prefix, err error) {
	for word := range strings.FieldsSeq(text) {
		n, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, err
		}
		networks = append(networks, n)
	}
	return networks, nil
}
