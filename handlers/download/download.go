// Package download answers with files to keep. What broke off never looks whole,
// and who receives slowly receives all of it.
package download

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/spreadsheet"
)

// Media types of files.
const (
	CSV = "text/csv; charset=utf-8"
	ZIP = "application/zip"
)

// File is what an answer says of a file.
type File struct {
	Name  string // under which the reader keeps it, with its ending
	Type  string // its media type
	Bytes int64  // how long it is, 0 where that is not known beforehand
}

// held is how many bytes are held back, so that what fails at a file's beginning
// can still be said on a page.
const held = 64 << 10

// Stream answers with a file as write writes it. An error of its beginning is
// returned as that of any page; a later one breaks the connection off.
func Stream(c echo.Context, f File, write func(io.Writer) error) error {
	body := bufio.NewWriterSize(&patient{c.Response(), http.NewResponseController(c.Response())}, held)
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, f.Type)
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	if f.Bytes > 0 {
		header.Set(echo.HeaderContentLength, strconv.FormatInt(f.Bytes, 10))
	}
	if c.Request().Method == http.MethodHead {
		c.Response().WriteHeader(http.StatusOK)
		return nil
	}
	err := write(body)
	if err == nil {
		err = body.Flush()
	}
	if err != nil && c.Response().Committed {
		panic(http.ErrAbortHandler) // a file cut short must not look whole
	}
	if err != nil {
		header.Del(echo.HeaderContentDisposition)
		header.Del(echo.HeaderContentLength)
	}
	return err
}

// Whole answers with a file when all of it is written, and so with no part of one
// that could not be: for what holds the database while it is written, which a slow
// reader must not prolong, and for what is named after what is in it.
func Whole(c echo.Context, write func(io.Writer) (File, error)) error {
	spool, err := os.CreateTemp("", "download-*")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }()
	f, err := write(spool)
	if err != nil {
		return err
	}
	if f.Bytes, err = spool.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return Stream(c, f, func(to io.Writer) error {
		_, err := io.Copy(to, spool)
		return err
	})
}

// Rows answers with a table for a spreadsheet, whole: its name without the ending,
// the names of its columns, and its rows as each adds them.
func Rows(c echo.Context, name string, heads []string, each func(add func(cells ...string) error) error) error {
	return Whole(c, func(to io.Writer) (File, error) {
		return File{Name: name + ".csv", Type: CSV}, spreadsheet.Write(to, heads, each)
	})
}

// partLasts is how long a reader may take to receive what is written at once, which
// is a few megabytes at most.
const partLasts = 5 * time.Minute

// patient writes to a reader who may take long, as long as they go on.
type patient struct {
	to       io.Writer
	deadline *http.ResponseController
}

// Write writes, and waits for a slow reader.
func (p *patient) Write(content []byte) (int, error) {
	if err := p.deadline.SetWriteDeadline(clock.System{}.Now().Add(partLasts)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.to.Write(content)
}
