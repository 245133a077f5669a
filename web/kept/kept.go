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
	kind   string
	body   []byte
	etag   string
	packed atomic.Pointer[packed] // nil until compressed
}

type packed struct{ brotli, gzip []byte }

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
		k = &kept{kind: kind, body: body, etag: hex.EncodeToString(sum[:8])}
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
	bw := brotli.NewWriterLevel(&b, forBrotli)
	_, _ = bw.Write(k.body)
	_ = bw.Close()
	gw, _ := gzip.NewWriterLevel(&g, forGzip)
	_, _ = gw.Write(k.body)
	_ = gw.Close()
	if b.Len() < len(k.body) && g.Len() < len(k.body) {
		k.packed.Store(&packed{brotli: b.Bytes(), gzip: g.Bytes()})
	}
}

func (k *kept) send(c echo.Context) error {
	h := c.Response().Header()
	body, etag := k.body, `"`+k.etag+`"`
	if p := k.packed.Load(); p != nil {
		switch {
		case page.AcceptsEncoding(c.Request(), "br"):
			body, etag = p.brotli, `"`+k.etag+`-br"`
			h.Set(echo.HeaderContentEncoding, "br")
		case page.AcceptsEncoding(c.Request(), "gzip"):
			body, etag = p.gzip, `"`+k.etag+`-gz"`
			h.Set(echo.HeaderContentEncoding, "gzip")
		}
	}
	h.Set("ETag", etag)
	if h.Get(echo.HeaderCacheControl) == "" {
		h.Set(echo.HeaderCacheControl, "private, no-cache")
	}
	if h.Get(echo.HeaderVary) == "" {
		h.Set(echo.HeaderVary, "Accept-Encoding, Accept-Language, Cookie")
	}
	if strings.Contains(c.Request().Header.Get("If-None-Match"), etag) {
		h.Del(echo.HeaderContentEncoding)
		return c.NoContent(http.StatusNotModified)
	}
	h.Set(echo.HeaderContentType, k.kind)
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(body)
	return err
}
