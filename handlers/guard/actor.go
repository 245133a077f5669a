// Package guard stands before every page: it knows who is signed in and what
// they may do, sends who is not to the sign-in page, and turns what went wrong
// into an answer the reader can use.
package guard

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/session"
)

// Actor is who is signed in, and for which merchant.
type Actor struct {
	SessionID    string // the session's public id, not its token
	UserID       string
	Name         string
	Locale       string // the language the user has chosen, or empty
	MerchantID   int64  // 0: the user belongs to no merchant now
	MerchantName string
	Role         account.Role // empty without a merchant
	Others       []Membership // other merchants the user belongs to
	Look         string       // id of staff's look at the merchant's pages, in which nobody is signed in; mostly empty
}

// Membership is another merchant that a user may switch to.
type Membership struct {
	MerchantID   int64
	MerchantName string
}

// Can reports whether the actor may do something for the merchant.
func (a Actor) Can(p account.Permission) bool {
	return a.MerchantID != 0 && account.Can(a.Role, p)
}

// Sessions finds who a session belongs to: by the token's hash, in one query,
// with merchant, role and other memberships, and ends sessions.
type Sessions = session.Rows[Actor]

const actorKey = "guard.actor"

// ActorOf returns who is signed in, on a route that asks for it. Elsewhere it
// panics: a handler that needs an actor needs an access that brings one.
func ActorOf(c echo.Context) Actor {
	actor, ok := c.Get(actorKey).(Actor)
	if !ok {
		panic("guard: " + c.Path() + " asks for an actor, but its access lets in anyone")
	}
	return actor
}

// Current returns who is signed in, or false, on a route for anyone. It asks
// the sessions once a request, and only where the browser brings a token.
func (g *Guard) Current(c echo.Context) (Actor, bool, error) {
	if actor, ok := c.Get(actorKey).(Actor); ok {
		return actor, true, nil
	}
	if g.looks.at(c.Request()) {
		return Actor{}, false, nil // whoever else is signed in here counts for nothing
	}
	actor, ok, err := g.sessions.Current(c.Request())
	if err != nil || !ok {
		return Actor{}, false, err
	}
	c.Set(actorKey, actor)
	if l := i18n.Locale(actor.Locale); l.Known() {
		page.SetPrinter(c, i18n.For(l))
	}
	return actor, true, nil
}
