package staff

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/demo"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// ChannelPages are the pages on which it is set how messages leave the house.
type ChannelPages struct {
	*Staff
	Keeper  *setting.ChannelKeeper
	Try     func(ctx context.Context, part setting.Part, m outbox.Outgoing) outbox.Receipt // sends by one part as it is set
	Gateway bool                                                                           // the environment names an SMS gateway
	URL     string                                                                         // of the portal
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *ChannelPages) Routes(r *server.Router) {
	see, change := guard.Staff(staff.SeeSettings), guard.Staff(staff.ChangeSettings)
	r.Get("/admin/channels", see, h.List)
	r.Get("/admin/channels/:part", see, h.Part)
	r.Post("/admin/channels/:part", change, h.Save)
	r.Post("/admin/channels/:part/try", change, h.SendTry)
}

// channelNames are the channels in the order in which they are listed, with the
// keys of their names.
var channelNames = []struct{ channel, name string }{
	{outbox.SMS, "channels.name.sms"}, {outbox.WeChat, "channels.name.wechat"}, {outbox.Email, "channels.name.email"}, {outbox.Inbox, "channels.name.inbox"},
}

func channelName(p *i18n.Printer, channel string) string {
	for _, c := range channelNames {
		if c.channel == channel {
			return p.T(c.name)
		}
	}
	return channel
}

// partWords are the parts in the order in which they are listed, with the keys
// of what they are called and of what they are.
var partWords = []struct {
	part       setting.Part
	name, lead string
}{
	{setting.PartHook, "channels.part.hook", "channels.part.hook_lead"},
	{setting.PartAliyun, "channels.part.aliyun", "channels.part.aliyun_lead"},
	{setting.PartOrder, "channels.part.order", "channels.part.order_lead"},
	{setting.PartWeChat, "channels.part.wechat", "channels.part.wechat_lead"},
	{setting.PartEmail, "channels.part.email", "channels.part.email_lead"},
}

func partName(p *i18n.Printer, part setting.Part) string {
	for _, w := range partWords {
		if w.part == part {
			return p.T(w.name)
		}
	}
	return ""
}

// List answers GET /admin/channels: how each channel does, and what it is set in.
func (h *ChannelPages) List(c echo.Context) error {
	ctx := c.Request().Context()
	set, err := h.Keeper.Get(ctx)
	if err != nil {
		return err
	}
	troubles := map[string]*outbox.Trouble{outbox.SMS: {}, outbox.Email: {}, outbox.WeChat: {}}
	b := db.NewBatch()
	outbox.ReadTroubles(b, troubles)
	if err := h.DB.Read(ctx, b); err != nil {
		return err
	}
	frame := h.frame(c, views.ChannelsPath, "channels.title")
	p := frame.T
	states := components.Table{Caption: p.T("channels.states.title"), Columns: []components.Column{
		{Label: p.T("channels.states.channel")}, {Label: p.T("channels.states.state")}, {Label: p.T("channels.states.way")},
		{Label: p.T("channels.states.waiting"), Num: true}, {Label: p.T("channels.states.last")},
	}}
	for _, n := range channelNames {
		states.Rows = append(states.Rows, h.channelRow(p, n.channel, p.T(n.name), &set, troubles[n.channel]))
	}
	parts := components.Table{Caption: p.T("channels.parts.title"), Columns: []components.Column{
		{Label: p.T("channels.parts.part")}, {Label: p.T("channels.parts.state")}, {Label: p.T("channels.parts.set")},
	}}
	for _, w := range partWords {
		part := set.Part(w.part)
		tag, text := h.partState(p, part)
		changed := p.T("channels.parts.never")
		if v := part.Set(); v.Number > 0 {
			changed = p.ShortDateTime(v.At)
		}
		parts.Rows = append(parts.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(w.name), Href: partHref(w.part), Head: true}, {Tag: tag, Part: text}, {Text: changed},
		}})
	}
	props := views.ChannelsProps{States: states, Parts: parts}
	if h.Demo != nil {
		props.Demo = &page.Link{Label: p.T("demo.users.outbox"), Href: demo.OutboxPath}
	}
	return page.Render(c, http.StatusOK, views.Channels(frame, props))
}

