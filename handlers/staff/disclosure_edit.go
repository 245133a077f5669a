package staff

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// editBody is how long a draft's form may be, in bytes.
const editBody = 2 << 20

// What the buttons of the form do. Those that remove end with the row's number.
const (
	doField        = "do"
	doSave         = "save"
	doSubmit       = "submit"
	doAddFee       = "add-fees"
	doAddClause    = "add-clauses"
	doRemoveFee    = "remove-fees-"
	doRemoveClause = "remove-clauses-"
)

// Edit answers GET /admin/disclosures/drafts/{id}/edit.
func (h *Disclosures) Edit(c echo.Context) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	if !d.State.Open() {
		return fault.New(fault.Conflict, "disclosures.fault.not_open")
	}
	values := formOf(&d.Content).values
	return h.showEdit(c, http.StatusOK, d, values, form.Filled(values), d.Revision)
}

// Save answers POST /admin/disclosures/drafts/{id}/edit: it saves, hands the draft
// to review, or adds and removes rows, which changes nothing yet but the form.
func (h *Disclosures) Save(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	d, err := h.read(c)
	if err != nil {
		return err
	}
	typed, do := draftForm{values}, values.Get(doField)
	revision, err := strconv.Atoi(values.Get(revisionName))
	if err != nil {
		return &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid), Cause: err}
	}
	if rearranged(typed, do) {
		return h.showEdit(c, http.StatusOK, d, values, form.Filled(values), revision)
	}
	ctx, at, by := c.Request().Context(), h.Clock.Now(), guard.StaffOf(c)
	content, err := typed.content()
	if err == nil {
		err = disclosure.Save(ctx, h.DB, at, by, d.ID, revision, content)
	}
	if err == nil && do == doSubmit {
		if d, err = h.read(c); err != nil {
			return err
		}
		revision = d.Revision
		err = disclosure.Submit(ctx, h.DB, at, by, d.ID, revision)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showEdit(c, status, d, values, state, revision)
	}
	if err != nil {
		return err
	}
	if do == doSubmit {
		return done(c, draftPrefix+d.ID, "admin_disclosures.done.submitted")
	}
	return done(c, draftPrefix+d.ID+"/edit", "admin_disclosures.done.saved")
}

// rearranged adds or removes a row where the button says so.
func rearranged(f draftForm, do string) bool {
	switch do {
	case doAddFee:
		f.add("fees")
		return true
	case doAddClause:
		f.add("clauses")
		return true
	}
	for prefix, kind := range map[string]string{doRemoveFee: "fees", doRemoveClause: "clauses"} {
		if number, ok := strings.CutPrefix(do, prefix); ok {
			i, err := strconv.Atoi(number)
			if err == nil {
				f.remove(kind, i)
			}
			return true
		}
	}
	return false
}

func (h *Disclosures) showEdit(c echo.Context, status int, d *disclosure.DraftPage, values form.Values, state form.State, revision int) error {
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "admin_disclosures.edit.title")
	e := editor{p: frame.T, state: state, form: draftForm{values}, draft: d}
	return page.Render(c, status, views.Edit(frame, e.props(h.Plans.Plans(), revision)))
}

// editor draws the form of a draft.
type editor struct {
	p     *i18n.Printer
	state form.State
	form  draftForm
	draft *disclosure.DraftPage
}

func (e *editor) props(plans *disclosure.Plans, revision int) views.EditProps {
	p := e.p
	props := views.EditProps{
		Heading: components.Heading{Title: p.T("admin_disclosures.edit.heading", "title", draftTitle(p, e.draft.Content.Title, e.draft.Slug)), Lead: p.T("admin_disclosures.edit.lead")},
		State:   e.state, Action: draftPrefix + e.draft.ID + "/edit",
		Hidden: []components.Hidden{{Name: revisionName, Value: strconv.Itoa(revision)}}, Whole: e.whole(),
		ClausesID: form.ID("clauses"), ClausesTitle: p.T("disclosures.clauses.title"), FeesID: form.ID("fees"), FeesTitle: p.T("disclosures.fees.title"),
		AddClause: components.Button{Label: p.T("admin_disclosures.edit.add_clause"), Look: components.Plain, Name: doField, Value: doAddClause},
		AddFee:    components.Button{Label: p.T("admin_disclosures.edit.add_fee"), Look: components.Plain, Name: doField, Value: doAddFee},
		Buttons: []components.Button{
			{Label: p.T("admin_disclosures.edit.save"), Name: doField, Value: doSave},
			{Label: p.T("admin_disclosures.edit.submit"), Look: components.Plain, Name: doField, Value: doSubmit},
		},
		Back: page.Link{Label: p.T("admin_disclosures.edit.back"), Href: draftPrefix + e.draft.ID},
	}
	if e.draft.State != disclosure.Drafted {
		props.Note = p.T("admin_disclosures.edit.voids")
	}
	for i := range e.form.count("fees") {
		props.Fees = append(props.Fees, e.fee(i))
	}
	for i := range e.form.count("clauses") {
		props.Clauses = append(props.Clauses, e.clause(i))
	}
	if !e.state.Refused() {
		props.Lead, props.Findings = e.findings(plans)
	}
	return props
}

