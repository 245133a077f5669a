package staff

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// OperatorPages answers operators who say who the acquirer is, as merchants see
// it.
type OperatorPages struct {
	*Staff
	Templates func(ctx context.Context) (*notice.Templates, error) // the words that are sent now; nil: what the program brings
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *OperatorPages) Routes(r *server.Router) {
	set := guard.Staff(staff.ChangeSettings)
	r.Get(views.OperatorPath, guard.Staff(staff.SeeSettings), h.Show)
	r.Post(views.OperatorPath, set, h.Save)
	r.Post(views.OperatorPath+"/logo", set, h.SaveLogo, server.Body(logoBody))
}

// logoBody is how many bytes a form with a logo may have: one that is too large is
// refused in words.
const logoBody = 4*setting.MostLogo + 1<<20

// stateName is the field that holds which profile the reader saw.
const stateName = "state"

// operatorFields are the fields of the profile's form with their words.
var operatorFields = []struct {
	name, label, hint string
	of                func(o *setting.Operator) *string
	short             bool
}{
	{setting.NameZhField, "admin_operator.field.name_zh", "", func(o *setting.Operator) *string { return &o.Name.ZhCN }, false},
	{setting.NameEnField, "admin_operator.field.name_en", "", func(o *setting.Operator) *string { return &o.Name.En }, false},
	{setting.ShortZhField, "admin_operator.field.short_zh", "admin_operator.hint.short_zh", func(o *setting.Operator) *string { return &o.ShortName.ZhCN }, true},
	{setting.ShortEnField, "admin_operator.field.short_en", "admin_operator.hint.short_en", func(o *setting.Operator) *string { return &o.ShortName.En }, true},
	{setting.HotlineField, "admin_operator.field.hotline", "admin_operator.hint.hotline", func(o *setting.Operator) *string { return &o.Hotline }, true},
	{setting.ColourField, "admin_operator.field.colour", "admin_operator.hint.colour", func(o *setting.Operator) *string { return &o.Colour }, true},
}

// Show answers GET /admin/settings/operator.
func (h *OperatorPages) Show(c echo.Context) error {
	return h.show(c, http.StatusOK, form.State{}, nil)
}

