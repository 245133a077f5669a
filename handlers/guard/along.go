package guard

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/server"
)

// Along is what a page wants read in the round trip that finds its reader's
// session: the statement's first argument is the hash of the session's token.
// What it reads is worth nothing until the access has let the reader in, and has
// to be compared with the merchant that the actor then is for.
type Along func(c echo.Context) db.Statement

type alongKey struct{}

// AlongOf returns what is to be read along with the session of a request, for
// the Sessions to heed.
func AlongOf(ctx context.Context) (db.Statement, bool) {
	s, ok := ctx.Value(alongKey{}).(*db.Statement)
	if !ok {
		return db.Statement{}, false
	}
	return *s, true
}

// CanAlong is Can for a page that is read along with the session.
func CanAlong(p account.Permission, along Along) server.Access {
	can := Can(p)
	return server.Grant(can.Name(), func(next echo.HandlerFunc) echo.HandlerFunc {
		checked := can.Before(next)
		return func(c echo.Context) error {
			statement := along(c)
			r := c.Request()
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), alongKey{}, &statement)))
			return checked(c)
		}
	})
}
