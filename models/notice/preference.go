package notice

import (
	"math/bits"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Leads is a set of days ahead of a charge at which it is announced: bit n for n
// days, from 1 to 30.
type Leads uint64

// MostLead is the most days ahead that may be chosen.
const MostLead = 30

// LeadsOf returns the set of the days.
func LeadsOf(days ...int) (l Leads) {
	for _, n := range days {
		l |= 1 << n
	}
	return l
}

// Has reports whether n days is in the set.
func (l Leads) Has(n int) bool { return l>>n&1 == 1 }

// Days returns the set's days, the most first.
func (l Leads) Days() (days []int) {
	for l != 0 {
		n := bits.Len64(uint64(l)) - 1
		days = append(days, n)
		l &^= 1 << n
	}
	return days
}

// Preferences is how a merchant wants to be told.
type Preferences struct {
	MerchantID   int64
	Locale       string // BCP 47 tag
	Leads        Leads
	QuietFrom    int                // minute of the day in Shanghai from which nothing is sent
	QuietTo      int                // and until which; the same as QuietFrom: always
	SendMinute   int                // when a day's announcements go out; outside the quiet hours
	Matrix       map[Event]Channels // beside the inbox, in the order in which they are tried
	UsagePercent int                // of a SIM's allowance at which to tell, besides all of it
	LowBalance   money.Fen          // of a SIM, below which to tell
	UpdatedAt    time.Time          // UTC; zero: nothing was chosen
}

// Default is how merchants are told who have chosen nothing: 7 days and 1 day
// ahead at ten in the morning, by text message, never between 21:00 and 8:00.
func Default(merchantID int64) Preferences {
	p := Preferences{
		MerchantID: merchantID, Locale: "zh-CN", Leads: LeadsOf(7, 1), QuietFrom: 21 * 60, QuietTo: 8 * 60, SendMinute: 10 * 60,
		Matrix: map[Event]Channels{}, UsagePercent: 80, LowBalance: 500,
	}
	for _, e := range Events {
		p.Matrix[e] = Channels{WeChat, SMS}
	}
	return p
}

// InboxOnly reports whether charges to come are told in the portal alone.
func (p *Preferences) InboxOnly() bool { return len(p.Matrix[EventUpcoming]) == 0 }

// LeadsInForce returns the days ahead at which charges are announced: the chosen
// ones, and where none of them is early enough for the charge to go ahead on its
// day, the latest that is. A whole day more is counted than the policy's hours
// need, since an announcement goes out late in its day at worst. What is told in
// the portal alone counts InboxDays later.
func (p *Preferences) LeadsInForce(policy fee.Policy) Leads {
	first := firstLead(policy, p.InboxOnly())
	if p.Leads>>first == 0 {
		return p.Leads | LeadsOf(first)
	}
	return p.Leads
}

// firstLead is the least number of days ahead of a charge at which an
// announcement is in time for it.
func firstLead(policy fee.Policy, inboxOnly bool) int {
	days := (policy.NoticeHours+23)/24 + 1
	if inboxOnly {
		days += InboxDays
	}
	return days
}

// ChannelsOf returns the channels by which a kind of notice goes, beside the
// inbox, in the order in which they are tried.
func (p *Preferences) ChannelsOf(k Kind) Channels { return slices.Clone(p.Matrix[k.Event()]) }
