package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// remindersPresenter turns how a merchant is told into finished texts.
type remindersPresenter struct {
	noticeWords
	page      *notice.RemindersPage
	on        func(notice.Channel) bool
	canScan   bool // WeChat can be asked for a code to scan
	plans     planNames
	policy    fee.Policy
	mayChoose bool
	form      form.State // of the form that was refused; else nobody's
	acquirer  string
	feed      string // address of the calendar; empty: there is none, or nobody can show it
}

func (v *remindersPresenter) props() portal.RemindersProps {
	p := v.p
	props := portal.RemindersProps{
		Heading: components.Heading{Title: p.T("reminders.title"), Lead: p.T("reminders.lead")},
		Tabs:    noticeTabs(p, remindersPath), State: v.form, MayChoose: v.mayChoose, Action: remindersPath,
		Ask: v.ask(), Next: v.coming(), Who: v.who(), Trial: v.trial(), Calendar: v.calendar(),
		More: page.Link{Label: p.T("reminders.more.open"), Href: allChoices},
		Add:  page.Link{Label: p.T("reminders.who.add"), Href: recipientPath + "/new"},
		Sent: page.Link{Label: p.T("reminders.history.link"), Href: inboxPath},
	}
	if props.NextTitle = p.T("reminders.next.title_none"); len(props.Next) > 0 {
		props.NextTitle = p.N("reminders.next.title", len(props.Next))
	}
	props.BindWeChat = v.canScan && v.on(notice.WeChat)
	switch chosen := v.page.Matrix[notice.EventUpcoming]; {
	case len(chosen) == 0:
		props.Alone, props.AloneText = p.T("reminders.alone.title"), p.T("reminders.alone.text")
	case !slices.ContainsFunc(chosen, func(c notice.Channel) bool { return v.on(c) && v.page.Reaches(c) }):
		props.Alone, props.AloneText = p.T("reminders.unreachable.title"), p.T("reminders.unreachable.text")
	}
	return props
}

// asked reports whether the state is that of the two questions.
func (v *remindersPresenter) asked() bool { return v.form.Refused() && v.form.Error(leadsField) != "" }

func (v *remindersPresenter) ask() portal.RemindersAsk {
	p := v.p
	ask := portal.RemindersAsk{
		Channels: components.Field{Name: channelField, Label: p.T("reminders.how.title"), Hint: p.T("reminders.how.hint")},
		None:     p.T("reminders.how.none"), Rest: p.T("reminders.how.rest"),
		Leads: components.Field{Name: leadsField, Label: p.T("reminders.when.title"), Value: writeLeads(v.page.Leads), Required: true},
	}
	if v.asked() {
		ask.Leads.Error = v.form.Error(leadsField)
	}
	for _, c := range []notice.Channel{notice.SMS, notice.WeChat, notice.Email} {
		ask.Choices = append(ask.Choices, v.choice(c))
	}
	known := false
	for _, o := range []struct {
		leads       notice.Leads
		label, hint string
	}{
		{notice.LeadsOf(7, 1), "reminders.when.seven", "reminders.when.seven_hint"},
		{notice.LeadsOf(3, 1), "reminders.when.three", "reminders.when.three_hint"},
		{notice.LeadsOf(30, 7, 1), "reminders.when.many", "reminders.when.many_hint"},
	} {
		known = known || o.leads == v.page.Leads
		ask.LeadOptions = append(ask.LeadOptions, components.Option{Value: writeLeads(o.leads), Label: p.T(o.label), Hint: p.T(o.hint)})
	}
	if !known {
		ask.LeadOptions = append(ask.LeadOptions, components.Option{
			Value: writeLeads(v.page.Leads), Label: p.T("reminders.when.own", "days", v.days(v.page.Leads)), Hint: p.T("reminders.when.own_hint"),
		})
	}
	if added := v.page.LeadsInForce(v.policy) &^ v.page.Leads; added != 0 {
		ask.Earlier = p.N("reminders.when.earlier", added.Days()[0])
	}
	return ask
}

// days writes days ahead as a person says them.
func (v *remindersPresenter) days(l notice.Leads) string {
	var words []string
	for _, n := range l.Days() {
		words = append(words, v.p.N("reminders.when.day", n))
	}
	return v.p.List(words)
}

