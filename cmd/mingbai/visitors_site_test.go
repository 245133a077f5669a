package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/server"
)

// visitor is someone who comes to the site.
type visitor struct {
	name string
	// enter signs a new person of this kind in and returns the cookies of their
	// browser; nil: nobody is signed in.
	enter func(s *site, m shop) []*http.Cookie
	// may says whether they may use routes of an access that is not public.
	may func(access string) bool
	// atDesk says that they come as staff, half that they have shown a password
	// and no second factor.
	atDesk, half bool
}

// visitors are all kinds of people that there are; of several who may see a page
// the first looks at it. A new role belongs here, and with it every route is
// tried in it.
var visitors = []visitor{
	merchantRole(account.Owner),
	merchantRole(account.Finance),
	merchantRole(account.Viewer),
	merchantRole(""),
	deskRole(staff.Support),
	deskRole(staff.Lead),
	deskRole(staff.Compliance),
	deskRole(staff.Auditor),
	deskRole(staff.Operator),
	halfSignedIn,
	nobody,
}

var nobody = visitor{name: "nobody", may: func(string) bool { return false }}

// merchantRole is someone with a role at a merchant, or with none anywhere.
func merchantRole(role account.Role) visitor {
	v := visitor{name: string(role)}
	if role == "" {
		v.name = "signed in without a merchant"
	}
	v.enter = func(s *site, m shop) []*http.Cookie { return s.enter(m, role) }
	v.may = func(access string) bool {
		permission, ok := strings.CutPrefix(access, "can ")
		return strings.HasPrefix(access, "signed in: ") || ok && account.Can(role, account.Permission(permission))
	}
	return v
}

func isPublic(r server.Route) bool { return strings.HasPrefix(r.Access, "public: ") }

// opens says whether a visitor may use a route.
func (v visitor) opens(r server.Route) bool { return isPublic(r) || v.may(r.Access) }

// readerOf is who looks at a page: nobody in particular at one for all.
func readerOf(t testing.TB, r server.Route) visitor {
	t.Helper()
	if isPublic(r) {
		return nobody
	}
	for _, v := range visitors {
		if v.may(r.Access) {
			return v
		}
	}
	t.Fatalf("%s: none of the visitors in visitors_site_test.go may use it; add one who may", r)
	return visitor{}
}
