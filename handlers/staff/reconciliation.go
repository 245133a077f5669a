package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/spreadsheet"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Reconciliation shows staff how what files say was taken goes with what the gate
// was asked for.
type Reconciliation struct {
	*Staff
	Jobs event.Queue
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Reconciliation) Routes(r *server.Router) {
	see := guard.Staff(staff.SeeAlarms)
	r.Get("/admin/reconciliation", see, h.Days)
	r.Post("/admin/reconciliation", guard.Staff(staff.AnswerAlarms), h.Order)
	r.Get("/admin/reconciliation/:day", see, h.Day)
	r.Get("/admin/reconciliation/:day/csv", see, h.CSV)
}

func dayHref(on string) string { return views.ReconciliationPath + "/" + url.PathEscape(on) }

// Days answers GET /admin/reconciliation: the days of which there are files.
func (h *Reconciliation) Days(c echo.Context) error {
	before := date.Date(0)
	if text := c.QueryParam(beforeParam); text != "" {
		var err error
		if before, err = date.Parse(text); err != nil {
			return fault.New(fault.NotFound, "")
		}
	}
	all, more, err := gate.ListSettledDays(c.Request().Context(), h.DB, before)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.ReconciliationPath, "reconciliation.title")
	p := frame.T
	props := views.ReconciliationProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("reconciliation.intro")}, Table: settledDays(p, all),
		Empty: p.T("reconciliation.none"), EmptyText: p.T("reconciliation.none_text"), Pages: p.T("reconciliation.pages"),
	}
	if !before.IsZero() {
		props.First = &page.Link{Label: p.T("reconciliation.first"), Href: views.ReconciliationPath}
	}
	if more {
		props.Next = &page.Link{Label: p.T("reconciliation.earlier"), Href: views.ReconciliationPath + "?" + beforeParam + "=" + all[len(all)-1].On.String()}
	}
	if guard.StaffOf(c).Can(staff.AnswerAlarms) {
		props.Order = &views.AnswerForm{
			Action: views.ReconciliationPath, Title: p.T("reconciliation.order.title"), Text: p.T("reconciliation.order.text"),
			Submit: components.Button{Label: p.T("reconciliation.order.submit"), Look: components.Plain},
		}
	}
	return page.Render(c, http.StatusOK, views.Reconciliation(frame, props))
}

func settledDays(p *i18n.Printer, all []gate.SettledDay) components.Table {
	t := components.Table{Caption: p.T("reconciliation.title"), Columns: []components.Column{
		{Label: p.T("reconciliation.columns.day")}, {Label: p.T("reconciliation.columns.file"), Num: true}, {Label: p.T("reconciliation.columns.matched"), Num: true},
		{Label: p.T("reconciliation.columns.differ"), Num: true}, {Label: p.T("reconciliation.columns.gaps"), Num: true}, {Label: p.T("reconciliation.columns.state")},
	}}
	for i := range all {
		d := &all[i]
		matched, differ := d.Matched(), d.Differences()
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Date(d.On), Href: dayHref(d.On.String()), Head: true},
			{Text: p.Money(int64(d.File)), Part: p.N("reconciliation.count", int(d.Rows))},
			{Text: p.Money(int64(matched.File)), Part: p.N("reconciliation.count", int(matched.Count))},
			{Text: p.Money(int64(differ.File)), Part: p.N("reconciliation.count", int(differ.Count))},
			{Text: p.Count(d.Gaps.Count)}, {Tag: settledTag(p, d)},
		}})
	}
	return t
}

func settledTag(p *i18n.Printer, d *gate.SettledDay) components.Tag {
	switch {
	case d.Differences().Count > 0 || d.Gaps.Count > 0:
		return components.Tag{Verdict: components.Bad, Word: p.T("reconciliation.state.differs")}
	case d.Waiting.Count > 0:
		return components.Tag{Verdict: components.Wait, Word: p.T("reconciliation.state.waiting")}
	}
	return components.Tag{Verdict: components.OK, Word: p.T("reconciliation.state.matched")}
}

// Order answers POST /admin/reconciliation: what waits is matched now.
func (h *Reconciliation) Order(c echo.Context) error {
	if err := gate.OrderReconcile(c.Request().Context(), h.DB, h.Jobs, h.Clock.Now(), guard.StaffOf(c)); err != nil {
		return err
	}
	return done(c, views.ReconciliationPath, "reconciliation.order.done")
}

