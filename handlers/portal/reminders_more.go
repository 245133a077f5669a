package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/width"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// The fields of all choices. Those of an event are its name and eventField.
const (
	eventField   = "about-" // each channel that an event is told by
	orderField   = "order"  // channels in the order in which they are tried
	quietField   = "quiet"
	quietToField = "quiet_to"
	sendField    = "send_at"
	localeField  = "locale"
	usageField   = "usage_percent"
	balanceField = "low_balance"
)

// AllChoices answers GET /reminders/more: what is told by which channel, and all
// else that a merchant may choose.
func (h *Reminders) AllChoices(c echo.Context) error {
	return h.showAllChoices(c, http.StatusOK, form.State{})
}

// SetAllChoices answers POST /reminders/more.
func (h *Reminders) SetAllChoices(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	kept, err := notice.GetPreferences(ctx, h.DB, who.MerchantID)
	if err != nil {
		return err
	}
	err = notice.SetPreferences(ctx, h.DB, h.Clock, who, readChoices(values, kept))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showAllChoices(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, remindersPath, "reminders.saved")
}

// readChoices reads every choice; what is none becomes what is refused.
func readChoices(values form.Values, p notice.Preferences) notice.Preferences {
	order := notice.ParseChannels(values.Get(orderField))
	matrix := map[notice.Event]notice.Channels{}
	for _, e := range notice.Events {
		matrix[e] = chosenChannels(values.All(eventField+string(e)), order)
	}
	p.Matrix = matrix
	p.Locale = values.Get(localeField)
	p.Leads = readLeads(values.Get(leadsField))
	p.QuietFrom, p.QuietTo, p.SendMinute = minuteOf(values.Get(quietField)), minuteOf(values.Get(quietToField)), minuteOf(values.Get(sendField))
	plain := width.Fold.String(strings.TrimSuffix(values.Get(usageField), "%"))
	p.UsagePercent, _ = strconv.Atoi(plain)
	p.LowBalance = -1
	if amount, err := money.ParseYuan(width.Fold.String(strings.TrimPrefix(values.Get(balanceField), "\u00a5"))); err == nil {
		p.LowBalance = amount
	}
	return p
}

func (h *Reminders) showAllChoices(c echo.Context, status int, state form.State) error {
	actor := guard.ActorOf(c)
	kept, err := notice.GetPreferences(c.Request().Context(), h.DB, actor.MerchantID)
	if err != nil {
		return err
	}
	frame := h.frame(c, inboxPath, "reminders.more.title")
	frame.Crumbs = []page.Link{{Label: frame.T.T("reminders.title"), Href: remindersPath}, {Label: frame.Title}}
	v := choicesPresenter{p: frame.T, kept: &kept, on: h.On, state: state}
	props := v.props()
	props.MayChoose = actor.Can(account.ChooseMessages)
	return page.Render(c, status, portal.AllReminders(frame, props))
}

// choicesPresenter turns all choices into finished texts.
type choicesPresenter struct {
	p     *i18n.Printer
	kept  *notice.Preferences
	on    func(notice.Channel) bool
	state form.State
}

// value is what a box holds: what was typed, or what is kept.
func (v *choicesPresenter) value(name, kept string) string {
	if v.state.Refused() {
		return v.state.Value(name)
	}
	return kept
}

func (v *choicesPresenter) field(name, label, kept string) components.Field {
	return components.Field{
		Name: name, Label: v.p.T(label), Value: v.value(name, kept), Error: v.state.Error(name), Required: true, Size: components.Short,
	}
}

// channelsShown are the channels in the order of the matrix's columns.
var channelsShown = []notice.Channel{notice.SMS, notice.WeChat, notice.Email}

