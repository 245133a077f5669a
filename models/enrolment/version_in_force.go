package enrolment

import (
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// VersionInForce returns the number of the version in force on a day for an enrolment
// with these versions accepted, written as numbers with spaces between, and one
// more if it is not 0; 0: none is. Nothing but the acceptances decides it.
func VersionInForce(plan *fee.Plan, policy fee.Policy, accepted string, more int, day date.Date) int {
	c := &fee.Case{Plan: *plan, Policy: policy, Enrolment: &fee.Enrolment{AnchorOn: day}}
	for text := range strings.FieldsSeq(accepted) {
		n, err := strconv.Atoi(text)
		if err != nil {
			continue // no version has such a number
		}
		c.Enrolment.Accepted = append(c.Enrolment.Accepted, fee.Acceptance{Version: n, On: date.First})
	}
	if more != 0 {
		c.Enrolment.Accepted = append(c.Enrolment.Accepted, fee.Acceptance{Version: more, On: date.First})
	}
	if v := fee.VersionOn(c, day); v != nil {
		return v.Number
	}
	return 0
}
