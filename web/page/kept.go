package page

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/flate"
	"github.com/labstack/echo/v4"
)

// Kept is a page that reads the same for everybody who is not signed in, but for
// the token of its forms. It is rendered and compressed once for each language
// and brand; each answer puts the reader's token into it. Its view may depend on
// nothing else. The zero value is ready.
type Kept struct {
	mu sync.RWMutex
	of map[keptKey]*keptPage
}

// mostKept is how many pages are kept: all languages, and the brand of before
// where it has just changed. Beyond, all are made anew.
const mostKept = 8

type keptKey struct {
	lang  string
	brand Brand
}

// keptPage is the page between the places of the token, plain and compressed.
type keptPage struct {
	plain, packed [][]byte
}

// tokenPlace stands for the token where a page is kept.
const tokenPlace = "the-token-of-the-reader-goes-in-here"

// Render sends the view of a page as Render does. What may be personal is made
// anew: for who is signed in, with a flash, for HTMX, and with a query.
func (k *Kept) Render(c echo.Context, p Page, view func(Page) templ.Component) error {
	r := c.Request()
	if p.User != nil || p.Flash != nil || IsHTMX(r) || r.URL.RawQuery != "" {
		return Render(c, http.StatusOK, view(p))
	}
	kept, err := k.get(r.Context(), p, view)
	if err != nil {
		return err
	}
	token := templ.EscapeString(p.CSRF)
	body := borrow()
	defer giveBack(body)
	if AcceptsEncoding(r, "gzip") {
		kept.pack(body, token)
		c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
	} else {
		body.Write(bytes.Join(kept.plain, []byte(token)))
	}
	return sendAs(c, http.StatusOK, body)
}

func (k *Kept) get(ctx context.Context, p Page, view func(Page) templ.Component) (*keptPage, error) {
	key := keptKey{p.Lang(), p.Brand}
	k.mu.RLock()
	known := k.of[key]
	k.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	p.CSRF, p.RequestID = tokenPlace, ""
	var body bytes.Buffer
	if err := view(p).Render(ctx, &body); err != nil {
		return nil, err
	}
	made := &keptPage{plain: bytes.Split(body.Bytes(), []byte(tokenPlace))}
	for _, part := range made.plain {
		made.packed = append(made.packed, deflated(part))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= mostKept {
		k.of = map[keptKey]*keptPage{}
	}
	k.of[key] = made
	return made, nil
}

// deflated compresses a part so that others can stand before and after it.
func deflated(part []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // errs on a bad level only
	_, _ = w.Write(part)                               // to memory, which never fails
	_ = w.Flush()
	return b.Bytes()
}

// What RFC 1951 and 1952 ask around and between the parts.
const (
	gzipHead  = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	lastBlock = "\x01\x00\x00\xff\xff" // which is empty
)

// pack writes the page with a token, which goes uncompressed between parts that
// were compressed before.
func (p *keptPage) pack(to *bytes.Buffer, token string) {
	to.WriteString(gzipHead)
	sum, size := uint32(0), 0
	for i := range p.packed {
		if i > 0 && token != "" {
			head := [5]byte{0, byte(len(token)), byte(len(token) >> 8), ^byte(len(token)), ^byte(len(token) >> 8)}
			to.Write(head[:])
			to.WriteString(token)
			sum, size = crc32.Update(sum, crc32.IEEETable, []byte(token)), size+len(token)
		}
		to.Write(p.packed[i])
		sum, size = crc32.Update(sum, crc32.IEEETable, p.plain[i]), size+len(p.plain[i])
	}
	to.WriteString(lastBlock)
	var tail [8]byte
	binary.LittleEndian.PutUint32(tail[:4], sum)
	binary.LittleEndian.PutUint32(tail[4:], uint32(size))
	to.Write(tail[:])
}
