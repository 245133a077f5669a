package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// deskRoundTrips is how many round trips a page of staff's takes at most.
const deskRoundTrips = 3

// isDesk reports whether a route is staff's.
func isDesk(r server.Route) bool { return r.Path == "/admin" || strings.HasPrefix(r.Path, "/admin/") }

// deskRole is a member of staff with a role, who has shown a second factor.
func deskRole(role staff.Role) visitor {
	return visitor{
		name: "staff " + string(role), atDesk: true,
		enter: func(s *site, _ shop) []*http.Cookie { return s.enterDesk(role) },
		may: func(access string) bool {
			permission, ok := strings.CutPrefix(access, "staff can ")
			return strings.HasPrefix(access, "staff signed in: ") || ok && staff.Can(role, staff.Permission(permission))
		},
	}
}

// halfAccess begins the access of the steps that follow the password.
const halfAccess = "staff with a password: "

// halfSignedIn is an operator who has shown a password and nothing else.
var halfSignedIn = visitor{
	name: "staff with a password alone", atDesk: true, half: true,
	enter: func(s *site, _ shop) []*http.Cookie { return s.enterHalf() },
	may:   func(access string) bool { return strings.HasPrefix(access, halfAccess) },
}

// enterDesk signs in a member of staff who is new, and returns the cookies of
// their browser.
func (s *site) enterDesk(role staff.Role) []*http.Cookie {
	s.t.Helper()
	ctx, way := s.t.Context(), staff.NewDemo(s.people)
	short := fmt.Sprintf("tester%d", s.newcomers.Add(1))
	if err := way.Add(ctx, short, "测试员", role); err != nil {
		s.t.Fatal(err)
	}
	u, err := s.people.FindLogin(ctx, short+"@demo.invalid")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.beginAtDesk(func(ctx context.Context, tokenHash []byte) error {
		return way.SignIn(ctx, u.ID, staff.Browser{TokenHash: tokenHash, Address: "203.0.113.7"})
	})
}

// enterHalf takes the first step for an operator who is new.
func (s *site) enterHalf() []*http.Cookie {
	s.t.Helper()
	login := fmt.Sprintf("beginner%d", s.newcomers.Add(1))
	_, given, err := s.people.Add(s.t.Context(), byTest, staff.Newcomer{Login: login, Roles: []staff.Role{staff.Operator}})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.beginAtDesk(func(ctx context.Context, tokenHash []byte) error {
		return s.people.SignIn(ctx, login, given, staff.Browser{TokenHash: tokenHash, Address: login})
	})
}

func (s *site) beginAtDesk(open session.Open) []*http.Cookie {
	s.t.Helper()
	store := session.Named[staff.Session]("staff", s.staffSessions, cookie.Site{TLS: s.config.secure()}, staff.SessionLasts)
	answer := httptest.NewRecorder()
	if err := store.Begin(answer, httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/admin/login", nil), open); err != nil {
		s.t.Fatal(err)
	}
	return answer.Result().Cookies()
}

// byTest adds staff in the tests.
var byTest = staff.AtCommandLine(audit.Actor{Kind: audit.CLI, ID: "test"})

// leaveColleague makes a member of staff whom nobody is, with all that one has.
func (s *site) leaveColleague() {
	s.t.Helper()
	ctx := s.t.Context()
	_, given, err := s.people.Add(ctx, byTest, staff.Newcomer{Login: "colleague", Name: "同事", Roles: []staff.Role{staff.Support}})
	if err != nil {
		s.t.Fatal(err)
	}
	browser := func(token string) staff.Browser {
		hash := sha256.Sum256([]byte(token))
		return staff.Browser{TokenHash: hash[:], Address: "198.51.100.1"}
	}
	if err := s.people.SignIn(ctx, "colleague", given, browser("half")); err != nil {
		s.t.Fatal(err)
	}
	half, _, err := s.people.FindSession(ctx, browser("half").TokenHash)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.people.SetFirstPassword(ctx, half, "correct horse battery"); err != nil {
		s.t.Fatal(err)
	}
	offer, err := s.people.OfferTOTP(ctx, half.Actor)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.people.FinishSetUpWithTOTP(ctx, half, "phone", stafftest.Code(s.t, offer.Secret, s.at.Now()), browser("full")); err != nil {
		s.t.Fatal(err)
	}
}

// leaveGuide has someone write a guide that waits for a reviewer.
func (s *site) leaveGuide() {
	s.t.Helper()
	ctx, now := s.t.Context(), s.at.Now()
	author := staff.Actor{ID: "st_author", Roles: []staff.Role{staff.Compliance}}
	like, err := guide.Get(ctx, s.db, "deposit")
	if err != nil {
		s.t.Fatal(err)
	}
	revision, err := guide.Save(ctx, s.db, now, author, guide.Edit{Slug: "waiting", New: true, Content: *like.Published.Content})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := guide.Submit(ctx, s.db, now, author, "waiting", revision); err != nil {
		s.t.Fatal(err)
	}
}

// leaveTemplates has someone begin to write the words of a notice, and write
// others that wait for a reviewer.
func (s *site) leaveTemplates() {
	s.t.Helper()
	ctx := s.t.Context()
	k := notice.Desk{DB: s.db, At: s.at.Now(), By: staff.Actor{ID: "st_author", Roles: []staff.Role{staff.Compliance}}}
	drafted, waiting := notice.Template{Kind: notice.Upcoming, Channel: notice.Email}, notice.Template{Kind: notice.Taken, Channel: notice.Email}
	for _, t := range []notice.Template{drafted, waiting} {
		if err := k.Restore(ctx, t); err != nil {
			s.t.Fatal(err)
		}
	}
	waiting.Revision = 1
	if err := k.Submit(ctx, waiting); err != nil {
		s.t.Fatal(err)
	}
}

// leaveDraft has someone begin to write a disclosure.
func (s *site) leaveDraft() {
	s.t.Helper()
	author := staff.Actor{ID: "st_author", Roles: []staff.Role{staff.Compliance}}
	if _, err := disclosure.Begin(s.t.Context(), s.db, s.at.Now(), author, "trial", &disclosure.Content{}); err != nil {
		s.t.Fatal(err)
	}
}

func TestEveryRouteUnderAdminIsForStaffAndNoOther(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	public := map[string]bool{"/admin/login": true, "/admin/logout": true}
	for _, r := range s.server.Router().Routes() {
		forStaff := strings.HasPrefix(r.Access, "staff ")
		if want := isDesk(r) && !public[r.Path]; forStaff != want {
			t.Errorf("%s: for staff: %t, want %t", r, forStaff, want)
		}
		if permission, ok := strings.CutPrefix(r.Access, "staff can "); ok {
			known := false
			for _, p := range staff.Permissions() {
				known = known || string(p) == permission
			}
			if !known {
				t.Errorf("%s names a permission that there is not", r)
			}
		}
	}
}
