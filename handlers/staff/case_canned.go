package staff

import (
	"slices"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

// chooseCanned offers the canned replies.
func (v *casePresenter) chooseCanned() *views.CaseCanned {
	p := v.p
	if len(v.k.Canned) == 0 {
		return nil
	}
	choice := &views.CaseCanned{
		Action: caseHref(v.k.Number), Reply: components.Field{Name: "canned", Label: p.T("admin_cases.canned.choose"), Value: v.canned},
		In:      components.Field{Name: "in", Label: p.T("admin_cases.canned.in"), Value: string(i18n.ZhCN)},
		Locales: []components.Option{{Value: string(i18n.ZhCN), Label: p.T("admin_guides.edit.zh")}, {Value: string(i18n.En), Label: p.T("admin_guides.edit.en")}},
		Submit:  components.Button{Label: p.T("admin_cases.canned.preview"), Look: components.Plain},
	}
	if v.english {
		choice.In.Value = string(i18n.En)
	}
	for _, c := range v.k.Canned {
		choice.Options = append(choice.Options, components.Option{Value: c.ID, Label: c.Name})
	}
	return choice
}

// fill puts the canned reply that was chosen into the box of the reply, filled in
// for this case, in the language it is to be sent in.
func (v *casePresenter) fill(choice *views.CaseCanned, f *views.CaseField) {
	if choice == nil || v.canned == "" || f.Value != "" {
		return
	}
	i := slices.IndexFunc(v.k.Canned, func(c complaint.Canned) bool { return c.ID == v.canned })
	if i < 0 {
		return
	}
	k, its := v.k, i18n.For(i18n.ZhCN)
	if v.english {
		its = i18n.For(i18n.En)
	}
	promised := ""
	if day := v.promised(); !day.IsZero() {
		promised = its.Date(day)
	}
	item := ""
	if k.Item != "" {
		item = explain.ItemInText(its, k.Item)
	}
	f.Value = k.Canned[i].Fill(v.english, map[string]string{
		"merchant": k.Merchant, "number": k.Number, "terminal": k.Alias, "fee": item, "promised": promised, "me": v.actor.Name,
	})
	choice.Filled = v.p.T("admin_cases.canned.filled", "name", k.Canned[i].Name)
}

// promised is the day by which the merchant was promised an answer, as its own page
// says it: that of the decision, or where that is over or waits for the merchant,
// the last day of the reply. Zero: there is none.
func (v *casePresenter) promised() (day date.Date) {
	for i := range v.k.Standing.Clocks {
		c := &v.k.Standing.Clocks[i]
		switch {
		case !c.StoppedAt.IsZero() || c.DueAt.Before(v.now):
		case c.Name == worktime.Resolution:
			return date.Of(c.DueAt)
		case c.Name == worktime.Reply:
			day = c.LastDay
		}
	}
	return day
}
