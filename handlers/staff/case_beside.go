package staff

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/views/components"
)

func (v *casePresenter) links() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_cases.link.title"), Columns: []components.Column{{Label: p.T("admin_cases.columns.number")}, {Label: p.T("admin_cases.link.what")}}}
	for _, l := range v.k.Links {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: l.Number, Href: caseHref(l.Number), Head: true}, {Text: p.T(linkNames[l.Kind]), Part: p.ShortDateTime(l.At)}}})
	}
	return t
}

func (v *casePresenter) beside(caption string, cases []complaint.Listed) components.Table {
	p := v.p
	t := components.Table{Caption: p.T(caption), Columns: []components.Column{{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_cases.columns.state")}}}
	for i := range cases {
		l := &cases[i]
		state := components.Cell{Tag: listedTag(p, l), Part: p.Date(date.Of(l.FiledAt))}
		if l.Finding != "" && !l.State.UnderWay() {
			state.Tag = findingTag(p, l.Finding)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: caseTitle(p, l.Kind, l.Reason, l.Item), Href: caseHref(l.Number), Part: l.Number, Head: true}, state}})
	}
	return t
}
