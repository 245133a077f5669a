package staff

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Holds answers staff who look at deductions that the gate holds.
type Holds struct {
	*Staff
	Gate *gate.Gate
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Holds) Routes(r *server.Router) {
	see, answer := guard.Staff(staff.SeeHolds), guard.Staff(staff.AnswerHolds)
	r.Get("/admin/holds", see, h.List)
	r.Get("/admin/holds/:id", see, h.One)
	r.Post("/admin/holds/:id/release", answer, h.Release)
	r.Post("/admin/holds/:id/deny", answer, h.Deny)
	r.Get("/admin/holds/batches/:id", see, h.Batch)
	r.Post("/admin/holds/batches/:id/release", answer, h.ReleaseBatch)
	r.Post("/admin/holds/batches/:id/deny", answer, h.DenyBatch)
}

// denyWhyName is the field of the reason to deny, beside that of the reason to
// release.
const denyWhyName = "deny_reason"

// ofDenial is a fault about the reason under the name of that field.
func ofDenial(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for i := range f.Fields {
			f.Fields[i].Name = denyWhyName
		}
	}
	return err
}

// showBatches lists whole batches in place of single deductions.
const showBatches = "batches"

func holdHref(id string) string { return views.HoldsPath + "/" + url.PathEscape(id) }

func batchHref(id string) string { return views.HoldsPath + "/batches/" + url.PathEscape(id) }

// List answers GET /admin/holds: what waits, the longest waiting first.
func (h *Holds) List(c echo.Context) error {
	frame := h.frame(c, views.HoldsPath, "admin_holds.title")
	p, query := frame.T, url.Values{}
	merchant, after, show := c.QueryParam(merchantParam), c.QueryParam(afterParam), ""
	if c.QueryParam(showParam) == showBatches {
		show, merchant = showBatches, ""
		query.Set(showParam, showBatches)
	}
	table, more, err := h.rows(c, p, show, merchant, after)
	if err != nil {
		return err
	}
	props := answerList(p, listWords{
		path: views.HoldsPath, heading: components.Heading{Title: frame.Title, Lead: p.T("admin_holds.lead")},
		label: p.T("admin_holds.filter.label"), merchant: p.T("admin_holds.filter.merchant"), empty: p.T("admin_holds.none"), emptyText: p.T("admin_holds.none_text"),
		first: p.T("admin_holds.first"), next: p.T("admin_holds.next"), pages: p.T("admin_holds.pages"),
	}, query, merchant, after, more)
	props.Choices = []views.FilterChoice{{
		Field:   components.Field{Name: showParam, Label: p.T("admin_holds.filter.show"), Value: show},
		Options: []components.Option{{Label: p.T("admin_holds.filter.single")}, {Value: showBatches, Label: p.T("admin_holds.filter.batches")}},
	}}
	props.Table = table
	return page.Render(c, http.StatusOK, views.Answers(frame, props))
}

// rows lists deductions, or batches, and says after which there are more.
func (h *Holds) rows(c echo.Context, p *i18n.Printer, show, merchant, after string) (table components.Table, more string, err error) {
	table.Caption = p.T("admin_holds.title")
	if show == showBatches {
		table.Columns = []components.Column{
			{Label: p.T("admin_holds.columns.batch")}, {Label: p.T("admin_holds.columns.why")}, {Label: p.T("admin_holds.columns.amount"), Num: true}, {Label: p.T("admin_holds.columns.state")},
		}
		all, any, err := gate.ListHeldBatches(c.Request().Context(), h.DB, after)
		for i := range all {
			b := &all[i]
			table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
				{Text: p.N("admin_holds.requests", int(b.Requests)), Href: batchHref(b.ID), Part: p.ShortDateTime(b.At), Head: true},
				{Text: explain.BatchBand(p, &b.Band)}, {Text: p.Money(int64(b.Total))}, {Tag: heldTag(p, b.First)},
			}})
		}
		if any {
			more = all[len(all)-1].ID
		}
		return table, more, err
	}
	table.Columns = []components.Column{
		{Label: p.T("admin_holds.columns.deduction")}, {Label: p.T("admin_holds.columns.merchant")}, {Label: p.T("admin_holds.columns.terminal")},
		{Label: p.T("admin_holds.columns.why")}, {Label: p.T("admin_holds.columns.amount"), Num: true}, {Label: p.T("admin_holds.columns.state")},
	}
	all, any, err := gate.ListHeld(c.Request().Context(), h.DB, merchant, after)
	for i := range all {
		one := &all[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: explain.ItemName(p, one.Item), Href: holdHref(one.ID), Part: p.ShortDateTime(one.AskedAt), Head: true}, {Text: one.Merchant, Part: one.MerchantRef},
			{Text: one.Alias, Part: one.SN}, {Text: holdNames(p, one.Reasons)}, {Text: p.Money(int64(one.Amount))}, {Tag: heldTag(p, one.First)},
		}})
	}
	if any {
		more = all[len(all)-1].ID
	}
	return table, more, err
}

