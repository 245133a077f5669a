// Package figures puts the figures of a quarter into words, for everybody and for
// those who release them.
package figures

import (
	"slices"
	"strconv"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/figures"
	"github.com/mingbai/mingbai/web/i18n"
)

// The addresses of the figures, and of how they are worked out.
const (
	Path    = "/transparency"
	HowPath = "/transparency/how"
)

// Href returns the address of a quarter's figures: of an edition for ever, or
// with 0 of the latest.
func Href(q report.Quarter, edition int) string {
	if edition == 0 {
		return Path + "/" + q.String()
	}
	return Path + "/" + q.String() + "/" + strconv.Itoa(edition)
}

// The anchors of HowPath.
const (
	anchorLines     = "lines"
	anchorAgreed    = "agreed"
	anchorUnchecked = "unchecked"
	anchorDoubt     = "doubt"
	anchorWrong     = "wrong"
	anchorFaults    = "faults"
	anchorTooMuch   = "too-much"
	anchorReturned  = "returned"
	anchorVersions  = "versions"
	anchorChanges   = "changes"
	anchorGone      = "gone"
	anchorFiled     = "complaints"
	anchorReasons   = "reasons"
	anchorUpheld    = "upheld"
	anchorSpeed     = "speed"
	anchorRefunds   = "refunds"
	anchorStopped   = "stopped"
	anchorNotices   = "notices"
	anchorRecord    = "record"
	anchorSmall     = "small"
	anchorRelease   = "release"
)

func how(anchor string) string { return HowPath + "#" + anchor }

// QuarterName writes a quarter: 2026年第三季度, Third quarter 2026.
func QuarterName(p *i18n.Printer, q report.Quarter) string {
	which := [...]string{"transparency.which.q1", "transparency.which.q2", "transparency.which.q3", "transparency.which.q4"}
	return p.T("transparency.quarter", "year", p.Year(q.Year()), "which", p.T(which[q.Number()-1]))
}

// Share writes a share in parts per million with two decimals, never rounded up:
// what is not all is not called 100.00%.
func Share(p *i18n.Printer, ppm int64) string { return p.Percent(ppm / 100 * 100) }

// Count writes a number, or that it is held back.
func Count(p *i18n.Printer, c report.Cell) string {
	if c.Held {
		return p.T("transparency.held")
	}
	return p.Count(c.Value)
}

func money(p *i18n.Printer, c report.Cell) components.Cell {
	if c.Held {
		return components.Cell{Text: p.T("transparency.held")}
	}
	return components.Cell{Money: components.Money{Text: p.Money(c.Value)}}
}

// FaultName says what was wrong.
func FaultName(p *i18n.Printer, kind report.FaultKind) string { return p.T(faultNames[kind]) }

var faultNames = map[report.FaultKind]string{
	report.FaultOver:      "transparency.fault.over",
	report.FaultTwice:     "transparency.fault.twice",
	report.FaultEarly:     "transparency.fault.early",
	report.FaultNotAgreed: "transparency.fault.not_agreed",
	report.FaultEnded:     "transparency.fault.ended",
	report.FaultLimit:     "transparency.fault.limit",
}

// Present puts an edition with its figures into words.
func Present(p *i18n.Printer, e *report.Edition) views.Props {
	w := words{p, e.Figures}
	return views.Props{
		Sheets: slices.Concat([]views.Sheet{w.lines(), w.faults()}, w.complaints(), []views.Sheet{w.changes(), w.gone(), w.versions()}),
		About:  w.about(e),
	}
}

type words struct {
	p *i18n.Printer
	f *report.Figures
}

// named is a number with what it is called and where it is explained.
type named struct {
	key, anchor string
	cell        report.Cell
}

