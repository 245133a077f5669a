package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Case answers GET /complaints/{number}: how a case stands, what was said, and
// what the merchant can do.
func (h *Complaints) Case(c echo.Context) error {
	return h.showCase(c, http.StatusOK, form.State{}, form.State{})
}

// showCase shows a case, with the state of a message and of a rating.
func (h *Complaints) showCase(c echo.Context, status int, message, rating form.State) error {
	v, err := h.readCase(c)
	if err != nil {
		return err
	}
	v.message, v.rating = message, rating
	frame := h.frame(c, complaintsPath, "complaints.one.title", "number", v.page.Number)
	props := v.props()
	frame.Crumbs = []page.Link{{Label: v.p.T("complaints.title"), Href: complaintsPath}, {Label: v.page.Number}}
	return page.Render(c, status, portal.Case(frame, props))
}

// readCase reads the case that an address names.
func (h *Complaints) readCase(c echo.Context) (*casePresenter, error) {
	actor := guard.ActorOf(c)
	now := h.Clock.Now()
	read, err := complaint.ReadPage(c.Request().Context(), h.DB, actor.MerchantID, c.Param("number"), now)
	if err != nil {
		return nil, err
	}
	v := &casePresenter{caseWords: caseWords{p: printer(c), now: now, today: h.today()}, page: read, actor: &actor, plans: h.Plans.Plans()}
	v.evidence, err = v.lastEvidence()
	return v, err
}

// casePresenter turns a case into finished texts.
type casePresenter struct {
	caseWords
	page     *complaint.Page
	evidence *evidence // of the latest look at the subject; nil: none
	actor    *guard.Actor
	plans    *disclosure.Plans
	message  form.State
	rating   form.State
}

func (v *casePresenter) props() portal.CaseProps {
	p, k := v.p, v.page
	props := portal.CaseProps{
		Heading: components.Heading{Title: v.what(&k.Listed), Lead: v.lead()},
		Tag:     v.state(&k.Listed), Number: k.Number,
		Steps: v.steps(), Notices: v.notices(), Letters: v.letters(),
		Thread: v.thread(), Clocks: v.clocks(), Evidence: v.evidenceCard(), Links: v.links(), Log: v.log(),
		Unhappy: v.unhappy(),
	}
	if k.Holds {
		props.Holds = p.T("complaints.one.holds", "fee", v.fee(k.Item))
	}
	if !v.actor.Can(account.ManageComplaints) {
		return props
	}
	at := caseAddress(k.Number)
	ended := k.State == worktime.Closed || k.State == worktime.Withdrawn || k.MergedInto != ""
	if ended && v.message.Refused() {
		unsent := portal.HomeNotice{Tone: components.Bad, Lead: v.message.Whole(), Text: p.T("complaints.one.unsent", "words", v.message.Value(wordsField))}
		props.Notices = append([]portal.HomeNotice{unsent}, props.Notices...)
	}
	if !ended {
		words := v.wordsField(&v.message, false)
		words.Label, words.Hint, words.Optional = p.T("complaints.one.write"), "", ""
		if k.State == worktime.AwaitingMerchant {
			words.Label = p.T("complaints.one.answer")
		}
		props.Write = &portal.CaseWrite{Action: at + "/messages", State: v.message, Words: words, Files: v.filesField(&v.message)}
	}
	if k.State.UnderWay() && k.MergedInto == "" {
		props.Withdraw = at + "/withdraw"
	}
	if k.State == worktime.Decided && !v.accepted() {
		props.Accept = at + "/accept"
	}
	if v.page.MayBeReviewed(v.today) {
		props.Review = &page.Link{Label: p.T("complaints.one.review"), Href: at + "/review"}
	}
	if k.State == worktime.Closed {
		props.Reopen = &page.Link{Label: p.T("complaints.one.reopen"), Href: at + "/reopen"}
	}
	if len(k.Decisions) > 0 && !k.State.UnderWay() && k.Stars == 0 {
		props.Rate = v.rate(at + "/rating")
	}
	return props
}