func heldTag(p *i18n.Printer, first string) components.Tag {
	if first != "" {
		return components.Tag{Verdict: components.Wait, Word: p.T("admin_holds.state.second")}
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("admin_holds.state.waiting")}
}

// holdWords are the holds in a few words each.
var holdWords = map[string]string{
	fee.NoticeMissing.String(): "admin_holds.why.notice_missing", fee.OpenDispute.String(): "admin_holds.why.open_dispute", fee.Arrears.String(): "admin_holds.why.arrears",
	fee.LateAfterCancel.String(): "admin_holds.why.late_after_cancel", fee.RetryAfterReversal.String(): "admin_holds.why.retry_after_reversal",
	fee.ReplacementPaid.String(): "admin_holds.why.replacement_paid", fee.ReportedGone.String(): "admin_holds.why.reported_gone", fee.ManualOrder.String(): "admin_holds.why.manual_order",
	"batch_band": "admin_holds.why.batch_band",
	"spike":      "admin_holds.why.spike",
}

func holdNames(p *i18n.Printer, codes string) string {
	var said []string
	for code := range strings.FieldsSeq(codes) {
		if key, ok := holdWords[code]; ok {
			said = append(said, p.T(key))
		}
	}
	return strings.Join(said, " · ")
}

// One answers GET /admin/holds/{id}: one deduction with its evidence.
func (h *Holds) One(c echo.Context) error { return h.showOne(c, http.StatusOK, form.State{}) }

// Release answers POST /admin/holds/{id}/release.
func (h *Holds) Release(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	out, err := h.Gate.Release(c.Request().Context(), guard.StaffOf(c), c.Param("id"), values.Get(whyName))
	err = ofSecond(err)
	key := "admin_holds.released"
	if out.WaitsForSecond {
		key = "admin_holds.proposed"
	}
	return h.answered(c, values, err, h.showOne, holdHref, key)
}

// ofSecond has who agreed first read on the same page that another person has to,
// with what they typed: they may open the page, and may not be the second.
func ofSecond(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Forbidden && f.Key != "" {
		return fault.Wrap(err, fault.Conflict, f.Key)
	}
	return err
}

// Deny answers POST /admin/holds/{id}/deny.
func (h *Holds) Deny(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.Gate.DenyHeld(c.Request().Context(), guard.StaffOf(c), c.Param("id"), values.Get(denyWhyName))
	return h.answered(c, values, ofDenial(err), h.showOne, holdHref, "admin_holds.denied")
}

func (h *Holds) answered(c echo.Context, values form.Values, err error, show func(echo.Context, int, form.State) error, href func(string) string, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, href(c.Param("id")), key)
}

func (h *Holds) showOne(c echo.Context, status int, state form.State) error {
	read, err := gate.ReadCase(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	frame := h.frame(c, views.HoldsPath, "admin_holds.title")
	p := frame.T
	frame.Title = p.T("admin_holds.one.title", "amount", read.Amount, "fee", explain.ItemName(p, read.Item))
	frame.Crumbs = []page.Link{{Label: p.T("admin_holds.title"), Href: views.HoldsPath}, {Label: read.Ref}}
	props := views.AnswerCaseProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_holds.one.lead", "merchant", read.Merchant, "when", p.DateTime(read.AskedAt))}, State: state,
		Title: p.T("admin_holds.one.facts"), Facts: heldFacts(p, read), Table: heldSteps(p, read.Steps), None: p.T("admin_holds.one.no_steps"), Pages: p.T("admin_holds.pages"),
	}
	switch {
	case read.State != fee.Held:
	case read.BatchID != "":
		props.MayNot = p.T("gate.hold.of_batch")
	default:
		offerHold(p, &props, holdHref(read.ID), read.FirstID, guard.StaffOf(c), state)
	}
	return page.Render(c, status, views.AnswerCase(frame, props))
}