func (w words) lines() views.Sheet {
	p, f := w.p, w.f
	parts := []named{
		{"transparency.lines.agreed", anchorAgreed, f.Agreed}, {"transparency.lines.unchecked", anchorUnchecked, f.Unchecked},
		{"transparency.lines.doubt", anchorDoubt, f.Doubt}, {"transparency.lines.wrong", anchorWrong, f.Wrong},
	}
	all := named{"transparency.lines.all", anchorLines, f.Lines}
	s := views.Sheet{ID: "charges", Title: p.T("transparency.lines.title")}
	if f.Share > 0 {
		s.Text = p.T("transparency.agreed_share", "all", p.Count(f.Lines.Value), "agreed", p.Count(f.Agreed.Value), "share", Share(p, f.Share))
	}
	if f.Lines.Value == 0 || anyHeld(parts) {
		s.Table = w.table("transparency.lines", parts, all)
		return s
	}
	s.Fold = p.T("transparency.how_each")
	s.Chart = &components.Stack{Title: p.T("transparency.lines.chart"), Sum: components.Fact{Term: p.T(all.key), Text: p.Count(all.cell.Value)}}
	s.Links = append(s.Links, views.Link{Label: p.T(all.key), Href: how(all.anchor)})
	for _, part := range parts {
		s.Chart.Parts = append(s.Chart.Parts, components.StackPart{
			Label: p.T(part.key), Amount: p.Count(part.cell.Value), Part: Share(p, part.cell.Value*1_000_000/f.Lines.Value), Value: part.cell.Value,
		})
		s.Links = append(s.Links, views.Link{Label: p.T(part.key), Href: how(part.anchor)})
	}
	return s
}

func anyHeld(all []named) bool {
	for _, one := range all {
		if one.cell.Held {
			return true
		}
	}
	return false
}

// The headings of tables of numbers, by the area of their texts.
var heads = map[string]struct{ title, name, count string }{
	"transparency.lines":   {"transparency.lines.title", "transparency.lines.name", "transparency.lines.count"},
	"transparency.changes": {"transparency.changes.title", "transparency.changes.name", "transparency.changes.count"},
	"transparency.gone":    {"transparency.gone.title", "transparency.gone.name", "transparency.gone.count"},

	"transparency.complaints": {"transparency.complaints.title", "transparency.complaints.name", "transparency.complaints.count"},
	"transparency.reasons":    {"transparency.reasons.title", "transparency.reasons.name", "transparency.complaints.count"},
	"transparency.findings":   {"transparency.findings.title", "transparency.findings.name", "transparency.complaints.count"},
	"transparency.speed":      {"transparency.speed.title", "transparency.speed.name", "transparency.complaints.count"},
	"transparency.notices":    {"transparency.notices.title", "transparency.notices.name", "transparency.notices.count"},
}

// table lists numbers with their sum. Each name leads to how it is worked out.
func (w words) table(area string, parts []named, sum named) *components.Table {
	p, h := w.p, heads[area]
	row := func(n named) components.Row {
		return components.Row{Cells: []components.Cell{{Text: p.T(n.key), Href: how(n.anchor), Head: true}, {Text: Count(p, n.cell)}}}
	}
	t := &components.Table{
		Caption: p.T(h.title), Columns: []components.Column{{Label: p.T(h.name)}, {Label: p.T(h.count), Num: true}}, Sums: []components.Row{row(sum)},
	}
	for _, n := range parts {
		t.Rows = append(t.Rows, row(n))
	}
	return t
}

func (w words) faults() views.Sheet {
	p, f := w.p, w.f
	s := views.Sheet{ID: "wrong", Title: p.T("transparency.faults.title")}
	if f.Wrong == (report.Cell{}) {
		s.Text = p.T("transparency.faults.none")
		return s
	}
	s.Table = &components.Table{
		Caption: s.Title,
		Columns: []components.Column{
			{Label: p.T("transparency.faults.name")}, {Label: p.T("transparency.faults.count"), Num: true}, {Label: p.T("transparency.faults.money"), Num: true},
		},
		Sums: []components.Row{
			{Cells: []components.Cell{{Text: p.T("transparency.faults.sum"), Href: how(anchorTooMuch), Head: true}, {Text: Count(p, f.Wrong)}, money(p, f.TooMuch)}},
			{Cells: []components.Cell{{Text: p.T("transparency.faults.returned"), Href: how(anchorReturned), Head: true}, {}, money(p, f.Returned)}},
		},
	}
	for _, one := range f.Faults {
		s.Table.Rows = append(s.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: FaultName(p, one.Kind), Href: how(anchorFaults), Head: true}, {Text: Count(p, one.Lines)}, money(p, one.TooMuch),
		}})
	}
	return s
}

