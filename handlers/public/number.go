package public

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// NumberRequest answers GET /login/number: another number to sign in with, for
// who can't sign in.
func (h *Public) NumberRequest(c echo.Context) error {
	return h.showNumberRequest(c, http.StatusOK, form.State{})
}

func (h *Public) showNumberRequest(c echo.Context, status int, s form.State) error {
	frame := h.frame(c, "account.request.title")
	p := frame.T
	return page.Render(c, status, public.NumberRequest(frame, public.NumberRequestProps{
		State: s,
		Merchant: components.Field{
			Name: "merchant", Label: p.T("account.request.merchant"), Hint: p.T("account.request.merchant_hint"), Value: s.Value("merchant"),
			Error: s.Error("merchant"), Autocomplete: "off", MaxLength: "64", Size: components.Short, Required: true,
		},
		Phone: components.Field{
			Name: phoneName, Label: p.T("account.phone.new"), Value: s.Value(phoneName), Error: s.Error(phoneName),
			Type: "tel", Autocomplete: "tel", InputMode: "tel", MaxLength: "24", Size: components.Short, Required: true,
		},
		Reason: components.Field{
			Name: "reason", Label: p.T("account.request.reason"), Hint: p.T("account.request.reason_hint"), Value: s.Value("reason"),
			Error: s.Error("reason"), MaxLength: strconv.Itoa(account.MaxReason), Required: true,
		},
		Files: components.Field{
			Name: signin.FilesField, Label: p.T("account.request.files"), Error: s.Error(signin.FilesField), Required: true,
			Hint: p.T("account.request.files_hint", "n", account.MaxEvidence, "size", account.MaxEvidenceBytes>>20),
		},
		Accept: signin.FilesAccept,
	}))
}

// storing is how much longer than other answers one about a request takes, since
// it may store files, and its time must not tell whether it did.
const storing = 3

// RequestNumber answers POST /login/number.
func (h *Public) RequestNumber(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	files, err := signin.Evidence(c)
	if err != nil {
		return err
	}
	timer := time.NewTimer(storing * h.AnswersAfter)
	defer timer.Stop()
	ctx := c.Request().Context()
	err = h.Accounts.RequestPhoneUnknown(ctx, signin.VisitOf(c), account.NumberRequest{
		MerchantRef: values.Get("merchant"), NewPhone: values.Digits(phoneName), Reason: values.Get("reason"), Files: files,
	})
	slowly(ctx, timer)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNumberRequest(c, status, state)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/login/number/done")
}

// NumberRequested answers GET /login/number/done.
func (h *Public) NumberRequested(c echo.Context) error {
	return page.Render(c, http.StatusOK, public.NumberRequested(h.frame(c, "account.request.public_done")))
}