// settledWords are the ways in which deductions stand, as staff read them, in the
// order in which they can be chosen.
var settledWords = []struct {
	as   gate.SettledAs
	name string // message key
}{
	{gate.AmountDiffers, "reconciliation.as.amount"}, {gate.NeverAsked, "reconciliation.as.ungated"}, {gate.OtherTerminal, "reconciliation.as.terminal"},
	{gate.SettlementUnknown, "reconciliation.as.settlement"}, {gate.NeverPosted, "reconciliation.as.not_posted"}, {gate.InNoFile, "reconciliation.as.missing"},
	{gate.Matched, "reconciliation.as.matched"}, {gate.OnlyGaps, "reconciliation.as.gap"},
}

func settledName(p *i18n.Printer, as gate.SettledAs) string {
	for _, w := range settledWords {
		if w.as == as {
			return p.T(w.name)
		}
	}
	return p.T("reconciliation.as.gap")
}

// settledQuery reads which day, and what of it, is asked for.
func settledQuery(c echo.Context) (on date.Date, as gate.SettledAs, err error) {
	if on, err = date.Parse(c.Param("day")); err != nil {
		return 0, "", fault.New(fault.NotFound, "")
	}
	for _, w := range settledWords {
		if string(w.as) == c.QueryParam(kindParam) {
			as = w.as
		}
	}
	return on, as, nil
}

// Day answers GET /admin/reconciliation/{day}: its sums, and what differs.
func (h *Reconciliation) Day(c echo.Context) error {
	on, as, err := settledQuery(c)
	if err != nil {
		return err
	}
	after := c.QueryParam(afterParam)
	day, lines, more, err := gate.ReadSettledDay(c.Request().Context(), h.DB, on, as, after)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.ReconciliationPath, "reconciliation.title", "reconciliation.day.title", "day", on)
	p, path, query := frame.T, dayHref(on.String()), url.Values{}
	if as != gate.OnlyDifferences {
		query.Set(kindParam, string(as))
	}
	options := []components.Option{{Label: p.T("reconciliation.day.all")}}
	for _, w := range settledWords {
		options = append(options, components.Option{Value: string(w.as), Label: p.T(w.name)})
	}
	props := views.ReconciledDayProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("reconciliation.day.lead")}, Sums: settledSums(p, &day),
		Filter: components.Filter{Label: p.T("reconciliation.day.filter"), Action: path, Target: listID},
		Choice: views.FilterChoice{Field: components.Field{Name: kindParam, Label: p.T("reconciliation.day.kind"), Value: string(as)}, Options: options},
		Table:  settledTable(p, as, lines, guard.StaffOf(c).Can(staff.SeeHolds)), Empty: p.T("reconciliation.day.none"), Pages: p.T("reconciliation.pages"),
		File: page.Link{Label: p.T("reconciliation.day.file"), Href: withQuery(path+"/csv", query)},
	}
	if len(query) > 0 {
		props.Filter.Clear = path
	}
	if day.Waiting.Count > 0 {
		props.Note = p.N("reconciliation.day.waiting", int(day.Waiting.Count), "amount", day.Waiting.File)
	}
	if after != "" {
		props.First = &page.Link{Label: p.T("reconciliation.first"), Href: withQuery(path, query)}
	}
	if more {
		query.Set(afterParam, lines[len(lines)-1].Ref)
		props.Next = &page.Link{Label: p.T("reconciliation.next"), Href: withQuery(path, query)}
	}
	return page.Render(c, http.StatusOK, views.ReconciledDay(frame, props))
}

