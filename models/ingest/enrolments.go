package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/enrolment"
)

// Enrolment is a row of enrolments.csv.
type Enrolment = enrolment.Row

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
		optional("accepted_via", choice(enrolment.ViaApp, enrolment.ViaPortal, enrolment.ViaPaper, enrolment.ViaSMS, enrolment.ViaAgent), func(e *Enrolment) *enrolment.Via { return &e.AcceptedVia }),
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
