package figures

import (
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/figures"
	"github.com/mingbai/mingbai/web/i18n"
)

// complaints says what merchants complained of, what came of it, what was stopped
// and what was sent; nothing in figures that are older than that.
func (w words) complaints() []views.Sheet {
	f := w.f.Complaints
	if f == nil {
		return nil
	}
	p := w.p
	all := named{"transparency.complaints.sum", anchorFiled, f.Filed}
	filed := views.Sheet{
		ID: "complaints", Title: p.T("transparency.complaints.title"),
		Table: w.table("transparency.complaints", []named{
			{"transparency.complaints.decided", anchorFiled, f.Decided}, {"transparency.complaints.withdrawn", anchorFiled, f.Withdrawn},
			{"transparency.complaints.open", anchorFiled, f.Open},
		}, all),
	}
	var reasons []named
	for _, r := range f.Reasons {
		if r.Filed != (report.Cell{}) {
			reasons = append(reasons, named{reasonNames[r.Reason], anchorReasons, r.Filed})
		}
	}
	decided := named{"transparency.complaints.decided", anchorFiled, f.Decided}
	findings := views.Sheet{
		ID: "findings", Title: p.T("transparency.findings.title"),
		Table: w.table("transparency.findings", []named{
			{"transparency.findings.upheld", anchorUpheld, f.Upheld}, {"transparency.findings.partly", anchorUpheld, f.Partly}, {"transparency.findings.not", anchorUpheld, f.Not},
		}, decided),
	}
	if f.Share > 0 {
		findings.Text = p.T("transparency.findings.share", "decided", p.Count(f.Decided.Value), "upheld", p.Count(f.Upheld.Value+f.Partly.Value), "share", Share(p, f.Share))
	}
	sheets := []views.Sheet{filed}
	if len(reasons) > 0 {
		sheets = append(sheets, views.Sheet{ID: "reasons", Title: p.T("transparency.reasons.title"), Table: w.table("transparency.reasons", reasons, all)})
	}
	if f.Decided != (report.Cell{}) {
		sheets = append(sheets, findings, views.Sheet{
			ID: "speed", Title: p.T("transparency.speed.title"),
			Table: w.table("transparency.speed", []named{
				{"transparency.speed.within_1", anchorSpeed, f.Within1}, {"transparency.speed.within_3", anchorSpeed, f.Within3}, {"transparency.speed.over_3", anchorSpeed, f.Over3},
			}, decided),
		})
	}
	return append(sheets, w.moved(), w.notices())
}

// moved says what was given back for complaints, and what was never taken.
func (w words) moved() views.Sheet {
	p := w.p
	row := func(key, anchor string, m *report.MoneyFigures) components.Row {
		return components.Row{Cells: []components.Cell{{Text: p.T(key), Href: how(anchor), Head: true}, {Text: Count(p, m.Number)}, money(p, m.Amount)}}
	}
	return views.Sheet{ID: "moved", Title: p.T("transparency.moved.title"), Table: &components.Table{
		Caption: p.T("transparency.moved.title"),
		Columns: []components.Column{{Label: p.T("transparency.moved.name")}, {Label: p.T("transparency.moved.count"), Num: true}, {Label: p.T("transparency.moved.money"), Num: true}},
		Rows:    []components.Row{row("transparency.moved.refunds", anchorRefunds, w.f.Refunds), row("transparency.moved.stopped", anchorStopped, w.f.Stopped)},
	}}
}

func (w words) notices() views.Sheet {
	p, f := w.p, w.f.Notices
	s := views.Sheet{
		ID: "notices", Title: p.T("transparency.notices.title"),
		Table: w.table("transparency.notices", []named{
			{"transparency.notices.arrived", anchorNotices, f.Arrived}, {"transparency.notices.taken", anchorNotices, f.Taken},
			{"transparency.notices.failed", anchorNotices, f.Failed}, {"transparency.notices.waiting", anchorNotices, f.Waiting},
		}, named{"transparency.notices.sum", anchorNotices, f.Sent}),
	}
	if f.Share > 0 {
		s.Text = p.T("transparency.notices.share", "sent", p.Count(f.Sent.Value), "share", Share(p, f.Share))
	}
	return s
}

var reasonNames = map[complaint.Reason]string{
	complaint.NeverAgreed: "transparency.reason.never_agreed", complaint.NotTold: "transparency.reason.not_told", complaint.TooMuch: "transparency.reason.too_much",
	complaint.Twice: "transparency.reason.twice", complaint.StoppedFee: "transparency.reason.stopped", complaint.TerminalGone: "transparency.reason.gone",
	complaint.Deposit: "transparency.reason.deposit", complaint.BrokenRule: "transparency.reason.broken_rule", complaint.Other: "transparency.reason.other",
}

// AddCheck says in what is about the figures when the record of who did what was
// worked out again last, and whether it was whole.
func AddCheck(p *i18n.Printer, about *views.Sheet, last *audit.Check) {
	f := components.Fact{Term: p.T("transparency.about.record"), Text: p.T("transparency.about.record_never")}
	if last != nil {
		f.Text, f.Part = p.DateTime(last.DoneAt), p.T("transparency.about.record_whole")
		if !last.Sound {
			f.Part = p.T("transparency.about.record_changed")
		}
	}
	about.Facts = append(about.Facts, f)
	about.Links = append(about.Links, views.Link{Label: p.T("transparency.explain.record.title"), Href: how(anchorRecord)})
}
