package public

import (
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Front answers GET /: what this is, and how to sign in.
func (h *Public) Front(c echo.Context) error {
	return h.front.Render(c, h.frame(c, "public.front.title"), h.frontView)
}

func (h *Public) frontView(frame page.Page) templ.Component {
	props := public.FrontProps{Codes: h.Codes(), Ledger: ledger(frame.T)}
	if frame.User == nil {
		props.Phone = phoneField(frame.T, form.State{})
		props.Phone.Hint = frame.T.T("public.front.phone_hint")
	}
	frame.About = frame.T.T("public.front.lead")
	return public.Front(frame, props)
}

// entry is a line of the page of accounts that shows what the portal is.
type entry struct {
	day       date.Date
	fee, part string // message keys
	amount    money.Fen
	wrong     bool
}

// entries are made up. They say what the real ones do: a yearly fee as agreed,
// one that was taken twice, and a payout.
var entries = []entry{
	{date.MustParse("2025-12-03"), "public.ledger.sim", "public.ledger.sim_part", 3600, false},
	{date.MustParse("2025-12-05"), "public.ledger.again", "public.ledger.again_part", 3600, true},
	{date.MustParse("2025-12-08"), "public.ledger.payout", "public.ledger.payout_part", 300, false},
}

func ledger(p *i18n.Printer) components.Table {
	t := components.Table{
		Caption: p.T("public.ledger.title"),
		Columns: []components.Column{
			{Label: p.T("public.ledger.day")}, {Label: p.T("public.ledger.what")}, {Label: p.T("public.ledger.check")}, {Label: p.T("public.ledger.amount"), Num: true},
		},
	}
	for _, e := range entries {
		tag := components.Tag{Verdict: components.OK, Word: p.T("public.ledger.agreed")}
		if e.wrong {
			tag = components.Tag{Verdict: components.Bad, Word: p.T("public.ledger.wrong")}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDate(e.day)}, {Text: p.T(e.fee), Part: p.T(e.part), Head: true}, {Tag: tag}, {Money: components.Money{Text: p.Money(int64(e.amount))}},
		}})
	}
	return t
}
