package server

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/page"
)

// readable refuses an address that is no text. No page leads to one, and what
// is asked with it, such as the database, could not take it.
func readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		at := c.Request().URL
		if !page.IsText(at.Path) {
			return echo.ErrNotFound
		}
		if mayHide(at.RawQuery) && !allText(at.Query()) {
			return &page.Refusal{Status: http.StatusBadRequest, Kind: "invalid"}
		}
		return next(c)
	}
}

// mayHide reports whether a query has anything but plain characters, so that
// most queries are not taken apart for this.
func mayHide(query string) bool {
	return strings.ContainsFunc(query, func(r rune) bool { return r == '%' || r >= utf8.RuneSelf })
}

func allText(values url.Values) bool {
	for name, all := range values {
		if !page.IsText(name) {
			return false
		}
		for _, value := range all {
			if !page.IsText(value) {
				return false
			}
		}
	}
	return true
}
