package server

import (
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// laststand is the page for when no page can be made. It needs no catalogue, no
// layout and no data, and speaks both languages.
//
//go:embed laststand.html
var laststand string

// answer answers an error, once. Whatever goes wrong on the way, the reader
// gets a page, and the log says why.
func (s *Server) answer(c echo.Context, err error) {
	s.keepToken(c)
	if c.Response().Committed {
		s.options.Log.LogAttrs(c.Request().Context(), slog.LevelError, "an answer broke off",
			slog.String("id", RequestID(c)), slog.String("route", c.Path()), slog.Any("error", err))
		return
	}
	failure := s.tryAnswer(c, err)
	if failure == nil && c.Response().Committed {
		return
	}
	s.options.Log.LogAttrs(c.Request().Context(), slog.LevelError, "an error could not be answered",
		slog.String("id", RequestID(c)), slog.String("route", c.Path()), slog.Any("error", err), slog.Any("failure", failure))
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	h.Del(echo.HeaderContentEncoding)
	h.Del(echo.HeaderContentLength)
	h.Set(echo.HeaderCacheControl, "no-store")
	body := strings.ReplaceAll(laststand, "REQUEST-ID", RequestID(c))
	if failure := c.HTML(http.StatusInternalServerError, body); failure != nil {
		s.options.Log.Error("the last page could not be sent", "id", RequestID(c), "error", failure)
	}
}

func (s *Server) tryAnswer(c echo.Context, err error) (failure error) {
	defer func() {
		if value := recover(); value != nil {
			failure = fmt.Errorf("panic: %v", value)
		}
	}()
	return s.options.Answer(c, err)
}
