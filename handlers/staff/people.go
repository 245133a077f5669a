package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// peopleShown is how many people a page lists.
const peopleShown = 50

const (
	afterParam = "after"
	rolesName  = "roles"
)

// ListPeople answers GET /admin/staff.
func (h *Staff) ListPeople(c echo.Context) error {
	after := c.QueryParam(afterParam)
	all, more, err := h.People.List(c.Request().Context(), after, peopleShown)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.PeoplePath, "staff.people.title")
	p := frame.T
	props := views.PeopleProps{MayAdd: guard.StaffOf(c).Can(staff.ManageStaff), Table: components.Table{
		Caption: p.T("staff.people.title"),
		Columns: []components.Column{
			{Label: p.T("staff.people.name")}, {Label: p.T("staff.login.login")}, {Label: p.T("staff.people.roles")},
			{Label: p.T("staff.people.state")}, {Label: p.T("staff.people.seen")},
		},
	}}
	for i := range all {
		u := &all[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: u.Name, Href: views.PeoplePath + "/" + u.ID, Head: true}, {Text: u.Login}, {Text: rolesText(p, u.Roles)},
			{Tag: h.stateTag(p, u)}, {Text: seenText(p, u)},
		}})
	}
	if more {
		props.Next = views.PeoplePath + "?" + url.Values{afterParam: {all[len(all)-1].Login}}.Encode()
	}
	if after != "" {
		props.First = views.PeoplePath
	}
	return page.Render(c, http.StatusOK, views.People(frame, props))
}

func rolesText(p *i18n.Printer, roles []staff.Role) string {
	return strings.Join(guard.StaffRoles(p, roles), p.T("common.format.list.comma"))
}

func seenText(p *i18n.Printer, u *staff.Colleague) string {
	if u.SeenAt.IsZero() {
		return p.T("staff.people.never")
	}
	return p.DateTime(u.SeenAt)
}

// stateTag says whether someone can sign in.
func (h *Staff) stateTag(p *i18n.Printer, u *staff.Colleague) components.Tag {
	switch {
	case !u.DisabledAt.IsZero():
		return components.Tag{Verdict: components.None, Word: p.T("staff.people.off")}
	case u.Expired(h.Clock.Now()):
		return components.Tag{Verdict: components.Bad, Word: p.T("staff.people.expired")}
	case !u.GivenUntil.IsZero(), !u.HasFactor:
		return components.Tag{Verdict: components.Wait, Word: p.T("staff.people.unfinished")}
	}
	return components.Tag{Verdict: components.OK, Word: p.T("staff.people.ready")}
}

// roleBoxes are the roles to tick, some of which are.
func roleBoxes(p *i18n.Printer, ticked func(staff.Role) bool) (boxes []views.RoleBox) {
	for _, r := range staff.AllRoles {
		boxes = append(boxes, views.RoleBox{
			Value: string(r), Label: guard.StaffRoles(p, []staff.Role{r})[0], Hint: p.T(roleHints[r]), Ticked: ticked(r),
		})
	}
	return boxes
}

// roleHints are the keys of what a role does.
var roleHints = map[staff.Role]string{
	staff.Support:    "staff.role_hints.support",
	staff.Lead:       "staff.role_hints.lead",
	staff.Compliance: "staff.role_hints.compliance",
	staff.Auditor:    "staff.role_hints.auditor",
	staff.Operator:   "staff.role_hints.operator",
}

// rolesOf reads the roles of a form.
func rolesOf(values form.Values) (roles []staff.Role) {
	for _, r := range values.All(rolesName) {
		roles = append(roles, staff.Role(r))
	}
	return roles
}

// NewPerson answers GET /admin/staff/new.
func (h *Staff) NewPerson(c echo.Context) error {
	return h.showNewPerson(c, http.StatusOK, form.State{})
}

