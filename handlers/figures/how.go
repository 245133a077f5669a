package figures

import (
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/figures"
	"github.com/mingbai/mingbai/web/i18n"
)

// explained says of a number where it comes from, how it is worked out, what is
// left out, and up to when it counts.
type explained struct{ anchor, title, source, formula, leftOut, asOf string }

const (
	asOfData    = "transparency.explain.data_as_of"
	asOfCounted = "transparency.explain.counted_as_of"
)

var explanations = []explained{
	{anchorLines, "transparency.lines.all", "transparency.explain.lines.source", "transparency.explain.lines.formula", "transparency.explain.lines.left_out", asOfData},
	{anchorAgreed, "transparency.lines.agreed", "transparency.explain.agreed.source", "transparency.explain.agreed.formula", "transparency.explain.agreed.left_out", asOfData},
	{anchorUnchecked, "transparency.lines.unchecked", "transparency.explain.unchecked.source", "transparency.explain.unchecked.formula", "transparency.explain.unchecked.left_out", asOfData},
	{anchorDoubt, "transparency.lines.doubt", "transparency.explain.doubt.source", "transparency.explain.doubt.formula", "transparency.explain.doubt.left_out", asOfData},
	{anchorWrong, "transparency.lines.wrong", "transparency.explain.wrong.source", "transparency.explain.wrong.formula", "transparency.explain.wrong.left_out", asOfData},
	{anchorFaults, "transparency.faults.name", "transparency.explain.faults.source", "transparency.explain.faults.formula", "transparency.explain.faults.left_out", asOfData},
	{anchorTooMuch, "transparency.faults.money", "transparency.explain.too_much.source", "transparency.explain.too_much.formula", "transparency.explain.too_much.left_out", asOfData},
	{anchorReturned, "transparency.faults.returned", "transparency.explain.returned.source", "transparency.explain.returned.formula", "transparency.explain.returned.left_out", asOfCounted},
	{anchorChanges, "transparency.changes.title", "transparency.explain.changes.source", "transparency.explain.changes.formula", "transparency.explain.changes.left_out", asOfCounted},
	{anchorGone, "transparency.gone.title", "transparency.explain.gone.source", "transparency.explain.gone.formula", "transparency.explain.gone.left_out", asOfCounted},
	{anchorFiled, "transparency.complaints.title", "transparency.explain.complaints.source", "transparency.explain.complaints.formula", "transparency.explain.complaints.left_out", asOfCounted},
	{anchorReasons, "transparency.reasons.title", "transparency.explain.reasons.source", "transparency.explain.reasons.formula", "transparency.explain.reasons.left_out", asOfCounted},
	{anchorUpheld, "transparency.findings.title", "transparency.explain.findings.source", "transparency.explain.findings.formula", "transparency.explain.findings.left_out", asOfCounted},
	{anchorSpeed, "transparency.speed.title", "transparency.explain.speed.source", "transparency.explain.speed.formula", "transparency.explain.speed.left_out", asOfCounted},
	{anchorRefunds, "transparency.moved.refunds", "transparency.explain.refunds.source", "transparency.explain.refunds.formula", "transparency.explain.refunds.left_out", asOfCounted},
	{anchorStopped, "transparency.moved.stopped", "transparency.explain.stopped.source", "transparency.explain.stopped.formula", "transparency.explain.stopped.left_out", asOfCounted},
	{anchorNotices, "transparency.notices.title", "transparency.explain.notices.source", "transparency.explain.notices.formula", "transparency.explain.notices.left_out", asOfCounted},
	{anchorVersions, "transparency.versions.title", "transparency.explain.versions.source", "transparency.explain.versions.formula", "transparency.explain.versions.left_out", asOfCounted},
}

// How says how the figures are worked out, a sheet a number.
func How(p *i18n.Printer) (sheets []views.Sheet) {
	for _, e := range explanations {
		sheets = append(sheets, views.Sheet{ID: e.anchor, Title: p.T(e.title), Facts: components.Facts{
			{Term: p.T("transparency.explain.source"), Text: p.T(e.source)},
			{Term: p.T("transparency.explain.formula"), Text: p.T(e.formula)},
			{Term: p.T("transparency.explain.left_out"), Text: p.T(e.leftOut)},
			{Term: p.T("transparency.explain.as_of"), Text: p.T(e.asOf)},
		}})
	}
	return append(sheets,
		views.Sheet{ID: anchorRecord, Title: p.T("transparency.explain.record.title"), Text: p.T("transparency.explain.record.text"), Note: p.T("transparency.explain.record.more")},
		views.Sheet{ID: anchorSmall, Title: p.T("transparency.explain.small.title"), Text: p.T("transparency.explain.small.text"), Note: p.T("transparency.explain.small.more")},
		views.Sheet{ID: anchorRelease, Title: p.T("transparency.explain.release.title"), Text: p.T("transparency.explain.release.text"), Note: p.T("transparency.explain.release.more")},
	)
}
