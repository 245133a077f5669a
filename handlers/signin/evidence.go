package signin

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
)

// FilesField is the field of a form that holds evidence, and FilesAccept what a
// browser offers to choose for it.
const (
	FilesField  = "files"
	FilesAccept = "image/jpeg,image/png,image/webp,image/heic,application/pdf"
)

// EvidenceBody is how many bytes a form with evidence may have: as many files as
// are taken, one more to be refused in words, and room for the rest.
const EvidenceBody = (account.MaxEvidence+1)*(account.MaxEvidenceBytes+1) + 1<<20

// Evidence reads the files of a form that was read before. Of a file that is too
// large it reads as much as shows that.
func Evidence(c echo.Context) (files []account.Evidence, err error) {
	sent := c.Request().MultipartForm
	if sent == nil {
		return nil, nil
	}
	for _, header := range sent.File[FilesField] {
		if header.Filename == "" && header.Size == 0 {
			continue // a field left empty
		}
		content, err := contentOf(header)
		if err != nil {
			return nil, fmt.Errorf("signin: reading a file: %w", err)
		}
		files = append(files, account.Evidence{Name: header.Filename, Content: content})
	}
	return files, nil
}

func contentOf(header *multipart.FileHeader) (content []byte, err error) {
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, account.MaxEvidenceBytes+1))
}
