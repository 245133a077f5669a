// Package public answers everybody: what the portal is, and how to sign in.
package public

import (
	"context"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/page"
)

// Options are what the pages need.
type Options struct {
	Accounts *account.Accounts
	Entrance *signin.Entrance
	Guard    *guard.Guard // tells who is signed in on pages for anyone
	Cookies  cookie.Site
	Secret   []byte      // at least 32 bytes, the same on all servers
	Codes    func() bool // whether text messages can be sent now; without, people sign in by password alone
	// AnswersAfter is how long an answer about a phone number takes at least, so
	// that its time does not tell whether the number is registered; 0 is 300 ms.
	AnswersAfter time.Duration
	// Demo lists who may sign in with one click; nil but in the demo.
	Demo func(ctx context.Context) ([]DemoUser, error)
}

// DemoUser is someone made up, whom the demo's sign-in page offers.
type DemoUser = signin.DemoUser

// Public holds what the pages need.
type Public struct {
	Options
	numbers *signin.Numbers
	front   page.Kept
}

// New returns the public pages.
func New(o Options) (*Public, error) {
	if o.AnswersAfter == 0 {
		o.AnswersAfter = 300 * time.Millisecond
	}
	n, err := signin.NewNumbers(o.Cookies, o.Secret, "number")
	if err != nil {
		return nil, fmt.Errorf("public: %w", err)
	}
	return &Public{Options: o, numbers: n}, nil
}

// frame returns what the layout needs, and shows who is signed in that they
// are. It takes up the flash: call it once, when the page is sure to come.
func (h *Public) frame(c echo.Context, titleKey string) page.Page {
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	return guard.Page(c, titleKey)
}

// slowly waits until an answer that began with the timer may go out.
func slowly(ctx context.Context, timer *time.Timer) {
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
