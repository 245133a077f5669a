package public

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	receiptsPath = "/receipts"
	receiptCode  = "code"
	receiptText  = "text"
)

// receiptAddress is the address at which anyone may check a code.
func receiptAddress(code string) string { return receiptsPath + "/" + url.PathEscape(code) }

// ReceiptSearch answers GET /receipts: it asks for a code, and leads to what it
// stands for.
func (h *FromOutside) ReceiptSearch(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	code := notice.PlainCode(values.Get(receiptCode))
	if code == "" {
		return h.askReceipt(c, http.StatusOK, form.State{})
	}
	if _, err := notice.ReadReceipt(c.Request().Context(), h.DB, code); err != nil {
		return h.askAgain(c, http.StatusUnprocessableEntity, values.Get(receiptCode), err)
	}
	return c.Redirect(http.StatusSeeOther, receiptAddress(code))
}

// askAgain asks for another code where nothing has this one: whoever holds it may
// hold a forgery, and is told so.
func (h *FromOutside) askAgain(c echo.Context, status int, code string, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	message := page.Printer(c).T("receipts.none")
	return h.askReceipt(c, status, form.Failed(form.Values{receiptCode: {code}}, "", []form.Failure{{Field: receiptCode, Message: message}}))
}

func (h *FromOutside) askReceipt(c echo.Context, status int, state form.State) error {
	frame := h.frame(c, "receipts.title")
	p := frame.T
	return page.Render(c, status, public.ReceiptSearch(frame, public.ReceiptSearchProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("receipts.lead")}, State: state, Action: receiptsPath,
		Code: components.Field{
			Name: receiptCode, Label: p.T("receipts.code"), Hint: p.T("receipts.code_hint"), Value: state.Value(receiptCode), Error: state.Error(receiptCode),
			Required: true, MaxLength: "40", Autocomplete: "off", Size: components.Short,
		},
	}))
}

// Receipt answers GET /receipts/{code}: that something with these words came from
// the acquirer, and what became of it.
func (h *FromOutside) Receipt(c echo.Context) error {
	r, err := notice.ReadReceipt(c.Request().Context(), h.DB, c.Param("code"))
	if err != nil {
		return h.askAgain(c, http.StatusNotFound, c.Param("code"), err)
	}
	return h.showReceipt(c, http.StatusOK, r, form.State{}, nil)
}

// CompareReceipt answers POST /receipts/{code}: whether a text is the whole of
// it.
func (h *FromOutside) CompareReceipt(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	r, same, err := notice.CompareReceipt(c.Request().Context(), h.DB, h.Clock.Now(), c.RealIP(), c.Param("code"), values.Get(receiptText))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showReceipt(c, status, r, state, nil)
	}
	if err != nil {
		return h.askAgain(c, http.StatusNotFound, c.Param("code"), err)
	}
	return h.showReceipt(c, http.StatusOK, r, form.Filled(values), &same)
}

// showReceipt shows what a code stands for, and once a text was compared, how
// that came out.
func (h *FromOutside) showReceipt(c echo.Context, status int, r *notice.Receipt, state form.State, same *bool) error {
	title := "receipts.message.title"
	if r.Deduction != nil {
		title = "receipts.deduction.title"
	}
	frame := h.frame(c, title)
	v := receiptPresenter{p: frame.T, receipt: r}
	props := v.props(state)
	props.Heading.Title = frame.Title
	props.Action = receiptAddress(r.Code)
	switch {
	case same == nil:
	case *same:
		props.Outcome, props.Tone = frame.T.T("receipts.compare.same"), components.OK
	default:
		props.Outcome, props.OutcomeText, props.Tone = frame.T.T("receipts.compare.differs"), frame.T.T("receipts.compare.differs_text"), components.Bad
	}
	return page.Render(c, status, public.Receipt(frame, props))
}

// receiptPresenter turns what a code stands for into finished texts.
type receiptPresenter struct {
	p       *i18n.Printer
	receipt *notice.Receipt
}

