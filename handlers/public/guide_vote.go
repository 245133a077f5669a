package public

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// The answers to whether a guide helped.
const (
	votedYes = "yes"
	votedNo  = "no"
)

// Vote answers POST /guides/{slug}/vote.
func (h *GuidePages) Vote(c echo.Context) error {
	if h.Guides.Guides().TakenDown(c.Param("slug")) {
		return h.down(c)
	}
	g, err := h.asked(c)
	if err != nil {
		return err
	}
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.vote(c, g, values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showGuide(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "guides.vote.thanks")
	return c.Redirect(http.StatusSeeOther, guideHref(g.Slug))
}

func (h *GuidePages) vote(c echo.Context, g *guide.Guide, values form.Values) error {
	answer := values.Get(guide.HelpedField)
	if answer != votedYes && answer != votedNo {
		var fields fault.Fields
		fields.Add(guide.HelpedField, "guides.vote.choose")
		return fields.Err()
	}
	return guide.CastVote(c.Request().Context(), h.DB, h.Clock.Now(), guide.Vote{
		VersionID: g.VersionID, Locale: string(page.Printer(c).Locale()), Helped: answer == votedYes, Reason: values.Get(guide.ReasonField),
		Voter: h.keyed("voter", h.reader(c)), Origin: h.keyed("origin", clock.Today(h.Clock).String(), c.RealIP()),
	})
}

// reader tells one reader from another: by the session, or by the token that
// every browser has that brings a form.
func (h *GuidePages) reader(c echo.Context) string {
	if actor, ok, err := h.Guard.Current(c); err == nil && ok {
		return "user " + actor.UserID
	}
	return "browser " + h.Cookies.Get(c.Request(), page.CSRFField)
}

// keyed hashes what tells a reader apart, so that what is kept tells nobody who
// they are.
func (h *GuidePages) keyed(parts ...string) string {
	mac := hmac.New(sha256.New, h.Secret)
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil))[:32]
}
