package staff

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const snParam = "sn"

// Intake answers GET /admin/cases/new: whose case it is, then what it is about.
func (h *CasePages) Intake(c echo.Context) error {
	return h.showIntake(c, http.StatusOK, form.State{}, c.QueryParam(merchantParam), c.QueryParam(snParam))
}

// TakeIn answers POST /admin/cases/new: files the case, and leads to it.
func (h *CasePages) TakeIn(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	sent, err := form.Files(c, "files", complaint.MaxFiles, file.MaxBytes)
	if err != nil {
		return err
	}
	due, _ := date.Parse(values.Get("due_on"))
	in := complaint.NewCase{
		Token: values.Get(tokenName), Kind: complaint.Kind(values.Get("kind")), Item: fee.Item(values.Get("item")),
		Reason: complaint.Reason(values.Get("reason")), Words: values.Get("words"),
	}
	if subject, ref, ok := strings.Cut(values.Get("subject"), ":"); ok {
		in.Subject, in.Ref = complaint.Subject(subject), ref
	}
	for _, f := range sent {
		in.Files = append(in.Files, complaint.Upload(f))
	}
	from := complaint.Caller{Channel: complaint.Channel(values.Get("channel")), Authority: values.Get("authority"), Number: values.Get("number"), DueOn: due}
	if values.Get("merchant") == "" {
		err = wrongField(findParam, "case.merchant_unknown")
	}
	var filed complaint.Filed
	if err == nil {
		filed, err = h.Cases.FileForCaller(c.Request().Context(), guard.StaffOf(c), values.Get("merchant"), from, in)
	}
	if fault.Is(err, fault.NotFound) {
		err = wrongField("subject", "case.subject_not_found")
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showIntake(c, status, state, values.Get("merchant"), values.Get(snParam))
	}
	if err != nil {
		return err
	}
	key := "admin_intake.filed"
	if filed.Before {
		key = "admin_intake.filed_before"
	}
	return done(c, caseHref(filed.Number), key, "number", filed.Number)
}

func intakeHref(ref, sn string) string {
	query := url.Values{merchantParam: {ref}}
	if sn != "" {
		query.Set(snParam, sn)
	}
	return views.NewCasePath + "?" + query.Encode()
}

func (h *CasePages) showIntake(c echo.Context, status int, state form.State, ref, sn string) error {
	ctx, actor := c.Request().Context(), guard.StaffOf(c)
	find := strings.TrimSpace(c.QueryParam(findParam))
	var in *complaint.Intake
	var found []complaint.FoundMerchant
	var err error
	if ref != "" {
		in, err = complaint.ReadIntake(ctx, h.DB, actor, ref, sn, h.Clock.Now())
	} else {
		found, err = complaint.FindMerchants(ctx, h.DB, actor, find)
	}
	if err != nil {
		return err
	}
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_intake.title")
	p := frame.T
	props := views.IntakeProps{
		State: state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_intake.lead")},
		Action: views.NewCasePath, Find: components.Field{Name: findParam, Label: p.T("admin_intake.find"), Hint: p.T("admin_intake.find_hint"), Value: find, Error: state.Error(findParam), Type: "search"},
		Search: components.Button{Label: p.T("admin_intake.search"), Look: components.Plain},
	}
	if in == nil {
		intakeFound(p, &props, find, found)
	} else {
		intakeForm(p, &props, state, in, sn)
	}
	return page.Render(c, status, views.Intake(frame, props))
}

// intakeFound lists the merchants that were found.
func intakeFound(p *i18n.Printer, props *views.IntakeProps, find string, found []complaint.FoundMerchant) {
	if find != "" && len(found) == 0 {
		props.None = p.T("admin_intake.none")
	}
	props.Found = components.Table{Caption: p.T("admin_intake.found"), Columns: []components.Column{
		{Label: p.T("admin_cases.columns.merchant")}, {Label: p.T("admin_cases.contact.on_file")}, {Label: p.T("admin_cases.merchant.terminals")},
	}}
	for i := range found {
		m := &found[i]
		props.Found.Rows = append(props.Found.Rows, components.Row{Cells: []components.Cell{
			{Text: m.Name, Href: intakeHref(m.Ref, ""), Part: m.Ref, Head: true}, {Text: maskedName(m.Contact)}, {Text: p.N("admin_cases.merchant.count", m.Terminals)},
		}})
	}
}

