package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// DeductionReceipts is the use of the receipts of deductions.
type DeductionReceipts struct {
	*Portal
	Origin string // of the site, without a slash at its end
}

// receiptsOf is where a line of the bill is written out.
func receiptsOf(lineID string) string { return deductionPath + url.PathEscape(lineID) + "/receipts" }

// Make answers POST /deductions/{id}/receipts: the deduction in words, kept as
// they are, with a code by which anyone may check them.
func (h *DeductionReceipts) Make(c echo.Context) error {
	actor, id := guard.ActorOf(c), c.Param("id")
	read, err := deduction.ReadDetailPage(c.Request().Context(), h.DB, h.Plans.Plans(), h.Policy(), actor.MerchantID, id, h.today())
	if err != nil {
		return err
	}
	d := deductionPresenter{p: printer(c), page: read, plans: h.Plans.Plans(), today: h.today(), actor: actor}
	d.text = explain.Deduction(d.p, read.Explanation, d.context())
	body := d.receipt(page.New(c).Brand.Name)
	code, err := notice.MakeDeductionReceipt(c.Request().Context(), h.DB, h.Clock.Now(), signin.WhoOf(c), id, string(d.p.Locale()), body)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, receiptsOf(id)+"/"+code)
}

// Show answers GET /deductions/{id}/receipts/{code}: the receipt, for paper.
func (h *DeductionReceipts) Show(c echo.Context) error {
	actor, id := guard.ActorOf(c), c.Param("id")
	r, err := notice.ReadDeductionReceipt(c.Request().Context(), h.DB, actor.MerchantID, id, c.Param("code"))
	if err != nil {
		return err
	}
	frame := h.frame(c, deductionsPath, "receipts.own.title")
	p := frame.T
	address := h.Origin + receiptAddress(r.Code)
	lines := paragraphs(r.Deduction.Body)
	props := portal.DeductionReceiptProps{
		Title: lines[0], Lines: lines[1:], Code: r.Code, Check: p.T("receipts.own.check", "address", h.Origin+"/receipts"),
		Made: p.T("receipts.own.made_at", "moment", r.Deduction.MadeAt), Scan: components.QR{Text: address, Label: p.T("receipts.own.scan")},
		Link: page.Link{Label: p.T("receipts.own.scan"), Href: receiptAddress(r.Code)},
		Back: page.Link{Label: p.T("receipts.own.back"), Href: deductionPath + url.PathEscape(id)},
	}
	if r.Locale != string(p.Locale()) {
		props.Lang = r.Locale
	}
	return page.Render(c, http.StatusOK, portal.DeductionReceipt(frame, props))
}

// receipt writes the line out for somebody who was not there. The same facts give
// the same words.
func (d *deductionPresenter) receipt(acquirer string) string {
	p, line, card := d.p, &d.page.Line, &d.page.Terminal
	lines := []string{
		p.T("receipts.body.title", "fee", lineName(p, line), "amount", line.Amount),
		p.T("receipts.body.by", "acquirer", acquirer),
		p.T("receipts.body.merchant", "merchant", d.actor.MerchantName),
		p.T("receipts.body.terminal", "terminal", terminalName(p, card.Alias, card.SN)),
		p.T("receipts.body.day", "day", p.DateTime(line.At)),
		p.T("receipts.body.amount", "amount", line.Amount),
	}
	if ref := d.ref(); ref != "" {
		lines = append(lines, p.T("receipts.body.ref", "ref", ref))
	}
	lines = append(lines, p.T("receipts.body.state", "state", explain.StateName(p, line.State)), p.T("receipts.body.verdict", "verdict", d.text.Tag.Word))
	lines = append(append(lines, d.text.Because...), d.text.Lead)
	return strings.Join(lines, "\n")
}
