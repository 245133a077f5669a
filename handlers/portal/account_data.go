package portal

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

const dataPath = "/account/data"

// Data answers GET /account/data: what is kept about the reader, and why, and for
// owners all that is kept about the merchant.
func (h *AccountPages) Data(c echo.Context) error {
	ctx, who, mayExport := c.Request().Context(), signin.WhoOf(c), h.mayExport(c)
	var exports []export.Export
	b := db.NewBatch()
	if mayExport {
		export.AddLatest(b, who.MerchantID, &exports)
	}
	guarded, err := h.accounts.ReadGuardedAlong(ctx, who, b)
	if err != nil {
		return err
	}
	if !guarded.Recent {
		return again(c, dataPath)
	}
	frame := h.inside(c, "account.data.title")
	props := portal.AccountDataProps{Heading: components.Heading{Title: frame.Title, Lead: frame.T.T("account.data.lead")}, Action: dataPath}
	if mayExport {
		props.Export = presentExports(frame.T, exports)
	}
	return page.Render(c, http.StatusOK, portal.AccountData(frame, props))
}

// DataFile answers POST /account/data: it all as a file.
func (h *AccountPages) DataFile(c echo.Context) error {
	data, err := h.accounts.ReadPersonalData(c.Request().Context(), signin.WhoOf(c))
	switch {
	case tooOld(err):
		return again(c, dataPath)
	case err != nil:
		return err
	}
	file, err := zipped(&data)
	if err != nil {
		return err
	}
	name := "mingbai-" + date.Of(data.At).String() + ".zip"
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, "application/zip", file)
}

// zipped writes the data as one JSON document, with files beside it.
func zipped(d *account.PersonalData) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	add := func(name string, content []byte) error {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.At})
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}
	document := documentOf(d)
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := add("my-data.json", text); err != nil {
		return nil, err
	}
	for i := range d.Requests {
		for j, f := range d.Requests[i].Files {
			if err := add(document.Requests[i].Files[j], f.Content); err != nil {
				return nil, err
			}
		}
	}
	err = archive.Close()
	return out.Bytes(), err
}

// The document's names are for whoever reads it by program; they stay as they
// are. Instants are in UTC.
type (
	personDocument struct {
		ExportedAt  time.Time            `json:"exported_at"`
		UserID      string               `json:"user_id"`
		Name        string               `json:"name"`
		Phone       string               `json:"phone"`
		Email       string               `json:"email,omitempty"`
		Language    string               `json:"language,omitempty"`
		HasPassword bool                 `json:"has_password"`
		Since       time.Time            `json:"since"`
		Merchants   []membershipDocument `json:"merchants"`
		Sessions    []sessionDocument    `json:"sessions"`
		Devices     []time.Time          `json:"devices_first_seen"`
		Messages    []messageDocument    `json:"messages"`
		Requests    []requestDocument    `json:"number_requests"`
	}
	membershipDocument struct {
		Merchant string     `json:"merchant"`
		Called   string     `json:"called,omitempty"` // the name that was given to them there; empty: their own
		Role     string     `json:"role"`
		Since    time.Time  `json:"since"`
		Until    *time.Time `json:"until,omitempty"`
	}
	sessionDocument struct {
		Device     string     `json:"device"`
		Address    string     `json:"address"`
		BeganAt    time.Time  `json:"began_at"`
		LastSeenAt time.Time  `json:"last_seen_at"`
		EndedAt    *time.Time `json:"ended_at,omitempty"`
	}
	messageDocument struct {
		At    time.Time `json:"at"`
		Kind  string    `json:"kind"`
		Text  string    `json:"text"` // empty for a code, which is wiped once it is sent
		State string    `json:"state"`
	}
	requestDocument struct {
		ID          string     `json:"id"`
		OldPhone    string     `json:"old_phone"`
		NewPhone    string     `json:"new_phone"`
		Reason      string     `json:"reason"`
		State       string     `json:"state"`
		RequestedAt time.Time  `json:"requested_at"`
		DecidedAt   *time.Time `json:"decided_at,omitempty"`
		Files       []string   `json:"files"` // names within the archive
	}
)

func documentOf(d *account.PersonalData) personDocument {
	doc := personDocument{
		ExportedAt: d.At, UserID: d.UserID, Name: d.Name, Phone: d.Phone, Email: d.Email, Language: d.Locale,
		HasPassword: d.HasPassword, Since: d.CreatedAt, Devices: d.Devices,
	}
	for _, m := range d.Memberships {
		doc.Merchants = append(doc.Merchants, membershipDocument{m.Merchant, m.Called, string(m.Role), m.Since, instantOrNone(m.Until)})
	}
	for _, s := range d.Sessions {
		doc.Sessions = append(doc.Sessions, sessionDocument{s.Device, s.Address, s.BeganAt, s.LastSeenAt, instantOrNone(s.EndedAt)})
	}
	for i := range d.Messages {
		m := &d.Messages[i]
		doc.Messages = append(doc.Messages, messageDocument{m.CreatedAt, string(m.Kind), m.Text, string(m.State)})
	}
	for i := range d.Requests {
		r := &d.Requests[i]
		request := requestDocument{
			ID: r.ID, OldPhone: r.OldPhone, NewPhone: r.NewPhone, Reason: r.Reason, State: string(r.State),
			RequestedAt: r.RequestedAt, DecidedAt: instantOrNone(r.DecidedAt),
		}
		for j, f := range r.Files {
			request.Files = append(request.Files, fmt.Sprintf("files/%s/%d-%s", r.ID, j+1, f.Name))
		}
		doc.Requests = append(doc.Requests, request)
	}
	return doc
}

func instantOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
