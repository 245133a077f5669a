package public

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Entry answers GET /enter/{token}: it says whom the link lets in, and asks for a
// tap. It uses nothing up, since chat programs open addresses before people do;
// and who was sent somebody else's link sees whose account it would open.
func (h *Public) Entry(c echo.Context) error {
	hide(c)
	e, err := h.Accounts.ReadEntry(c.Request().Context(), c.Param("token"))
	if err != nil {
		return h.entryOver(c, err)
	}
	frame := h.frame(c, "entry.title")
	p := frame.T
	return page.Render(c, http.StatusOK, public.Entry(frame, public.EntryProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("entry.lead", "name", e.Name, "phone", i18n.MaskPhone(e.Phone), "merchant", e.Merchant)},
		Action:  "/enter/" + c.Param("token"),
	}))
}

// Enter answers POST /enter/{token}: it signs in whom the link lets in.
func (h *Public) Enter(c echo.Context) error {
	hide(c)
	to := ""
	s, err := h.Entrance.Begin(c, func(ctx context.Context, b account.Browser) (s account.SignedIn, err error) {
		s, to, err = h.Accounts.Enter(ctx, c.Param("token"), b)
		return s, err
	})
	if err != nil {
		return h.entryOver(c, err)
	}
	return c.Redirect(http.StatusSeeOther, signin.After(s, to))
}

// entryOver says that a link does not serve any more, where that is what is
// wrong, and leads to signing in.
func (h *Public) entryOver(c echo.Context, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.NotFound {
		return err
	}
	frame := h.frame(c, "entry.over")
	return page.Render(c, http.StatusNotFound, public.EntryOver(frame, public.EntryOverProps{
		Heading: components.Heading{Title: frame.Title, Lead: frame.T.T("entry.over_lead")},
		SignIn:  page.Link{Label: frame.T.T("entry.sign_in"), Href: guard.LoginPath},
	}))
}
