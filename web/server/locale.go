package server

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	localeCookie = "lang"
	localeLasts  = 365 * 24 * time.Hour
)

// locale finds the language of the answer by cookie and browser; what the
// signed-in reader has chosen comes with their account, later. A link that
// switches the language is kept and answered with the same page without it.
func (s *Server) locale(next echo.HandlerFunc) echo.HandlerFunc {
	cookies := s.options.Site.Cookies
	return func(c echo.Context) error {
		r := c.Request()
		l := i18n.Match("", cookies.Get(r, localeCookie), r.Header.Get("Accept-Language"))
		page.SetPrinter(c, i18n.For(l))
		wanted, ok := switched(r)
		if !ok {
			return next(c)
		}
		cookies.Set(c.Response(), localeCookie, string(wanted), localeLasts)
		if err := s.options.SaveLocale(c, wanted); err != nil {
			// The cookie serves for now; the page is worth more than the choice.
			s.options.Log.LogAttrs(r.Context(), slog.LevelWarn, "a language was not kept",
				slog.String("id", RequestID(c)), slog.Any("error", err))
		}
		c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		return c.Redirect(http.StatusSeeOther, without(r))
	}
}

func switched(r *http.Request) (i18n.Locale, bool) {
	if r.URL.RawQuery == "" || r.Method != http.MethodGet || isKeyed(r.URL.Path) {
		return "", false
	}
	wanted := i18n.Locale(r.URL.Query().Get(page.LanguageParam))
	return wanted, wanted.Known()
}

// without returns the request's own address less the switch.
func without(r *http.Request) string {
	query := r.URL.Query()
	query.Del(page.LanguageParam)
	address := r.URL.EscapedPath()
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	if local, ok := page.LocalPath(address); ok {
		return local
	}
	return "/"
}
