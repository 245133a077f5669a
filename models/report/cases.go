package report

import (
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/worktime"
)

// Speed says how soon a complaint was decided, in full days of working time by
// the calendar that it was filed under. From the filing to the decision that
// stands everything counts, also what the merchant was waited for.
type Speed string

// How a complaint stands.
const (
	WithinOne   Speed = "within_1"  // decided within one working day
	WithinThree Speed = "within_3"  // within three, and in more than one
	OverThree   Speed = "over_3"    // later
	Withdrawn   Speed = "withdrawn" // by the merchant
	Open        Speed = "open"      // not decided, or being looked at again
)

// Speeds are all of them in the order in which they are shown.
var Speeds = []Speed{WithinOne, WithinThree, OverThree, Withdrawn, Open}

// Findings are those of a complaint in the order in which they are shown.
var Findings = []complaint.Finding{complaint.Upheld, complaint.PartlyUpheld, complaint.NotUpheld}

// ComplaintReasons are why merchants complain, and what the rules found by
// themselves, in the order in which they are shown.
var ComplaintReasons = []complaint.Reason{
	complaint.NeverAgreed, complaint.NotTold, complaint.TooMuch, complaint.Twice, complaint.StoppedFee, complaint.TerminalGone, complaint.Deposit,
	complaint.BrokenRule, complaint.Other,
}

// countedCase is a case as figures count it.
type countedCase struct {
	id         string
	merchantID int64
	filedAt    time.Time
	settledAt  time.Time // of the decision that stands, or the withdrawal; zero: neither
	calendar   int
	kind       complaint.Kind
	reason     complaint.Reason
	channel    complaint.Channel
	region     string
	state      worktime.State
	underWay   bool
	isMerged   bool
	finding    string
	cause      string
	stars      int
}

// speed says how soon the case was decided.
func (c *countedCase) speed(calendar *worktime.Calendar) (Speed, error) {
	switch {
	case c.underWay || c.settledAt.IsZero():
		return Open, nil
	case c.state == worktime.Withdrawn:
		return Withdrawn, nil
	}
	took, err := calendar.Between(c.filedAt, c.settledAt)
	switch day := calendar.FullDay(); {
	case took <= day:
		return WithinOne, err
	case took <= 3*day:
		return WithinThree, err
	}
	return OverThree, err
}