// channelRow says how a channel does.
func (h *ChannelPages) channelRow(p *i18n.Printer, channel, name string, set *setting.Channels, t *outbox.Trouble) components.Row {
	way := h.wayOf(p, channel, set)
	tag := components.Tag{Verdict: components.OK, Word: p.T("channels.state.on")}
	cells := []components.Cell{{Text: name, Head: true}, {}, {Text: way}, {}, {}}
	switch {
	case way == "":
		tag = components.Tag{Verdict: components.None, Word: p.T("channels.state.off")}
	case t == nil:
	case t.Waiting > 0:
		tag = components.Tag{Verdict: components.Bad, Word: p.T("channels.state.stuck")}
	}
	cells[1].Tag = tag
	if t != nil {
		cells[3] = components.Cell{Text: p.Count(int64(t.Waiting))}
		if t.Waiting > 0 {
			cells[3].Part = p.T("channels.states.since", "at", p.ShortDateTime(t.Since))
		}
		if t.Reason != "" || !t.FailedAt.IsZero() {
			cells[4] = components.Cell{Text: reasonText(p, t.Reason)}
			if !t.FailedAt.IsZero() {
				cells[4].Part = p.T("channels.states.failed", "at", p.ShortDateTime(t.FailedAt))
			}
		}
	}
	return components.Row{Cells: cells}
}

// wayOf says by whom a channel's messages go, or nothing where they don't.
func (h *ChannelPages) wayOf(p *i18n.Printer, channel string, set *setting.Channels) string {
	switch channel {
	case outbox.Email:
		if set.Email.On {
			return set.Email.Host
		}
	case outbox.WeChat:
		if set.WeChat.On {
			return set.WeChat.AppID
		}
	case outbox.Inbox:
		return p.T("channels.states.always")
	case outbox.SMS:
		effective := *set
		effective.Hook.On = set.Hook.On || h.fromEnvironment(&set.Hook)
		var names []string
		for _, part := range effective.SMSOrder() {
			names = append(names, partName(p, part))
		}
		if len(names) == 2 {
			return p.T("channels.states.stands_in", "first", names[0], "second", names[1])
		}
		return strings.Join(names, "")
	}
	return ""
}

// fromEnvironment reports whether the environment's gateway serves instead of
// one that is set.
func (h *ChannelPages) fromEnvironment(set *setting.Hook) bool { return h.Gateway && set.URL == "" }

// partState says whether a part is in use, and what it lacks.
func (h *ChannelPages) partState(p *i18n.Printer, part setting.ChannelPart) (components.Tag, string) {
	if hook, ok := part.(*setting.Hook); ok && h.fromEnvironment(hook) {
		return components.Tag{Verdict: components.OK, Word: p.T("channels.state.on")}, p.T("channels.state.environment")
	}
	if order, ok := part.(*setting.Order); ok {
		return components.Tag{}, p.T("channels.state.order", "first", partName(p, order.First))
	}
	switch missing := part.Missing(); {
	case part.Set().Locked:
		return components.Tag{Verdict: components.Bad, Word: p.T("channels.state.locked")}, p.T("channels.state.locked_text")
	case isOn(part):
		return components.Tag{Verdict: components.OK, Word: p.T("channels.state.on")}, ""
	case len(missing) > 0:
		var names []string
		for _, field := range missing {
			names = append(names, fieldName(p, part.Name(), field))
		}
		return components.Tag{Verdict: components.None, Word: p.T("channels.state.off")}, p.T("channels.state.missing", "fields", p.List(names))
	}
	return components.Tag{Verdict: components.None, Word: p.T("channels.state.off")}, p.T("channels.state.whole")
}

func isOn(part setting.ChannelPart) bool {
	switch part := part.(type) {
	case *setting.Email:
		return part.On
	case *setting.Hook:
		return part.On
	case *setting.Aliyun:
		return part.On
	case *setting.WeChat:
		return part.On
	}
	return true
}

func partHref(part setting.Part) string { return views.ChannelsPath + "/" + string(part) }

// historyShown is how many versions of a part are listed.
const historyShown = 10

// Part answers GET /admin/channels/{part}.
func (h *ChannelPages) Part(c echo.Context) error {
	return h.showPart(c, http.StatusOK, form.State{}, nil)
}

