package staff

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
)

// postLooks are the colours of what was said, and what it is called.
var postLooks = map[complaint.PostKind]struct{ class, name string }{
	"message": {"", "admin_cases.thread.message"}, "reply": {"ok", "admin_cases.thread.reply"}, "question": {"info", "admin_cases.thread.question"}, "note": {"wait", "admin_cases.thread.note"},
}

func (v *casePresenter) posts() (all []views.CasePost) {
	for i := range v.k.Posts {
		o := &v.k.Posts[i]
		look := postLooks[o.Kind]
		post := views.CasePost{Who: o.By, What: v.p.T(look.name), When: v.p.ShortDateTime(o.At), Body: o.Body, Kind: look.class}
		if o.TakenDown {
			post.Who, post.What = v.k.Merchant, v.p.T("admin_cases.thread.taken_down", "name", o.By)
		}
		all = append(all, post)
	}
	return all
}

func (v *casePresenter) inquiries() (all []views.CaseInquiry) {
	p := v.p
	for i := range v.k.Inquiries {
		q := &v.k.Inquiries[i]
		one := views.CaseInquiry{
			Who: q.Name, What: p.T(thirdNames[q.Whom]), When: p.T("admin_cases.third.asked_by", "who", q.By, "when", p.ShortDateTime(q.AskedAt)), Body: q.Body, Answer: q.Answer,
		}
		switch due := worktime.EndOf(q.DueOn); {
		case q.Answer != "":
			one.Due = components.Tag{Verdict: components.OK, Word: p.T("admin_cases.third.answered", "when", p.ShortDateTime(q.AnsweredAt))}
		case v.now.After(due):
			one.Due = components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.third.late", "day", p.ShortDate(q.DueOn))}
		default:
			one.Due = components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.third.due", "day", p.ShortDate(q.DueOn))}
		}
		if q.Answer == "" && v.actor.Can(staff.WorkCases) && v.k.MergedInto == "" {
			name := inquiryForm(q.ID) + "words"
			f := caseForm(p, v.k.Number, q.ID, "admin_cases.third.take", "admin_cases.third.take_submit", 0)
			f.Action = caseHref(v.k.Number) + "/third/" + q.ID
			f.Fields, f.Open = []views.CaseField{{Kind: views.WordsField, Field: field(v.state, name, p.T("admin_cases.third.their_answer"))}}, v.state.Error(name) != ""
			one.Take = f
		}
		all = append(all, one)
	}
	return all
}
