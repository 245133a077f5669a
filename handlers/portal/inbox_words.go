package portal

import (
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// noticeWords names what was sent and how far it came.
type noticeWords struct {
	p     *i18n.Printer
	today date.Date
}

// noticeTabs lead from what was sent to how the merchant is told, and back.
func noticeTabs(p *i18n.Printer, current string) components.Tabs {
	return components.Tabs{Label: p.T("inbox.tabs.label"), Links: []page.Link{
		{Label: p.T("inbox.tabs.inbox"), Href: inboxPath, Current: current == inboxPath},
		{Label: p.T("inbox.tabs.reminders"), Href: remindersPath, Current: current == remindersPath},
	}}
}

var noticeKinds = map[notice.Kind]string{
	notice.Upcoming: "inbox.kind.upcoming", notice.Changed: "inbox.kind.changed", notice.CalledOff: "inbox.kind.called_off",
	notice.Taken: "inbox.kind.taken", notice.Failed: "inbox.kind.failed", notice.Stopped: "inbox.kind.stopped", notice.OnHold: "inbox.kind.on_hold",
	notice.Refunded: "inbox.kind.refunded", notice.FeeChange: "inbox.kind.fee_change", notice.ChangeOff: "inbox.kind.change_off", notice.SIMUsage: "inbox.kind.sim_usage",
	notice.LowBalance: "inbox.kind.low_balance", notice.TopUp: "inbox.kind.top_up", notice.Complaint: "inbox.kind.complaint", notice.Security: "inbox.kind.security",
}

var noticeEvents = map[notice.Event]string{
	notice.EventUpcoming: "reminders.event.upcoming", notice.EventTaken: "reminders.event.taken", notice.EventFailed: "reminders.event.failed",
	notice.EventStopped: "reminders.event.stopped", notice.EventFeeChange: "reminders.event.fee_change", notice.EventUsage: "reminders.event.sim_usage",
	notice.EventLowBalance: "reminders.event.low_balance", notice.EventComplaint: "reminders.event.complaint", notice.EventSecurity: "reminders.event.security",
}

// eventName returns what a choice is called.
func eventName(p *i18n.Printer, e notice.Event) string { return p.T(noticeEvents[e]) }

func (w *noticeWords) channel(c notice.Channel) string { return explain.ChannelName(w.p, string(c)) }

// kind says what a letter is about, in a word or two.
func (w *noticeWords) kind(s *notice.Sent) string {
	if key, ok := noticeKinds[s.Kind]; ok {
		return w.p.T(key)
	}
	return w.p.T("inbox.kind.other")
}

// title is what a letter is called: the subject of its copy in the portal, as it
// was sent.
func (w *noticeWords) title(s *notice.Sent) string {
	if c := headed(s); c != nil {
		return c.Subject
	}
	return w.kind(s)
}

// lang is the language of the title, where it is another than the page's.
func (w *noticeWords) lang(s *notice.Sent) string {
	if c := headed(s); c != nil && c.Locale != string(w.p.Locale()) {
		return c.Locale
	}
	return ""
}

// headed is the first copy that has a subject, or nil.
func headed(s *notice.Sent) *notice.Copy {
	for i := range s.Copies {
		if s.Copies[i].Subject != "" {
			return &s.Copies[i]
		}
	}
	return nil
}

// moment writes an instant without its year where that is the present one.
func (w *noticeWords) moment(t time.Time) string {
	if date.Of(t) == w.today {
		return w.p.T("inbox.today", "time", w.p.Time(t))
	}
	if year, _, _ := date.Of(t).Civil(); year == w.year() {
		return w.p.ShortDateTime(t)
	}
	return w.p.DateTime(t)
}

func (w *noticeWords) year() int {
	year, _, _ := w.today.Civil()
	return year
}

// machine writes an instant for the markup.
func machine(t time.Time) string { return t.Format(time.RFC3339) }

// masked hides who got a copy from whoever looks over the reader's shoulder.
func masked(c notice.Channel, address string) string {
	switch c {
	case notice.SMS:
		return i18n.MaskPhone(address)
	case notice.Email:
		return i18n.MaskMail(address)
	}
	return ""
}

// reached orders how far copies came.
func reached(c *notice.Copy) int {
	switch {
	case !c.AcknowledgedAt.IsZero():
		return 5
	case !c.ReadAt.IsZero():
		return 4
	case !c.DeliveredAt.IsZero():
		return 3
	case c.State == outbox.Failed || c.State == outbox.Dead:
		return 0
	case !c.AcceptedAt.IsZero():
		return 2
	}
	return 1
}

// state says how far a copy came, never more than was reported.
func (w *noticeWords) state(c *notice.Copy) components.Tag {
	p := w.p
	switch {
	case !c.AcknowledgedAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: p.T("inbox.state.acknowledged")}
	case !c.ReadAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: p.T("inbox.state.read")}
	case !c.DeliveredAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: p.T("inbox.state.delivered")}
	case c.State == outbox.Failed:
		return components.Tag{Verdict: components.Bad, Word: p.T("inbox.state.failed")}
	case c.State == outbox.Dead:
		return components.Tag{Verdict: components.Bad, Word: p.T("inbox.state.dead")}
	case c.Channel == notice.Inbox:
		return components.Tag{Verdict: components.None, Word: p.T("inbox.state.lies")}
	case !c.AcceptedAt.IsZero():
		return components.Tag{Verdict: components.None, Word: p.T("inbox.state.accepted")}
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("inbox.state.queued")}
}

// steps say when a copy came how far, in the order in which it did.
func (w *noticeWords) steps(c *notice.Copy) (steps []string) {
	add := func(key string, at time.Time) {
		if !at.IsZero() {
			steps = append(steps, w.p.T(key, "moment", w.moment(at)))
		}
	}
	if c.Channel == notice.Inbox {
		add("inbox.step.placed", c.CreatedAt)
	} else {
		add("inbox.step.queued", c.CreatedAt)
		add("inbox.step.accepted", c.AcceptedAt)
	}
	add("inbox.step.delivered", c.DeliveredAt)
	add("inbox.step.read", c.ReadAt)
	add("inbox.step.acknowledged", c.AcknowledgedAt)
	add("inbox.step.failed", c.FailedAt)
	return steps
}
