// Package kept keeps pages that are the same for every reader who is not signed
// in: each is drawn once, compressed as far as it goes, and sent as it is until
// what it shows changes.
package kept

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/page"
)

// most is how many pages are kept. Where there are more, all are drawn anew:
// somebody is asking for addresses that nobody else wants.
const most = 512

// Pages are the pages kept of one state of what they show.
type Pages struct {
	mu    sync.RWMutex
	state any
	of    map[any]*kept
}

// kept is a finished answer.
type kept struct {
	kind   []string
	etag   string
	plain  form
	packed atomic.Pointer[packed] // nil until compressed
}

type packed struct{ brotli, gzip form }

// form is an answer as it goes out, with those of its headers that are its own.
// The headers are shared by all answers, which replace them and add to none.
type form struct {
	body                   []byte
	etag, length, encoding []string
}

func newForm(body []byte, etag, encoding string) form {
	f := form{body: body, etag: one(`"` + etag + `"`), length: one(strconv.Itoa(len(body)))}
	if encoding != "" {
		f.encoding = one(encoding)
	}
	return f
}

func one(value string) []string { return []string{value}[:1:1] }

// What every page that is kept says, where its handler says nothing else.
var (
	askAgain = one("private, no-cache")
	differs  = one("Accept-Encoding, Accept-Language, Cookie")
)

// Serve sends the page with the key, as it was drawn for the state, and draws it
// where it was not. State and key are comparable; another state forgets every
// page. Kind is the answer's content type.
func (p *Pages) Serve(c echo.Context, state, key any, kind string, draw func() ([]byte, error)) error {
	return p.serve(c, state, key, kind, draw, (*kept).pack)
}

// ServeQuick is Serve for pages of which readers may think up ever new ones, as
// searches: it spends less on compressing each.
func (p *Pages) ServeQuick(c echo.Context, state, key any, kind string, draw func() ([]byte, error)) error {
	return p.serve(c, state, key, kind, draw, (*kept).packQuickly)
}

func (p *Pages) serve(c echo.Context, state, key any, kind string, draw func() ([]byte, error), pack func(*kept)) error {
	k := p.find(state, key)
	if k == nil {
		body, err := draw()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		etag := hex.EncodeToString(sum[:8])
		k = &kept{kind: one(kind), etag: etag, plain: newForm(body, etag, "")}
		p.keep(state, key, k)
		go pack(k)
	}
	return k.send(c)
}

func (p *Pages) find(state, key any) *kept {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.state != state {
		return nil
	}
	return p.of[key]
}

func (p *Pages) keep(state, key any, k *kept) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != state || len(p.of) >= most {
		p.state, p.of = state, map[any]*kept{}
	}
	p.of[key] = k
}

// quickBrotli is the level that takes about as long as gzip.
const quickBrotli = 4

func (k *kept) pack()        { k.packAt(brotli.BestCompression, gzip.BestCompression) }
func (k *kept) packQuickly() { k.packAt(quickBrotli, gzip.DefaultCompression) }

// packAt never fails: both compressors write to memory.
func (k *kept) packAt(forBrotli, forGzip int) {
	var b, g bytes.Buffer
	body := k.plain.body
	bw := brotli.NewWriterLevel(&b, forBrotli)
	_, _ = bw.Write(body)
	_ = bw.Close()
	gw, _ := gzip.NewWriterLevel(&g, forGzip)
	_, _ = gw.Write(body)
	_ = gw.Close()
	if b.Len() < len(body) && g.Len() < len(body) {
		k.packed.Store(&packed{brotli: newForm(b.Bytes(), k.etag+"-br", "br"), gzip: newForm(g.Bytes(), k.etag+"-gz", "gzip")})
	}
}

// formFor returns the shortest form that a request takes.
func (k *kept) formFor(r *http.Request) *form {
	p := k.packed.Load()
	switch {
	case p == nil:
	case page.AcceptsEncoding(r, "br"):
		return &p.brotli
	case page.AcceptsEncoding(r, "gzip"):
		return &p.gzip
	}
	return &k.plain
}

func (k *kept) send(c echo.Context) error {
	r, h := c.Request(), c.Response().Header()
	f := k.formFor(r)
	h["Etag"], h[echo.HeaderVary] = f.etag, differs
	if h.Get(echo.HeaderCacheControl) == "" {
		h[echo.HeaderCacheControl] = askAgain
	}
	if asked := r.Header.Get("If-None-Match"); asked != "" && strings.Contains(asked, f.etag[0]) {
		return c.NoContent(http.StatusNotModified)
	}
	if f.encoding != nil {
		h[echo.HeaderContentEncoding] = f.encoding
	}
	h[echo.HeaderContentType], h[echo.HeaderContentLength] = k.kind, f.length
	c.Response().WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(f.body)
	return err
}