// choice offers a channel, with who it reaches.
func (v *remindersPresenter) choice(c notice.Channel) portal.ReminderChannel {
	p := v.p
	choice := portal.ReminderChannel{Value: string(c), Chosen: slices.Contains(v.page.Matrix[notice.EventUpcoming], c), Label: p.T(channelLabels[c])}
	switch reached := v.reached(c); {
	case !v.on(c) && choice.Chosen:
		choice.Hint = p.T("reminders.how.off_chosen", "acquirer", v.acquirer)
	case !v.on(c):
		choice.Off, choice.Hint = true, p.T("reminders.how.off", "acquirer", v.acquirer)
	case c == notice.SMS && len(reached) > 0:
		choice.Hint = p.T("reminders.how.sms_to", "to", p.List(reached))
	case c == notice.SMS:
		choice.Hint = p.T("reminders.how.sms_nobody")
	case c == notice.Email && len(reached) > 0:
		choice.Hint = p.T("reminders.how.email_to", "to", p.List(reached))
	case c == notice.Email:
		choice.Hint = p.T("reminders.how.email_nobody")
	case len(reached) > 0:
		choice.Hint = p.N("reminders.how.wechat_to", len(reached))
	case !v.canScan:
		choice.Hint = p.T("reminders.how.wechat_away")
	default:
		choice.Hint = p.T("reminders.how.wechat_nobody")
	}
	return choice
}

var channelLabels = map[notice.Channel]string{
	notice.SMS: "reminders.how.sms", notice.Email: "reminders.how.email", notice.WeChat: "reminders.how.wechat",
}

// channelsInText are what the channels are called amid a sentence.
var channelsInText = map[notice.Channel]string{
	notice.SMS: "reminders.via.sms", notice.Email: "reminders.via.email", notice.WeChat: "reminders.via.wechat",
}

// reached lists who gets what is sent over a channel, masked.
func (v *remindersPresenter) reached(c notice.Channel) (all []string) {
	if c == notice.SMS {
		for i := range v.page.Owners {
			all = append(all, masked(c, v.page.Owners[i].Address))
		}
	}
	for _, e := range v.page.Confirmed(c) {
		all = append(all, masked(c, e.Address))
	}
	return all
}

// coming lists the messages that will be sent next.
func (v *remindersPresenter) coming() (rows []portal.ReminderNext) {
	p := v.p
	for i := range v.page.Next {
		f := &v.page.Next[i]
		row := portal.ReminderNext{When: v.moment(f.At)}
		item := p.N("reminders.next.charges", f.Lines)
		if f.Lines == 1 && f.Letter.Lines[0].SN != "" {
			l := &f.Letter.Lines[0]
			item = explain.ItemName(p, l.Item)
			row.On = shownAs(p, l.Terminal, l.SN)
		}
		row.What = p.T(noticeKinds[f.Letter.Kind])
		if f.Letter.Total > 0 {
			row.What = p.T("reminders.next.other", "kind", p.T(noticeKinds[f.Letter.Kind]), "amount", f.Letter.Total)
		}
		switch k := f.Letter.Kind; k {
		case notice.Upcoming, notice.Changed:
			row.What = p.T("reminders.next.what", "day", dayInList(p, f.Letter.DueOn, v.today), "fee", item, "amount", f.Letter.Total)
		case notice.FeeChange:
			row.What = p.T("reminders.next.price", "day", dayInList(p, f.Letter.DueOn, v.today), "fee", v.priced(&f.Letter))
		case notice.SIMUsage, notice.LowBalance: // their kinds alone say too little
			row.What = eventName(p, k.Event())
		}
		var names []string
		for _, c := range f.Channels {
			if v.on(c) && v.page.Reaches(c) {
				names = append(names, p.T(channelsInText[c]))
			}
		}
		row.Where = p.List(append(names, p.T("reminders.via.inbox")))
		rows = append(rows, row)
	}
	return rows
}

// priced lists the fees of which a letter tells a new price.
func (v *remindersPresenter) priced(l *notice.Letter) string {
	var fees []string
	for i := range l.Lines {
		if name := explain.ItemName(v.p, l.Lines[i].Item); !slices.Contains(fees, name) {
			fees = append(fees, name)
		}
	}
	return v.p.List(fees)
}

// who lists the recipients.
func (v *remindersPresenter) who() (rows []portal.ReminderRecipient) {
	p := v.p
	for i := range v.page.Owners {
		o := &v.page.Owners[i]
		rows = append(rows, portal.ReminderRecipient{
			Name: p.T("reminders.who.named", "name", o.Name, "address", masked(notice.SMS, o.Address)), Part: p.T("reminders.who.owners_part"),
		})
	}
	for i := range v.page.Extras {
		rows = append(rows, v.extra(&v.page.Extras[i]))
	}
	return rows
}

