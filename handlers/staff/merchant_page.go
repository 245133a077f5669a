package staff

import (
	"net/url"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// merchantPresenter puts what is known of a merchant into words.
type merchantPresenter struct {
	p     *i18n.Printer
	m     *look.Merchant
	actor staff.Actor
	state form.State
}

func (v *merchantPresenter) props() views.MerchantProps {
	p, m := v.p, v.m
	props := views.MerchantProps{
		State: v.state, Heading: components.Heading{Title: m.Name, Lead: p.T("admin_merchants.one.lead", "ref", m.Ref, "day", m.OpenedOn)},
		Cases: v.cases(), Deductions: v.deductions(), Messages: v.messages(), Terminals: v.terminals(), People: v.people(), Limits: v.limits(), Links: v.links(),
		More: p.N("admin_merchants.one.more_terminals", max(0, m.Terminals-len(m.Shown))), HasMore: m.Terminals > len(m.Shown),
	}
	if !m.ClosedOn.IsZero() {
		props.Heading.Lead = p.T("admin_merchants.one.lead_closed", "ref", m.Ref, "day", m.OpenedOn, "closed", m.ClosedOn)
	}
	if v.actor.Can(staff.Unmask) {
		props.Contact = &page.Link{Label: p.T("admin_cases.contact.link"), Href: merchantHref(m.Ref) + "/contact"}
	}
	if v.actor.Can(staff.SeeAsMerchant) {
		reason := field(v.state, "reason", p.T("admin_merchants.look.reason"))
		reason.Hint = p.T("admin_merchants.look.hint")
		props.Look = &views.CaseForm{
			ID: "look", Action: merchantHref(m.Ref) + "/look", Title: p.T("admin_merchants.look.title"), Text: p.T("admin_merchants.look.text"),
			Submit: components.Button{Label: p.T("admin_merchants.look.submit")}, Fields: []views.CaseField{{Kind: views.WordsField, Field: reason}},
		}
	}
	return props
}

func (v *merchantPresenter) cases() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_merchants.one.cases"), Columns: []components.Column{
		{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_cases.columns.state")},
	}}
	for i := range v.m.Cases {
		k := &v.m.Cases[i]
		number := components.Cell{Text: caseTitle(p, k.Kind, k.Reason, k.Item), Part: k.Number, Head: true}
		if v.actor.Can(staff.SeeCases) {
			number.Href = caseHref(k.Number)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{number, {Tag: stateTag(p, k.State), Part: p.Date(date.Of(k.FiledAt))}}})
	}
	return t
}

func (v *merchantPresenter) deductions() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_merchants.one.deductions"), Columns: []components.Column{
		{Label: p.T("admin_merchants.one.day")}, {Label: p.T("admin_merchants.one.fee")}, {Label: p.T("admin_merchants.one.amount"), Num: true}, {Label: p.T("admin_cases.columns.state")},
	}}
	for i := range v.m.Deductions {
		d := &v.m.Deductions[i]
		state := components.Cell{Text: explain.StateName(p, d.State)}
		switch d.Decision {
		case fee.Deny:
			state = components.Cell{Tag: components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.known.deny")}, Part: state.Text}
		case fee.Hold:
			state = components.Cell{Tag: components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.known.hold")}, Part: state.Text}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Date(d.On), Head: true}, {Text: explain.ItemName(p, d.Item), Part: p.T("admin_cases.terminal", "alias", d.Alias, "tail", p.Tail(d.SN))}, {Text: p.Money(int64(d.Amount))}, state,
		}})
	}
	return t
}

func (v *merchantPresenter) messages() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_merchants.one.messages"), Columns: []components.Column{
		{Label: p.T("admin_notices.column.at")}, {Label: p.T("admin_notices.column.kind")}, {Label: p.T("admin_notices.column.channel")}, {Label: p.T("admin_notices.column.state")},
	}}
	for i := range v.m.Messages {
		e := &v.m.Messages[i]
		at := components.Cell{Text: p.ShortDateTime(e.CreatedAt), Head: true}
		if v.actor.Can(staff.SeeNotices) {
			at.Href = messageHref(e.ID)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			at, {Text: messageKind(p, string(e.Kind))}, {Text: channelName(p, e.Channel), Part: explain.Recipient(e.Channel, e.To)}, {Tag: messageState(p, e.Channel, e.State)},
		}})
	}
	return t
}

func (v *merchantPresenter) terminals() components.Table {
	p := v.p
	t := components.Table{Caption: p.N("admin_merchants.one.terminals", v.m.Terminals), Columns: []components.Column{
		{Label: p.T("admin_merchants.one.terminal")}, {Label: p.T("admin_cases.columns.state")},
	}}
	for i := range v.m.Shown {
		one := &v.m.Shown[i]
		state := p.T("admin_merchants.one.not_yet")
		switch {
		case !one.InactiveFrom.IsZero():
			state = p.T("admin_merchants.one.gone", "day", one.InactiveFrom)
		case !one.ActivatedOn.IsZero():
			state = p.T("admin_merchants.one.active", "day", one.ActivatedOn)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: one.Alias, Part: one.SN + " · " + one.Shop, Head: true}, {Text: state}}})
	}
	return t
}

func (v *merchantPresenter) people() (facts components.Facts) {
	for i := range v.m.People {
		if r := &v.m.People[i]; r.Name != "" || r.Phone != "" {
			facts = append(facts, components.Fact{Term: reachableRole(v.p, r), Text: maskedName(r.Name), Part: maskedPhone(r.Phone)})
		}
	}
	return facts
}

// limits are what may be taken of overage in a month.
func (v *merchantPresenter) limits() (facts components.Facts) {
	p := v.p
	for _, l := range v.m.Limits {
		text := p.T("admin_merchants.one.limit_off")
		if l.Amount > 0 {
			text = p.T("admin_merchants.one.limit", "amount", l.Amount)
		}
		facts = append(facts, components.Fact{Term: p.T("admin_merchants.one.overage"), Text: text, Part: p.N("admin_cases.merchant.count", l.Terminals)})
	}
	return facts
}

// links lead to what else there is about the merchant, as far as the reader may
// see it.
func (v *merchantPresenter) links() (links []page.Link) {
	ref := v.m.Ref
	with := func(path, param string) string { return withQuery(path, url.Values{param: {ref}}) }
	for _, l := range []struct {
		needs       staff.Permission
		label, href string
	}{
		{staff.WorkCases, "admin_merchants.link.new_case", with(views.NewCasePath, merchantParam)},
		{staff.SeeCases, "admin_merchants.link.cases", with(views.CasesPath, findParam)},
		{staff.SeeNotices, "admin_merchants.link.messages", with(views.MessagesPath, merchantParam)},
		{staff.SeeHolds, "admin_merchants.link.holds", with(views.HoldsPath, merchantParam)},
		{staff.SeeAudit, "admin_merchants.link.audit", with(views.AuditPath, merchantParam)},
		{staff.ExportEvidence, "admin_merchants.link.pack", packHref(evidence.OfMerchant, ref)},
	} {
		if v.actor.Can(l.needs) {
			links = append(links, page.Link{Label: v.p.T(l.label), Href: l.href})
		}
	}
	return links
}
