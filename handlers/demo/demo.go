// Package demo answers what only the demo has: signing in with one click, the
// messages that would have been sent, and a look at every part that pages are
// built from.
package demo

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/demo"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// Demo holds what the pages need.
type Demo struct {
	DB       *db.DB
	Accounts *account.Accounts
	Entrance *signin.Entrance
	Guard    *guard.Guard // tells who is signed in on pages for anyone
	Sent     *Capture
	Desk     Desk
}

// mostPeople bounds the list of who may enter.
const mostPeople = 100

// stories are the message keys of what there is to see at a merchant, by its
// number.
var stories = map[string]string{
	"M1001": "demo.story.m1001", "M1002": "demo.story.m1002", "M1003": "demo.story.m1003", "M1004": "demo.story.m1004",
	"M1005": "demo.story.m1005", "M1006": "demo.story.m1006", "M1008": "demo.story.m1008",
}

// roles are the message keys of what someone is to a merchant.
var roles = map[account.Role]string{
	account.Owner: "common.roles.owner", account.Finance: "common.roles.finance", account.Viewer: "common.roles.viewer",
}

// Users lists who may enter with one click, for the sign-in page.
func (h *Demo) Users(ctx context.Context) (users []signin.DemoUser, err error) {
	people, err := h.Accounts.People(ctx, mostPeople)
	for _, p := range people {
		// whoever owns one shop and helps in another is known by their own
		slices.SortStableFunc(p.Merchants, func(a, b account.PersonsMerchant) int { return cmp.Compare(rank(a.Role), rank(b.Role)) })
		var names []string
		for _, m := range p.Merchants {
			names = append(names, m.Name)
		}
		first := p.Merchants[0]
		u := signin.DemoUser{ID: p.UserID, Name: p.Name, Merchant: strings.Join(names, " · "), Role: roles[first.Role]}
		if first.Role == account.Owner {
			u.Story = stories[first.Ref]
		}
		users = append(users, u)
	}
	return users, err
}

// rank puts the most trusted role first.
func rank(r account.Role) int {
	return slices.Index([]account.Role{account.Owner, account.Finance, account.Viewer}, r)
}

// SignIn answers POST /demo/sign-in: it signs in whoever was clicked.
func (h *Demo) SignIn(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	s, err := h.Entrance.Begin(c, func(ctx context.Context, b account.Browser) (account.SignedIn, error) {
		return h.Accounts.StartSession(ctx, values.Get(signin.DemoField), "demo", b)
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, signin.After(s, values.Get(guard.NextParam)))
}

// Components answers GET /demo/components: every part with an example.
func (h *Demo) Components(c echo.Context) error {
	return page.Render(c, http.StatusOK, demo.Page(h.frame(c, "demo.components.title"), components.Gallery))
}

// frame returns what the layout needs. It takes up the flash: call it once, when
// the page is sure to come.
func (h *Demo) frame(c echo.Context, titleKey string) page.Page {
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	return guard.Page(c, titleKey)
}
