// Package overage lets merchants say how much data beyond the allowance of their
// SIMs may cost them in a calendar month. Until they do it costs nothing: what is
// asked for is denied.
package overage

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// The least and the most that a merchant can let be taken in a month: less buys
// nothing, and more is a slip of the finger.
const (
	Least money.Fen = 1_00
	Most  money.Fen = 9_999_00
)

// PlanByID returns a published plan, or nil.
type PlanByID func(id int64) *fee.Plan

// Who is somebody of a merchant's, and where their request comes from.
type Who struct {
	MerchantID int64
	UserID     string
	Name       string // as the history is to bear it
	RequestID  string // for the record
}

// Scope says for which terminals a limit is set.
type Scope string

// The scopes.
const (
	OfTerminal Scope = "terminal"
	OfShop     Scope = "shop" // all of the terminal's shop
	OfMerchant Scope = "all"
)

// Known reports whether the scope is one.
func (s Scope) Known() bool { return s == OfTerminal || s == OfShop || s == OfMerchant }

// Page is a terminal with what data beyond its allowance may cost.
type Page struct {
	TerminalID int64
	SN         string
	Alias      string // the merchant's own name for it, else the core system's
	Shop       string
	PlanID     int64     // by which data beyond the allowance is priced; 0: none is, and nothing can be taken
	Version    int       // of the plan, which holds or would once it is agreed
	One        money.Fen // price of one unit by that version; 0: it is not priced by the unit
	Agreed     bool      // the merchant has agreed to a version of the plan
	Limit      money.Fen // of a calendar month; 0: nothing is taken
	Taken      money.Fen // in this month, and not given back
	History    []Change  // the latest first
	InShop     int       // terminals of the shop with such a plan, this one with them
	InAll      int       // and of the merchant
}

// BuysNothing reports whether a limit is set that is less than one unit costs, so
// that nothing can be taken.
func (p *Page) BuysNothing() bool { return p.Limit > 0 && p.Limit < p.One }

// Change is a limit as it was set.
type Change struct {
	Limit money.Fen
	At    time.Time // UTC
	Name  string    // of who set it; empty: it began so
}

// versionOn returns the number of the version that a merchant who agrees today
// agrees to: the latest that is in effect.
func versionOn(plan *fee.Plan, today date.Date) (number int) {
	var since date.Date
	for i := range plan.Versions {
		if v := &plan.Versions[i]; v.EffectiveOn <= today && (v.EffectiveOn > since || v.EffectiveOn == since && v.Number > number) {
			number, since = v.Number, v.EffectiveOn
		}
	}
	return number
}