func (h *Staff) showNewPerson(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, views.PeoplePath, "staff.people.title", "staff.people.add")
	p := frame.T
	return page.Render(c, status, views.NewPerson(frame, views.NewPersonProps{
		State: s,
		Login: components.Field{
			Name: loginName, Label: p.T("staff.login.login"), Hint: p.T("staff.people.login_hint"), Value: s.Value(loginName), Error: s.Error(loginName),
			Autocomplete: "off", MaxLength: strconv.Itoa(staff.MaxLogin), Required: true,
		},
		Name: components.Field{
			Name: nameName, Label: p.T("staff.people.name"), Hint: p.T("staff.people.name_hint"), Value: s.Value(nameName), Error: s.Error(nameName),
			Autocomplete: "off", MaxLength: strconv.Itoa(staff.MaxName), Required: true,
		},
		Roles: roleBoxes(p, func(r staff.Role) bool { return s.Chosen(rolesName, string(r)) }),
	}))
}

// AddPerson answers POST /admin/staff/new.
func (h *Staff) AddPerson(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	m, err := staff.ManagerOf(guard.StaffOf(c))
	if err != nil {
		return err
	}
	n := staff.Newcomer{Login: values.Get(loginName), Name: values.Get(nameName), Roles: rolesOf(values)}
	id, given, err := h.People.Add(c.Request().Context(), m, n)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNewPerson(c, status, state)
	}
	if err != nil {
		return err
	}
	return h.showGiven(c, strings.ToLower(n.Login), given, id)
}

// showGiven shows a password to give to someone. It is kept nowhere, so that it
// is shown this once.
func (h *Staff) showGiven(c echo.Context, login, given, id string) error {
	frame := h.inside(c, views.PeoplePath, "staff.people.title", "staff.given.title")
	return page.Render(c, http.StatusOK, views.Given(frame, views.GivenProps{
		Login: login, Password: given, Until: frame.T.T("staff.given.until", "at", h.Clock.Now().Add(staff.GivenLasts)), Back: views.PeoplePath + "/" + id,
	}))
}

// Person answers GET /admin/staff/:id.
func (h *Staff) Person(c echo.Context) error {
	return h.showPerson(c, http.StatusOK, form.State{}, c.Param("id"))
}

func (h *Staff) showPerson(c echo.Context, status int, s form.State, id string) error {
	ctx := c.Request().Context()
	u, err := h.People.Find(ctx, id)
	if err != nil {
		return err
	}
	history, err := h.People.History(ctx, id)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.PeoplePath, "staff.people.title", "staff.people.one", "name", u.Name)
	p := frame.T
	return page.Render(c, status, views.Person(frame, views.PersonProps{
		State: s, Oneself: u.ID == guard.StaffOf(c).ID, MayNot: !guard.StaffOf(c).Can(staff.ManageStaff), Action: views.PeoplePath + "/" + u.ID, Off: !u.DisabledAt.IsZero(),
		Facts: components.Facts{
			{Term: p.T("staff.login.login"), Text: u.Login},
			{Term: p.T("staff.people.state"), Body: h.stateTag(p, &u)},
			{Term: p.T("staff.people.roles"), Text: rolesText(p, u.Roles)},
			{Term: p.T("staff.people.since"), Text: p.DateTime(u.CreatedAt)},
			{Term: p.T("staff.people.seen"), Text: seenText(p, &u)},
		},
		Roles: roleBoxes(p, func(r staff.Role) bool {
			if s.Error(rolesName) != "" {
				return s.Chosen(rolesName, string(r))
			}
			return slices.Contains(u.Roles, r)
		}),
		History: historyTable(p, history),
	}))
}

func historyTable(p *i18n.Printer, all []staff.RoleChange) components.Table {
	t := components.Table{
		Caption: p.T("staff.people.history"),
		Columns: []components.Column{{Label: p.T("staff.people.when")}, {Label: p.T("staff.people.what")}, {Label: p.T("staff.people.by")}},
	}
	for _, change := range all {
		key, by := "staff.people.lost", change.ByName
		if change.Granted {
			key = "staff.people.got"
		}
		if by == "" {
			by = p.T("staff.people.by_server")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.DateTime(change.At)}, {Text: p.T(key, "role", rolesText(p, []staff.Role{change.Role}))}, {Text: by},
		}})
	}
	return t
}