// accepted reports whether the merchant has accepted the latest decision.
func (v *casePresenter) accepted() bool {
	for i := len(v.page.Steps) - 1; i >= 0; i-- {
		switch v.page.Steps[i].Kind {
		case worktime.DecisionAccepted:
			return true
		case worktime.DecisionMade:
			return false
		}
	}
	return false
}

// lead says which terminal and amount a case is about, and when it was filed.
func (v *casePresenter) lead() string {
	k := v.page
	filed := v.p.T("complaints.one.filed", "moment", v.moment(k.FiledAt))
	if k.CallPhone != "" {
		filed = v.p.T("complaints.one.filed_call", "moment", v.moment(k.FiledAt), "phone", i18n.MaskPhone(k.CallPhone))
	}
	about := ""
	if k.SN != "" {
		about = terminalName(v.p, k.Alias, k.SN)
	}
	if v.evidence != nil && v.evidence.Amount > 0 {
		return v.p.T("complaints.one.lead_line", "terminal", about, "amount", v.evidence.Amount, "day", v.day(v.evidence.On), "filed", filed)
	}
	if about == "" {
		return filed
	}
	return v.p.T("complaints.one.lead", "terminal", about, "filed", filed)
}

// at is when something last happened to the case; zero: it has not.
func (v *casePresenter) at(kind worktime.Kind) (s complaint.Step) {
	for _, step := range v.page.Steps {
		if step.Kind == kind {
			s = step
		}
	}
	return s
}

// steps show how far the case is.
func (v *casePresenter) steps() []components.Step {
	k := v.page
	filed := components.Step{Label: v.p.T("complaints.state.received"), Part: v.moment(k.FiledAt), State: components.StepDone}
	taken := components.Step{Label: v.p.T("complaints.state.accepted")}
	work := components.Step{Label: v.p.T("complaints.state.investigating"), Part: k.Owner}
	decided := components.Step{Label: v.p.T("complaints.state.decided")}
	ended := components.Step{Label: v.p.T("complaints.state.closed")}
	if k.Kind != complaint.Complaint {
		decided.Label = v.p.T("complaints.state.answered")
	}
	if s := v.at(worktime.TakenUp); !s.At.IsZero() {
		taken.Part = v.moment(s.At)
	}
	if due := v.due(worktime.Resolution); due != "" {
		decided.Part = due
	}
	reached := 0
	switch k.State {
	case worktime.Received:
	case worktime.Accepted:
		reached = 1
	case worktime.Investigating:
		reached = 2
	case worktime.AwaitingMerchant:
		reached, work.Label = 2, v.p.T("complaints.state.awaiting")
	case worktime.Decided:
		reached = 3
	case worktime.RefundPending:
		reached, ended.Label = 4, v.p.T("complaints.state.refund")
	default:
		reached = 5
	}
	if k.MergedInto != "" {
		s := v.at(worktime.CaseMerged)
		return []components.Step{filed, {Label: v.p.T("complaints.state.merged"), Part: v.moment(s.At), State: components.StepDone}}
	}
	if k.State == worktime.Withdrawn {
		s := v.at(worktime.CaseWithdrawn)
		return []components.Step{filed, {Label: v.p.T("complaints.state.withdrawn"), Part: v.moment(s.At), State: components.StepDone}}
	}
	if s := v.at(worktime.DecisionMade); reached >= 3 && !s.At.IsZero() {
		decided.Part = v.moment(s.At)
	}
	if s := v.at(worktime.CaseClosed); reached == 5 {
		ended.Part = v.moment(s.At)
	}
	steps := []components.Step{filed, taken, work, decided, ended}
	for i := range steps {
		switch {
		case i < reached, reached == 5:
			steps[i].State = components.StepDone
		case i == reached:
			steps[i].State = components.StepNow
		}
	}
	return steps
}

