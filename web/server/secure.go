package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// policy is the content security policy: everything comes from this site, from
// files of its own; nothing is written into the page, and no other site may
// show it in a frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers that make a browser careful with every answer. The
// values are shared by all answers; Set replaces one without touching them.
func secure(tls bool) echo.MiddlewareFunc {
	type header struct {
		name   string
		values []string
	}
	var headers []header
	add := func(name, value string) {
		headers = append(headers, header{http.CanonicalHeaderKey(name), []string{value}})
	}
	if tls {
		add("Content-Security-Policy", policy+"; upgrade-insecure-requests")
		add("Strict-Transport-Security", "max-age=31536000")
	} else {
		add("Content-Security-Policy", policy)
	}
	add("X-Content-Type-Options", "nosniff")
	add("X-Frame-Options", "DENY")
	add("Referrer-Policy", "same-origin")
	add("Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
	add("Cross-Origin-Opener-Policy", "same-origin")
	add("Cross-Origin-Resource-Policy", "same-origin")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			for i := range headers {
				h[headers[i].name] = headers[i].values[:1:1]
			}
			return next(c)
		}
	}
}

// csrfCookie is the cookie that a form's token is compared with. It lasts as
// long as a form may stay open before it has to be loaded again.
const (
	csrfCookie = "csrf"
	csrfLasts  = 24 * time.Hour
)

// protect refuses a request that another site made a reader's browser send: by
// what the browser says of its origin, and by a token that only our own pages
// carry. The API takes no cookie, so there is nothing to abuse there, nor where
// programs ask, whose cookies are dropped; static files are only read.
//
// Echo wraps the middleware around the handler anew for each request, so what
// costs is made here, once.
func (s *Server) protect() echo.MiddlewareFunc {
	cookies := s.options.Site.Cookies
	origins := http.NewCrossOriginProtection()
	tokens := middleware.CSRFWithConfig(middleware.CSRFConfig{
		Skipper:        s.needsNoToken,
		TokenLookup:    "form:" + page.CSRFField + ",header:" + echo.HeaderXCSRFToken,
		ContextKey:     page.CSRFField,
		CookieName:     cookies.Name(csrfCookie),
		CookiePath:     "/",
		CookieMaxAge:   int(csrfLasts / time.Second),
		CookieSecure:   cookies.TLS,
		CookieHTTPOnly: true,
		CookieSameSite: http.SameSiteLaxMode,
		ErrorHandler:   func(err error, _ echo.Context) error { return forged(err) },
	})
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		checked := tokens(next)
		return func(c echo.Context) error {
			r := c.Request()
			if err := origins.Check(r); err != nil {
				return forged(err)
			}
			if s.router.programs[r.Method+c.Path()] {
				r.Header.Del("Cookie")
				return next(c)
			}
			if isForm(r) {
				// Reading it here tells a form that is too long from one without a token.
				if _, err := form.Read(c); err != nil {
					return err
				}
			}
			return checked(c)
		}
	}
}

// needsNoToken reports whether a request can do nothing in a reader's name: the
// API and static files, a page without forms that a reader without cookies looks
// at, and what no route takes, which is answered as such.
func (s *Server) needsNoToken(c echo.Context) bool {
	r := c.Request()
	if isAPI(r.URL.Path) || isStatic(r.URL.Path) {
		return true
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads {
		return s.router.still[c.Path()] && page.IsStranger(r)
	}
	return !s.router.has(r.Method, c.Path())
}

// keepToken gives the forms of an error page the token that the browser has,
// where the request was refused before its token was looked at.
func (s *Server) keepToken(c echo.Context) {
	if c.Get(page.CSRFField) == nil {
		c.Set(page.CSRFField, s.options.Site.Cookies.Get(c.Request(), csrfCookie))
	}
}

func forged(cause error) error {
	return &page.Refusal{Status: http.StatusForbidden, Kind: "forged", Cause: cause}
}

func isForm(r *http.Request) bool {
	if r.Method != http.MethodPost || isAPI(r.URL.Path) {
		return false
	}
	kind := r.Header.Get(echo.HeaderContentType)
	return strings.HasPrefix(kind, echo.MIMEApplicationForm) || strings.HasPrefix(kind, echo.MIMEMultipartForm)
}
