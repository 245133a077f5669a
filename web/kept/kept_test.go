package kept

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/labstack/echo/v4"
)

// page1 is long enough that compressing gains something.
var page1 = []byte("<p>" + strings.Repeat("收费公示 ", 500) + "</p>")

// ask asks for the page of a state, with the headers given as name and value in
// turn, and counts how often it is drawn.
func ask(t *testing.T, p *Pages, state any, drawn *int, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/disclosures", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	err := p.Serve(echo.New().NewContext(r, w), state, "/disclosures", "text/html; charset=utf-8", func() ([]byte, error) {
		*drawn++
		return page1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAPageIsDrawnOnceForEachState(t *testing.T) {
	var p Pages
	drawn := 0
	for range 3 {
		if got := ask(t, &p, 1, &drawn).Body.Bytes(); !bytes.Equal(got, page1) {
			t.Fatalf("got %d bytes, want the page", len(got))
		}
	}
	if drawn != 1 {
		t.Errorf("one state was drawn %d times", drawn)
	}
	if ask(t, &p, 2, &drawn); drawn != 2 {
		t.Errorf("two states were drawn %d times", drawn)
	}
}

func TestAReaderGetsThePageAsTheyTakeIt(t *testing.T) {
	var p Pages
	drawn := 0
	ask(t, &p, 1, &drawn)
	for end := time.Now().Add(10 * time.Second); p.find(1, "/disclosures").packed.Load() == nil && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	for encoding, unpack := range map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		w := ask(t, &p, 1, &drawn, "Accept-Encoding", encoding)
		if got := w.Header().Get("Content-Encoding"); got != encoding {
			t.Fatalf("asked for %s, got %q", encoding, got)
		}
		r, err := unpack(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, page1) {
			t.Errorf("%s unpacks to %d bytes, %v; want the page", encoding, len(got), err)
		}
		if vary := w.Header().Get("Vary"); vary != "Accept-Encoding, Accept-Language, Cookie" {
			t.Errorf("%s: a cache would mix the answers up: Vary is %q", encoding, vary)
		}
		again := ask(t, &p, 1, &drawn, "Accept-Encoding", encoding, "If-None-Match", w.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s asked for again: got %d with %d bytes, want 304 and none", encoding, again.Code, again.Body.Len())
		}
	}
	if w := ask(t, &p, 1, &drawn, "Accept-Encoding", "br;q=0"); w.Header().Get("Content-Encoding") != "" || !bytes.Equal(w.Body.Bytes(), page1) {
		t.Errorf("who takes nothing packed got %q", w.Header().Get("Content-Encoding"))
	}
	if drawn != 1 {
		t.Errorf("the page was drawn %d times", drawn)
	}
}

func TestAPageThatCantBeDrawnIsNotKept(t *testing.T) {
	var p Pages
	c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), httptest.NewRecorder())
	broken := errors.New("broken")
	if err := p.Serve(c, 1, "/disclosures", "text/html", func() ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want the drawing's error", err)
	}
	drawn := 0
	if ask(t, &p, 1, &drawn); drawn != 1 {
		t.Errorf("drawn %d times after a failure, want once", drawn)
	}
}
