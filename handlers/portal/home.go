package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Home answers GET /home: what needs the merchant, what is to come, what was
// taken last, and what this month came to.
func (h *Portal) Home(c echo.Context) error {
	actor := guard.ActorOf(c)
	today := h.today()
	var cases []complaint.Listed
	more := db.NewBatch()
	if actor.Can(account.SeeComplaints) {
		complaint.AddOpen(more, actor.MerchantID, homeCases, &cases)
	}
	read, err := deduction.ReadHomePage(c.Request().Context(), db.Along(h.DB, more), h.Plans.Plans(), h.Policy(), actor.MerchantID, today)
	if err != nil {
		return err
	}
	v := homePresenter{p: printer(c), page: read, plans: h.Plans.Plans(), actor: &actor, today: today, cases: cases, now: h.Clock.Now()}
	v.alike = namedAlike(read)
	props := v.props(asOf(v.p, h.AsOf(), h.Clock.Now()))
	props.Heading.Title = greeting(v.p, h.Clock.Now(), actor.MerchantName)
	return page.Render(c, http.StatusOK, portal.Home(h.frame(c, "/home", "home.title"), props))
}

// greeting greets by the hour in Shanghai.
func greeting(p *i18n.Printer, now time.Time, name string) string {
	hour := int(now.Sub(date.Of(now).Start()).Hours())
	switch {
	case hour >= 5 && hour < 11:
		return p.T("home.greeting.morning", "name", name)
	case hour >= 11 && hour < 13:
		return p.T("home.greeting.noon", "name", name)
	case hour >= 13 && hour < 18:
		return p.T("home.greeting.afternoon", "name", name)
	default:
		return p.T("home.greeting.evening", "name", name)
	}
}

// homePresenter turns what was read into finished texts.
type homePresenter struct {
	p     *i18n.Printer
	page  *deduction.HomePage
	plans planNames
	actor *guard.Actor
	today date.Date
	now   time.Time
	cases []complaint.Listed // that are not at their end, the latest first
	alike map[string]bool    // the names that several of the page's terminals bear
}

// namedAlike finds the names that several of the terminals bear of which the first
// page speaks.
func namedAlike(read *deduction.HomePage) map[string]bool {
	bearer, alike := map[string]string{}, map[string]bool{}
	look := func(t *deduction.TerminalChoice) {
		if sn, ok := bearer[t.Alias]; ok && sn != t.SN {
			alike[t.Alias] = true
		}
		bearer[t.Alias] = t.SN
	}
	for i := range read.Wrong {
		look(&read.Wrong[i].Terminal)
	}
	for i := range read.Coming {
		look(&read.Coming[i].Terminal)
	}
	if read.Later != nil {
		look(&read.Later.Terminal)
	}
	for i := range read.Taken {
		look(&read.Taken[i].Terminal)
	}
	for i := range read.Sales {
		if read.Sales[i].Lines == 1 {
			look(&read.Sales[i].Terminal)
		}
	}
	return alike
}

// called is what a terminal is called, with the end of its serial number where
// another of the page's bears the same name.
func (v *homePresenter) called(t *deduction.TerminalChoice) string {
	if v.alike[t.Alias] {
		return terminalName(v.p, t.Alias, t.SN)
	}
	return shownAs(v.p, t.Alias, t.SN)
}

// homeCases is how many of its cases a merchant's first page looks at.
const homeCases = 20

func (v *homePresenter) props(asOf string) portal.HomeProps {
	props := portal.HomeProps{
		Heading: components.Heading{Lead: v.p.T("home.lead", "terminals", countTerminals(v.p, v.page.Terminals, v.page.InUse), "as_of", asOf)},
		Notices: v.notices(),
		Coming:  v.coming(), ComingSum: v.comingSum(), Later: v.later(),
		Taken: v.taken(),
		Month: v.month(),
	}
	if n := v.page.ComingCount; n > len(v.page.Coming) {
		props.ComingMore = &page.Link{Label: v.p.N("home.coming.all", n), Href: terminalsAddress("", deduction.TerminalsDue, "", "")}
	}
	return props
}

