package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"time"

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

// deviceCookie keeps what a browser is known again by. It is not a session, and
// signing out leaves it.
const (
	deviceCookie = "device"
	deviceLasts  = 400 * 24 * time.Hour // browsers keep none longer
	deviceLength = 32                   // bytes, so that nobody guesses one
)

// Start is a use case that starts a session in a browser.
type Start func(ctx context.Context, b account.Browser) (account.SignedIn, error)

// Begin signs a browser in where start says so, and sends its cookies.
func (e *Entrance) Begin(c echo.Context, start Start) (account.SignedIn, error) {
	var s account.SignedIn
	device := e.device(c)
	err := e.Sessions.Begin(c.Response(), c.Request(), func(ctx context.Context, tokenHash []byte) (err error) {
		hash := sha256.Sum256(device)
		s, err = start(ctx, account.Browser{
			Visit: VisitOf(c), TokenHash: tokenHash, DeviceHash: hash[:], Device: account.DeviceOf(c.Request().UserAgent()),
		})
		return err
	})
	if err != nil {
		return account.SignedIn{}, err
	}
	e.Cookies.Set(c.Response(), deviceCookie, base64.RawURLEncoding.EncodeToString(device), deviceLasts)
	return s, nil
}

// device returns what the browser is known by, or something new.
func (e *Entrance) device(c echo.Context) []byte {
	device, err := base64.RawURLEncoding.Strict().DecodeString(e.Cookies.Get(c.Request(), deviceCookie))
	if err == nil && len(device) == deviceLength {
		return device
	}
	device = make([]byte, deviceLength)
	_, _ = rand.Read(device) // never fails: the program ends if it would
	return device
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