// heldFacts are the evidence in words: who and what, each reason as a sentence
// with its code beside it, and how the five groups of checks came out.
func heldFacts(p *i18n.Printer, r *gate.HeldCase) components.Facts {
	ctx := explain.Context{
		Case: r.Decided.Case, Item: r.Item, State: r.State, Ref: r.Ref, Terminal: explain.Terminal{Alias: r.Alias, SN: r.SN, Carrier: r.Carrier},
	}
	facts := components.Facts{
		{Term: p.T("admin_holds.one.merchant"), Text: r.Merchant, Part: r.MerchantRef},
		{Term: p.T("admin_holds.one.terminal"), Text: r.Alias, Part: r.SN},
		{Term: p.T("admin_holds.one.order"), Text: p.T("admin_holds.one.order_value", "ref", r.Ref, "origin", originName(p, r.Origin))},
		{Term: p.T("admin_holds.one.state"), Text: explain.StateName(p, r.State)},
	}
	for code := range r.Explanation.Verdict.Reasons.All() {
		if code.Level() != fee.LevelInfo {
			facts = append(facts, components.Fact{Term: p.T("admin_holds.one.why"), Text: explain.Reason(p, code, r.Explanation, ctx), Part: code.String()})
		}
	}
	for i := range r.Decided.Own {
		if own := &r.Decided.Own[i]; !own.Waived {
			facts = append(facts, components.Fact{Term: p.T("admin_holds.one.why"), Text: explain.OwnHold(p, own), Part: own.Code})
		}
	}
	text := explain.Deduction(p, r.Explanation, ctx)
	for i := range text.Checks {
		g := &text.Checks[i]
		facts = append(facts, components.Fact{Term: g.Title, Text: g.Summary, Part: g.Tag.Word})
	}
	if r.First != "" {
		facts = append(facts, components.Fact{Term: p.T("admin_holds.one.first"), Text: p.T("admin_holds.one.first_value", "who", r.First, "when", p.DateTime(r.FirstAt)), Part: r.Reason})
	}
	return facts
}

func originName(p *i18n.Printer, origin string) string {
	switch origin {
	case fee.OriginCore:
		return p.T("admin_holds.origin.core")
	case "agent":
		return p.T("admin_holds.origin.agent")
	}
	return p.T("admin_holds.origin.import")
}

// stepNames are the steps in words.
var stepNames = map[string]string{
	"authorized": "admin_holds.steps.authorized", "held": "admin_holds.steps.held", "denied": "admin_holds.steps.denied", "released": "admin_holds.steps.released",
	"voided": "admin_holds.steps.voided", "expired": "admin_holds.steps.expired", "posted": "admin_holds.steps.posted", "ungated": "admin_holds.steps.ungated",
	"agreed": "admin_holds.steps.agreed", "reversed": "admin_holds.steps.reversed", "refunded": "admin_holds.steps.refunded",
}

func heldSteps(p *i18n.Printer, steps []gate.Step) components.Table {
	table := components.Table{Caption: p.T("admin_holds.one.steps"), Columns: []components.Column{
		{Label: p.T("admin_holds.one.when")}, {Label: p.T("admin_holds.one.what")}, {Label: p.T("admin_holds.one.who")}, {Label: p.T("admin_holds.one.reason")},
	}}
	for _, s := range steps {
		who := s.By
		if who == "" {
			who = p.T("admin_holds.one.system")
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{{Text: p.DateTime(s.At), Head: true}, {Text: p.T(stepNames[s.Name])}, {Text: who}, {Text: s.Reason}}})
	}
	return table
}

// offerHold offers both answers, to who may give them. Who agreed first waits for
// another person, and may only stop it.
func offerHold(p *i18n.Printer, props *views.AnswerCaseProps, href, first string, actor staff.Actor, state form.State) {
	if !actor.Can(staff.AnswerHolds) {
		props.MayNot = p.T("admin_holds.may_not")
		return
	}
	reason := func(name, label string) *components.Field {
		return &components.Field{Name: name, Label: label, Value: state.Value(name), Error: state.Error(name), Required: true, MaxLength: "500"}
	}
	text := p.T("admin_holds.release.text")
	if first != "" {
		text = p.T("admin_holds.release.second")
	}
	if first == actor.ID {
		props.MayNot = p.T("admin_holds.release.waits")
	} else {
		props.Forms = append(props.Forms, views.AnswerForm{
			Action: href + "/release", Title: p.T("admin_holds.release.title"), Text: text,
			Reason: reason(whyName, p.T("admin_holds.release.reason")), Submit: components.Button{Label: p.T("admin_holds.release.submit")},
		})
	}
	props.Forms = append(props.Forms, views.AnswerForm{
		Action: href + "/deny", Title: p.T("admin_holds.deny.title"), Text: p.T("admin_holds.deny.text"),
		Reason: reason(denyWhyName, p.T("admin_holds.deny.reason")), Submit: components.Button{Label: p.T("admin_holds.deny.submit"), Look: components.Plain},
	})
}

