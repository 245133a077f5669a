package guard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Audience shows errors to one kind of reader: under the paths that begin with
// its prefix, such as /admin, in its own layout.
type Audience struct {
	Prefix string
	Page   func(p page.Page, problem page.Problem) templ.Component // a whole page
	Alert  func(p page.Page, problem page.Problem) templ.Component // for HTMX, put into the element page.AlertsID
	// Unsent shows what was typed into a form that was sent too late: the session had ended.
	Unsent func(p page.Page, u page.Unsent) templ.Component
	// Prepare adds the audience's navigation; actor is nil where nobody is
	// signed in, or it can't be known. May be nil.
	Prepare func(p *page.Page, actor *Actor)
	// PrepareStaff is the same for pages of staff, which know no merchant's
	// session; actor is nil until the second factor.
	PrepareStaff func(p *page.Page, actor *staff.Actor)
	Home, SignIn string // where its readers begin, and where they sign in; empty: / and LoginPath
}

// signIn returns where the audience's readers sign in.
func (a Audience) signIn() string { return cmp.Or(a.SignIn, LoginPath) }

// Answers turns errors into answers.
type Answers struct {
	guard     *Guard
	log       *slog.Logger
	audiences []Audience
}

// NewAnswers returns the answers to errors. The last audience is the one for
// all paths that no other claims.
func NewAnswers(g *Guard, log *slog.Logger, audiences ...Audience) *Answers {
	return &Answers{guard: g, log: log, audiences: audiences}
}

// Answer answers an error: an API's caller with a problem document, HTMX with
// an alert, a reader who has to sign in with the way there, and everyone else
// with a page. What the error's cause says goes to the log.
func (a *Answers) Answer(c echo.Context, err error) error {
	r := c.Request()
	if strings.HasPrefix(r.URL.Path, "/api/") && !isForReaders(r.URL.Path) {
		d := a.Document(c, err)
		body, err := json.Marshal(d)
		if err != nil {
			return err
		}
		return c.Blob(d.Status, DocumentType, body)
	}
	v := a.judge(c, err)
	audience := a.audienceOf(r.URL.Path)
	switch {
	case v.kind == fault.Unauthenticated && page.IsHTMX(r):
		c.Response().Header().Set("HX-Redirect", loginURL(c, audience.signIn()))
		return c.NoContent(http.StatusUnauthorized)
	case v.kind == fault.Unauthenticated:
		if u, ok := unsentOf(c, audience); ok {
			return a.keepUnsent(c, u, audience)
		}
		return c.Redirect(http.StatusSeeOther, loginURL(c, audience.signIn()))
	}
	return a.page(c, v, audience)
}

// judge returns what an error comes to, logs it, and sets the headers that any
// answer to it has.
func (a *Answers) judge(c echo.Context, err error) verdict {
	v := verdictOf(err)
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		v = verdict{kind: fault.Unavailable, status: http.StatusServiceUnavailable} // nobody waits for the answer
	}
	a.note(c, v, err)
	if v.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(v.wait))
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return v
}

// note logs a mistake of ours with its cause, and any other no without: a cause
// may quote what a reader typed.
func (a *Answers) note(c echo.Context, v verdict, err error) {
	ctx := c.Request().Context()
	if v.status >= http.StatusInternalServerError && ctx.Err() == nil {
		a.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("id", server.RequestID(c)), slog.String("route", c.Path()),
			slog.Int("status", v.status), slog.Any("error", err))
		return
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "request refused",
		slog.String("id", server.RequestID(c)), slog.String("route", c.Path()),
		slog.Int("status", v.status), slog.String("kind", string(v.kind)), slog.String("key", v.key))
}

func (a *Answers) page(c echo.Context, v verdict, audience Audience) error {
	// Where the database fails, asking it who reads this would fail again.
	mayAsk := v.status < http.StatusInternalServerError
	p := a.prepared(c, audience, mayAsk)
	problem := v.problem(p.T, audience)
	p.Title = problem.Title
	if page.IsHTMX(c.Request()) {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#"+page.AlertsID)
		h.Set("HX-Reswap", "innerHTML")
		return page.Render(c, v.status, audience.Alert(p, problem))
	}
	return page.Render(c, v.status, audience.Page(p, problem))
}

// prepared returns what the audience's layout needs.
func (a *Answers) prepared(c echo.Context, audience Audience, mayAsk bool) page.Page {
	if audience.PrepareStaff != nil {
		return a.staffPage(c, audience, mayAsk)
	}
	return a.merchantPage(c, audience, mayAsk)
}

func (a *Answers) merchantPage(c echo.Context, audience Audience, mayAsk bool) page.Page {
	var actor *Actor
	if mayAsk {
		if known, ok, err := a.guard.Current(c); ok && err == nil {
			actor = &known
		}
	}
	p := page.New(c)
	if actor != nil {
		p.User = userOf(p.T, *actor)
	}
	if audience.Prepare != nil {
		audience.Prepare(&p, actor)
	}
	return p
}

func (a *Answers) staffPage(c echo.Context, audience Audience, mayAsk bool) page.Page {
	var actor *staff.Actor
	if mayAsk {
		if known, ok, err := a.guard.CurrentStaff(c); ok && err == nil && known.Verified {
			actor = &known.Actor
		}
	}
	p := page.New(c)
	if actor != nil {
		p.User = staffUser(p.T, *actor)
	}
	audience.PrepareStaff(&p, actor)
	return p
}

func (a *Answers) audienceOf(path string) Audience {
	for _, audience := range a.audiences {
		prefix := strings.TrimSuffix(audience.Prefix, "/")
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return audience
		}
	}
	return a.audiences[len(a.audiences)-1]
}

// seconds writes how long to wait for the Retry-After header.
func seconds(wait time.Duration) string {
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}