// settledSums adds up a day: every row of the files is in one of the lines.
func settledSums(p *i18n.Printer, d *gate.SettledDay) components.Table {
	t := components.Table{Caption: p.T("reconciliation.day.sums"), Columns: []components.Column{
		{Label: p.T("reconciliation.columns.as")}, {Label: p.T("reconciliation.columns.rows"), Num: true},
		{Label: p.T("reconciliation.columns.file"), Num: true}, {Label: p.T("reconciliation.columns.asked"), Num: true},
	}}
	row := func(name string, s gate.SettledSum) components.Row {
		return components.Row{Cells: []components.Cell{{Text: name, Head: true}, {Text: p.Count(s.Count)}, {Text: p.Money(int64(s.File))}, {Text: p.Money(int64(s.Asked))}}}
	}
	all := gate.SettledSum{Count: d.Waiting.Count, File: d.Waiting.File}
	for _, as := range gate.Settlings {
		for _, s := range d.Sums {
			if s.As != as || s.Count == 0 {
				continue
			}
			t.Rows = append(t.Rows, row(settledName(p, as), s))
			all.Count, all.File, all.Asked = all.Count+s.Count, all.File.Plus(s.File), all.Asked.Plus(s.Asked)
		}
	}
	if d.Waiting.Count > 0 {
		t.Rows = append(t.Rows, row(p.T("reconciliation.as.waiting"), d.Waiting))
	}
	t.Sums = []components.Row{
		row(p.T("reconciliation.day.total"), all),
		{Cells: []components.Cell{{Text: p.T("reconciliation.day.in_files"), Head: true}, {Text: p.Count(d.Rows)}, {Text: p.Money(int64(d.File))}, {}}},
	}
	return t
}

func settledTable(p *i18n.Printer, as gate.SettledAs, lines []gate.SettledLine, linked bool) components.Table {
	file, asked := p.T("reconciliation.columns.file"), p.T("reconciliation.columns.asked")
	if as == gate.OnlyGaps {
		file, asked = p.T("reconciliation.columns.paid"), p.T("reconciliation.columns.due")
	}
	t := components.Table{Caption: p.T("reconciliation.day.list"), Columns: []components.Column{
		{Label: p.T("reconciliation.columns.ref")}, {Label: p.T("reconciliation.columns.merchant")}, {Label: p.T("reconciliation.columns.terminal")},
		{Label: p.T("reconciliation.columns.as")}, {Label: file, Num: true}, {Label: asked, Num: true},
	}}
	amount := func(a *money.Fen) components.Cell {
		if a == nil {
			return components.Cell{Text: p.T("reconciliation.absent")}
		}
		return components.Cell{Text: p.Money(int64(*a))}
	}
	for i := range lines {
		l := &lines[i]
		ref := components.Cell{Text: l.Ref, Head: true}
		if l.Item != "" {
			ref.Part = explain.ItemName(p, l.Item)
		}
		if l.ID != "" && linked {
			ref.Href = holdHref(l.ID)
		}
		terminal := components.Cell{Text: l.SN}
		if l.FileSN != "" {
			terminal.Part = p.T("reconciliation.in_file", "sn", l.FileSN)
		}
		word := components.Cell{Text: settledName(p, l.As)}
		if l.Settlement != "" && l.As != "" {
			word.Part = p.T("reconciliation.settlement", "ref", l.Settlement)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{ref, {Text: l.Merchant, Part: l.MerchantRef}, terminal, word, amount(l.File), amount(l.Asked)}})
	}
	return t
}

// CSV answers GET /admin/reconciliation/{day}/csv: all that the page lists, as a
// file for a spreadsheet.
func (h *Reconciliation) CSV(c echo.Context) error {
	on, as, err := settledQuery(c)
	if err != nil {
		return err
	}
	p := printer(c)
	heads := []string{
		p.T("reconciliation.columns.ref"), p.T("reconciliation.columns.merchant"), p.T("reconciliation.file.name"), p.T("reconciliation.columns.terminal"), p.T("reconciliation.file.sn"),
		p.T("reconciliation.file.fee"), p.T("reconciliation.columns.as"), p.T("reconciliation.columns.file"), p.T("reconciliation.columns.asked"), p.T("reconciliation.file.settlement"),
	}
	return download.Rows(c, "reconciliation-"+on.String(), heads, func(add func(...string) error) error {
		return gate.EachSettled(c.Request().Context(), h.DB, on, as, func(l *gate.SettledLine) error {
			item := ""
			if l.Item != "" {
				item = explain.ItemName(p, l.Item)
			}
			return add(
				spreadsheet.Code(l.Ref), spreadsheet.Code(l.MerchantRef), spreadsheet.Text(l.Merchant), spreadsheet.Code(l.SN), spreadsheet.Code(l.FileSN), item,
				settledName(p, l.As), cellAmount(l.File), cellAmount(l.Asked), spreadsheet.Code(l.Settlement),
			)
		})
	})
}

func cellAmount(a *money.Fen) string {
	if a == nil {
		return ""
	}
	return a.Yuan()
}
