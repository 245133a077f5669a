package portal

import (
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/file"
)

// isPicture reports whether a file was drawn anew when it came in: those alone may
// show within a page.
func isPicture(f *complaint.File) bool { return f.Type == file.JPEG || f.Type == file.PNG }

// File answers GET /complaints/{number}/files/{id} for those who may see the case:
// as something to save, and a picture within its page.
func (h *Complaints) File(c echo.Context) error {
	f, content, err := h.Cases.OpenFile(c.Request().Context(), signin.WhoOf(c), c.Param("number"), c.Param("id"))
	if err != nil {
		return err
	}
	how := "attachment"
	if c.QueryParam("show") != "" && isPicture(&f) {
		how = "inline"
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	header.Set(echo.HeaderContentSecurityPolicy, header.Get(echo.HeaderContentSecurityPolicy)+"; sandbox") // as a page of nobody's, without script
	return c.Blob(http.StatusOK, f.Type, content)
}
