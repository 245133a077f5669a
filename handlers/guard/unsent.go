package guard

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// unsentOf returns what somebody typed into a form that they sent after their
// session had ended, or false where they wrote nothing that would be lost.
func unsentOf(c echo.Context, audience Audience) (u page.Unsent, ok bool) {
	if c.Request().Method != http.MethodPost {
		return u, false
	}
	values, err := form.Read(c)
	if err != nil {
		return u, false // it could not have been taken either
	}
	for _, name := range values.All(form.WrittenField) {
		for _, line := range strings.Split(values.Get(name), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				u.Words = append(u.Words, line)
			}
		}
	}
	if len(u.Words) == 0 {
		return u, false
	}
	u.SignIn, u.Action = loginURL(c, audience.signIn()), c.Request().URL.RequestURI()
	if sent := c.Request().MultipartForm; sent != nil {
		for _, files := range sent.File {
			u.Files = u.Files || len(files) > 0 && files[0].Size > 0
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == page.CSRFField {
			continue
		}
		for _, value := range values.All(name) {
			u.Fields = append(u.Fields, page.UnsentField{Name: name, Value: value})
		}
	}
	return u, true
}

// keepUnsent answers with the page that keeps what was typed.
func (a *Answers) keepUnsent(c echo.Context, u page.Unsent, audience Audience) error {
	p := a.prepared(c, audience, false)
	p.Title = p.T.T("layout.unsent.title")
	return page.Render(c, http.StatusUnauthorized, audience.Unsent(p, u))
}
