package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// Figures are what everybody may read of a quarter: how many lines of all
// merchants' bills were as agreed, what was wrong with the others, what was
// published, and what merchants said to it. They are worked out once and stay as
// they are; where few merchants stand behind a number it is held back.
type Figures struct {
	From      date.Date     `json:"from"`
	To        date.Date     `json:"to"`         // the last day
	DataAsOf  time.Time     `json:"data_as_of"` // when bills last came in, in UTC; zero: never
	CheckedAt time.Time     `json:"checked_at"` // when a line was last judged, in UTC; zero: there is none
	Lines     Cell          `json:"lines"`      // of bills, whose money was taken
	Agreed    Cell          `json:"agreed"`
	Share     int64         `json:"agreed_ppm"` // Agreed of Lines; 0 where one of them is held back
	Unchecked Cell          `json:"unchecked"`  // several sales in one amount, which can't be checked one by one
	Doubt     Cell          `json:"doubt"`      // a person has to look
	Wrong     Cell          `json:"wrong"`
	TooMuch   Cell          `json:"too_much_fen"` // taken by the lines that are wrong, beyond what was owed
	Returned  Cell          `json:"returned_fen"` // of that, given back so far
	Faults    []Fault       `json:"faults"`       // what Wrong and TooMuch are made of, in the order of FaultKinds
	Versions  []NewVersion  `json:"versions"`     // of disclosures, published in the quarter
	Changes   ChangeFigures `json:"changes"`
	Gone      GoneFigures   `json:"gone"`

	// What figures from before complaints were counted do not say is nil.
	Complaints *ComplaintFigures `json:"complaints,omitzero"`
	Refunds    *MoneyFigures     `json:"refunds,omitzero"` // for cases, that were paid in the quarter
	Stopped    *MoneyFigures     `json:"stopped,omitzero"` // deductions that the gate was asked for in the quarter and denied
	Notices    *NoticeFigures    `json:"notices,omitzero"`
}

// Cell is a number that may be shown, or is held back so that no merchant can be
// told by it.
type Cell struct {
	Value int64 `json:"value"` // 0 where it is held back
	Held  bool  `json:"held,omitzero"`
}

// Fault is how often one thing was wrong, and what it cost.
type Fault struct {
	Kind    FaultKind `json:"kind"`
	Lines   Cell      `json:"lines"`
	TooMuch Cell      `json:"too_much_fen"`
}

// NewVersion is a disclosure's version that was published.
type NewVersion struct {
	Slug        string          `json:"slug"`
	Title       disclosure.Text `json:"title"`
	Version     int             `json:"version"`
	PublishedOn date.Date       `json:"published_on"`
	EffectiveOn date.Date       `json:"effective_on"` // as published
	Withdrawn   bool            `json:"withdrawn,omitzero"`
}

// Notice returns how many days lie between publication and effect.
func (v *NewVersion) Notice() int { return v.EffectiveOn.DaysSince(v.PublishedOn) }

// ChangeFigures are merchants whom a published version asks for more, each
// counted once, by what they had said when the figures were worked out.
type ChangeFigures struct {
	Merchants Cell `json:"merchants"`
	Accepted  Cell `json:"accepted"` // all of it
	Objected  Cell `json:"objected"`
	Silent    Cell `json:"silent"` // neither; they pay the old price
}

// GoneFigures are terminals that merchants reported returned, lost or out of
// use.
type GoneFigures struct {
	Reported Cell `json:"reported"`
	InTime   Cell `json:"in_time"` // answered within WorkingDays
	Late     Cell `json:"late"`    // answered later
	Open     Cell `json:"open"`    // not answered when the figures were worked out
	// WorkingDays is how soon an answer counts as one in time. It is 0 in figures
	// from before it was counted in working time: there it was within 72 hours.
	WorkingDays int `json:"working_days,omitzero"`
}

// AnsweredWithin is how soon an answer to a report counts as one in time, in
// full days of working time.
const AnsweredWithin = 3

// workingDay is a full day of working time, by the calendar that the program
// comes with.
const workingDay = 450 * time.Minute

// FaultKind says in what way a line was wrong.
type FaultKind string

// The kinds of fault.
const (
	FaultOver      FaultKind = "over"       // more than agreed, or by a rate for something else
	FaultTwice     FaultKind = "twice"      // paid for already
	FaultEarly     FaultKind = "early"      // not due, or for a time that is not charged
	FaultNotAgreed FaultKind = "not_agreed" // not agreed, or not published in time
	FaultEnded     FaultKind = "ended"      // after the fee, the terminal or the merchant had ended
	FaultLimit     FaultKind = "limit"      // beyond a limit
)

// FaultKinds are all of them in the order in which they are shown.
var FaultKinds = []FaultKind{FaultOver, FaultTwice, FaultEarly, FaultNotAgreed, FaultEnded, FaultLimit}

// faultKinds says which kind each rule that denies is of.
var faultKinds = map[fee.Code]FaultKind{
	fee.BadAmount: FaultOver, fee.SaleUnknown: FaultOver, fee.WrongMethod: FaultOver, fee.AmountOver: FaultOver,
	fee.DuplicateCycle: FaultTwice, fee.DuplicateOrder: FaultTwice,
	fee.PeriodUnknown: FaultEarly, fee.InFreePeriod: FaultEarly, fee.NotDue: FaultEarly, fee.LapsedCycle: FaultEarly,
	fee.NotAgreed: FaultNotAgreed, fee.NotDisclosed: FaultNotAgreed, fee.NoticePeriod: FaultNotAgreed, fee.VersionNotAccepted: FaultNotAgreed,
	fee.Cancelled: FaultEnded, fee.TerminalInactive: FaultEnded, fee.MerchantClosed: FaultEnded,
	fee.ExceedsSale: FaultLimit, fee.CapExceeded: FaultLimit, fee.OwnLimit: FaultLimit,
}

// encode writes the figures in their one form, and the SHA-256 of it in
// hexadecimal.
func (f *Figures) encode() (body []byte, hash string, err error) {
	body, err = json.Marshal(f)
	sum := sha256.Sum256(body)
	return body, hex.EncodeToString(sum[:]), err
}