// clock is the latest clock of a name, or nil.
func (v *casePresenter) clock(name worktime.Name) (found *worktime.Clock) {
	for i := range v.page.Standing.Clocks {
		if c := &v.page.Standing.Clocks[i]; c.Name == name {
			found = c
		}
	}
	return found
}

// due says what a clock that runs promises, shortly; or nothing.
func (v *casePresenter) due(name worktime.Name) string {
	c := v.clock(name)
	if c == nil || !c.StoppedAt.IsZero() || c.DueAt.IsZero() {
		return ""
	}
	return v.p.T("complaints.one.promised", "moment", v.moment(c.DueAt))
}

// clocks say what is promised, and what was kept.
func (v *casePresenter) clocks() components.Facts {
	var facts components.Facts
	if v.page.MergedInto != "" { // those of the other one count
		return nil
	}
	for _, one := range []struct {
		name  worktime.Name
		label string
	}{
		{worktime.FirstContact, "complaints.clock.contact"}, {worktime.Resolution, "complaints.clock.decision"}, {worktime.Reply, "complaints.clock.reply"},
	} {
		c := v.clock(one.name)
		if c == nil || v.page.State == worktime.Withdrawn {
			continue
		}
		facts = append(facts, components.Fact{Term: v.p.T(one.label), Body: portal.CaseClock(v.clockTag(c), v.clockText(c))})
	}
	if c := v.clock(worktime.Reply); c != nil && c.StoppedAt.IsZero() && v.page.State.UnderWay() {
		if s := v.page.Extended(); s.Days > 0 {
			facts = append(facts, components.Fact{Term: v.p.T("complaints.clock.extended"), Text: s.Remark})
		} else {
			facts = append(facts, components.Fact{Term: v.p.T("complaints.clock.extend"), Text: v.p.T("complaints.clock.extend_text", "days", v.page.Policy.ReplyMaxDays)})
		}
	}
	return facts
}

// missed reports whether a promised moment is over. A clock of working time that
// ran out at closing time isn't breached before the next opening, but nobody
// speaks of that moment as one to come.
func (v *casePresenter) missed(c *worktime.Clock) bool {
	return c.Breached || c.StoppedAt.IsZero() && !c.DueAt.IsZero() && !v.now.Before(c.DueAt)
}

func (v *casePresenter) clockTag(c *worktime.Clock) components.Tag {
	switch {
	case v.missed(c):
		return components.Tag{Verdict: components.Bad, Word: v.p.T("complaints.clock.late")}
	case !c.StoppedAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: v.p.T("complaints.clock.kept")}
	case c.Paused:
		return components.Tag{Verdict: components.Wait, Word: v.p.T("complaints.clock.paused")}
	}
	return components.Tag{}
}

func (v *casePresenter) clockText(c *worktime.Clock) string {
	switch {
	case !c.StoppedAt.IsZero():
		return v.p.T("complaints.clock.done", "moment", v.moment(c.StoppedAt))
	case c.Paused:
		return v.p.T("complaints.clock.paused_text")
	case c.Name == worktime.Reply:
		return v.p.T("complaints.clock.by_day", "day", v.lastDay(c.LastDay))
	case v.missed(c):
		return v.p.T("complaints.clock.late_text", "moment", v.by(c.DueAt))
	default:
		return v.p.T("complaints.clock.by", "moment", v.by(c.DueAt))
	}
}

