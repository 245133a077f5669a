package portal

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Reminders answers merchants about how they are told, and by whom else.
type Reminders struct {
	*Portal
	Extras *notice.Extras
	Trial  *notice.Trial
	On     func(notice.Channel) bool // whether a channel is configured now
	// Scene asks WeChat for a code to scan that bears a name, and returns what the
	// code holds; nil where there is nobody to ask.
	Scene  func(ctx context.Context, name string, lasts time.Duration) (string, error)
	Secret []byte // at least 32 bytes, the same on all servers
	Origin string // of the site, without a slash at its end
}

// The addresses of the settings.
const (
	remindersPath = "/reminders"
	allChoices    = remindersPath + "/more"
	recipientPath = remindersPath + "/recipients"
	wechatPath    = remindersPath + "/wechat"
	trialPath     = remindersPath + "/test"
	calendarPath  = remindersPath + "/calendar"
)

// Routes registers the pages.
func (h *Reminders) Routes(r *server.Router) {
	see, choose := guard.Can(account.SeeMessages), guard.Can(account.ChooseMessages)
	r.Get(inboxPath, see, h.Inbox)
	r.Get(inboxPath+"/:id", see, h.Letter)
	r.Post(inboxPath+"/:id/acknowledge", see, h.AcknowledgeLetter)
	r.Get(remindersPath, see, h.Reminders)
	r.Post(remindersPath, choose, h.SetReminders)
	r.Get(allChoices, see, h.AllChoices)
	r.Post(allChoices, choose, h.SetAllChoices)
	r.Post(trialPath, choose, h.SendTrial)
	r.Get(recipientPath+"/new", choose, h.NewRecipient)
	r.Post(recipientPath+"/new", choose, h.AddRecipient)
	r.Get(recipientPath+"/:id", choose, h.Recipient)
	r.Post(recipientPath+"/:id", choose, h.ConfirmRecipient)
	r.Post(recipientPath+"/:id/again", choose, h.SendCodeAgain)
	r.Post(recipientPath+"/:id/remove", choose, h.RemoveRecipient)
	r.Post(recipientPath+"/:id/resume", choose, h.ResumeRecipient)
	r.Post(wechatPath, choose, h.BindWeChat)
	r.Get(wechatPath+"/:id", choose, h.WeChatBound)
	r.Post(calendarPath, choose, h.MakeCalendar)
	r.Post(calendarPath+"/end", choose, h.EndCalendar)
}

// The fields of the two questions.
const (
	channelField = "channel" // each channel that charges to come are told by
	leadsField   = "leads"   // days ahead, joined by commas
)

// Reminders answers GET /reminders: the two questions, what follows from the
// answers, and who gets what is sent.
func (h *Reminders) Reminders(c echo.Context) error {
	return h.showReminders(c, http.StatusOK, form.State{})
}

// SetReminders answers POST /reminders: the two questions.
func (h *Reminders) SetReminders(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	kept, err := notice.GetPreferences(ctx, h.DB, who.MerchantID)
	if err != nil {
		return err
	}
	kept.Follow(chosenChannels(values.All(channelField), kept.Matrix[notice.EventUpcoming]))
	kept.Leads = readLeads(values.Get(leadsField))
	err = notice.SetPreferences(ctx, h.DB, h.Clock, who, kept)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showReminders(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, remindersPath, "reminders.saved")
}

// chosenChannels puts the channels that were ticked into the order in which they
// are tried: as before, then as usual. What is none is left out.
func chosenChannels(ticked []string, before notice.Channels) (all notice.Channels) {
	for _, c := range append(slices.Clone(before), notice.Outside...) {
		if slices.Contains(ticked, string(c)) && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// showReminders shows the page with the state of one of its forms.
func (h *Reminders) showReminders(c echo.Context, status int, state form.State) error {
	actor, now, ctx := guard.ActorOf(c), h.Clock.Now(), c.Request().Context()
	read, err := notice.ReadRemindersPage(ctx, h.DB, actor.MerchantID, now)
	if err != nil {
		return err
	}
	frame := h.frame(c, inboxPath, "reminders.title")
	v := remindersPresenter{
		noticeWords: noticeWords{p: frame.T, today: h.today()}, page: read, on: h.On, canScan: h.Scene != nil, plans: h.Plans.Plans(),
		policy: h.Policy(), mayChoose: actor.Can(account.ChooseMessages), form: state, acquirer: frame.Brand.Name,
		feed: h.feedAddress(&read.Feed),
	}
	return page.Render(c, status, portal.Reminders(frame, v.props()))
}
