package staff

import (
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

func (v *casePresenter) decisions() (all []views.CaseDecision) {
	p := v.p
	for i := range v.k.Decisions {
		d := &v.k.Decisions[i]
		title := p.T("admin_cases.decision.title")
		if d.Round > 1 {
			title = p.T("admin_cases.decision.review")
		}
		one := views.CaseDecision{Tag: findingTag(p, d.Finding), Title: title, Reason: d.Reason}
		if d.RootCause != "" {
			one.Facts = append(one.Facts, components.Fact{Term: p.T("admin_cases.decide.root_cause"), Text: d.RootCause})
		}
		if d.Amount > 0 || d.Suggested > 0 {
			one.Facts = append(one.Facts, components.Fact{
				Term: p.T("admin_cases.decision.amount"), Text: p.Money(int64(d.Amount)), Part: p.T("admin_cases.decision.suggested", "amount", d.Suggested),
			})
		}
		one.Facts = append(one.Facts, components.Fact{Term: p.T("admin_cases.decision.by"), Text: d.By, Part: p.DateTime(d.At)})
		all = append(all, one)
	}
	return all
}

func refundTag(p *i18n.Printer, s complaint.RefundState) components.Tag {
	verdict := components.Wait
	switch s {
	case complaint.RefundPaid:
		verdict = components.OK
	case complaint.RefundRefused:
		verdict = components.Bad
	case complaint.RefundSent:
		verdict = components.Info
	}
	return components.Tag{Verdict: verdict, Word: p.T(refundStates[s])}
}

func (v *casePresenter) refunds() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_cases.refund.title"), Columns: []components.Column{
		{Label: p.T("admin_cases.refund.amount"), Num: true}, {Label: p.T("admin_cases.refund.state")}, {Label: p.T("admin_cases.refund.by")}, {Label: p.T("admin_cases.refund.second")},
	}}
	for i := range v.k.Refunds {
		r := &v.k.Refunds[i]
		when := r.ProposedAt
		for _, at := range []time.Time{r.AnsweredAt, r.SentAt, r.PaidAt} {
			if !at.IsZero() {
				when = at
			}
		}
		second := components.Cell{Text: r.SecondBy, Part: r.Remark}
		if r.SecondBy == "" && r.State == complaint.RefundProposed {
			second.Text = p.T("admin_cases.refund.waits")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Money(int64(r.Amount)), Head: true}, {Tag: refundTag(p, r.State), Part: p.ShortDateTime(when)}, {Text: r.ProposedBy, Part: p.ShortDateTime(r.ProposedAt)}, second,
		}})
	}
	return t
}

func (v *casePresenter) rating() components.Facts {
	if v.k.Stars == 0 {
		return nil
	}
	return components.Facts{{Term: v.p.T("admin_cases.rating.stars"), Text: v.p.N("admin_cases.rating.of_five", v.k.Stars), Part: v.k.Remark}}
}