func (v *receiptPresenter) props(state form.State) public.ReceiptProps {
	p := v.p
	props := public.ReceiptProps{
		State: state, Facts: v.message(), HashAbout: p.T("receipts.hash_about"), Privacy: p.T("receipts.privacy"),
		Text: components.Field{
			Name: receiptText, Label: p.T("receipts.compare.text"), Hint: p.T("receipts.compare.hint"), Value: state.Value(receiptText), Error: state.Error(receiptText),
			Required: true, Autocomplete: "off",
		},
	}
	if v.receipt.Deduction != nil {
		props.Facts = v.deduction()
		props.Heading.Lead = p.T("receipts.deduction.lead", "moment", v.receipt.Deduction.MadeAt)
		return props
	}
	m := v.receipt.Message
	props.Heading.Lead = p.T("receipts.message.lead", "moment", m.CreatedAt, "channel", explain.ChannelName(p, string(m.Channel)))
	return props
}

// locale says in which language something is written.
func (v *receiptPresenter) locale() string {
	if v.receipt.Locale == string(i18n.En) {
		return v.p.T("receipts.locale.en")
	}
	return v.p.T("receipts.locale.zh")
}

// message says when a message came how far; what nobody reported is not filled
// in.
func (v *receiptPresenter) message() (facts components.Facts) {
	p, m := v.p, v.receipt.Message
	if m == nil {
		return nil
	}
	facts = components.Facts{
		{Term: p.T("receipts.message.channel"), Text: explain.ChannelName(p, string(m.Channel))},
		{Term: p.T("receipts.message.locale"), Text: v.locale()},
		{Term: p.T("receipts.message.sent"), Text: p.DateTime(m.CreatedAt)},
	}
	add := func(key string, at time.Time, always bool) {
		switch {
		case !at.IsZero():
			facts = append(facts, components.Fact{Term: p.T(key), Text: p.DateTime(at)})
		case always:
			facts = append(facts, components.Fact{Term: p.T(key), Text: p.T("receipts.message.not_yet")})
		}
	}
	outside := m.Channel != notice.Inbox
	if outside {
		add("receipts.message.accepted", m.AcceptedAt, true)
		add("receipts.message.delivered", m.DeliveredAt, m.FailedAt.IsZero())
	}
	add("receipts.message.read", m.ReadAt, !outside)
	add("receipts.message.acknowledged", m.AcknowledgedAt, false)
	add("receipts.message.failed", m.FailedAt, false)
	return append(facts,
		components.Fact{Term: p.T("receipts.message.template"), Body: public.Compared(m.Template)},
		components.Fact{Term: p.T("receipts.code"), Body: public.Compared(grouped(v.receipt.Code))},
		components.Fact{Term: p.T("receipts.message.hash"), Body: public.Compared(v.receipt.Hash)})
}

func (v *receiptPresenter) deduction() components.Facts {
	p, d := v.p, v.receipt.Deduction
	state := p.T("receipts.deduction.gone")
	if d.State != "" {
		state = explain.StateName(p, d.State)
	}
	return components.Facts{
		{Term: p.T("receipts.deduction.day"), Text: p.Date(d.On)},
		{Term: p.T("receipts.deduction.item"), Text: explain.ItemName(p, d.Item)},
		{Term: p.T("receipts.deduction.state"), Text: state},
		{Term: p.T("receipts.deduction.locale"), Text: v.locale()},
		{Term: p.T("receipts.code"), Body: public.Compared(grouped(v.receipt.Code))},
		{Term: p.T("receipts.deduction.hash"), Body: public.Compared(v.receipt.Hash)},
	}
}

// grouped writes a code in groups of five letters.
func grouped(code string) string {
	text := ""
	for i, r := range code {
		if i > 0 && i%5 == 0 {
			text += " "
		}
		text += string(r)
	}
	return text
}
