package guard

import (
	"cmp"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// roleNames are the keys of the roles' names.
var roleNames = map[account.Role]string{
	account.Owner:   "common.roles.owner",
	account.Finance: "common.roles.finance",
	account.Viewer:  "common.roles.viewer",
}

// RoleName returns a role's name in the reader's language.
func RoleName(p *i18n.Printer, r account.Role) string {
	key, ok := roleNames[r]
	if !ok {
		return ""
	}
	return p.T(key)
}

// Page returns what the layout needs, with a title and who is signed in. The
// audience adds its navigation and crumbs. It takes up the flash, so a handler
// calls it once, when its page is sure to come.
func Page(c echo.Context, titleKey string, args ...any) page.Page {
	p := page.New(c)
	p.Title = p.T.T(titleKey, args...)
	if actor, ok := c.Get(actorKey).(Actor); ok {
		p.User = userOf(p.T, actor)
	}
	return p
}

// StaffPage is the same for a page of staff's.
func StaffPage(c echo.Context, titleKey string, args ...any) page.Page {
	p := page.New(c)
	p.Title = p.T.T(titleKey, args...)
	if s, ok := c.Get(staffKey).(staff.Session); ok && s.Verified {
		p.User = staffUser(p.T, s.Actor)
	}
	return p
}

func userOf(p *i18n.Printer, a Actor) *page.User {
	u := &page.User{Name: cmp.Or(a.Name, p.T("account.title")), Merchant: a.MerchantName, Role: RoleName(p, a.Role)}
	if a.Look != "" {
		u.Role = p.T("look.role")
	}
	for _, m := range a.Others {
		u.Others = append(u.Others, page.Choice{ID: strconv.FormatInt(m.MerchantID, 10), Name: m.MerchantName})
	}
	return u
}
