package page

import (
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
)

// Site is what all pages of one portal have in common.
type Site struct {
	Brand   func(i18n.Locale) Brand  // the acquirer, in the reader's language
	Asset   func(name string) string // the address of a static file
	Cookies cookie.Site
	Foot    func(*i18n.Printer) []Link // what the foot of every page leads to; nil: nothing
	flashes flashes
}

// NewSite returns a site. The secret signs what a reader carries from one page
// to the next; it is at least 32 random bytes and the same on all servers.
func NewSite(brand func(i18n.Locale) Brand, asset func(name string) string, cookies cookie.Site, secret []byte) *Site {
	return &Site{Brand: brand, Asset: asset, Cookies: cookies, flashes: newFlashes(secret)}
}

// The names under which a request's context holds what a page needs.
const (
	siteKey    = "page.site"
	printerKey = "page.printer"
	csrfKey    = CSRFField // where echo's middleware puts the token
	lookKey    = "page.look"
)

// LanguageParam is the query parameter that switches the language: a link to
// any page with it sets the reader's language and comes back without it.
const LanguageParam = "lang"

// Middleware makes the site known to the pages of a request.
func (s *Site) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(siteKey, s)
		return next(c)
	}
}

// SetPrinter says in which language the request is answered.
func SetPrinter(c echo.Context, p *i18n.Printer) { c.Set(printerKey, p) }

// Printer returns the printer of the language in which the request is answered.
func Printer(c echo.Context) *i18n.Printer {
	if p, ok := c.Get(printerKey).(*i18n.Printer); ok {
		return p
	}
	return i18n.For(i18n.ZhCN)
}

// SetLook says that staff see the request's page as a merchant does.
func SetLook(c echo.Context, l *Look) { c.Set(lookKey, l) }

// IsStranger reports whether a request brings no cookie at all, and so neither a
// session nor a flash nor a choice of language.
func IsStranger(r *http.Request) bool { return len(r.Header["Cookie"]) == 0 }

// BrandOf returns the acquirer in the language in which the request is answered.
func BrandOf(c echo.Context) Brand {
	site, ok := c.Get(siteKey).(*Site)
	if !ok {
		return Brand{}
	}
	return site.Brand(Printer(c).Locale())
}

// New returns what the layout of this request's page needs, but for what only
// the audience knows: title, navigation, crumbs and user. It takes up the flash
// that the last step left, so it is called once, when the page is sure to come.
func New(c echo.Context) Page {
	p := Page{
		T:         Printer(c),
		Path:      c.Request().URL.RequestURI(),
		RequestID: c.Response().Header().Get(echo.HeaderXRequestID),
	}
	p.CSRF, _ = c.Get(csrfKey).(string)
	p.Look, _ = c.Get(lookKey).(*Look)
	p.Language = languageLink(p.T, ShownAt(c))
	site, ok := c.Get(siteKey).(*Site)
	if !ok {
		return p
	}
	p.Asset = site.Asset
	p.Brand = site.Brand(p.T.Locale())
	if site.Foot != nil {
		p.Foot = site.Foot(p.T)
	}
	if !IsHTMX(c.Request()) {
		p.Flash = site.flashes.take(c, site.Cookies)
	}
	return p
}

// ShownAt returns where the reader can ask for the page again: its own address,
// or for the answer to a form that of the page that the form stands on, as far
// as the browser says which that is. It is nil where there is none.
func ShownAt(c echo.Context) *url.URL {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL
	}
	return Nearest(c, r.Referer())
}

// Nearest returns the page at an address of this site that a request names, or
// for any other address the page at the request's own. Where that takes nothing
// but a form, as after a form was refused, it is the page above, and nil where
// there is none.
func Nearest(c echo.Context, address string) *url.URL {
	r := c.Request()
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || at.Host != r.Host {
		at = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}
	}
	for !isPage(c.Echo(), at) {
		if at.Path == "/" || at.Path == "" {
			return nil
		}
		at = &url.URL{Path: path.Dir(at.Path)}
	}
	return at
}

// isPage reports whether a route answers who opens the address.
func isPage(e *echo.Echo, at *url.URL) bool {
	found := e.NewContext(nil, nil)
	e.Router().Find(http.MethodGet, echo.GetPath(&http.Request{URL: at}), found)
	return slices.ContainsFunc(e.Routes(), func(route *echo.Route) bool {
		return route.Method == http.MethodGet && route.Path == found.Path()
	})
}

// languageLink leads to the same page in the other language; its words are in
// that language, since who needs it may not read this one. Without a page to
// lead to there is no link.
func languageLink(p *i18n.Printer, at *url.URL) Link {
	if at == nil {
		return Link{}
	}
	other := p.Locale().Other()
	link := Link{Label: p.T("common.other_language"), Lang: string(other)}
	if at.RawQuery == "" {
		link.Href = at.EscapedPath() + "?" + LanguageParam + "=" + string(other)
		return link
	}
	query := at.Query()
	query.Set(LanguageParam, string(other))
	link.Href = at.EscapedPath() + "?" + query.Encode()
	return link
}
