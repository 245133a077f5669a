package signin

import (
	"context"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// Entrance lets browsers in.
type Entrance struct {
	Sessions *session.Store[guard.Actor]
	Cookies  cookie.Site
}

// Start is a use case that starts a session in a browser.
type Start func(ctx context.Context, b account.Browser) (account.SignedIn, error)

// Begin signs a browser in where start says so, and sends its cookies.
func (e *Entrance) Begin(c echo.Context, start Start) (account.SignedIn, error) {
	var s account.SignedIn
	device := deviceOrNew(e.Cookies, c.Request())
	err := e.Sessions.Begin(c.Response(), c.Request(), func(ctx context.Context, tokenHash []byte) (err error) {
		visit := VisitOf(c)
		visit.DeviceHash = deviceHash(device)
		s, err = start(ctx, account.Browser{Visit: visit, TokenHash: tokenHash, Device: account.DeviceOf(c.Request().UserAgent())})
		return err
	})
	if err != nil {
		return account.SignedIn{}, err
	}
	keepDevice(e.Cookies, c.Response(), device)
	return s, nil
}

// Visit says where a request comes from, and from which browser, where that may
// be known.
func (e *Entrance) Visit(c echo.Context) account.Visit {
	v := VisitOf(c)
	v.DeviceHash = deviceHash(deviceOf(e.Cookies, c.Request()))
	return v
}

// VisitOf says where a request comes from.
func VisitOf(c echo.Context) account.Visit {
	return account.Visit{Address: c.RealIP(), RequestID: server.RequestID(c), Locale: string(page.Printer(c).Locale())}
}

// The pages that follow a sign-in.
const (
	homePath   = "/home"
	choosePath = "/account/merchant"
	ownPath    = "/account"
)

// After returns where someone who has just signed in goes: to the page they
// wanted, by way of choosing a merchant where they have several and looked at
// none before, or to their own page where they have none.
func After(s account.SignedIn, next string) string {
	switch {
	case s.MerchantID != 0:
		return guard.Next(next, homePath)
	case s.Choices == 0:
		return ownPath
	}
	if next = guard.Next(next, ""); next == "" {
		return choosePath
	}
	return choosePath + "?" + url.Values{guard.NextParam: {next}}.Encode()
}

// WhoOf says who is signed in, for a use case, on a route that asks for it.
func WhoOf(c echo.Context) account.Who {
	actor := guard.ActorOf(c)
	return account.Who{Visit: VisitOf(c), UserID: actor.UserID, SessionID: actor.SessionID, MerchantID: actor.MerchantID, Look: actor.Look}
}
