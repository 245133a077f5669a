package portal

import (
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// KeepTyped answers who sends a form after their session has ended: with what they
// typed, to be sent once they are signed in again. It stays in the browser, so that
// nobody else reads it. Where nothing was typed they are sent to sign in.
func (h *Complaints) KeepTyped(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	if values.Get(wordsField) == "" {
		return fault.New(fault.Unauthenticated, "")
	}
	frame := guard.Page(c, "complaints.signed_out.title")
	props := portal.SignedOutProps{
		Heading: components.Heading{Title: frame.Title, Lead: frame.T.T("complaints.signed_out.lead")}, Action: c.Request().URL.RequestURI(),
		SignIn: page.Link{Label: frame.T.T("complaints.signed_out.sign_in"), Href: guard.SignInAgain(c)}, Words: sentences(values.Get(wordsField)),
	}
	if sent := c.Request().MultipartForm; sent != nil && len(sent.File[filesField]) > 0 && sent.File[filesField][0].Size > 0 {
		props.Files = frame.T.T("complaints.signed_out.files")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != page.CSRFField && name != removeField && name != keepField {
			props.Hidden = append(props.Hidden, components.Hidden{Name: name, Value: values.Raw(name)})
		}
	}
	return page.Render(c, http.StatusUnauthorized, portal.SignedOut(frame, props))
}