// extra is somebody whom the merchant added.
func (v *remindersPresenter) extra(e *notice.Extra) portal.ReminderRecipient {
	p := v.p
	row := portal.ReminderRecipient{Name: v.called(e), Remove: recipientAddress(e.ID) + "/remove"}
	switch {
	case !e.ConfirmedAt.IsZero():
		row.Part = p.T("reminders.who.confirmed", "channel", v.channel(e.Channel), "day", p.DayOf(e.ConfirmedAt))
	case e.Channel == notice.WeChat:
		row.Part = p.T("reminders.who.waits_scan")
	default:
		row.Part = p.T("reminders.who.waits", "channel", v.channel(e.Channel))
		row.Enter = page.Link{Label: p.T("reminders.who.enter"), Href: recipientAddress(e.ID)}
	}
	if len(e.Off) > 0 {
		row.Off, row.Resume = p.N("reminders.who.off", len(e.Off)), recipientAddress(e.ID)+"/resume"
	}
	return row
}

// called is how the page names a recipient.
func (v *remindersPresenter) called(e *notice.Extra) string {
	address := masked(e.Channel, e.Address)
	switch {
	case e.Channel == notice.WeChat:
		return v.p.T("reminders.wechat.name")
	case e.Name == "":
		return address
	}
	return v.p.T("reminders.who.named", "name", e.Name, "address", address)
}

// trial offers a test, and says what became of the latest.
func (v *remindersPresenter) trial() portal.ReminderTrial {
	p := v.p
	trial := portal.ReminderTrial{
		Action: trialPath, Channel: components.Field{Name: trialField, Label: p.T("reminders.test.channel"), Error: v.form.Error(trialField), Size: components.Short},
		Again: page.Link{Label: p.T("reminders.test.refresh"), Href: remindersPath + "#test"},
	}
	for _, c := range []notice.Channel{notice.SMS, notice.WeChat, notice.Email} {
		if v.on(c) && v.page.Reaches(c) {
			trial.Options = append(trial.Options, components.Option{Value: string(c), Label: p.T(channelLabels[c])})
		}
	}
	for i := range v.page.Tests {
		t := &v.page.Tests[i]
		trial.Results = append(trial.Results, portal.ReminderTried{
			Link: page.Link{Label: strings.TrimSpace(v.channel(t.Channel) + " " + masked(t.Channel, t.To)), Href: letterAddress(t.ID)},
			When: v.moment(t.CreatedAt), Tag: v.state(t),
		})
	}
	return trial
}

// calendar offers a link for calendar programs.
func (v *remindersPresenter) calendar() portal.ReminderCalendar {
	p := v.p
	props := portal.ReminderCalendar{Make: calendarPath}
	if v.page.Feed.ID == "" {
		return props
	}
	props.IsMade, props.Address, props.End = true, v.feed, calendarPath+"/end"
	if _, rest, ok := strings.Cut(v.feed, "://"); ok {
		props.Open = "webcal://" + rest
	}
	props.Used = p.T("reminders.calendar.never")
	if at := v.page.Feed.LastUsedAt; !at.IsZero() {
		props.Used = p.T("reminders.calendar.used", "moment", v.moment(at))
	}
	return props
}

// writeLeads writes days ahead down, the most first.
func writeLeads(l notice.Leads) string {
	var days []string
	for _, n := range l.Days() {
		days = append(days, strconv.Itoa(n))
	}
	return strings.Join(days, ", ")
}

// wrongLeads is no set of days ahead that anybody may choose.
const wrongLeads notice.Leads = 1 << (notice.MostLead + 1)

// readLeads reads days ahead as a person writes them; what is no list of them
// becomes wrongLeads.
func readLeads(text string) (l notice.Leads) {
	parts := strings.FieldsFunc(width.Fold.String(strings.TrimSpace(text)), func(r rune) bool { return strings.ContainsRune(",\u3001;/ ", r) })
	for _, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > notice.MostLead {
			return wrongLeads
		}
		l |= notice.LeadsOf(n)
	}
	return l
}

// clockTime writes a minute of the day.
func clockTime(minute int) string {
	return time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC).Format("15:04")
}

// minuteOf reads a time of the day, or returns -1.
func minuteOf(text string) int {
	t, err := time.Parse("15:04", strings.ReplaceAll(width.Fold.String(strings.TrimSpace(text)), ".", ":"))
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}