// notices say what the merchant should know first.
func (v *casePresenter) notices() []portal.HomeNotice {
	p, k := v.p, v.page
	switch {
	case k.MergedInto != "":
		return []portal.HomeNotice{{
			Tone: components.Info, Lead: p.T("complaints.one.merged"), Text: p.T("complaints.one.merged_text", "number", k.MergedInto),
			Link: &page.Link{Label: p.T("complaints.one.merged_link"), Href: caseAddress(k.MergedInto)},
		}}
	case k.State == worktime.Received && k.Channel == complaint.ByItself:
		return []portal.HomeNotice{{Tone: components.Info, Lead: p.T("complaints.one.itself"), Text: p.Sentences(p.T("complaints.one.itself_text", "number", k.Number), v.promises())}}
	case k.State == worktime.Received:
		return []portal.HomeNotice{{Tone: components.OK, Lead: p.T("complaints.one.received", "number", k.Number), Text: v.promises()}}
	case k.State == worktime.AwaitingMerchant:
		return []portal.HomeNotice{{Tone: components.Wait, Lead: p.T("complaints.one.awaiting"), Text: p.T("complaints.one.awaiting_text")}}
	case k.State == worktime.Decided && v.accepted():
		return []portal.HomeNotice{{Tone: components.OK, Lead: p.T("complaints.one.accepted"), Text: p.T("complaints.one.accepted_text")}}
	}
	return nil
}

// promises say by when we speak to the merchant, and by when there is a decision.
func (v *casePresenter) promises() string {
	decision := "complaints.one.decision"
	if v.page.Kind != complaint.Complaint {
		decision = "complaints.one.answer_by"
	}
	return v.p.Sentences(v.promised(worktime.FirstContact, "complaints.one.contact"), v.promised(worktime.Resolution, decision))
}

// promised says what a clock that runs promises, or that it was missed.
func (v *casePresenter) promised(name worktime.Name, key string) string {
	c := v.clock(name)
	if c == nil || !c.StoppedAt.IsZero() || c.DueAt.IsZero() {
		return ""
	}
	if v.missed(c) {
		key = "complaints.promise.late"
	}
	return v.p.T(key, "moment", v.by(c.DueAt))
}

// thread is what was said, and the files that came with it.
func (v *casePresenter) thread() (all []portal.CasePost) {
	k := v.page
	rest := k.Files
	add := func(post portal.CasePost) { all = append(all, post) }
	for i := range k.Posts {
		o := &k.Posts[i]
		for len(rest) > 0 && rest[0].At.Before(o.At) {
			post := portal.CasePost{Who: rest[0].By, When: v.moment(rest[0].At)}
			post.Files, rest = v.filesAt(rest)
			add(post)
		}
		post := portal.CasePost{Who: o.By, When: v.moment(o.At), Words: sentences(o.Body)}
		if o.Kind == complaint.ToMerchant || o.Kind == complaint.AskedOfMerchant {
			post.Who = v.p.T("complaints.one.service", "name", o.By)
		}
		if o.TakenDown {
			post.Who = v.p.T("complaints.one.taken_down", "name", o.By)
		}
		if o.Kind == complaint.AskedOfMerchant {
			post.Tag = components.Tag{Verdict: components.Wait, Word: v.p.T("complaints.one.asked")}
		}
		if len(rest) > 0 && rest[0].At.Equal(o.At) {
			post.Files, rest = v.filesAt(rest)
		}
		add(post)
	}
	for len(rest) > 0 {
		post := portal.CasePost{Who: rest[0].By, When: v.moment(rest[0].At)}
		post.Files, rest = v.filesAt(rest)
		add(post)
	}
	return all
}

// filesAt takes the files of one moment off a list.
func (v *casePresenter) filesAt(files []complaint.File) (all []portal.CaseFile, rest []complaint.File) {
	at := files[0].At
	for len(files) > 0 && files[0].At.Equal(at) {
		f := &files[0]
		one := portal.CaseFile{Link: page.Link{Label: v.file(f), Href: caseAddress(v.page.Number) + "/files/" + f.ID}}
		if isPicture(f) {
			one.Picture, one.Alt = one.Link.Href+"?show=1", f.Name
		}
		all, files = append(all, one), files[1:]
	}
	return all, files
}

