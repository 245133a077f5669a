package portal

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/web/form"
)

// The fields of what is begun.
const (
	kindField   = "kind"
	reasonField = "reason"
	itemField   = "item"
	wordsField  = "words"
	filesField  = "files"
	tokenField  = "token"
	removeField = "remove" // the id of a file to be taken out again
	keepField   = "keep"   // keep what was written, and stay
)

// begun is what somebody has begun to write, as the draft keeps it.
type begun struct {
	Token   string            `json:"token"` // of the form: sent twice, it files once
	What    string            `json:"what,omitempty"`
	Kind    complaint.Kind    `json:"kind,omitempty"`
	Subject complaint.Subject `json:"subject,omitempty"`
	Ref     string            `json:"ref,omitempty"`
	Label   string            `json:"label,omitempty"` // what the subject is called
	Item    fee.Item          `json:"item,omitempty"`
	Reason  complaint.Reason  `json:"reason,omitempty"`
	Words   string            `json:"words,omitempty"`
	When    string            `json:"when,omitempty"`
	Phone   string            `json:"phone,omitempty"`
	Title   string            `json:"title,omitempty"`
	Tax     string            `json:"tax,omitempty"`
	Months  string            `json:"months,omitempty"`
}

// begunOf reads a draft; of one that can't be read nothing is known.
func begunOf(d *complaint.Draft) (b begun) {
	if len(d.Content) > 0 && json.Unmarshal(d.Content, &b) != nil {
		b = begun{}
	}
	if b.Token == "" {
		b.Token = rand.Text()
	}
	return b
}

// take puts the fields that a form sent into what was begun, and leaves the others
// as they are.
func (b *begun) take(values form.Values) {
	take(values, kindField, &b.Kind)
	take(values, reasonField, &b.Reason)
	take(values, itemField, &b.Item)
	take(values, wordsField, &b.Words)
	take(values, "what", &b.What)
	take(values, "ref", &b.Ref)
	take(values, "when", &b.When)
	take(values, "phone", &b.Phone)
	take(values, "title", &b.Title)
	take(values, "tax", &b.Tax)
	take(values, "months", &b.Months)
	if t := values.Get(tokenField); t != "" && len(t) <= 64 {
		b.Token = t
	}
}

func take[T ~string](values form.Values, field string, into *T) {
	if values.Has(field) {
		*into = T(values.Get(field))
	}
}

// values are the fields as a form shows them.
func (b *begun) values() form.Values {
	return form.Values{
		kindField: {string(b.Kind)}, reasonField: {string(b.Reason)}, itemField: {string(b.Item)}, wordsField: {b.Words}, "what": {b.What}, "ref": {b.Ref},
		"when": {b.When}, "phone": {b.Phone}, "title": {b.Title}, "tax": {b.Tax}, "months": {b.Months}, tokenField: {b.Token},
	}
}

// content is the draft that keeps it.
func (b *begun) content() (json.RawMessage, error) { return json.Marshal(b) }

// uploads reads the files of a form that was read before. Of a file that is too
// large it reads as much as shows that, and of too many none but their number.
func uploads(c echo.Context) (all []complaint.Upload, err error) {
	sent := c.Request().MultipartForm
	if sent == nil {
		return nil, nil
	}
	for _, header := range sent.File[filesField] {
		if header.Filename == "" && header.Size == 0 {
			continue // a field left empty
		}
		u := complaint.Upload{Name: header.Filename}
		if len(all) < complaint.MaxFiles {
			if u.Content, err = contentOf(header); err != nil {
				return nil, fmt.Errorf("portal: reading a file: %w", err)
			}
		}
		all = append(all, u)
	}
	return all, nil
}

func contentOf(header *multipart.FileHeader) (content []byte, err error) {
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, file.MaxBytes+1))
}