// Save answers POST /admin/channels/{part}.
func (h *ChannelPages) Save(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	name := setting.Part(c.Param("part"))
	part := readPart(name, values)
	if part == nil {
		return fault.New(fault.NotFound, "")
	}
	actor := guard.StaffOf(c)
	if err = checkPlaces(part); err == nil {
		err = h.Keeper.Set(c.Request().Context(), actor.Audit(), actor.RequestID, h.Clock.Now(), part)
	}
	if state, status, ok := guard.Refused(c, values.Without(secretNames...), err); ok {
		return h.showPart(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return done(c, partHref(name), "channels.saved")
}

// SendTry answers POST /admin/channels/{part}/try: it sends a message and shows
// what the provider says.
func (h *ChannelPages) SendTry(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), guard.StaffOf(c)
	set, err := h.Keeper.Get(ctx)
	if err != nil {
		return err
	}
	part := set.Part(setting.Part(c.Param("part")))
	if part == nil || part.Name() == setting.PartOrder {
		return fault.New(fault.NotFound, "")
	}
	now := h.Clock.Now()
	m, err := h.tryOf(printer(c), part, values)
	if err == nil {
		err = h.Keeper.NoteTry(ctx, actor.Audit(), actor.RequestID, now, part.Name())
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showPart(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	m.ID = id.New("m", now)
	within, cancel := context.WithTimeout(ctx, tryLasts)
	defer cancel()
	receipt := h.Try(within, part.Name(), m)
	return h.showPart(c, http.StatusOK, form.Filled(values), &receipt)
}

// showPart shows a part; receipt is what became of a message that was sent to
// see whether it works, or nil.
func (h *ChannelPages) showPart(c echo.Context, status int, s form.State, receipt *outbox.Receipt) error {
	ctx, name := c.Request().Context(), setting.Part(c.Param("part"))
	set, err := h.Keeper.Get(ctx)
	if err != nil {
		return err
	}
	part := set.Part(name)
	if part == nil {
		return fault.New(fault.NotFound, "")
	}
	history, err := h.Keeper.ChannelHistory(ctx, name, historyShown)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.ChannelsPath, "channels.title")
	p := frame.T
	frame.Title = partName(p, name)
	frame.Crumbs = []page.Link{{Label: p.T("channels.title"), Href: views.ChannelsPath}, {Label: frame.Title}}
	props := views.ChannelProps{
		Heading: components.Heading{Title: frame.Title}, State: s, Action: partHref(name), Version: strconv.Itoa(part.Set().Number),
		History: h.history(p, name, history), Addresses: h.addresses(p, name),
	}
	for _, w := range partWords {
		if w.part == name {
			props.Heading.Lead = p.T(w.lead)
		}
	}
	props.Tag, props.Text = h.partState(p, part)
	fields := s
	if !s.Refused() || isTry(c) {
		fields = form.State{}
	}
	props.Groups = groupsOf(&channelForm{p: p, state: fields, held: setting.SecretsHeld(part)}, part)
	if !guard.StaffOf(c).Can(staff.ChangeSettings) {
		props.Facts = factsOf(p, props.Groups)
	} else if name != setting.PartOrder && len(part.Missing()) == 0 {
		props.Try = h.try(p, part, s, isTry(c), receipt)
	}
	return page.Render(c, status, views.Channel(frame, props))
}

// isTry reports whether a request is about the message to see whether a part
// works, rather than about the part.
func isTry(c echo.Context) bool { return strings.HasSuffix(c.Path(), "/try") }

func (h *ChannelPages) history(p *i18n.Printer, part setting.Part, all []setting.Change) components.Table {
	t := components.Table{Caption: p.T("channels.history.title"), Columns: []components.Column{
		{Label: p.T("channels.history.at")}, {Label: p.T("channels.history.by")}, {Label: p.T("channels.history.fields")},
	}}
	for i := range all {
		change := &all[i]
		var names []string
		for _, field := range change.Fields {
			names = append(names, fieldName(p, part, field))
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(change.At), Head: true}, {Text: change.By}, {Text: p.List(names)},
		}})
	}
	return t
}

// addresses are those of ours that a provider is to be told.
func (h *ChannelPages) addresses(p *i18n.Printer, part setting.Part) components.Facts {
	base := strings.TrimRight(h.URL, "/")
	switch part {
	case setting.PartHook:
		return components.Facts{{Term: p.T("channels.addresses.reports"), Body: components.Reference{Text: base + "/hooks/sms/reports"}}}
	case setting.PartAliyun:
		return components.Facts{{Term: p.T("channels.addresses.reports"), Body: components.Reference{Text: base + "/hooks/aliyun/"}, Part: p.T("channels.addresses.token")}}
	case setting.PartWeChat:
		return components.Facts{{Term: p.T("channels.addresses.server"), Body: components.Reference{Text: base + "/hooks/wechat"}}}
	}
	return nil
}
