package public

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/notice"
)

// ShortLink answers GET /s/{code}: it leads who was sent a message to what the
// message is about. Following it shows that the message was read.
func (h *FromOutside) ShortLink(c echo.Context) error {
	actor := guard.ActorOf(c)
	ctx, code := c.Request().Context(), c.Param("code")
	var letter *notice.LetterPage
	var err error
	if actor.Look == "" {
		letter, err = notice.OpenCode(ctx, h.DB, h.Clock.Now(), actor.MerchantID, code)
	} else {
		letter, err = notice.FindCode(ctx, h.DB, actor.MerchantID, code)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, leadsTo(letter, &actor))
}

// leadsTo is the page of the one thing that a letter is about, or of the letter
// where it is about several or the reader may not see it.
func leadsTo(letter *notice.LetterPage, actor *guard.Actor) string {
	if letter.Lines == 1 {
		switch a := &letter.About[0]; {
		case letter.Kind == notice.Complaint && a.IsCase() && actor.Can(account.SeeComplaints):
			return "/complaints/" + url.PathEscape(a.Ref)
		case letter.Kind.Event() == notice.EventFeeChange && actor.Can(account.SeeAgreements):
			return "/fee-changes/" + url.PathEscape(a.Ref)
		case a.IsDeduction():
			return "/deductions/" + url.PathEscape(a.Ref)
		case a.SN != "" && actor.Can(account.SeeTerminals):
			return "/terminals/" + url.PathEscape(a.SN)
		}
	}
	return "/inbox/" + url.PathEscape(letter.ID)
}
