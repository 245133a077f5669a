package guard

import (
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
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Audience shows errors to one kind of reader: under the paths that begin with
// its prefix, such as /admin, in its own layout.
type Audience struct {
	Prefix string
	Page   func(p page.Page, problem page.Problem) templ.Component // a whole page
	Alert  func(p page.Page, problem page.Problem) templ.Component // for HTMX, put into the element page.AlertsID
	// Prepare adds the audience's navigation; actor is nil where nobody is
	// signed in, or it can't be known. May be nil.
	Prepare func(p *page.Page, actor *Actor)
}

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
	v := verdictOf(err)
	r := c.Request()
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		v = verdict{kind: fault.Unavailable, status: http.StatusServiceUnavailable} // nobody waits for the answer
	}
	a.note(c, v, err)
	if v.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(v.wait))
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		return a.document(c, v)
	case v.kind == fault.Unauthenticated && page.IsHTMX(r):
		c.Response().Header().Set("HX-Redirect", loginURL(c))
		return c.NoContent(http.StatusUnauthorized)
	case v.kind == fault.Unauthenticated:
		return c.Redirect(http.StatusSeeOther, loginURL(c))
	}
	return a.page(c, v)
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

func (a *Answers) page(c echo.Context, v verdict) error {
	audience := a.audienceOf(c.Request().URL.Path)
	var actor *Actor
	if v.status < http.StatusInternalServerError {
		// Where the database fails, asking it who reads this would fail again.
		if known, ok, err := a.guard.Current(c); ok && err == nil {
			actor = &known
		}
	}
	p := page.New(c)
	problem := v.problem(p.T)
	p.Title = problem.Title
	if actor != nil {
		p.User = userOf(p.T, *actor)
	}
	if audience.Prepare != nil {
		audience.Prepare(&p, actor)
	}
	if page.IsHTMX(c.Request()) {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#"+page.AlertsID)
		h.Set("HX-Reswap", "innerHTML")
		return page.Render(c, v.status, audience.Alert(p, problem))
	}
	return page.Render(c, v.status, audience.Page(p, problem))
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

// document is a problem document after RFC 9457.
type document struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Code      string          `json:"code"`
	Detail    string          `json:"detail,omitempty"`
	RequestID string          `json:"request_id"`
	Errors    []documentField `json:"errors,omitempty"`
}

// documentField says what is wrong with one property of what was sent.
type documentField struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (a *Answers) document(c echo.Context, v verdict) error {
	p := page.Printer(c)
	problem := v.problem(p)
	d := document{
		Type: "about:blank", Title: problem.Title, Status: v.status, Code: string(v.kind),
		Detail: problem.Text, RequestID: server.RequestID(c),
	}
	if v.key != "" {
		d.Code = v.key
	}
	for _, f := range v.fields {
		d.Errors = append(d.Errors, documentField{Name: f.Name, Code: f.Key, Detail: p.T(f.Key, f.Args...)})
	}
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Language", string(p.Locale()))
	if v.kind == fault.Unauthenticated {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	return c.Blob(v.status, "application/problem+json", body)
}

// seconds writes how long to wait for the Retry-After header.
func seconds(wait time.Duration) string {
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}
