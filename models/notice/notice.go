// Package notice tells merchants: before money is taken, when it was, and
// whatever else they are to know. It plans what is to be told and when, gathers
// what belongs together into one letter, tries one channel after another until
// the letter has reached somebody, and hands on to the deductions what did.
//
// The plan of charges to come is the forecast itself: a notice is made when its
// day has come, so that nothing planned can go stale. What was told and has
// changed since is told anew.
package notice

import (
	"slices"
	"strings"
)

// Kind says what a notice tells.
type Kind string

// The kinds of notice.
const (
	Upcoming   Kind = "upcoming"   // a charge to come
	Changed    Kind = "changed"    // a charge that was told will be another
	CalledOff  Kind = "called_off" // a charge that was told will not come
	Taken      Kind = "taken"      // a deduction was taken
	Failed     Kind = "failed"     // a deduction was tried and came back
	Stopped    Kind = "stopped"    // a deduction was stopped: nothing was taken
	OnHold     Kind = "on_hold"    // a deduction waits to be checked
	Refunded   Kind = "refunded"   // money was given back
	FeeChange  Kind = "fee_change" // a price is to rise, if the merchant agrees
	ChangeOff  Kind = "change_off" // a price that was told will not rise
	SIMUsage   Kind = "sim_usage"  // a SIM has used a share of its allowance
	LowBalance Kind = "low_balance"
	TopUp      Kind = "top_up"    // money was paid into a SIM
	Complaint  Kind = "complaint" // a step of a complaint, question or request
	Security   Kind = "security"  // a sign-in, or a change to it
)

// Event is a row of the merchant's choices: what they may want to be told of by
// one channel and not by another.
type Event string

// The events, in the order in which they are chosen.
const (
	EventUpcoming   Event = "upcoming"
	EventTaken      Event = "taken"
	EventFailed     Event = "failed"
	EventStopped    Event = "stopped"
	EventFeeChange  Event = "fee_change"
	EventUsage      Event = "sim_usage"
	EventLowBalance Event = "low_balance"
	EventComplaint  Event = "complaint"
	EventSecurity   Event = "security"
)

// Events are all of them, in the order in which they are chosen.
var Events = []Event{
	EventUpcoming, EventTaken, EventFailed, EventStopped, EventFeeChange, EventUsage, EventLowBalance, EventComplaint, EventSecurity,
}

// Event returns the choice that a kind of notice follows.
func (k Kind) Event() Event {
	switch k {
	case Upcoming, Changed, CalledOff:
		return EventUpcoming
	case Taken, Refunded:
		return EventTaken
	case Stopped, OnHold:
		return EventStopped
	case TopUp:
		return EventLowBalance
	case FeeChange, ChangeOff:
		return EventFeeChange
	}
	return Event(k)
}

// Channel is a way by which a message goes.
type Channel string

// The channels.
const (
	WeChat Channel = "wechat"
	SMS    Channel = "sms"
	Email  Channel = "email"
	Inbox  Channel = "inbox" // in the portal: always, whatever else
)

// Outside are the channels that leave the portal, in the order in which they
// are tried unless the merchant says otherwise.
var Outside = []Channel{WeChat, SMS, Email}

// InboxDays is how many days after it was put into the inbox a notice counts as
// delivered there, where nobody has read it before.
const InboxDays = 6

// Channels is a list of channels in the order in which they are tried, written
// down joined by spaces.
type Channels []Channel

// ParseChannels reads what String wrote. What is no channel is left out.
func ParseChannels(text string) (all Channels) {
	for _, name := range strings.Fields(text) {
		if c := Channel(name); c == Inbox || slices.Contains(Outside, c) {
			all = append(all, c)
		}
	}
	return all
}

// String writes the channels down.
func (c Channels) String() string {
	names := make([]string, len(c))
	for i := range c {
		names[i] = string(c[i])
	}
	return strings.Join(names, " ")
}
