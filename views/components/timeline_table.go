package components

import (
	"cmp"
	"slices"

	"github.com/mingbai/mingbai/views/components/markup"
)

// timelineRow is a row of the table: a mark, a bell or today.
type timelineRow struct {
	day    int
	mark   *TimelineMark
	bell   *TimelineBell
	isNow  bool
	onSame int // order of rows of the same day
}

func (t Timeline) rows() []timelineRow {
	rows := make([]timelineRow, 0, len(t.Marks)+len(t.Bells)+1)
	for i := range t.Bells {
		rows = append(rows, timelineRow{day: t.Bells[i].Day, bell: &t.Bells[i], onSame: 0})
	}
	for i := range t.Marks {
		rows = append(rows, timelineRow{day: t.Marks[i].Day, mark: &t.Marks[i], onSame: 1})
	}
	if t.Now != "" && t.hasToday() {
		rows = append(rows, timelineRow{day: t.Today, isNow: true, onSame: 2})
	}
	slices.SortStableFunc(rows, func(a, b timelineRow) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.onSame, b.onSame))
	})
	return rows
}

func (t Timeline) table(m *markup.Writer) {
	m.Raw(`<table class="timeline-table" role="table"><caption class="unseen">`)
	m.Text(t.Title)
	m.Raw(`</caption><thead role="rowgroup"><tr role="row">`)
	for i, head := range [...]string{t.Heads.When, t.Heads.What, t.Heads.Check, t.Heads.Amount} {
		m.Raw(`<th scope="col" role="columnheader"`)
		if i == 3 {
			m.Raw(` class="num"`)
		}
		m.Raw(`>`)
		m.Text(head)
		m.Raw(`</th>`)
	}
	m.Raw(`</tr></thead><tbody role="rowgroup">`)
	for _, r := range t.rows() {
		switch {
		case r.mark != nil:
			r.mark.row(m)
		case r.bell != nil:
			minorRow(m, bellShape, r.bell.When, r.bell.What)
		default:
			minorRow(m, todayShape, t.NowAt, t.Now)
		}
	}
	m.Raw(`</tbody></table>`)
}

var (
	bellShape  = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><circle r="9" fill="` + white + `"/>` + bellGlyph + `</svg>`
	todayShape = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><path d="M-11 0H11" stroke="` + ink + `" stroke-width="2"/></svg>`
)

func minorRow(m *markup.Writer, shape string, when Time, what string) {
	m.Raw(`<tr role="row" class="is-minor"><td role="cell" class="when">`)
	m.Raw(shape)
	when.write(m)
	m.Raw(`</td><td role="cell" class="what">`)
	m.Text(what)
	m.Raw(`</td><td role="cell" class="check"></td><td role="cell" class="num"></td></tr>`)
}

func (k *TimelineMark) row(m *markup.Writer) {
	m.Raw(`<tr role="row"`)
	if k.Current {
		m.Raw(` class="is-current" aria-current="true"`)
	}
	m.Raw(`><td role="cell" class="when"><svg viewBox="-12 -12 24 24" aria-hidden="true">`)
	glyph(m, k.Kind, 9)
	m.Raw(`</svg>`)
	k.When.write(m)
	m.Raw(`</td><td role="cell" class="what">`)
	if k.Href != "" {
		m.Raw(`<a`)
		m.Href(k.Href)
		m.Raw(`>`)
		m.Text(k.What)
		m.Raw(`</a>`)
	} else {
		m.Text(k.What)
	}
	m.Raw(`</td><td role="cell" class="check">`)
	if k.Check.Word != "" {
		k.Check.write(m)
	}
	m.Raw(`</td><td role="cell" class="num">`)
	if k.Amount.Text != "" {
		k.Amount.write(m)
	}
	m.Raw(`</td></tr>`)
}
