package deduction

import (
	"time"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// PolicyAt returns the policy by which what is asked at an instant is judged, with
// what was in force before for what was asked before.
func PolicyAt(all setting.Policies, at time.Time) fee.Policy {
	in := PolicyOf(all.At(at))
	for _, p := range all {
		if p.InForceFrom.After(at) {
			break
		}
		before := all.At(p.InForceFrom.Add(-1))
		in.Before = &fee.Former{Until: p.InForceFrom, NoticeHours: before.NoticeHours, NoticeMaxDays: before.NoticeMaxDays, Before: in.Before}
	}
	return in
}

// PolicyOf returns one policy as the rules take it.
func PolicyOf(p setting.Policy) fee.Policy {
	return fee.Policy{NoticeHours: p.NoticeHours, NoticeMaxDays: p.NoticeMaxDays, DisclosureDays: p.DisclosureDays}
}
