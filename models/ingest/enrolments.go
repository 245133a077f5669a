package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// Enrolment is a row of enrolments.csv: a terminal's taking up of a plan, and
// the acceptance of one version of it. Several rows for one terminal and plan
// are acceptances of its versions.
type Enrolment struct {
	SN          string
	Plan        string    // the plan's code
	AnchorOn    date.Date // day 1 of the counting
	Version     int       // 0: none accepted, and the three below are empty
	AcceptedOn  date.Date
	AcceptedBy  string // may be empty
	AcceptedVia Via
	CancelledOn date.Date // zero: not cancelled
}

// Via is the way in which the merchant accepted.
type Via string

// The ways of accepting. What an agent entered is not the merchant's own yes.
const (
	ViaApp    Via = "app"
	ViaPortal Via = "portal"
	ViaPaper  Via = "paper"
	ViaSMS    Via = "sms"
	ViaAgent  Via = fee.ViaAgent
)

// Enrolments reads enrolments.csv.
var Enrolments = Format[Enrolment]{
	kind: KindEnrolments,
	columns: []column[Enrolment]{
		required("sn", code, func(e *Enrolment) *string { return &e.SN }),
		required("plan", code, func(e *Enrolment) *string { return &e.Plan }),
		required("anchor_on", day, func(e *Enrolment) *date.Date { return &e.AnchorOn }),
		optional("version", version, func(e *Enrolment) *int { return &e.Version }),
		optional("accepted_on", day, func(e *Enrolment) *date.Date { return &e.AcceptedOn }),
		optional("accepted_by", name, func(e *Enrolment) *string { return &e.AcceptedBy }),
		optional("accepted_via", choice(ViaApp, ViaPortal, ViaPaper, ViaSMS, ViaAgent), func(e *Enrolment) *Via { return &e.AcceptedVia }),
		optional("cancelled_on", day, func(e *Enrolment) *date.Date { return &e.CancelledOn }),
	},
	check: func(e *Enrolment, c *checker) {
		if e.Version == 0 && e.AcceptedOn.IsZero() && e.AcceptedVia == "" && e.AcceptedBy == "" {
			return
		}
		const whole = "version, accepted_on, accepted_via"
		if e.Version == 0 {
			c.fault("version", "", "import.row.belongs", "others", whole)
		}
		if e.AcceptedOn.IsZero() {
			c.fault("accepted_on", "", "import.row.belongs", "others", whole)
		}
		if e.AcceptedVia == "" {
			c.fault("accepted_via", "", "import.row.belongs", "others", whole)
		}
	},
}
