package bench

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/db"
)

// floor returns the honest floor of a page: echo, a view and one query by primary
// key, and nothing that a portal needs.
func floor(d *db.DB) http.Handler {
	e := bare()
	e.GET("/pk/:id", func(c echo.Context) error {
		id, err := strconv.ParseInt(c.Param("id"), 10, 64)
		if err != nil {
			return echo.ErrNotFound
		}
		var p pkProps
		err = d.QueryRow(c.Request().Context(), "select sn, alias, model, type, carrier from terminals where id = $1", id).
			Scan(&p.serial, &p.alias, &p.model, &p.kind, &p.carrier)
		if err != nil {
			return err
		}
		return view(c, pkPage(p))
	})
	return e
}

// hello returns the least that echo does.
func hello() http.Handler {
	e := bare()
	e.GET("/hello", func(c echo.Context) error { return c.String(http.StatusOK, "hello") })
	return e
}

func bare() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	return e
}

// view writes a view whole, so that the answer has a length and goes out at once.
func view(c echo.Context, v templ.Component) error {
	var body bytes.Buffer
	if err := v.Render(c.Request().Context(), &body); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, body.Bytes())
}

// pkProps is a terminal as the floor page shows it.
type pkProps struct{ serial, alias, model, kind, carrier string }
