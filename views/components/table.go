package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Table is a table of finished values. On a phone each of its rows is a small
// sheet, heading by heading, unless there is no more than a number beside a name.
type Table struct {
	Caption string // says what the table holds
	Show    bool   // the caption is seen too: nothing above the table says it
	Columns []Column
	Rows    []Row
	Sums    []Row // below a rule
}

// Column is a column's heading.
type Column struct {
	Label string
	Num   bool // amounts and counts, aligned at the end
}

// Row is a row of a table.
type Row struct {
	Cells   []Cell // one a column; a missing one is empty
	Current bool   // the row that the page is about
}

// Cell is a cell of a table. Its content is the first of Body, Tag, Money and
// Text that there is.
type Cell struct {
	Text  string // finished text
	Href  string // Text leads there, or empty
	Part  string // a secondary line below the content, or empty
	Body  templ.Component
	Tag   Tag   // or without a word
	Money Money // or without a text
	Head  bool  // names the row
}

// Render writes the table.
func (t Table) Render(ctx context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<table class="table`)
	if !t.isNarrow() {
		m.Raw(` stacks`)
	}
	m.Raw(`" role="table"><caption`)
	if !t.Show {
		m.Raw(` class="unseen"`)
	}
	m.Raw(`>`)
	m.Text(t.Caption)
	m.Raw(`</caption><thead role="rowgroup"><tr role="row">`)
	for _, c := range t.Columns {
		m.Raw(`<th scope="col" role="columnheader"`)
		if c.Num {
			m.Raw(` class="num"`)
		}
		m.Raw(`>`)
		m.Text(c.Label)
		m.Raw(`</th>`)
	}
	m.Raw(`</tr></thead><tbody role="rowgroup">`)
	for i := range t.Rows {
		t.Rows[i].write(ctx, &m, t.Columns, false)
	}
	m.Raw(`</tbody>`)
	if len(t.Sums) > 0 {
		m.Raw(`<tfoot role="rowgroup">`)
		for i := range t.Sums {
			t.Sums[i].write(ctx, &m, t.Columns, true)
		}
		m.Raw(`</tfoot>`)
	}
	m.Raw(`</table>`)
	return m.Err()
}

// isNarrow reports whether the table has room on a phone as it is.
func (t Table) isNarrow() bool { return len(t.Columns) == 2 && t.Columns[1].Num }

func (r *Row) write(ctx context.Context, m *markup.Writer, columns []Column, isSum bool) {
	m.Raw(`<tr role="row"`)
	if r.Current {
		m.Raw(` class="is-current" aria-current="true"`)
	}
	m.Raw(`>`)
	for i, c := range columns {
		if i < len(r.Cells) && !r.Cells[i].isEmpty() {
			r.Cells[i].write(ctx, m, c, isSum)
		} else {
			m.Raw(`<td role="cell"></td>`) // without any child: left out on a phone
		}
	}
	m.Raw(`</tr>`)
}

func (c *Cell) isEmpty() bool {
	return c.Text == "" && c.Body == nil && c.Tag.Word == "" && c.Money.Text == "" && c.Part == ""
}

// write writes a cell. Its content stands in one element, so that on a phone
// heading and content are two columns. What names a row of sums is no value of
// its column and bears no heading there.
func (c *Cell) write(ctx context.Context, m *markup.Writer, column Column, isSum bool) {
	if c.Head {
		m.Raw(`<th scope="row" role="rowheader"`)
	} else {
		m.Raw(`<td role="cell"`)
	}
	if column.Num {
		m.Raw(` class="num"`)
	}
	if !c.Head || !isSum {
		m.Attr("data-label", column.Label)
	}
	m.Raw(`><div>`)
	switch {
	case c.Body != nil:
		m.Part(ctx, c.Body)
	case c.Tag.Word != "":
		c.Tag.write(m)
	case c.Money.Text != "":
		c.Money.write(m)
	case c.Href != "":
		m.Raw(`<a`)
		m.Href(c.Href)
		m.Raw(`>`)
		m.Text(c.Text)
		m.Raw(`</a>`)
	default:
		m.Text(c.Text)
	}
	sub(m, c.Part)
	if c.Head {
		m.Raw(`</div></th>`)
	} else {
		m.Raw(`</div></td>`)
	}
}