func (w words) changes() views.Sheet {
	f := &w.f.Changes
	return views.Sheet{
		ID: "changes", Title: w.p.T("transparency.changes.title"), Text: w.p.T("transparency.changes.text"),
		Table: w.table("transparency.changes", []named{
			{"transparency.changes.accepted", anchorChanges, f.Accepted}, {"transparency.changes.objected", anchorChanges, f.Objected},
			{"transparency.changes.silent", anchorChanges, f.Silent},
		}, named{"transparency.changes.sum", anchorChanges, f.Merchants}),
	}
}

func (w words) gone() views.Sheet {
	f := &w.f.Gone
	inTime, late := "transparency.gone.in_time", "transparency.gone.late"
	if f.WorkingDays == 0 {
		inTime, late = "transparency.gone.in_hours", "transparency.gone.later_hours"
	}
	return views.Sheet{
		ID: "gone", Title: w.p.T("transparency.gone.title"),
		Table: w.table("transparency.gone", []named{
			{inTime, anchorGone, f.InTime}, {late, anchorGone, f.Late}, {"transparency.gone.open", anchorGone, f.Open},
		}, named{"transparency.gone.sum", anchorGone, f.Reported}),
	}
}

func (w words) versions() views.Sheet {
	p := w.p
	s := views.Sheet{ID: "versions", Title: p.T("transparency.versions.title")}
	if len(w.f.Versions) == 0 {
		s.Text = p.T("transparency.versions.none")
		return s
	}
	s.Table = &components.Table{
		Caption: s.Title,
		Columns: []components.Column{
			{Label: p.T("transparency.versions.name")}, {Label: p.T("transparency.versions.published")},
			{Label: p.T("transparency.versions.effective")}, {Label: p.T("transparency.versions.notice"), Num: true},
		},
	}
	for i := range w.f.Versions {
		v := &w.f.Versions[i]
		effective := components.Cell{Text: p.Date(v.EffectiveOn)}
		if v.Withdrawn {
			effective.Part = p.T("transparency.versions.withdrawn")
		}
		s.Table.Rows = append(s.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T("transparency.versions.version", "title", v.Title.In(string(p.Locale())), "n", v.Version), Href: disclosed.Href(v.Slug, v.Version), Head: true},
			{Text: p.Date(v.PublishedOn)}, effective, {Text: p.N("transparency.versions.days", v.Notice())},
		}})
	}
	s.Links = []views.Link{{Label: p.T("transparency.versions.how"), Href: how(anchorVersions)}}
	return s
}

func (w words) about(e *report.Edition) views.Sheet {
	p, f := w.p, w.f
	fact := func(key, text, none string) components.Fact {
		if text == "" {
			text = p.T(none)
		}
		return components.Fact{Term: p.T(key), Text: text}
	}
	s := views.Sheet{ID: "about", Title: p.T("transparency.about.title"), Links: []views.Link{
		{Label: p.T("transparency.explain.title"), Href: HowPath}, {Label: p.T("transparency.explain.small.title"), Href: how(anchorSmall)},
		{Label: p.T("transparency.explain.release.title"), Href: how(anchorRelease)},
	}, Facts: components.Facts{
		{Term: p.T("transparency.about.span"), Text: p.Span(f.From, f.To)},
		fact("transparency.about.data", p.DateTime(f.DataAsOf), "transparency.about.data_never"),
		fact("transparency.about.checked", p.DateTime(f.CheckedAt), "transparency.about.checked_never"),
		{Term: p.T("transparency.about.counted"), Text: p.DateTime(e.ReckonedAt)},
	}}
	if !e.ReleasedAt.IsZero() {
		s.Facts = append(s.Facts, components.Fact{Term: p.T("transparency.about.released"), Text: p.DateTime(e.ReleasedAt)})
	}
	if e.Number > 1 {
		s.Facts = append(s.Facts, components.Fact{Term: p.T("transparency.about.edition"), Text: p.T("transparency.about.edition_n", "n", e.Number)})
	}
	return s
}
