package portal

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

const requestPath = phonePath + "/request"

// NumberRequest answers GET /account/phone/request: another number where the old
// one can't be read any more.
func (h *AccountPages) NumberRequest(c echo.Context) error {
	return h.showNumberRequest(c, http.StatusOK, form.State{})
}

func (h *AccountPages) showNumberRequest(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, "account.request.title")
	p := frame.T
	return page.Render(c, status, portal.NumberRequest(frame, portal.NumberRequestProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("account.request.lead")},
		Action:  requestPath, State: s,
		Phone: components.Field{
			Name: phoneField, Label: p.T("account.phone.new"), Value: s.Value(phoneField), Error: s.Error(phoneField),
			Type: "tel", Autocomplete: "tel", InputMode: "tel", MaxLength: "24", Size: components.Short, Required: true,
		},
		Reason: components.Field{
			Name: "reason", Label: p.T("account.request.reason"), Hint: p.T("account.request.reason_hint"), Value: s.Value("reason"), Error: s.Error("reason"),
			MaxLength: strconv.Itoa(account.MaxReason), Required: true,
		},
		Files: components.Field{
			Name: signin.FilesField, Label: p.T("account.request.files"), Error: s.Error(signin.FilesField), Required: true,
			Hint: p.T("account.request.files_hint", "n", account.MaxEvidence, "size", account.MaxEvidenceBytes>>20),
		},
		Accept: signin.FilesAccept, Submit: p.T("account.request.submit"),
	}))
}

// RequestNumber answers POST /account/phone/request.
func (h *AccountPages) RequestNumber(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	files, err := signin.Evidence(c)
	if err != nil {
		return err
	}
	_, err = h.accounts.RequestPhone(c.Request().Context(), signin.WhoOf(c), account.NumberRequest{
		NewPhone: values.Digits(phoneField), Reason: values.Get("reason"), Files: files,
	})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNumberRequest(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, accountPath, "account.request.done")
}

// WithdrawRequest answers POST /account/phone/request/:id/withdraw.
func (h *AccountPages) WithdrawRequest(c echo.Context) error {
	if err := h.accounts.WithdrawPhoneRequest(c.Request().Context(), signin.WhoOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, accountPath, "account.request.withdrawn_done")
}
