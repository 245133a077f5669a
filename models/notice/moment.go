package notice

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// roundMargin is how many days before the last notice is too old to count a new
// round goes out.
const roundMargin = 10

// PolicyAhead returns the policy by which notices are planned at an instant, for
// whatever is in force by the time that they have to count.
func PolicyAhead(ctx context.Context, r db.Reader, now time.Time) (fee.Policy, error) {
	all, err := setting.GetPolicies(ctx, r)
	return deduction.PolicyOf(all.Ahead(now)), err
}

// sendAt returns when a day's announcements go out.
func (p *Preferences) sendAt(day date.Date) time.Time {
	return day.Start().Add(time.Duration(p.SendMinute) * time.Minute).UTC()
}

// afterQuiet returns the instant, or where it falls into the quiet hours, their
// end.
func (p *Preferences) afterQuiet(t time.Time) time.Time {
	local := t.In(date.Shanghai)
	if !p.isQuiet(local.Hour()*60 + local.Minute()) {
		return t
	}
	day := date.Of(t)
	end := day.Start().Add(time.Duration(p.QuietTo) * time.Minute)
	if !end.After(t) {
		end = day.AddDays(1).Start().Add(time.Duration(p.QuietTo) * time.Minute)
	}
	return end.UTC()
}

// lastMoment returns until when an announcement has to go out for the charge to
// go ahead when its day begins.
func (p *Preferences) lastMoment(due date.Date, policy fee.Policy) time.Time {
	hours := policy.NoticeHours
	if p.InboxOnly() {
		hours += InboxDays * 24
	}
	return due.Start().Add(-time.Duration(hours) * time.Hour).UTC()
}

// earliest returns the first day on which what is announced on a day can be
// taken.
func (p *Preferences) earliest(today date.Date, policy fee.Policy) date.Date {
	return today.AddDays(firstLead(policy, p.InboxOnly()) - 1)
}

// moment returns when a letter of a kind goes out that is ready now: after the
// quiet hours, unless it guards the merchant, makes no noise, or a charge that
// was not told yet would have to wait for it.
func (p *Preferences) moment(k Kind, now time.Time, silent bool, last time.Time) time.Time {
	switch k {
	case Stopped, OnHold, Security:
		return now
	}
	after := p.afterQuiet(now)
	if silent || now.Before(last) && after.After(last) {
		return now
	}
	return after
}

// againOn returns the day of the next round of what is announced on a day.
func againOn(day date.Date, policy fee.Policy) date.Date {
	return day.AddDays(max(1, policy.NoticeMaxDays-min(roundMargin, policy.NoticeMaxDays/2)))
}

// latest returns the lead that has passed last where so many days are left until
// the charge, today's included; 0: none has.
func (l Leads) latest(left int) int {
	for n := max(left, 1); n < 64; n++ {
		if l.Has(n) {
			return n
		}
	}
	return 0
}
