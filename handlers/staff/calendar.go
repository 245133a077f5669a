package staff

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// weekdays are the fields of the hours, from Monday on, with their names.
var weekdays = []struct {
	day         time.Weekday
	name, label string
}{
	{time.Monday, "mon", "admin_calendar.day.mon"}, {time.Tuesday, "tue", "admin_calendar.day.tue"}, {time.Wednesday, "wed", "admin_calendar.day.wed"},
	{time.Thursday, "thu", "admin_calendar.day.thu"}, {time.Friday, "fri", "admin_calendar.day.fri"}, {time.Saturday, "sat", "admin_calendar.day.sat"}, {time.Sunday, "sun", "admin_calendar.day.sun"},
}

// Buttons of a form that shows what it would come to before it is saved.
const (
	doName  = "do"
	preview = "preview"
)

// Calendar answers GET /admin/settings/calendar: when people work.
func (h *CasePages) Calendar(c echo.Context) error {
	return h.showCalendar(c, http.StatusOK, form.State{}, nil)
}

// SetCalendar answers POST /admin/settings/calendar: shows what a calendar comes
// to, or makes it the one for cases to come.
func (h *CasePages) SetCalendar(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	calendar, err := calendarOf(values)
	if err == nil && values.Get(doName) == preview {
		return h.showCalendar(c, http.StatusOK, form.Filled(values), calendar)
	}
	if err == nil {
		shown := values.Count(linesName)
		err = h.Cases.SetCalendar(c.Request().Context(), guard.StaffOf(c), shown, calendar, values.Get("note"))
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showCalendar(c, status, state, calendar)
	}
	if err != nil {
		return err
	}
	return done(c, views.CalendarPath, "admin_calendar.saved")
}

// calendarOf reads a calendar from its form, or says which fields make none.
func calendarOf(v form.Values) (*worktime.Calendar, error) {
	var wrong fault.Fields
	var week worktime.Week
	for _, w := range weekdays {
		hours, err := hoursOf(v.Get(w.name))
		if err == nil {
			var alone worktime.Week
			alone[w.day] = hours
			_, err = worktime.NewCalendar(alone, nil, nil)
		}
		if err != nil {
			wrong.Add(w.name, "case.hours_impossible")
		}
		week[w.day] = hours
	}
	closed, open := daysOf(&wrong, v, "closed"), daysOf(&wrong, v, "open")
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	calendar, err := worktime.NewCalendar(week, closed, open)
	if err != nil {
		wrong.Add("closed", "case.days_impossible")
	}
	return calendar, wrong.Err()
}

// hoursOf reads the intervals of a day.
func hoursOf(text string) (hours []worktime.Interval, err error) {
	for one := range strings.FieldsFuncSeq(text, isBetween) {
		i, err := worktime.ParseInterval(one)
		if err != nil {
			return nil, err
		}
		hours = append(hours, i)
	}
	return hours, nil
}

// isBetween reports whether a character parts values that stand in one field.
func isBetween(r rune) bool { return strings.ContainsRune(" \t\r\n,;，；、", r) }

// daysOf reads days.
func daysOf(wrong *fault.Fields, v form.Values, name string) (days []date.Date) {
	for one := range strings.FieldsFuncSeq(v.Get(name), isBetween) {
		d, err := date.Parse(one)
		if err != nil {
			wrong.Add(name, "case.day_unreadable", "day", one)
			return nil
		}
		days = append(days, d)
	}
	return days
}

func hoursText(hours []worktime.Interval) string {
	var said []string
	for _, i := range hours {
		said = append(said, i.String())
	}
	return strings.Join(said, " ")
}

func daysText(days []date.Date) string {
	var said []string
	for _, d := range days {
		said = append(said, d.String())
	}
	return strings.Join(said, " ")
}