// links lead to what belongs to the case.
func (v *casePresenter) links() (all []page.Link) {
	k, p := v.page, v.p
	switch {
	case k.Subject == complaint.OfDeduction && v.actor.Can(account.SeeFees):
		all = append(all, page.Link{Label: p.T("complaints.one.to_deduction"), Href: deductionPath + k.Ref})
	case k.Subject == complaint.OfNotice && v.actor.Can(account.SeeMessages):
		all = append(all, page.Link{Label: p.T("complaints.one.to_message"), Href: letterAddress(k.Ref)})
	}
	if k.SN != "" && v.actor.Can(account.SeeTerminals) {
		all = append(all, page.Link{Label: p.T("complaints.one.to_terminal"), Href: terminalAddress(k.SN)})
	}
	seen := map[string]bool{}
	for _, l := range k.Links {
		if !seen[l.Number] {
			seen[l.Number] = true
			all = append(all, page.Link{Label: p.T(linkKinds[l.Kind], "number", l.Number), Href: caseAddress(l.Number)})
		}
	}
	return all
}

var linkKinds = map[string]string{
	"again": "complaints.link.again", "merged": "complaints.link.merged", "split": "complaints.link.split", "reopened": "complaints.link.reopened",
}

// logWords say what happened to a case; what is not among them stays among staff.
var logWords = map[worktime.Kind]string{
	worktime.Filed: "complaints.log.filed", worktime.TakenUp: "complaints.log.taken_up", worktime.InvestigationBegun: "complaints.log.investigation",
	worktime.PersonReplied: "complaints.log.replied", worktime.MerchantAsked: "complaints.log.asked", worktime.MerchantAnswered: "complaints.log.answered",
	worktime.DeadlineExtended: "complaints.log.extended", worktime.DecisionMade: "complaints.log.decided", worktime.ReviewAsked: "complaints.log.review",
	worktime.RefundBegun: "complaints.log.refund", worktime.CaseClosed: "complaints.log.closed", worktime.CaseReopened: "complaints.log.reopened",
	worktime.CaseWithdrawn: "complaints.log.withdrawn", worktime.DecisionAccepted: "complaints.log.accepted", worktime.CaseMerged: "complaints.log.merged",
	worktime.Reassigned: "complaints.log.assigned",
}

// log lists what happened, in order.
func (v *casePresenter) log() (facts components.Facts) {
	for _, s := range v.page.Steps {
		key, ok := logWords[s.Kind]
		if !ok {
			continue
		}
		facts = append(facts, components.Fact{Term: v.moment(s.At), Text: v.p.T(key)})
	}
	return facts
}

// unhappy says where to turn who does not agree.
func (v *casePresenter) unhappy() []string {
	p, k := v.p, v.page
	if k.Kind != complaint.Complaint || k.MergedInto != "" {
		return nil
	}
	switch {
	case v.page.MayBeReviewed(v.today), k.State.UnderWay() && k.Standing.Round() == 1:
		return []string{p.T("complaints.unhappy.review"), p.T("complaints.unhappy.authority")}
	case k.State == worktime.RefundPending:
		return []string{p.T("complaints.unhappy.reopen", "days", k.Policy.ReopenDays), p.T("complaints.unhappy.authority_also")}
	}
	return []string{p.T("complaints.unhappy.authority_alone")}
}

// rate asks how content the merchant is.
func (v *casePresenter) rate(action string) *portal.CaseRating {
	p, s := v.p, &v.rating
	r := &portal.CaseRating{
		Action: action, State: *s,
		Stars: components.Field{Name: "stars", Label: p.T("complaints.rate.label"), Value: s.Value("stars"), Error: s.Error("stars"), Required: true},
		Words: components.Field{Name: "remark", Label: p.T("complaints.rate.words"), Value: s.Value("remark"), Error: s.Error("remark"), Optional: p.T("complaints.form.optional"), MaxLength: "500"},
	}
	for _, o := range []struct{ value, key string }{
		{"5", "complaints.rate.five"}, {"4", "complaints.rate.four"}, {"3", "complaints.rate.three"}, {"2", "complaints.rate.two"}, {"1", "complaints.rate.one"},
	} {
		r.Options = append(r.Options, components.Option{Value: o.value, Label: p.T(o.key)})
	}
	return r
}

