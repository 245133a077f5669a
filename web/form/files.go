package form

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"

	"github.com/labstack/echo/v4"
)

// File is a file that a form sent.
type File struct {
	Name    string // as the reader's device calls it
	Content []byte
}

// Files returns the files of a field of a form that was read before. Of a file of
// more than maxBytes it reads one byte more than that, and of files beyond the
// first most of them none, for the rules to refuse.
func Files(c echo.Context, name string, most int, maxBytes int64) (all []File, err error) {
	sent := c.Request().MultipartForm
	if sent == nil {
		return nil, nil
	}
	for _, header := range sent.File[name] {
		if header.Filename == "" && header.Size == 0 {
			continue // a field left empty
		}
		f := File{Name: header.Filename}
		if len(all) < most {
			if f.Content, err = contentOf(header, maxBytes); err != nil {
				return nil, fmt.Errorf("form: reading a file: %w", err)
			}
		}
		all = append(all, f)
	}
	return all, nil
}

func contentOf(header *multipart.FileHeader, maxBytes int64) (content []byte, err error) {
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}
