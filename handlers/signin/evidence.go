package signin

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/form"
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

// Evidence are the files of a form that was read before.
func Evidence(c echo.Context) (files []account.Evidence, err error) {
	sent, err := form.Files(c, FilesField, account.MaxEvidence, account.MaxEvidenceBytes)
	for _, f := range sent {
		files = append(files, account.Evidence(f))
	}
	return files, err
}