// Batch answers GET /admin/holds/batches/{id}: a batch with its figures.
func (h *Holds) Batch(c echo.Context) error { return h.showBatch(c, http.StatusOK, form.State{}) }

// ReleaseBatch answers POST /admin/holds/batches/{id}/release.
func (h *Holds) ReleaseBatch(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	out, err := h.Gate.ReleaseBatch(c.Request().Context(), guard.StaffOf(c), c.Param("id"), values.Get(whyName))
	err = ofSecond(err)
	key := "admin_holds.batch_released"
	if out.WaitsForSecond {
		key = "admin_holds.proposed"
	}
	return h.answered(c, values, err, h.showBatch, batchHref, key)
}

// DenyBatch answers POST /admin/holds/batches/{id}/deny.
func (h *Holds) DenyBatch(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.Gate.DenyBatch(c.Request().Context(), guard.StaffOf(c), c.Param("id"), values.Get(denyWhyName))
	return h.answered(c, values, ofDenial(err), h.showBatch, batchHref, "admin_holds.batch_denied")
}

func (h *Holds) showBatch(c echo.Context, status int, state form.State) error {
	read, err := gate.ReadBatch(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	frame := h.frame(c, views.HoldsPath, "admin_holds.title")
	p := frame.T
	frame.Title = p.N("admin_holds.batch.title", int(read.Requests))
	frame.Crumbs = []page.Link{{Label: p.T("admin_holds.title"), Href: views.HoldsPath}, {Label: p.T("admin_holds.filter.batches"), Href: views.HoldsPath + "?" + showParam + "=" + showBatches}, {Label: read.ID}}
	props := views.AnswerCaseProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_holds.batch.lead", "when", p.DateTime(read.At))}, State: state,
		Title: p.T("admin_holds.one.facts"), Facts: batchFacts(p, read), Table: batchTable(p, read), None: p.T("admin_holds.none"), Pages: p.T("admin_holds.pages"),
	}
	if read.Answer == "" {
		offerHold(p, &props, batchHref(read.ID), read.FirstID, guard.StaffOf(c), state)
		if len(props.Forms) > 0 && read.FirstID == "" {
			props.Forms[0].Text = p.T("admin_holds.batch.release_text")
		}
	}
	return page.Render(c, status, views.AnswerCase(frame, props))
}

func batchFacts(p *i18n.Printer, b *gate.HeldBatch) components.Facts {
	state := p.T("admin_holds.state.waiting")
	switch b.Answer {
	case "release":
		state = p.T("admin_holds.state.released")
	case "deny":
		state = p.T("admin_holds.state.denied")
	}
	facts := components.Facts{
		{Term: p.T("admin_holds.one.why"), Text: explain.BatchBand(p, &b.Band), Part: "batch_band"},
		{Term: p.T("admin_holds.batch.asked_by"), Text: b.AskedBy},
		{Term: p.T("admin_holds.one.state"), Text: state},
	}
	if b.First != "" {
		facts = append(facts, components.Fact{Term: p.T("admin_holds.one.first"), Text: p.T("admin_holds.one.first_value", "who", b.First, "when", p.DateTime(b.FirstAt)), Part: b.Reason})
	}
	return facts
}

// batchTable sets the batch's figures beside what was expected.
func batchTable(p *i18n.Printer, b *gate.HeldBatch) components.Table {
	table := components.Table{Caption: p.N("admin_holds.batch.compared", b.Band.Batches), Columns: []components.Column{
		{Label: p.T("admin_holds.batch.figure")}, {Label: p.T("admin_holds.batch.got"), Num: true}, {Label: p.T("admin_holds.batch.low"), Num: true}, {Label: p.T("admin_holds.batch.high"), Num: true},
	}}
	row := func(name string, got, low, high string) {
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{{Text: name, Head: true}, {Text: got}, {Text: low}, {Text: high}}})
	}
	band := &b.Band
	row(p.T("admin_holds.batch.count"), p.Count(band.Count.Got), p.Count(band.Count.Low), p.Count(band.Count.High))
	row(p.T("admin_holds.batch.total"), p.Money(band.Total.Got), p.Money(band.Total.Low), p.Money(band.Total.High))
	row(p.T("admin_holds.batch.denied"), p.Percent(band.Denied.Got), p.Percent(band.Denied.Low), p.Percent(band.Denied.High))
	return table
}
