package staff

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
)

// monthsForm asks for how many months a guide counts as checked.
func monthsForm(p *i18n.Printer, months int, s form.State) *views.MonthsForm {
	value := strconv.Itoa(months)
	if s.Refused() {
		value = s.Value(setting.GuideMonthsField)
	}
	return &views.MonthsForm{State: s, Months: components.Field{
		Name: setting.GuideMonthsField, Label: p.T("admin_guides.months.label"),
		Hint:  p.T("admin_guides.months.hint", "fewest", setting.FewestGuideMonths, "most", setting.MostGuideMonths),
		Value: value, Error: s.Error(setting.GuideMonthsField), InputMode: "numeric", MaxLength: "2", Size: components.Short, Required: true,
	}}
}

// SetMonths answers POST /admin/guides/months.
func (h *Guides) SetMonths(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	months := values.Number(setting.GuideMonthsField)
	err = guide.SetCheckMonths(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), months)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showList(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.GuidesPath, "admin_guides.months.done", "months", months)
}