// findings says what of the form as it is now stands in the way of submitting.
func (e *editor) findings(plans *disclosure.Plans) (lead string, links []page.Link) {
	content, err := e.form.content()
	found := append(disclosure.Check(content), disclosure.Conflicts(plans, e.draft.Slug, content)...)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range f.Fields {
			found = append(found, disclosure.Finding{Path: field.Name, Key: field.Key, Args: field.Args})
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	for _, f := range found {
		links = append(links, page.Link{
			Label: e.p.T("admin_disclosures.edit.finding", "field", e.label(f.Path), "what", e.p.T(f.Key, f.Args...)), Href: "#" + form.ID(f.Path),
		})
	}
	return e.p.N("admin_disclosures.edit.findings", len(found)), links
}

// label names a field as the form does, with the fee or the clause that it is of.
func (e *editor) label(path string) string {
	for kind, key := range map[string]string{"fees": "admin_disclosures.edit.fee", "clauses": "admin_disclosures.edit.clause"} {
		if i, name, ok := partsOf(path, kind); ok {
			return e.p.T("admin_disclosures.edit.of", "where", e.p.T(key, "number", i+1), "field", e.called(name))
		}
	}
	return e.called(path)
}

// called is what a field is called within its part of the form.
func (e *editor) called(name string) string {
	for suffix, key := range map[string]string{"-zh": "admin_disclosures.edit.in_chinese", "-en": "admin_disclosures.edit.in_english"} {
		if text, ok := strings.CutSuffix(name, suffix); ok {
			return e.p.T(key, "field", e.called(text))
		}
	}
	for _, t := range feeTexts(&disclosure.Terms{})[1:] {
		if t.name == name {
			return e.p.T(t.label)
		}
	}
	if key, ok := formFields[name]; ok {
		return e.p.T(key)
	}
	return e.p.T("admin_disclosures.edit.whole")
}

// formFields are what the fields of the form are called.
var formFields = map[string]string{
	"title": "admin_disclosures.edit.name", "summary": "disclosures.part.summary", "limits": "disclosures.limits", "contact": "disclosures.contact",
	"clauses": "disclosures.clauses.title", "fees": "disclosures.fees.title",
	"number": "admin_disclosures.edit.number", "heading": "disclosures.field.heading", "text": "disclosures.field.text",
	"plan": "admin_disclosures.edit.plan", "clause": "admin_disclosures.edit.of_clause", "item": "disclosures.fees.item", "method": "admin_disclosures.edit.method",
	"kind": "admin_disclosures.edit.kind", "amount": "admin_disclosures.edit.amount", "cycle": "admin_disclosures.edit.cycle", "idle": "disclosures.fees.idle",
	"free": "disclosures.fees.free", "free_unit": "admin_disclosures.edit.free_unit", "rate": "admin_disclosures.edit.rate", "min": "admin_disclosures.edit.min",
	"cap": "admin_disclosures.edit.cap", "cap_12m": "admin_disclosures.edit.ceiling", "deposit": "disclosures.fees.deposit",
	"deposit_turnover": "admin_disclosures.edit.turnover", "deposit_months": "admin_disclosures.edit.turnover_months",
}

func (e *editor) field(name, label string) components.Field {
	return components.Field{Name: name, Label: label, Value: e.state.Value(name), Error: e.state.Error(name)}
}

// both asks for a text in both languages, side by side.
func (e *editor) both(name, label string, area bool) templ.Component {
	zh := e.field(name+"-zh", e.p.T("admin_disclosures.edit.in_chinese", "field", label))
	en := e.field(name+"-en", e.p.T("admin_disclosures.edit.in_english", "field", label))
	if area {
		return views.Beside(components.TextArea(zh), components.TextArea(en))
	}
	return views.Beside(components.TextField(zh), components.TextField(en))
}

// hidden sends along what can't change.
func (e *editor) hidden(name string) templ.Component {
	return components.Hidden{Name: name, Value: e.state.Value(name)}
}

func (e *editor) whole() views.EditGroup {
	p := e.p
	g := views.EditGroup{Title: p.T("admin_disclosures.edit.whole")}
	if e.draft.DisclosureID == 0 {
		g.Parts = append(g.Parts, e.both("title", p.T("disclosures.part.title"), false))
	} else {
		g.Parts = append(g.Parts, e.hidden("title-zh"), e.hidden("title-en"))
	}
	g.Parts = append(g.Parts, e.both("summary", p.T("disclosures.part.summary"), true),
		e.both("limits", p.T("disclosures.limits"), true), e.both("contact", p.T("disclosures.contact"), true))
	return g
}

func (e *editor) clause(i int) views.EditGroup {
	p, at := e.p, row("clauses", i)
	return views.EditGroup{
		Title: p.T("admin_disclosures.edit.clause", "number", i+1),
		Parts: []templ.Component{
			e.short(at+"number", p.T("admin_disclosures.edit.number")), e.both(at+"heading", p.T("disclosures.field.heading"), false), e.both(at+"text", p.T("disclosures.field.text"), true),
		},
		Remove: &components.Button{Label: p.T("admin_disclosures.edit.remove_clause"), Look: components.Warning, Name: doField, Value: doRemoveClause + strconv.Itoa(i)},
	}
}

func (e *editor) short(name, label string) templ.Component {
	f := e.field(name, label)
	f.Size = components.Short
	return components.TextField(f)
}

func (e *editor) choice(name, label string, none string, options []components.Option) templ.Component {
	f := e.field(name, label)
	return components.Select(f, append([]components.Option{{Value: "", Label: none}}, options...))
}

func (e *editor) fee(i int) views.EditGroup {
	p, at := e.p, row("fees", i)
	name := e.state.Value(at + "title-" + map[i18n.Locale]string{i18n.ZhCN: "zh", i18n.En: "en"}[p.Locale()])
	g := views.EditGroup{
		Title:  p.T("admin_disclosures.edit.fee_named", "number", i+1, "name", name),
		Remove: &components.Button{Label: p.T("admin_disclosures.edit.remove_fee"), Look: components.Warning, Name: doField, Value: doRemoveFee + strconv.Itoa(i)},
	}
	pick := p.T("admin_disclosures.edit.pick")
	plan := e.field(at+"plan", p.T("admin_disclosures.edit.plan"))
	plan.Hint = p.T("admin_disclosures.edit.plan_hint")
	g.Parts = []templ.Component{
		views.Beside(components.TextField(plan), e.short(at+"clause", p.T("admin_disclosures.edit.of_clause"))),
		e.both(at+"title", p.T("admin_disclosures.edit.name"), false),
		views.Beside(
			e.choice(at+"item", p.T("disclosures.fees.item"), pick, options(items, func(v string) string { return explain.ItemName(p, fee.Item(v)) })),
			e.choice(at+"method", p.T("admin_disclosures.edit.method"), p.T("fees.method.any"), options(methods, func(v string) string { return explain.MethodName(p, fee.Method(v)) })),
		),
		views.Beside(
			e.choice(at+"kind", p.T("admin_disclosures.edit.kind"), pick, options(kinds, func(v string) string { return p.T(kindNames[fee.Kind(v)]) })),
			e.short(at+"amount", p.T("admin_disclosures.edit.amount")),
		),
		views.Beside(e.short(at+"cycle", p.T("admin_disclosures.edit.cycle")),
			e.choice(at+"idle", p.T("disclosures.fees.idle"), pick, options(idles, func(v string) string { return p.T(idleNames[fee.Idle(v)]) }))),
		views.Beside(e.short(at+"free", p.T("disclosures.fees.free")),
			components.Select(e.field(at+"free_unit", p.T("admin_disclosures.edit.free_unit")), []components.Option{
				{Value: "days", Label: p.T("admin_disclosures.edit.days")}, {Value: "months", Label: p.T("admin_disclosures.edit.months")},
			})),
		views.Beside(e.short(at+"rate", p.T("admin_disclosures.edit.rate")), views.Beside(e.short(at+"min", p.T("admin_disclosures.edit.min")), e.short(at+"cap", p.T("admin_disclosures.edit.cap")))),
		e.short(at+"cap_12m", p.T("admin_disclosures.edit.ceiling")),
	}
	for _, t := range feeTexts(&disclosure.Terms{})[1:] {
		g.Parts = append(g.Parts, e.both(at+t.name, p.T(t.label), false))
	}
	g.Parts = append(g.Parts,
		e.choice(at+"deposit", p.T("disclosures.fees.deposit"), p.T("admin_disclosures.edit.no_deposit"), options(deposits, func(v string) string { return p.T(depositNames[disclosure.DepositKind(v)]) })),
		views.Beside(e.short(at+"deposit_turnover", p.T("admin_disclosures.edit.turnover")), e.short(at+"deposit_months", p.T("admin_disclosures.edit.turnover_months"))))
	return g
}

func options(values []string, label func(string) string) (all []components.Option) {
	for _, v := range values {
		all = append(all, components.Option{Value: v, Label: label(v)})
	}
	return all
}

var kindNames = map[fee.Kind]string{
	fee.Recurring: "admin_disclosures.kind.recurring", fee.OneOff: "admin_disclosures.kind.one_off",
	fee.PerItem: "admin_disclosures.kind.per_item", fee.PerSale: "admin_disclosures.kind.rate",
}

var idleNames = map[fee.Idle]string{fee.Accrue: "disclosures.idle.accrue", fee.Skip: "disclosures.idle.skip"}

var depositNames = map[disclosure.DepositKind]string{
	disclosure.ByReturn: "disclosures.deposit.return", disclosure.ByTurnover: "admin_disclosures.edit.by_turnover",
}
