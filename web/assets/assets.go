// Package assets serves the static files under names that hold their content's
// hash, so that a browser may keep them for ever and never shows an old one.
// They are compressed once, after the start, as far as it goes.
package assets

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/page"
)

// Prefix is the path under which the files are served; Pattern is its route.
const (
	Prefix  = "/static/"
	Pattern = Prefix + "*"
)

// kept is how long a browser keeps a file whose name holds its hash.
const kept = "public, max-age=31536000, immutable"

// hashLength is how many hexadecimal digits of the hash stand in a name: enough
// that two versions of one file differ.
const hashLength = 10

// types are the files we serve. The machine's own list of types is not asked,
// since it differs from one to the next.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp",
	".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
	".txt": "text/plain; charset=utf-8", ".LICENSE": "text/plain; charset=utf-8",
}

// packable are the types that compressing makes smaller.
var packable = map[string]bool{".css": true, ".js": true, ".svg": true, ".webmanifest": true, ".txt": true, ".LICENSE": true}

// Assets are the static files.
type Assets struct {
	files map[string]*file  // by the name in the folder
	named map[string]*file  // by the name that holds the hash
	urls  map[string]string // name in the folder → address
}

type file struct {
	content []byte
	kind    string
	etag    string
	packed  atomic.Pointer[packed] // nil until compressed, or where that gains nothing
}

// packed are the compressed forms of a file.
type packed struct{ brotli, gzip []byte }

// New reads the files of a folder. A file of a kind that we don't serve is an
// error: it would go out with a guessed type.
func New(folder fs.FS) (*Assets, error) {
	a := &Assets{files: map[string]*file{}, named: map[string]*file{}, urls: map[string]string{}}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		ext := path.Ext(name)
		kind, ok := types[ext]
		if !ok {
			return fmt.Errorf("no type is known for files such as %s", name)
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		hash := hex.EncodeToString(sum[:])[:hashLength]
		f := &file{content: content, kind: kind, etag: `"` + hash + `"`}
		hashed := strings.TrimSuffix(name, ext) + "." + hash + ext
		a.files[name], a.named[hashed], a.urls[name] = f, f, Prefix+hashed
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	return a, nil
}

// URL returns the address of a file by its name in the folder, such as
// css/app.css. A name that is not there is a mistake in the program: in a test
// it panics, in production it is logged and leads nowhere.
func (a *Assets) URL(name string) string {
	if url, ok := a.urls[name]; ok {
		return url
	}
	if testing.Testing() {
		panic(fmt.Sprintf("assets: there is no file %q", name))
	}
	slog.Error("a page names a static file that is not there", "name", name)
	return Prefix + name
}

// Compress compresses what gains by it, until the context ends. Until then
// files go out as they are, so a server runs it beside its first requests. What
// the compressors took is given back to the system, which would otherwise be
// left with tens of megabytes less for minutes.
func (a *Assets) Compress(ctx context.Context) {
	defer debug.FreeOSMemory()
	for name, f := range a.files {
		if ctx.Err() != nil {
			return
		}
		if packable[path.Ext(name)] {
			f.pack()
		}
	}
}

// pack never fails: both compressors write to memory.
func (f *file) pack() {
	var b, g bytes.Buffer
	bw := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, _ = bw.Write(f.content)
	_ = bw.Close()
	gw, _ := gzip.NewWriterLevel(&g, gzip.BestCompression)
	_, _ = gw.Write(f.content)
	_ = gw.Close()
	if b.Len() < len(f.content) && g.Len() < len(f.content) {
		f.packed.Store(&packed{brotli: b.Bytes(), gzip: g.Bytes()})
	}
}

// Serve answers for a file. A name with the hash may be kept for ever; the bare
// name, which other static files use among themselves, is asked about each time.
func (a *Assets) Serve(c echo.Context) error {
	name := strings.TrimPrefix(c.Request().URL.Path, Prefix)
	h := c.Response().Header()
	f, ok := a.named[name]
	if ok {
		h.Set(echo.HeaderCacheControl, kept)
	} else if f, ok = a.files[name]; ok {
		h.Set(echo.HeaderCacheControl, "no-cache")
	} else {
		return echo.ErrNotFound
	}
	body, encoding := f.forReader(c.Request())
	etag := f.etag
	if encoding != "" {
		h.Set(echo.HeaderContentEncoding, encoding)
		etag = etag[:len(etag)-1] + "-" + encoding + `"`
	}
	h.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Set("ETag", etag)
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		h.Del(echo.HeaderContentEncoding)
		return c.NoContent(http.StatusNotModified)
	}
	h.Set(echo.HeaderContentType, f.kind)
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(body)
	return err
}

func (f *file) forReader(r *http.Request) (body []byte, encoding string) {
	p := f.packed.Load()
	switch {
	case p == nil:
		return f.content, ""
	case page.AcceptsEncoding(r, "br"):
		return p.brotli, "br"
	case page.AcceptsEncoding(r, "gzip"):
		return p.gzip, "gzip"
	}
	return f.content, ""
}

// matches reports whether a browser has the version already.
func matches(header, etag string) bool {
	for header != "" {
		var one string
		one, header, _ = strings.Cut(header, ",")
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == etag || one == "*" {
			return true
		}
	}
	return false
}
