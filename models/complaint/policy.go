package complaint

import (
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/worktime"
)

// The fields of a policy, in forms.
const (
	FirstContactField = "first_contact"
	ResolutionField   = "resolution"
	ReplyField        = "reply"
	ReplyMaxField     = "reply_max"
	ReviewField       = "review"
	ReopenField       = "reopen"
	SecondAboveField  = "second_above"
)

// What a policy may set: merchants are promised no less than these.
const (
	mostReplyDays    = 15
	mostReplyMaxDays = 60
	leastReviewDays  = 14 // after a decision, and after closing
	mostReviewDays   = 60
	mostResolution   = 10 // full working days, which lie within the days of the reply

	mostSecondAbove money.Fen = 500_000
)

// Limit is between which figures a field of a policy may lie.
type Limit struct {
	Field    string
	From, To int // minutes or days

	key string // of what is said where it does not
}

// Limits returns between which figures the clocks of a policy may lie, on a
// calendar; the first contact takes a full working day of it at most. An answer is
// never put off to before the reply was due.
func (p *Policy) Limits(calendar *worktime.Calendar) []Limit {
	day := int(calendar.FullDay() / time.Minute)
	if day == 0 {
		day = worktime.DefaultPolicy.FirstContactMinutes
	}
	return []Limit{
		{FirstContactField, 1, day, "admin_policy.check.first_contact"},
		{ResolutionField, 1, mostResolution * day, "admin_policy.check.resolution"},
		{ReplyField, 1, mostReplyDays, "admin_policy.check.reply"},
		{ReplyMaxField, min(max(1, p.ReplyDays), mostReplyDays), mostReplyMaxDays, "admin_policy.check.reply_max"},
		{ReviewField, leastReviewDays, mostReviewDays, "admin_policy.check.review"},
		{ReopenField, leastReviewDays, mostReviewDays, "admin_policy.check.reopen"},
	}
}

// MostSecondAbove is the most that one person may give back alone.
func MostSecondAbove() money.Fen { return mostSecondAbove }

// Figure returns the figure of a field that Limits names.
func (p *Policy) Figure(field string) *int {
	return map[string]*int{
		FirstContactField: &p.FirstContactMinutes, ResolutionField: &p.ResolutionMinutes, ReplyField: &p.ReplyDays,
		ReplyMaxField: &p.ReplyMaxDays, ReviewField: &p.ReviewDays, ReopenField: &p.ReopenDays,
	}[field]
}

// Check returns fault.Invalid for each field of a figure that may not be.
func (p *Policy) Check(calendar *worktime.Calendar) error {
	var wrong fault.Fields
	for _, l := range p.Limits(calendar) {
		if n := *p.Figure(l.Field); n < l.From || n > l.To {
			wrong.Add(l.Field, l.key, "from", l.From, "to", l.To)
		}
	}
	if p.SecondAbove < 0 || p.SecondAbove > mostSecondAbove {
		wrong.Add(SecondAboveField, "admin_policy.check.second_above", "to", mostSecondAbove)
	}
	return wrong.Err()
}
