package portal

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const closePath = "/account/close"

// What may be closed, and the fields that say that the reader is sure.
const (
	closesOwn         = "own"
	closesMerchant    = "merchant"
	sureField         = "sure"
	sureMerchantField = "sure_merchant"
)

// Closing answers GET /account/close: what ends, what is kept and for how long.
func (h *AccountPages) Closing(c echo.Context) error {
	choice, err := h.accounts.ReadClosing(c.Request().Context(), signin.WhoOf(c), guard.ActorOf(c).Role)
	if err != nil {
		return err
	}
	return h.showClosing(c, http.StatusOK, form.State{}, &choice)
}

func (h *AccountPages) showClosing(c echo.Context, status int, s form.State, choice *account.CloseChoice) error {
	if !choice.Recent {
		return again(c, closePath)
	}
	frame := h.inside(c, "account.close.title")
	p, days := frame.T, choice.Terms.GraceDays
	props := portal.AccountCloseProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("retention.close.lead", "days", days)},
		State:   s,
		Ends:    []string{p.T("retention.close.ends_access"), p.T("retention.close.ends_after", "days", days)},
		Stays:   []string{p.T("retention.close.stays_terminals"), p.T("retention.close.stays_notices")},
		Kept:    keptTable(p, choice),
	}
	for _, one := range []struct {
		key string
		n   int
	}{{"retention.close.cases", choice.Cases}, {"retention.close.refunds", choice.Refunds}, {"retention.close.held", choice.Held}} {
		if one.n > 0 {
			props.UnderWay = append(props.UnderWay, p.N(one.key, one.n))
		}
	}
	if len(props.UnderWay) > 0 {
		props.UnderWay = append(props.UnderWay, p.T("retention.close.waits"))
	}
	if choice.Merchant != "" {
		text := p.T("retention.close.merchant_alone")
		if choice.Colleagues > 0 {
			text = p.N("retention.close.merchant_text", choice.Colleagues)
		}
		props.Choices = append(props.Choices, portal.AccountCloseChoice{
			Title: p.T("retention.close.merchant_title", "merchant", choice.Merchant), Text: text, What: closesMerchant, Action: closePath,
			Sure:   sure(s, sureMerchantField, p.T("retention.close.merchant_sure", "merchant", choice.Merchant)),
			Submit: p.T("retention.close.merchant_submit"),
		})
	}
	if choice.Own {
		props.Choices = append(props.Choices, portal.AccountCloseChoice{
			Title: p.T("retention.close.own_title"), Text: p.T("retention.close.own_text"), What: closesOwn, Action: closePath,
			Sure: sure(s, sureField, p.T("retention.close.own_sure")), Submit: p.T("retention.close.own_submit"),
		})
	}
	for _, name := range choice.LastOwner {
		props.First = append(props.First, p.T("retention.close.own_first", "merchant", name))
	}
	return page.Render(c, status, portal.AccountClose(frame, props))
}

func sure(s form.State, name, label string) components.Field {
	return components.Field{Name: name, Label: label, Value: s.Value(name), Error: s.Error(name), Required: true}
}

// keptTable says what is kept after an account was closed, for how long and by
// which rule.
func keptTable(p *i18n.Printer, choice *account.CloseChoice) components.Table {
	t := components.Table{Caption: p.T("retention.close.kept"), Columns: []components.Column{
		{Label: p.T("retention.close.kept_what")}, {Label: p.T("retention.close.kept_long")}, {Label: p.T("retention.close.kept_why")},
	}}
	terms := &choice.Terms
	for _, one := range []struct{ what, long, why string }{
		{"retention.close.kept_money", p.Months(terms.MoneyMonths), "retention.source.money"},
		{"retention.close.kept_cases", p.Months(terms.CaseMonths), "retention.source.cases"},
		{"retention.close.kept_usage", p.Months(terms.UsageMonths), "retention.source.usage"},
		{"retention.close.kept_access", p.N("retention.days", terms.AccessDays), "retention.source.access"},
		{"retention.close.kept_identity", p.N("retention.days", terms.IdentityDays), "retention.source.identity"},
	} {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.T(one.what), Head: true}, {Text: one.long}, {Text: p.T(one.why)}}})
	}
	return t
}

// Close answers POST /account/close.
func (h *AccountPages) Close(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	choice, err := h.accounts.ReadClosing(ctx, who, guard.ActorOf(c).Role)
	if err != nil {
		return err
	}
	if !choice.Recent {
		return again(c, closePath)
	}
	err = h.close(ctx, who, &choice, values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showClosing(c, status, state, &choice)
	}
	switch {
	case tooOld(err):
		return again(c, closePath)
	case err != nil:
		return err
	}
	if err := h.sessions.End(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "/", "retention.close.done", "days", choice.Terms.GraceDays)
}

func (h *AccountPages) close(ctx context.Context, who account.Who, choice *account.CloseChoice, values form.Values) error {
	ticked, field, run := values.Get(sureField) == "yes", sureField, h.accounts.CloseOwn
	switch what := values.Get(portal.AccountCloseWhat); {
	case what == closesMerchant && choice.Merchant != "":
		ticked, field, run = values.Get(sureMerchantField) == "yes", sureMerchantField, h.accounts.CloseMerchant
	case what == closesOwn && choice.Own:
	case what == closesOwn:
		return fault.New(fault.Conflict, "retention.close.last_owner", "merchant", choice.LastOwner[0])
	default:
		return fault.New(fault.Conflict, "retention.close.no_choice")
	}
	if !ticked {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: field, Key: "retention.close.not_sure"}}}
	}
	return run(ctx, who)
}