// notices lists what needs the merchant, the most pressing first. Where nothing
// does, it says so.
func (v *homePresenter) notices() []portal.HomeNotice {
	all := v.asked()
	if v.page.WrongCount > 0 {
		all = append(all, v.wrong())
	}
	for i := range v.page.Endings {
		all = append(all, v.ending(&v.page.Endings[i]))
	}
	for i := range v.page.Changes {
		all = append(all, v.change(&v.page.Changes[i]))
	}
	if v.page.Unconfirmed > 0 {
		all = append(all, v.unconfirmed())
	}
	if n := v.working(); n != nil {
		all = append(all, *n)
	}
	if v.page.UnreadCount > 0 && v.actor.Can(account.SeeMessages) {
		all = append(all, v.unread())
	}
	if len(all) == 0 && len(v.page.Taken)+len(v.page.Sales) > 0 {
		all = append(all, portal.HomeNotice{Tone: components.OK, Lead: v.p.T("home.fine.lead"), Text: v.p.N("home.fine.text", deduction.WrongDays)})
	}
	return all
}

// asked tells of cases that wait for the merchant: for an answer, or to read the
// decision.
func (v *homePresenter) asked() (all []portal.HomeNotice) {
	w := caseWords{p: v.p, now: v.now, today: v.today}
	for i := range v.cases {
		l := &v.cases[i]
		link := &page.Link{Label: v.p.T("home.cases.see"), Href: caseAddress(l.Number)}
		switch l.State {
		case worktime.AwaitingMerchant:
			all = append(all, portal.HomeNotice{Tone: components.Wait, Lead: v.p.T("home.cases.asked", "number", l.Number), Text: w.what(l), Link: link})
		case worktime.Decided:
			all = append(all, portal.HomeNotice{Tone: components.Info, Lead: v.p.T("home.cases.decided", "number", l.Number), Text: w.what(l), Link: link})
		}
	}
	return all
}