// showCalendar shows the calendar, or one that was typed, with what it comes to;
// nil: it is none.
func (h *CasePages) showCalendar(c echo.Context, status int, state form.State, typed *worktime.Calendar) error {
	settings, err := complaint.ReadSettings(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	now := &settings.Calendar
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_calendar.title")
	p := frame.T
	fresh := state.Value(linesName) == ""
	ask := func(name, label, now string, kind views.CaseFieldKind) views.CaseField {
		f := field(state, name, p.T(label))
		if fresh {
			f.Value = now
		}
		return views.CaseField{Kind: kind, Field: f}
	}
	week := now.Calendar.Week()
	f := &views.CaseForm{ID: "calendar", Action: views.CalendarPath, Lines: strconv.Itoa(now.Version), Submit: components.Button{Label: p.T("admin_calendar.save")}}
	for _, w := range weekdays {
		one := ask(w.name, w.label, hoursText(week[w.day]), views.LineField)
		f.Fields = append(f.Fields, one)
	}
	f.Fields[0].Hint = p.T("admin_calendar.hours_hint")
	closed, open := ask("closed", "admin_calendar.closed", daysText(now.Calendar.Closed()), views.WordsField), ask("open", "admin_calendar.open", daysText(now.Calendar.Open()), views.WordsField)
	closed.Hint, open.Hint = p.T("admin_calendar.days_hint"), p.T("admin_calendar.open_hint")
	note := ask("note", "admin_calendar.note", "", views.LineField)
	note.MaxLength = strconv.Itoa(complaint.MaxRemark)
	f.Fields = append(f.Fields, closed, open, note)
	f.Also = components.Button{Label: p.T("admin_calendar.preview"), Look: components.Plain, Name: doName, Value: preview}
	if typed == nil {
		typed = now.Calendar
	}
	props := views.SettingProps{
		Sections: casePages(p, guard.StaffOf(c), views.CalendarPath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_calendar.lead")}, Form: f,
		Title: p.T("admin_calendar.comes_to"), Facts: comesTo(p, typed, settings.Policy.Policy, h.Clock.Now()), Versions: versionTable(p, settings.Calendars),
	}
	if !guard.StaffOf(c).Can(staff.LeadCases) {
		props.Form, props.MayNot = nil, p.T("stops.may_not")
		props.Figures = calendarFacts(p, now.Calendar)
	}
	return page.Render(c, status, views.Setting(frame, props))
}

// calendarFacts says when people work, to who may not change it.
func calendarFacts(p *i18n.Printer, calendar *worktime.Calendar) (facts components.Facts) {
	week := calendar.Week()
	for _, w := range weekdays {
		text := hoursText(week[w.day])
		if text == "" {
			text = p.T("admin_calendar.nobody_works")
		}
		facts = append(facts, components.Fact{Term: p.T(w.label), Text: text})
	}
	return append(facts, components.Fact{Term: p.T("admin_calendar.closed"), Text: daysText(calendar.Closed())}, components.Fact{Term: p.T("admin_calendar.open"), Text: daysText(calendar.Open())})
}

// comesTo says when the clocks of a complaint that is filed now would be due.
func comesTo(p *i18n.Printer, calendar *worktime.Calendar, policy worktime.Policy, now time.Time) (facts components.Facts) {
	filed := worktime.Case{Calendar: calendar, Policy: policy, Complaint: true, Log: []worktime.Event{{Kind: worktime.Filed, At: now}}}
	s, err := filed.At(now)
	if err != nil {
		return components.Facts{{Term: p.T("admin_calendar.filed_now"), Text: p.T("admin_calendar.never")}}
	}
	facts = components.Facts{{Term: p.T("admin_calendar.filed_now"), Text: p.DateTime(now)}}
	for i := range s.Clocks {
		clock := &s.Clocks[i]
		fact := components.Fact{Term: p.T(caseClocks[clock.Name]), Text: p.T("admin_calendar.never")}
		switch {
		case clock.Name == worktime.Reply:
			fact.Text = p.Date(clock.LastDay)
		case !clock.DueAt.IsZero():
			fact.Text = p.DateTime(clock.DueAt)
		}
		facts = append(facts, fact)
	}
	return facts
}

func versionTable(p *i18n.Printer, versions []complaint.Version) components.Table {
	t := components.Table{Caption: p.T("admin_calendar.versions"), Columns: []components.Column{
		{Label: p.T("admin_calendar.version"), Num: true}, {Label: p.T("admin_calendar.note")}, {Label: p.T("admin_cases.step.who")}, {Label: p.T("admin_cases.step.when")},
	}}
	for _, v := range versions {
		by, note := v.SetBy, v.Note
		if by == "" {
			by = p.T("admin_calendar.shipped")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: strconv.Itoa(v.Number), Head: true}, {Text: note}, {Text: by}, {Text: p.Date(date.Of(v.SetAt))}}})
	}
	return t
}
