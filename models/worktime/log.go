package worktime

import (
	"slices"
	"time"
)

// State is where a case is on its way.
type State string

// States of a case.
const (
	Received         State = "received"
	Accepted         State = "accepted"
	Investigating    State = "investigating"
	AwaitingMerchant State = "awaiting_merchant" // the merchant was asked for something; resolution pauses
	Decided          State = "decided"
	RefundPending    State = "refund_pending"
	Closed           State = "closed"
	Withdrawn        State = "withdrawn" // by the merchant; an end
)

// UnderWay reports whether a decision is still to come.
func (s State) UnderWay() bool { return slices.Contains(underWay, s) }

var underWay = []State{Received, Accepted, Investigating, AwaitingMerchant}

// Kind says what an event of a case's log was.
type Kind string

// Events that move a case or its clocks.
const (
	Filed              Kind = "filed" // the first event of every log, and no other
	TakenUp            Kind = "taken_up"
	InvestigationBegun Kind = "investigation_begun"
	PersonReplied      Kind = "person_replied"    // in public; whoever asks the merchant in public has replied too, and records both
	MerchantAsked      Kind = "merchant_asked"    // for something that the case waits for
	MerchantAnswered   Kind = "merchant_answered" // or wrote unasked, which changes nothing
	DeadlineExtended   Kind = "deadline_extended" // to the event's days in all
	DecisionMade       Kind = "decision_made"
	ReviewAsked        Kind = "review_asked"
	RefundBegun        Kind = "refund_begun"
	CaseClosed         Kind = "case_closed"
	CaseReopened       Kind = "case_reopened"
	CaseWithdrawn      Kind = "case_withdrawn"
)

// Events that are on the record and move neither.
const (
	AutoReplied      Kind = "auto_replied"
	Noted            Kind = "noted"       // internally
	OtherAsked       Kind = "other_asked" // a carrier, an agent or another department
	OtherAnswered    Kind = "other_answered"
	Reassigned       Kind = "reassigned"
	PolicyChanged    Kind = "policy_changed" // for cases to come
	CaseMerged       Kind = "case_merged"
	CaseSplit        Kind = "case_split"
	CaseLinked       Kind = "case_linked"
	DecisionAccepted Kind = "decision_accepted" // by the merchant; closing follows
)

// Event is one line of a case's log.
type Event struct {
	Kind Kind
	At   time.Time
	Days int // of DeadlineExtended alone: calendar days that the reply has in all
}

// A step says in which states an event can happen, nil for every one, and
// which state follows, empty for the same.
type step struct {
	from []State
	to   State
}

var steps = map[Kind]step{
	TakenUp:            {from: []State{Received}, to: Accepted},
	InvestigationBegun: {from: []State{Accepted}, to: Investigating},
	PersonReplied:      {},
	MerchantAsked:      {from: underWay, to: AwaitingMerchant},
	MerchantAnswered:   {},
	DeadlineExtended:   {from: underWay},
	DecisionMade:       {from: underWay, to: Decided},
	ReviewAsked:        {from: []State{Decided, RefundPending, Closed}, to: Investigating},
	RefundBegun:        {from: []State{Decided}, to: RefundPending},
	CaseClosed:         {from: []State{Decided, RefundPending}, to: Closed},
	CaseReopened:       {from: []State{Closed}, to: Investigating},
	CaseWithdrawn:      {from: underWay, to: Withdrawn},
	AutoReplied:        {},
	Noted:              {},
	OtherAsked:         {},
	OtherAnswered:      {},
	Reassigned:         {},
	PolicyChanged:      {},
	CaseMerged:         {},
	CaseSplit:          {},
	CaseLinked:         {},
	DecisionAccepted:   {from: []State{Decided}},
}

// after returns the state that follows an event, or an error wrapping ErrLog
// where the event can't happen in this one.
func (s State) after(k Kind) (State, error) {
	step, known := steps[k]
	if !known {
		return s, invalid(ErrLog, "a case under way has no event %q", k)
	}
	if step.from != nil && !slices.Contains(step.from, s) {
		return s, invalid(ErrLog, "%s can't happen to a case that is %s", k, s)
	}
	if k == MerchantAnswered && s == AwaitingMerchant {
		return Investigating, nil
	}
	if step.to == "" {
		return s, nil
	}
	return step.to, nil
}
