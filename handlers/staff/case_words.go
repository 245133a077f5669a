package staff

import (
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// The keys of what is said of a case in a word or two.
var (
	caseKinds = map[complaint.Kind]string{
		complaint.Complaint: "admin_cases.kind.complaint", complaint.Question: "admin_cases.kind.question", complaint.Callback: "admin_cases.kind.callback",
		complaint.Invoice: "admin_cases.kind.invoice", complaint.Stop: "admin_cases.kind.stop",
	}
	caseReasons = map[complaint.Reason]string{
		complaint.NeverAgreed: "admin_cases.reason.never_agreed", complaint.NotTold: "admin_cases.reason.not_told", complaint.TooMuch: "admin_cases.reason.too_much",
		complaint.Twice: "admin_cases.reason.twice", complaint.StoppedFee: "admin_cases.reason.stopped", complaint.TerminalGone: "admin_cases.reason.gone",
		complaint.Deposit: "admin_cases.reason.deposit", complaint.BrokenRule: "admin_cases.reason.broken_rule", complaint.Other: "admin_cases.reason.other",
	}
	caseChannels = map[complaint.Channel]string{
		complaint.ByPortal: "admin_cases.channel.portal", complaint.ByPhone: "admin_cases.channel.phone", complaint.ByLetter: "admin_cases.channel.letter",
		complaint.ByAuthority: "admin_cases.channel.authority", complaint.ByItself: "admin_cases.channel.itself",
	}
	caseStates = map[worktime.State]string{
		worktime.Received: "admin_cases.state.received", worktime.Accepted: "admin_cases.state.accepted", worktime.Investigating: "admin_cases.state.investigating",
		worktime.AwaitingMerchant: "admin_cases.state.awaiting", worktime.Decided: "admin_cases.state.decided", worktime.RefundPending: "admin_cases.state.refund_pending",
		worktime.Closed: "admin_cases.state.closed", worktime.Withdrawn: "admin_cases.state.withdrawn",
	}
	caseViews = map[complaint.View]string{
		complaint.Mine: "admin_cases.view.mine", complaint.Unassigned: "admin_cases.view.unassigned", complaint.DueToday: "admin_cases.view.due",
		complaint.Breached: "admin_cases.view.breached", complaint.Waiting: "admin_cases.view.waiting", complaint.Reopened: "admin_cases.view.reopened",
		complaint.Authority: "admin_cases.view.authority", complaint.Left: "admin_cases.view.left", complaint.Everything: "admin_cases.view.all",
	}
	waitsFor = map[complaint.WaitsFor]string{
		complaint.WaitsForRefund: "admin_cases.waits_for.refund", complaint.WaitsForAnswer: "admin_cases.waits_for.answer",
	}
	caseClocks = map[worktime.Name]string{
		worktime.FirstContact: "admin_cases.clocks.first_contact", worktime.Resolution: "admin_cases.clocks.resolution", worktime.Reply: "admin_cases.clocks.reply",
	}
	caseFindings = map[complaint.Finding]string{
		complaint.Upheld: "admin_cases.finding.upheld", complaint.PartlyUpheld: "admin_cases.finding.partly_upheld",
		complaint.NotUpheld: "admin_cases.finding.not_upheld", complaint.Answered: "admin_cases.finding.answered",
	}
	caseSteps = map[worktime.Kind]string{
		worktime.Filed: "admin_cases.step.filed", worktime.TakenUp: "admin_cases.step.taken_up", worktime.InvestigationBegun: "admin_cases.step.begun",
		worktime.PersonReplied: "admin_cases.step.replied", worktime.MerchantAsked: "admin_cases.step.asked", worktime.MerchantAnswered: "admin_cases.step.answered",
		worktime.DeadlineExtended: "admin_cases.step.extended", worktime.DecisionMade: "admin_cases.step.decided", worktime.ReviewAsked: "admin_cases.step.review",
		worktime.RefundBegun: "admin_cases.step.refund", worktime.CaseClosed: "admin_cases.step.closed", worktime.CaseReopened: "admin_cases.step.reopened",
		worktime.CaseWithdrawn: "admin_cases.step.withdrawn", worktime.AutoReplied: "admin_cases.step.auto", worktime.Noted: "admin_cases.step.noted",
		worktime.OtherAsked: "admin_cases.step.third_asked", worktime.OtherAnswered: "admin_cases.step.third_answered", worktime.Reassigned: "admin_cases.step.reassigned",
		worktime.PolicyChanged: "admin_cases.step.policy", worktime.CaseMerged: "admin_cases.step.merged", worktime.CaseSplit: "admin_cases.step.split",
		worktime.CaseLinked: "admin_cases.step.linked", worktime.DecisionAccepted: "admin_cases.step.accepted",
	}
	thirdNames = map[complaint.Whom]string{
		complaint.Carrier: "admin_cases.third.carrier", complaint.Agent: "admin_cases.third.agent", complaint.Department: "admin_cases.third.department",
	}
	refundStates = map[complaint.RefundState]string{
		complaint.RefundProposed: "admin_cases.refund.proposed", complaint.RefundApproved: "admin_cases.refund.approved", complaint.RefundRefused: "admin_cases.refund.refused",
		complaint.RefundSent: "admin_cases.refund.sent", complaint.RefundPaid: "admin_cases.refund.paid",
	}
	linkNames = map[string]string{
		"again": "admin_cases.link.again", "merged": "admin_cases.link.merged", "split": "admin_cases.link.split", "reopened": "admin_cases.link.reopened",
	}
)

// caseTitle says what a case is about.
func caseTitle(p *i18n.Printer, kind complaint.Kind, reason complaint.Reason, item fee.Item) string {
	what := p.T(caseKinds[kind])
	if kind == complaint.Complaint {
		what = p.T(caseReasons[reason])
	}
	if item == "" {
		return what
	}
	return p.T("admin_cases.about", "what", what, "fee", explain.ItemName(p, item))
}

func stateTag(p *i18n.Printer, s worktime.State) components.Tag {
	verdict := components.Info
	switch s {
	case worktime.AwaitingMerchant, worktime.RefundPending:
		verdict = components.Wait
	case worktime.Decided, worktime.Closed:
		verdict = components.OK
	case worktime.Withdrawn:
		verdict = components.None
	}
	return components.Tag{Verdict: verdict, Word: p.T(caseStates[s])}
}

// listedTag is where a case is, or that it was merged into another.
func listedTag(p *i18n.Printer, l *complaint.Listed) components.Tag {
	if l.MergedInto != "" {
		return components.Tag{Verdict: components.None, Word: p.T("admin_cases.state.merged")}
	}
	return stateTag(p, l.State)
}

func findingTag(p *i18n.Printer, f complaint.Finding) components.Tag {
	verdict := components.OK
	switch f {
	case complaint.Upheld:
		verdict = components.Bad
	case complaint.PartlyUpheld:
		verdict = components.Wait
	}
	return components.Tag{Verdict: verdict, Word: p.T(caseFindings[f])}
}

// spanOf says how long something is, in no more than two units, rounded down.
func spanOf(p *i18n.Printer, d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return p.N("admin_cases.span.days", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return p.T("admin_cases.span.hours", "h", int(d/time.Hour), "m", int(d%time.Hour/time.Minute))
	}
	return p.T("admin_cases.span.minutes", "m", int(d/time.Minute))
}

// soon is how long before a moment it is time to hurry.
const soon = 4 * time.Hour

// dueMoment writes when something is due: a day that has to end first by its name.
func dueMoment(p *i18n.Printer, due time.Time) string {
	if day := date.Of(due); due.Equal(day.Start()) {
		return p.ShortDate(day.AddDays(-1))
	}
	return p.ShortDateTime(due)
}

// dueTag says how long there is left, or how long it is over where that is too
// late.
func dueTag(p *i18n.Printer, left time.Duration, late bool) components.Tag {
	switch {
	case left <= 0 && !late:
		return components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.due_now")}
	case left < 0:
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.over", "span", spanOf(p, -left))}
	case left < soon:
		return components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.left", "span", spanOf(p, left))}
	}
	return components.Tag{Verdict: components.None, Word: p.T("admin_cases.left", "span", spanOf(p, left))}
}

// clockTag says how a clock stands: how much of its own time is left, or by how
// much it was over.
func clockTag(p *i18n.Printer, c *worktime.Clock) components.Tag {
	over := c.Elapsed - c.Target
	switch {
	case !c.StoppedAt.IsZero() && c.Breached:
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.clocks.stopped_late", "span", spanOf(p, max(0, over)))}
	case !c.StoppedAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: p.T("admin_cases.clocks.stopped", "span", spanOf(p, c.Elapsed))}
	case over > 0:
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.over", "span", spanOf(p, over))}
	case c.Paused:
		return components.Tag{Verdict: components.Info, Word: p.T("admin_cases.clocks.paused", "span", spanOf(p, -over))}
	case c.Warned:
		return components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.left", "span", spanOf(p, -over))}
	}
	return components.Tag{Verdict: components.None, Word: p.T("admin_cases.left", "span", spanOf(p, -over))}
}
