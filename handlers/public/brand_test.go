package public_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

func TestAStyleSheetSaysOnlyWhatItsNameSays(t *testing.T) {
	h := &public.Brand{DB: dbtest.SQLite(t)}
	ask := func(name string) (*httptest.ResponseRecorder, error) {
		w := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/brand/x", nil), w)
		c.SetParamNames("file")
		c.SetParamValues(name)
		return w, h.Serve(c)
	}
	w, err := ask("0d6b58.css")
	if err != nil || w.Body.String() != ":root{--accent:#0d6b58;--accent-ink:#094b3e;--accent-soft:#e2edeb}" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("got %q, %v, %v", w.Body, w.Header(), err)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{"ffffff.css", "0D6B58.css", "0d6b58;}*{.css", ".css"} {
		if w, err := ask(name); err == nil {
			t.Errorf("%s: got %q", name, w.Body)
		}
	}
	if _, err := ask("none.png"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a logo that isn't there: got %v", err)
	}
}