// intakeForm asks what the case is about.
func intakeForm(p *i18n.Printer, props *views.IntakeProps, state form.State, in *complaint.Intake, sn string) {
	props.Merchant = components.Facts{
		{Term: p.T("admin_cases.columns.merchant"), Text: in.Merchant, Part: in.Ref}, {Term: p.T("admin_cases.contact.on_file"), Text: maskedName(in.Contact)},
	}
	props.Other = &page.Link{Label: p.T("admin_intake.other"), Href: views.NewCasePath}
	props.Open = components.Table{Caption: p.T("admin_intake.open"), Columns: []components.Column{{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_cases.columns.state")}}}
	for i := range in.Open {
		l := &in.Open[i]
		props.Open.Rows = append(props.Open.Rows, components.Row{Cells: []components.Cell{
			{Text: caseTitle(p, l.Kind, l.Reason, l.Item), Href: caseHref(l.Number), Part: l.Number, Head: true}, {Tag: stateTag(p, l.State)},
		}})
	}
	subjects := []components.Option{{Label: p.T("admin_intake.nothing")}}
	for i := range in.Lines {
		l := &in.Lines[i]
		key := "admin_intake.line"
		if l.Denied {
			key = "admin_intake.line_denied"
		}
		subjects = append(subjects, components.Option{Value: string(complaint.OfDeduction) + ":" + l.ID, Label: p.T(key, "day", l.On, "fee", explain.ItemName(p, l.Item),
			"amount", l.Amount, "terminal", p.T("admin_cases.terminal", "alias", l.Alias, "tail", p.Tail(l.SN)), "state", explain.StateName(p, l.State))})
	}
	for _, t := range in.Terminals {
		subjects = append(subjects, components.Option{Value: string(complaint.OfTerminal) + ":" + t.SN, Label: p.T("admin_intake.terminal", "terminal", p.T("admin_cases.terminal", "alias", t.Alias, "tail", p.Tail(t.SN)))})
	}
	var kinds, channels []components.Option
	reasons := []components.Option{{Label: p.T("admin_intake.choose")}}
	for _, k := range []complaint.Kind{complaint.Complaint, complaint.Question, complaint.Callback, complaint.Invoice, complaint.Stop} {
		kinds = append(kinds, components.Option{Value: string(k), Label: p.T(caseKinds[k])})
	}
	for _, one := range []complaint.Channel{complaint.ByPhone, complaint.ByLetter, complaint.ByAuthority} {
		channels = append(channels, components.Option{Value: string(one), Label: p.T(caseChannels[one])})
	}
	for _, r := range complaint.Reasons {
		reasons = append(reasons, components.Option{Value: string(r), Label: p.T(caseReasons[r])})
	}
	ask := func(name, label string) components.Field { return field(state, name, p.T(label)) }
	hinted := func(f components.Field, hint string) components.Field { f.Hint = p.T(hint); return f }
	due := ask("due_on", "admin_intake.due_on")
	due.Type, due.Size = "date", components.Short
	kind := ask("kind", "admin_intake.kind")
	if kind.Value == "" && !state.Refused() {
		kind.Value = string(complaint.Complaint)
	}
	subject := ask("subject", "admin_intake.subject")
	if in.More || sn != "" {
		subject.Hint = p.T("admin_intake.narrow")
	}
	files := hinted(ask("files", "admin_cases.files.title"), "admin_intake.files_hint")
	files.Optional = p.T("admin_cases.optional")
	props.Form = &views.CaseForm{
		ID: "file", Action: views.NewCasePath, Token: newToken(), Files: true, Submit: components.Button{Label: p.T("admin_intake.submit")},
		Hidden: []components.Hidden{{Name: "merchant", Value: in.Ref}, {Name: snParam, Value: sn}},
		Fields: []views.CaseField{
			{Kind: views.RadioField, Field: ask("channel", "admin_intake.channel"), Options: channels},
			{Field: hinted(ask("authority", "admin_intake.authority"), "admin_intake.authority_hint")},
			{Field: ask("number", "admin_intake.number")}, {Field: due},
			{Kind: views.SelectField, Field: kind, Options: kinds},
			{Kind: views.SelectField, Field: subject, Options: subjects},
			{Kind: views.SelectField, Field: hinted(ask("item", "admin_cases.split.item"), "admin_intake.item_hint"), Options: itemOptions(p)},
			{Kind: views.SelectField, Field: hinted(ask("reason", "admin_intake.reason"), "admin_intake.reason_hint"), Options: reasons},
			{Kind: views.WordsField, Field: ask("words", "admin_intake.words")},
			{Kind: views.FilesField, Field: files},
		},
	}
}
