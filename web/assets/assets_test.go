package assets

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/labstack/echo/v4"
)

var style = strings.Repeat(".card { margin: 0 }\n", 200)

func newAssets(t *testing.T) *Assets {
	t.Helper()
	a, err := New(fstest.MapFS{
		"css/app.css":    {Data: []byte(style)},
		"icons/mark.png": {Data: []byte("\x89PNG")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(t *testing.T, a *Assets, path string, headers ...string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	return w, a.Serve(echo.New().NewContext(r, w))
}

func TestAnAddressHoldsTheContentsHash(t *testing.T) {
	a := newAssets(t)
	url := a.URL("css/app.css")
	if !strings.HasPrefix(url, "/static/css/app.") || !strings.HasSuffix(url, ".css") || url == "/static/css/app.css" {
		t.Errorf("got %q", url)
	}
	other, err := New(fstest.MapFS{"css/app.css": {Data: []byte("other")}})
	if err != nil {
		t.Fatal(err)
	}
	if other.URL("css/app.css") == url {
		t.Error("other content has the same address")
	}
}

func TestAHashedFileIsKeptForEverAndABareOneIsAskedAbout(t *testing.T) {
	a := newAssets(t)
	for path, want := range map[string]string{
		a.URL("css/app.css"):  "public, max-age=31536000, immutable",
		"/static/css/app.css": "no-cache",
	} {
		w, err := get(t, a, path)
		if err != nil || w.Code != http.StatusOK || w.Body.String() != style {
			t.Fatalf("%s: %d %v", path, w.Code, err)
		}
		if got := w.Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control is %q, want %q", path, got, want)
		}
		if got := w.Header().Get("Content-Type"); got != "text/css; charset=utf-8" {
			t.Errorf("%s: type %q", path, got)
		}
	}
}

func TestAFileIsSentInTheBestFormTheBrowserTakes(t *testing.T) {
	a := newAssets(t)
	before, err := get(t, a, a.URL("css/app.css"), "Accept-Encoding", "gzip, br")
	if err != nil || before.Header().Get("Content-Encoding") != "" {
		t.Errorf("before compressing: %q %v", before.Header().Get("Content-Encoding"), err)
	}
	a.Compress(context.Background())
	for accepts, want := range map[string]string{"gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "": ""} {
		w, err := get(t, a, a.URL("css/app.css"), "Accept-Encoding", accepts)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: sent as %q, want %q", accepts, got, want)
		}
		var body io.Reader = w.Body
		switch want {
		case "br":
			body = brotli.NewReader(w.Body)
		case "gzip":
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != style {
			t.Errorf("%q: %d bytes come out (%v), want %d", accepts, len(got), err, len(style))
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", accepts, w.Header().Get("Vary"))
		}
	}
}

func TestAPictureIsNotCompressedAgain(t *testing.T) {
	a := newAssets(t)
	a.Compress(context.Background())
	w, err := get(t, a, a.URL("icons/mark.png"), "Accept-Encoding", "br, gzip")
	if err != nil || w.Header().Get("Content-Encoding") != "" || !bytes.Equal(w.Body.Bytes(), []byte("\x89PNG")) {
		t.Errorf("got %q %v", w.Header().Get("Content-Encoding"), err)
	}
}

func TestABrowserThatHasTheFileGetsItNotAgain(t *testing.T) {
	a := newAssets(t)
	a.Compress(context.Background())
	first, err := get(t, a, "/static/css/app.css", "Accept-Encoding", "br")
	if err != nil {
		t.Fatal(err)
	}
	etag := first.Header().Get("ETag")
	for _, header := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
		w, err := get(t, a, "/static/css/app.css", "Accept-Encoding", "br", "If-None-Match", header)
		if err != nil || w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d with %d bytes, %v", header, w.Code, w.Body.Len(), err)
		}
	}
	if w, _ := get(t, a, "/static/css/app.css", "If-None-Match", etag); w.Code != http.StatusOK {
		t.Errorf("the compressed form counts for the plain one: %d", w.Code)
	}
}

func TestNothingElseIsServed(t *testing.T) {
	a := newAssets(t)
	for _, path := range []string{"/static/", "/static/css", "/static/css/app.0000000000.css", "/static/../assets.go", "/static/css/../../x"} {
		if _, err := get(t, a, path); err != echo.ErrNotFound {
			t.Errorf("%s: got %v, want not found", path, err)
		}
	}
}

func TestAFileOfAnUnknownKindIsRefusedAtTheStart(t *testing.T) {
	if _, err := New(fstest.MapFS{"a.exe": {Data: []byte("x")}}); err == nil || !strings.Contains(err.Error(), "a.exe") {
		t.Errorf("got %v, want an error that names it", err)
	}
}

func TestANameThatIsNotThereIsAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("nothing happened")
		}
	}()
	newAssets(t).URL("css/none.css")
}