// Save answers POST /admin/settings/operator: it shows what a profile looks like, or
// makes it the acquirer's.
func (h *OperatorPages) Save(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	var o setting.Operator
	for _, f := range operatorFields {
		*f.of(&o) = values.Get(f.name)
	}
	looks := values.Get(doName) == preview
	if looks {
		o = o.Tidy()
		err = o.Check()
	} else {
		actor := guard.StaffOf(c)
		err = setting.SetOperator(c.Request().Context(), h.DB, actor.Audit(), actor.RequestID, h.Clock.Now(), values.Get(stateName), o)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	if looks {
		return h.show(c, http.StatusOK, form.Filled(values), &o)
	}
	return done(c, views.OperatorPath, "admin_operator.saved")
}

// SaveLogo answers POST /admin/settings/operator/logo: it puts a logo in, or takes
// it out.
func (h *OperatorPages) SaveLogo(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, actor, now := c.Request().Context(), guard.StaffOf(c), h.Clock.Now()
	if values.Get(doName) == removeLogo {
		err = setting.RemoveLogo(ctx, h.DB, actor.Audit(), actor.RequestID, now)
	} else {
		var content []byte
		sent, unread := form.Files(c, setting.LogoField, 1, setting.MostLogo)
		if unread != nil {
			return unread
		}
		if len(sent) > 0 {
			content = sent[0].Content
		}
		err = setting.SetLogo(ctx, h.DB, actor.Audit(), actor.RequestID, now, content)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return done(c, views.OperatorPath, "admin_operator.saved")
}

const removeLogo = "remove"

// show shows the profile, and what it looks like or what a typed one would.
func (h *OperatorPages) show(c echo.Context, status int, state form.State, typed *setting.Operator) error {
	ctx := c.Request().Context()
	profile, err := setting.ReadProfile(ctx, h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.OperatorPath, "admin_operator.title")
	p := frame.T
	props := views.OperatorProps{Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_operator.lead")}, State: state}
	if profile.IsSet {
		props.Since = p.T("admin_operator.since", "at", p.DateTime(profile.At), "who", profile.By)
	} else {
		props.Unset = p.T("admin_operator.unset", "name", p.T("admin_operator.example"))
	}
	shown := profile.Operator
	props.Preview.Title = p.T("admin_operator.preview.title")
	if typed != nil {
		shown = *typed
		props.Preview.Title = p.T("admin_operator.preview.typed")
	}
	if guard.StaffOf(c).Can(staff.ChangeSettings) {
		props.Form = operatorForm(p, &profile, state)
		if profile.IsSet {
			props.Logo = logoForm(p, &profile, state)
		}
	} else {
		props.Facts = operatorFacts(p, &profile.Operator)
	}
	if err := h.preview(ctx, p, &props.Preview, shown); err != nil {
		return err
	}
	return page.Render(c, status, views.OperatorProfile(frame, props))
}

func operatorForm(p *i18n.Printer, profile *setting.Profile, state form.State) *views.OperatorForm {
	out := &views.OperatorForm{
		State: profile.State, Save: components.Button{Label: p.T("admin_operator.save")},
		Preview: components.Button{Label: p.T("admin_operator.preview.show"), Look: components.Plain, Name: doName, Value: preview},
	}
	typed := state.Value(stateName) != ""
	for _, f := range operatorFields {
		one := field(state, f.name, p.T(f.label))
		if !typed && profile.IsSet {
			one.Value = *f.of(&profile.Operator)
		}
		one.Autocomplete, one.Required = "off", f.name != setting.HotlineField && f.name != setting.ColourField
		if f.hint != "" {
			one.Hint = p.T(f.hint, "fewest", setting.FewestShort, "most", mostShort[f.name])
		}
		if f.short {
			one.Size = components.Short
		}
		if f.name == setting.HotlineField {
			one.Type = "tel"
		}
		if !one.Required {
			one.Optional = p.T("admin_cases.optional")
		}
		out.Fields = append(out.Fields, one)
	}
	if typed {
		out.State = state.Value(stateName)
	}
	return out
}

// mostShort is how long the short names may be.
var mostShort = map[string]int{setting.ShortZhField: setting.MostShortZh, setting.ShortEnField: setting.MostShortEn}

func logoForm(p *i18n.Printer, profile *setting.Profile, state form.State) *views.OperatorLogo {
	out := &views.OperatorLogo{
		Address: page.LogoAddress(profile.Logo), Field: field(state, setting.LogoField, p.T("admin_operator.field.logo")),
		Save: components.Button{Label: p.T("admin_operator.logo.save"), Look: components.Plain},
	}
	out.Field.Value, out.Field.Hint = "", p.T("admin_operator.hint.logo", "kilobytes", setting.MostLogo>>10)
	if profile.Logo != "" {
		out.Remove = components.Button{Label: p.T("admin_operator.logo.remove"), Look: components.Plain, Name: doName, Value: removeLogo}
	}
	return out
}

// operatorFacts is the profile for who may only read it.
func operatorFacts(p *i18n.Printer, o *setting.Operator) (facts components.Facts) {
	for _, f := range operatorFields {
		text := *f.of(o)
		if text == "" {
			text = p.T("admin_operator.none")
		}
		facts = append(facts, components.Fact{Term: p.T(f.label), Text: text})
	}
	return facts
}

// preview says what merchants see of a profile.
func (h *OperatorPages) preview(ctx context.Context, p *i18n.Printer, out *views.OperatorPreview, o setting.Operator) error {
	name := o.Name.ZhCN
	if p.Locale() == i18n.En {
		name = o.Name.En
	}
	out.Foot = p.T("layout.foot.by", "name", name)
	if out.Hotline = o.Hotline; o.Hotline == "" {
		out.NoHotline = p.T("admin_operator.preview.no_hotline")
	}
	if shades, ok := setting.ShadesOf(o.Colour); ok {
		out.Colour = shades.Fill
		if shades.Fill != o.Colour {
			out.Darker = p.T("admin_operator.preview.darker", "typed", o.Colour, "colour", shades.Fill)
		}
	}
	words := notify.New(notify.Options{Operator: func(context.Context) (setting.Operator, error) { return o, nil }, Templates: h.Templates})
	for _, language := range templateLanguages {
		letter := notify.Example(i18n.For(i18n.Locale(language.locale)), notice.Upcoming, false, h.Clock.Now())
		content, err := words.Render(letter, notice.Recipient{Channel: notice.SMS, Locale: language.locale}, "")
		if err != nil {
			return err
		}
		taken, room := notice.SMSRoom(content.Body)
		out.Messages = append(out.Messages, views.TemplateMessage{
			Lang: language.locale, Name: p.T(language.name), Lines: strings.Split(strings.TrimSpace(content.Body), "\n"),
			Room: p.T("admin_templates.preview.sms", "taken", taken, "room", room),
		})
	}
	return nil
}
