package portal

import (
	"crypto/rand"
	"encoding/json"

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

// uploads are the files of a form that was read before.
func uploads(c echo.Context) (all []complaint.Upload, err error) {
	sent, err := form.Files(c, filesField, complaint.MaxFiles, file.MaxBytes)
	for _, f := range sent {
		all = append(all, complaint.Upload(f))
	}
	return all, err
}
