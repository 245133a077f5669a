package page

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// Fragment is a part of a page that HTMX may ask for alone: it does so by
// naming the target's id. Without a View it is the templ fragment of that name
// within the page's own view.
type Fragment struct {
	ID   string
	View templ.Component
}

// worthCompressing is the length in bytes below which compressing costs more
// than the network saves: such a body fits one packet anyway.
const worthCompressing = 1200

// largestKept bounds the buffers that go back to the pool, so that one long
// statement does not hold its memory for ever.
const largestKept = 1 << 20

// The compressor is not the standard library's: compressing was the dearest part
// of a page, and this one takes less than half of the time for fewer bytes.
var (
	buffers     = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	compressors = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // errs on a bad level only
		return w
	}}
)

// Render sends a view as the answer. The view is written whole before the first
// byte goes out, so an error in it can still become an error page, and the
// answer has a length. Where HTMX asks for one of the fragments, only that is
// sent; where it asks for another part of a page, it is told to take that out of
// the page. Either way the alerts of the page are emptied. A handler that says
// nothing about caching gets no-store: most pages belong to one reader.
func Render(c echo.Context, status int, view templ.Component, fragments ...Fragment) error {
	body := borrow()
	defer giveBack(body)
	if err := write(c, body, view, fragments); err != nil {
		return err
	}
	return send(c, status, body)
}

func write(c echo.Context, body *bytes.Buffer, view templ.Component, fragments []Fragment) error {
	ctx := c.Request().Context()
	wanted, ok := Wanted(c.Request(), fragments)
	if !ok {
		if err := view.Render(ctx, body); err != nil {
			return err
		}
		takeOut(c, body)
		return nil
	}
	if err := writePart(ctx, body, view, wanted); err != nil {
		return err
	}
	_, err := body.WriteString(noAlerts)
	return err
}

// noAlerts takes away what stands among the alerts: it was about an earlier
// request, and one that is answered with its part of the page came to something
// else.
const noAlerts = `<div id="` + AlertsID + `" data-hx-swap-oob="innerHTML"></div>`

// doctype begins every page that is whole.
const doctype = "<!DOCTYPE html>"

// takeOut has HTMX take the part that it asks for out of a page that is sent whole,
// which it would put inside the other one. What has a target of its own, such as an
// error, stays as it is.
func takeOut(c echo.Context, body *bytes.Buffer) {
	r, h := c.Request(), c.Response().Header()
	target := r.Header.Get("HX-Target")
	if target == "" || !IsHTMX(r) || h.Get("HX-Retarget") != "" || !bytes.HasPrefix(body.Bytes(), []byte(doctype)) {
		return
	}
	h.Set("HX-Reselect", "#"+target)
	h.Set("HX-Reswap", "outerHTML")
	body.WriteString(noAlerts)
}

func writePart(ctx context.Context, body *bytes.Buffer, view templ.Component, wanted Fragment) error {
	if wanted.View != nil {
		return wanted.View.Render(ctx, body)
	}
	return templ.RenderFragments(ctx, body, view, wanted.ID)
}

// Wanted returns the fragment that a request of HTMX asks for. A boosted link
// and a page restored from HTMX's history want the whole page.
func Wanted(r *http.Request, fragments []Fragment) (Fragment, bool) {
	if !IsHTMX(r) {
		return Fragment{}, false
	}
	target := r.Header.Get("HX-Target")
	for _, f := range fragments {
		if f.ID == target {
			return f, true
		}
	}
	return Fragment{}, false
}

// IsHTMX reports whether HTMX asks for a part of a page.
func IsHTMX(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" &&
		h.Get("HX-History-Restore-Request") != "true"
}

func send(c echo.Context, status int, body *bytes.Buffer) error {
	out := body
	if body.Len() >= worthCompressing && AcceptsEncoding(c.Request(), "gzip") {
		packed := borrow()
		defer giveBack(packed)
		if err := compress(packed, body.Bytes()); err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
		out = packed
	}
	return sendAs(c, status, out)
}

// sendAs sends a body that is as it goes out, with the headers of a page.
func sendAs(c echo.Context, status int, body *bytes.Buffer) error {
	res := c.Response()
	h := res.Header()
	h.Set(echo.HeaderContentType, "text/html; charset=utf-8")
	h.Set(echo.HeaderVary, "Accept-Encoding, Accept-Language, Cookie, HX-Request, HX-Target")
	if h.Get(echo.HeaderCacheControl) == "" {
		h.Set(echo.HeaderCacheControl, "no-store")
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(body.Len()))
	res.WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := res.Write(body.Bytes())
	return err
}

func compress(to *bytes.Buffer, body []byte) error {
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	w.Reset(to)
	if _, err := w.Write(body); err != nil {
		return err
	}
	return w.Close()
}

// AcceptsEncoding reports whether a request takes an answer in the encoding. An
// encoding with q=0 is one it refuses.
func AcceptsEncoding(r *http.Request, encoding string) bool {
	for rest := r.Header.Get(echo.HeaderAcceptEncoding); rest != ""; {
		var item string
		item, rest, _ = strings.Cut(rest, ",")
		name, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q := strings.TrimSpace(params)
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}

func borrow() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		buffers.Put(b)
	}
}