// complainedFindings begin the letter about what a merchant filed, and foundFindings
// that about what we did.
var (
	complainedFindings = map[complaint.Finding]string{
		complaint.Upheld: "complaints.letter.upheld", complaint.PartlyUpheld: "complaints.letter.partly", complaint.NotUpheld: "complaints.letter.not_upheld",
		complaint.Answered: "complaints.letter.answered",
	}
	foundFindings = map[complaint.Finding]string{
		complaint.Upheld: "complaints.letter.found", complaint.PartlyUpheld: "complaints.letter.found_partly", complaint.NotUpheld: "complaints.letter.found_not",
	}
)

// letters are the decisions, the latest first.
func (v *casePresenter) letters() (all []portal.CaseLetter) {
	k, p := v.page, v.p
	for i := len(k.Decisions) - 1; i >= 0; i-- {
		d := &k.Decisions[i]
		l := portal.CaseLetter{
			Title: p.T("complaints.letter.title"), To: p.T("complaints.letter.to", "merchant", v.actor.MerchantName), Reason: sentences(d.Reason),
			Signed: p.T("complaints.letter.signed", "name", d.By, "day", p.Date(date.Of(d.At))),
		}
		if d.Round > 1 {
			l.Title = p.T("complaints.letter.title_review")
		}
		findings := complainedFindings
		if k.Channel == complaint.ByItself {
			findings = foundFindings
		}
		l.Finding = p.T(findings[d.Finding], "day", v.day(date.Of(k.FiledAt)))
		if d.Amount > 0 {
			l.Amount = p.T("complaints.letter.amount", "amount", d.Amount)
		}
		l.Next = v.refunded(i)
		switch {
		case i == len(k.Decisions)-1 && !k.State.UnderWay():
			l.Next = append(l.Next, v.next(d, len(l.Next) == 0)...)
		case i == len(k.Decisions)-1 && len(l.Next) > 0: // that money is the merchant's, whatever comes after
			l.Next = append(l.Next, p.T("complaints.letter.reconsidered_refund"))
		case len(l.Next) > 0:
		case i == len(k.Decisions)-1:
			l.Next = []string{p.T("complaints.letter.reconsidered")}
		default:
			l.Next = []string{p.T("complaints.letter.replaced")}
		}
		all = append(all, l)
	}
	return all
}

// refunded says what became of the money that a decision grants.
func (v *casePresenter) refunded(decision int) (lines []string) {
	p := v.p
	for _, r := range v.page.RefundsOf(decision) {
		switch r.State {
		case complaint.RefundPaid:
			lines = append(lines, p.T("complaints.letter.paid", "amount", r.Amount, "day", v.day(date.Of(r.PaidAt))))
		case complaint.RefundSent:
			lines = append(lines, p.T("complaints.letter.sent", "amount", r.Amount, "day", v.day(date.Of(r.SentAt))))
		case complaint.RefundApproved:
			lines = append(lines, p.T("complaints.letter.approved", "amount", r.Amount))
		}
	}
	return lines
}

// next says what comes after the latest decision, of the money too where none is
// on its way.
func (v *casePresenter) next(d *complaint.Decision, noRefund bool) (lines []string) {
	k, p := v.page, v.p
	if d.Amount > 0 && noRefund {
		lines = append(lines, p.T("complaints.letter.refund_to_come"))
	}
	if by := k.Standing.ReviewBy; v.page.MayBeReviewed(v.today) {
		lines = append(lines, p.T("complaints.letter.review", "day", v.day(by)))
	}
	if k.Kind == complaint.Complaint {
		lines = append(lines, p.T("complaints.letter.authority"))
	}
	return lines
}