func (v *choicesPresenter) props() portal.AllRemindersProps {
	p := v.p
	props := portal.AllRemindersProps{
		Heading: components.Heading{Title: p.T("reminders.more.title"), Lead: p.T("reminders.more.lead")},
		State:   v.state, Action: allChoices, Matrix: v.matrix(), MatrixError: v.state.Error("matrix"),
		Order: v.field(orderField, "reminders.more.order", v.order()), Orders: v.orders(),
		Leads: v.field(leadsField, "reminders.more.leads", writeLeads(v.kept.Leads)),
		Quiet: v.field(quietField, "reminders.more.quiet", clockTime(v.kept.QuietFrom)), QuietTo: v.field(quietToField, "reminders.more.quiet_to", clockTime(v.kept.QuietTo)),
		SendAt: v.field(sendField, "reminders.more.send_at", clockTime(v.kept.SendMinute)),
		Locale: v.field(localeField, "reminders.more.locale", v.kept.Locale),
		Locales: []components.Option{
			{Value: string(i18n.ZhCN), Label: p.T("reminders.more.locale_zh")}, {Value: string(i18n.En), Label: p.T("reminders.more.locale_en")},
		},
		Usage:   v.field(usageField, "reminders.more.usage", strconv.Itoa(v.kept.UsagePercent)),
		Balance: v.field(balanceField, "reminders.more.balance", v.kept.LowBalance.Yuan()),
	}
	props.Order.Hint, props.Leads.Hint, props.Usage.Hint = p.T("reminders.more.order_hint"), p.T("reminders.more.leads_hint"), p.T("reminders.more.usage_hint")
	props.QuietHint = p.T("reminders.more.quiet_hint")
	props.Usage.InputMode, props.Balance.InputMode = "numeric", "decimal"
	for _, f := range []*components.Field{&props.Quiet, &props.QuietTo, &props.SendAt} {
		f.Type = "time"
	}
	return props
}

var eventHints = map[notice.Event]string{
	notice.EventUpcoming: "reminders.hint.upcoming", notice.EventTaken: "reminders.hint.taken", notice.EventFailed: "reminders.hint.failed",
	notice.EventStopped: "reminders.hint.stopped", notice.EventFeeChange: "reminders.hint.fee_change", notice.EventUsage: "reminders.hint.sim_usage",
	notice.EventLowBalance: "reminders.hint.low_balance", notice.EventComplaint: "reminders.hint.complaint", notice.EventSecurity: "reminders.hint.security",
}

// matrix lists every event with the channels that it may be told by.
func (v *choicesPresenter) matrix() (rows []portal.ReminderEvent) {
	for _, e := range notice.Events {
		name := eventField + string(e)
		row := portal.ReminderEvent{ID: form.ID(name), Name: eventName(v.p, e), Hint: v.p.T(eventHints[e])}
		for _, c := range channelsShown {
			chosen := slices.Contains(v.kept.Matrix[e], c)
			if v.state.Refused() {
				chosen = v.state.Chosen(name, string(c))
			}
			row.Channels = append(row.Channels, portal.ReminderChannel{
				Field: name, Value: string(c), Label: v.p.T(channelLabels[c]), Chosen: chosen, Off: !v.on(c) && !chosen,
			})
		}
		rows = append(rows, row)
	}
	return rows
}

// order is the order in which channels are tried: as in the event with the most.
func (v *choicesPresenter) order() string {
	var most notice.Channels
	for _, e := range notice.Events {
		if len(v.kept.Matrix[e]) > len(most) {
			most = v.kept.Matrix[e]
		}
	}
	ticked := make([]string, len(notice.Outside))
	for i, c := range notice.Outside {
		ticked[i] = string(c)
	}
	return chosenChannels(ticked, most).String()
}

// orders are all the orders there are.
func (v *choicesPresenter) orders() (options []components.Option) {
	all := notice.Outside
	for i := range all {
		for j := range all {
			if i == j {
				continue
			}
			order := notice.Channels{all[i], all[j], all[len(all)-i-j]}
			var names []string
			for _, c := range order {
				names = append(names, v.p.T(channelsInText[c]))
			}
			options = append(options, components.Option{Value: order.String(), Label: strings.Join(names, " \u2192 ")})
		}
	}
	return options
}
