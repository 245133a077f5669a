package fee

import (
	"iter"
	"math/bits"
	"strings"
)

// Decision is what a verdict comes to: the worst of its reasons.
type Decision string

// The decisions.
const (
	Allow Decision = "allow" // as disclosed, agreed and announced
	Hold  Decision = "hold"  // may be taken after a person has looked at it
	Deny  Decision = "deny"  // must not be taken
)

// Level is the weight of a reason.
type Level string

// The levels.
const (
	LevelDeny Level = "deny"
	LevelHold Level = "hold"
	LevelInfo Level = "info" // said, and lets it through
)

// Code names a rule that fired. Their order is the order in which a verdict
// lists them.
type Code uint8

// The rules, each in a sentence. The first deny, the next hold, the last two
// only say something.
const (
	BadAmount          Code = iota // the amount is zero or less
	SaleUnknown                    // a rate without its sale
	NotAgreed                      // nobody took up this fee, or no version was accepted by the day
	NotDisclosed                   // no version had taken effect by the day
	NoticePeriod                   // a version was published too shortly before it took effect
	VersionNotAccepted             // the dearer version that makes this amount was never accepted
	WrongMethod                    // the plan is for another way of paying
	PeriodUnknown                  // no cycle starts on the day named
	InFreePeriod                   // the free period still runs
	NotDue                         // the cycle has not started
	LapsedCycle                    // an idle cycle of a plan that skips them
	DuplicateCycle                 // the cycle is settled already
	DuplicateOrder                 // the same order was taken before
	Cancelled                      // the fee was stopped before the cycle began
	TerminalInactive               // the terminal was not in use
	MerchantClosed                 // the merchant had closed
	AmountOver                     // more than agreed
	ExceedsSale                    // more than the sale it is netted from leaves
	CapExceeded                    // more than the disclosed ceiling of twelve months
	OwnLimit                       // more than the merchant's own limit of the month
	NoticeMissing                  // not announced in time, or for less
	OpenDispute                    // the merchant has complained about it
	Arrears                        // two or more cycles are owed
	LateAfterCancel                // the fee was stopped after the cycle began
	RetryAfterReversal             // an earlier deduction for it was reversed
	ReplacementPaid                // the terminal it replaces paid for these days
	ReportedGone                   // the merchant says the terminal is gone
	ManualOrder                    // written by hand, and no second person approved
	AmountUnder                    // less than agreed
	NotItemised                    // several sales in one amount can't be checked against a bound
	codes                          // how many there are
)

var codeNames = [codes]string{
	"bad_amount", "sale_unknown", "not_agreed", "not_disclosed", "notice_period", "version_not_accepted",
	"wrong_method", "period_unknown", "in_free_period", "not_due", "lapsed_cycle", "duplicate_cycle",
	"duplicate_order", "cancelled", "terminal_inactive", "merchant_closed", "amount_over", "exceeds_sale",
	"cap_exceeded", "own_limit", "notice_missing", "open_dispute", "arrears", "late_after_cancel",
	"retry_after_reversal", "replacement_paid", "reported_gone", "manual_order", "amount_under", "not_itemised",
}

// String returns the code as the API names it.
func (c Code) String() string { return codeNames[c] }

// MarshalText writes the code as the API names it.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Level returns the weight of the rule.
func (c Code) Level() Level {
	switch {
	case c < NoticeMissing:
		return LevelDeny
	case c < AmountUnder:
		return LevelHold
	default:
		return LevelInfo
	}
}

// AllCodes returns every rule in order.
func AllCodes() iter.Seq[Code] {
	return func(yield func(Code) bool) {
		for c := range codes {
			if !yield(c) {
				return
			}
		}
	}
}

// Codes is a set of rules that fired.
type Codes uint64

const (
	denies Codes = 1<<NoticeMissing - 1
	holds  Codes = (1<<AmountUnder - 1) &^ denies
)

// Has reports whether the rule fired.
func (s Codes) Has(c Code) bool { return s&(1<<c) != 0 }

// With returns the set with one more rule.
func (s Codes) With(c Code) Codes { return s | 1<<c }

// Any reports whether any of the rules fired.
func (s Codes) Any(of ...Code) bool {
	for _, c := range of {
		if s.Has(c) {
			return true
		}
	}
	return false
}

// Len returns how many rules fired.
func (s Codes) Len() int { return bits.OnesCount64(uint64(s)) }

// All returns the rules that fired, in order.
func (s Codes) All() iter.Seq[Code] {
	return func(yield func(Code) bool) {
		for s != 0 {
			c := Code(bits.TrailingZeros64(uint64(s)))
			if !yield(c) {
				return
			}
			s &= s - 1
		}
	}
}

// Decision returns the worst of the rules.
func (s Codes) Decision() Decision {
	switch {
	case s&denies != 0:
		return Deny
	case s&holds != 0:
		return Hold
	default:
		return Allow
	}
}

// String returns the codes in order with a space between, as they are stored.
func (s Codes) String() string {
	var b strings.Builder
	for c := range s.All() {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c.String())
	}
	return b.String()
}

// ParseCodes reads what String wrote. A name that is no rule of this version is
// reported by false.
func ParseCodes(text string) (Codes, bool) {
	var s Codes
	for name := range strings.FieldsSeq(text) {
		c, ok := parseCode(name)
		if !ok {
			return 0, false
		}
		s.add(c)
	}
	return s, true
}

func parseCode(name string) (Code, bool) {
	for c, n := range codeNames {
		if n == name {
			return Code(c), true
		}
	}
	return 0, false
}

func (s *Codes) add(c Code) { *s |= 1 << c }

func (s *Codes) addIf(fired bool, c Code) {
	if fired {
		s.add(c)
	}
}