// working lists the cases that somebody works on, with what was promised.
func (v *homePresenter) working() *portal.HomeNotice {
	w := caseWords{p: v.p, now: v.now, today: v.today}
	var lines []portal.HomeNoticeLine
	for i := range v.cases {
		l := &v.cases[i]
		if l.State != worktime.AwaitingMerchant && l.State != worktime.Decided {
			lines = append(lines, portal.HomeNoticeLine{Link: page.Link{Label: w.what(l), Href: caseAddress(l.Number)}, Text: w.promise(l)})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return &portal.HomeNotice{Tone: components.Info, Lead: v.p.N("home.cases.working", len(lines)), Lines: lines}
}

// wrong tells of lines that are not as agreed: one in sentences, several as a
// list.
func (v *homePresenter) wrong() portal.HomeNotice {
	tone := components.Wait
	for i := range v.page.Wrong {
		l := &v.page.Wrong[i]
		if tagOf(v.p, &l.Line, v.plans.ByID(l.PlanID)).Verdict == components.Bad && lineMoney(v.p, &l.Line).Why == "" {
			tone = components.Bad
		}
	}
	if v.page.WrongCount == 1 {
		return v.wrongOne(tone, &v.page.Wrong[0])
	}
	notice := portal.HomeNotice{Tone: tone, Lead: v.p.N("home.wrong.lead", v.page.WrongCount, "days", deduction.WrongDays)}
	for i := range v.page.Wrong {
		l := &v.page.Wrong[i]
		listed := listed(&l.Line, v.plans.ByID(l.PlanID))
		notice.Lines = append(notice.Lines, portal.HomeNoticeLine{
			Link: page.Link{
				Label: v.p.T("home.wrong.line", "day", dayInList(v.p, l.On, v.today), "fee", lineName(v.p, &l.Line), "amount", l.Amount),
				Href:  "/deductions/" + l.ID,
			},
			Text: v.p.T("home.wrong.why", "terminal", v.called(&l.Terminal), "why", explain.Short(v.p, listed)),
		})
	}
	if v.page.WrongCount > len(v.page.Wrong) {
		notice.Link = &page.Link{Label: v.p.N("home.wrong.all", v.page.WrongCount), Href: wrongAddress("", v.today)}
	}
	return notice
}

func (v *homePresenter) wrongOne(tone components.Verdict, l *deduction.ListedLine) portal.HomeNotice {
	plan := v.plans.ByID(l.PlanID)
	key := "home.wrong.one_taken"
	if lineMoney(v.p, &l.Line).Why != "" {
		key = "home.wrong.one_not_taken"
	}
	return portal.HomeNotice{
		Tone: tone,
		Lead: v.p.T(key, "day", dayInList(v.p, l.On, v.today), "fee", lineName(v.p, &l.Line), "amount", l.Amount, "tag", tagOf(v.p, &l.Line, plan).Word),
		Text: v.p.T("home.wrong.one_why", "terminal", v.called(&l.Terminal), "why", explain.Short(v.p, listed(&l.Line, plan))),
		Link: &page.Link{Label: v.p.T("home.wrong.see"), Href: "/deductions/" + l.ID},
	}
}

// change tells of a price on its way that would cost more.
func (v *homePresenter) change(c *deduction.Change) portal.HomeNotice {
	from, to := c.From.Price, c.To.Price
	for _, price := range []*int{&from.FreeDays, &from.FreeMonths, &to.FreeDays, &to.FreeMonths} {
		*price = 0 // it stays as it is: a version that changes it is another plan
	}
	args := []any{
		"day", dayInList(v.p, c.To.EffectiveOn, v.today), "fee", c.Plan.Published(c.To.Number).Terms.Title.In(string(v.p.Locale())),
		"from", explain.Price(v.p, from), "to", explain.Price(v.p, to),
	}
	notice := portal.HomeNotice{Tone: components.Wait, Lead: v.p.T("home.change.lead", args...)}
	switch {
	case c.Accepted == c.Terminals:
		notice.Tone, notice.Lead = components.Info, v.p.T("home.change.accepted_lead", args...)
		notice.Text = v.p.N("home.change.accepted", c.Accepted)
	case c.Accepted > 0:
		notice.Text = v.p.N("home.change.partly", c.Terminals-c.Accepted, append(args, "accepted", c.Accepted)...)
	case c.Objected:
		notice.Tone, notice.Text = components.Info, v.p.N("home.change.objected", c.Terminals)
	default:
		notice.Text = v.p.N("home.change.open", c.Terminals, args...)
	}
	switch {
	case !v.actor.Can(account.SeeAgreements):
	case c.ID == "":
		notice.Link = &page.Link{Label: v.p.T("home.change.see"), Href: agreementsPath}
	case c.Accepted < c.Terminals && !c.Objected && v.actor.Can(account.ManageAgreements):
		notice.Link = &page.Link{Label: v.p.T("home.change.answer"), Href: feeChangeAddress(c.ID)}
	default:
		notice.Link = &page.Link{Label: v.p.T("home.change.see_change"), Href: feeChangeAddress(c.ID)}
	}
	return notice
}

// ending tells of a service that ends, or has ended lately, over a price that
// was not accepted.
func (v *homePresenter) ending(e *deduction.Ending) portal.HomeNotice {
	fee := ""
	if plan := v.plans.ByID(e.PlanID); plan != nil {
		fee = plan.Name(string(v.p.Locale()))
	}
	notice := portal.HomeNotice{Tone: components.Info, Lead: v.p.T("home.ending.past", "fee", fee, "day", dayInList(v.p, e.EndsOn, v.today))}
	if e.EndsOn > v.today {
		notice.Tone, notice.Lead = components.Wait, v.p.T("home.ending.lead", "fee", fee, "day", dayInList(v.p, e.EndsOn, v.today))
	}
	notice.Text = v.p.N("home.ending.text", e.Terminals)
	if v.actor.Can(account.SeeAgreements) {
		notice.Link = &page.Link{Label: v.p.T("home.ending.see"), Href: feeChangeAddress(e.ChangeID)}
	}
	return notice
}

// unconfirmed tells of what an agent ticked for the merchant.
func (v *homePresenter) unconfirmed() portal.HomeNotice {
	notice := portal.HomeNotice{Tone: components.Wait, Lead: v.p.N("home.unconfirmed.lead", v.page.Unconfirmed), Text: v.p.T("home.unconfirmed.text")}
	switch {
	case v.actor.Can(account.ManageAgreements):
		notice.Link = &page.Link{Label: v.p.T("home.unconfirmed.answer"), Href: "/agreements"}
	case v.actor.Can(account.SeeAgreements):
		notice.Link = &page.Link{Label: v.p.T("home.unconfirmed.see"), Href: "/agreements"}
	}
	return notice
}

// unread tells of announcements that nobody has opened.
func (v *homePresenter) unread() portal.HomeNotice {
	n := portal.HomeNotice{Tone: components.Info, Lead: v.p.N("home.unread.lead", v.page.UnreadCount)}
	for i := range v.page.Unread {
		u := &v.page.Unread[i]
		n.Lines = append(n.Lines, portal.HomeNoticeLine{Link: page.Link{Label: u.Subject, Href: letterAddress(u.LetterID)}})
	}
	if v.page.UnreadCount > len(v.page.Unread) {
		n.Link = &page.Link{Label: v.p.T("home.unread.all"), Href: inboxPath}
	}
	return n
}

// feeOfMonth is a fee among those of a month, whatever it is called.
type feeOfMonth struct {
	kind deduction.Kind
	item fee.Item // of a deduction
}

// feeOf tells fees of a month apart. What payouts cost is one fee there, whether it
// came out of a settlement or was asked for by itself.
func feeOf(m *deduction.MonthFee) feeOfMonth {
	switch {
	case m.Kind == deduction.KindDeduction && m.Item == fee.Withdrawal:
		return feeOfMonth{kind: deduction.KindPayout}
	case m.Kind == deduction.KindDeduction:
		return feeOfMonth{m.Kind, m.Item}
	}
	return feeOfMonth{kind: m.Kind}
}

func (f feeOfMonth) name(p *i18n.Printer) string {
	if f.kind == deduction.KindDeduction {
		return explain.ItemName(p, f.item)
	}
	return explain.KindName(p, explain.Kind(f.kind))
}

// month is what this month came to by fee, beside the last one.
func (v *homePresenter) month() portal.HomeMonth {
	p, this := v.p, v.today.MonthStart()
	last := this.AddMonths(-1)
	type sums struct{ this, last int64 }
	var fees []feeOfMonth
	byFee := map[feeOfMonth]*sums{}
	var total sums
	for _, m := range v.page.Months {
		one := feeOf(&m)
		s := byFee[one]
		if s == nil {
			s = &sums{}
			byFee[one] = s
			fees = append(fees, one)
		}
		if m.Month == this {
			s.this, total.this = s.this+int64(m.Amount), total.this+int64(m.Amount)
		} else {
			s.last, total.last = s.last+int64(m.Amount), total.last+int64(m.Amount)
		}
	}
	slices.SortStableFunc(fees, func(a, b feeOfMonth) int { return int(min(max(byFee[b].this-byFee[a].this, -1), 1)) })
	month := portal.HomeMonth{
		Total:   p.Money(total.this),
		Compare: p.T("home.month.last", "month", p.Month(last), "amount", p.Money(total.last)),
		Fees:    components.Stack{Title: p.T("home.month.bar", "month", p.Month(this))},
	}
	for _, one := range fees {
		s := byFee[one]
		month.Fees.Parts = append(month.Fees.Parts, components.StackPart{
			Label: one.name(p), Amount: p.Money(s.this), Value: s.this, Part: p.T("home.month.before", "amount", p.Money(s.last)),
		})
	}
	if v.actor.Can(account.SeeStatements) {
		month.Statement = &page.Link{Label: p.T("home.month.statement"), Href: "/statements/" + this.String()[:len("2006-01")]}
	}
	return month
}
