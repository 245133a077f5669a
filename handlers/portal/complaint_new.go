package portal

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// subjectOf returns what an address says that a complaint is about.
func subjectOf(c echo.Context) (complaint.Subject, string) {
	for _, s := range []complaint.Subject{complaint.OfDeduction, complaint.OfNotice, complaint.OfTerminal} {
		if ref := c.QueryParam(subjectParams[s]); ref != "" {
			return s, ref
		}
	}
	return complaint.OfNothing, ""
}

// Complain answers GET /complaints/new: one page about the deduction, the message
// or the terminal that its address names, else the first of the questions.
func (h *Complaints) Complain(c echo.Context) error {
	s, ref := subjectOf(c)
	if s == complaint.OfNothing {
		return h.showStep(c, http.StatusOK, stepWhat, nil)
	}
	return h.showAbout(c, http.StatusOK, s, ref, nil)
}

// Send answers POST /complaints/new.
func (h *Complaints) Send(c echo.Context) error {
	s, ref := subjectOf(c)
	if s == complaint.OfNothing {
		return h.answer(c, stepWhat)
	}
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	files, err := uploads(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	b := begun{}
	b.take(values)
	content, err := b.content()
	if err != nil {
		return err
	}
	err = h.Cases.SaveDraftWithGoodFiles(ctx, who, s, ref, content, files)
	var unkept []complaint.Upload
	if errors.Is(err, complaint.ErrDraftsFull) && values.Get(removeField) == "" && values.Get(keepField) == "" {
		err, unkept = nil, files // it is sent now, and need not be kept
	}
	if err == nil && values.Get(removeField) != "" {
		err = h.Cases.RemoveDraftFile(ctx, who, values.Get(removeField))
		if err == nil {
			return c.Redirect(http.StatusSeeOther, complainAddress(s, ref)+"#"+form.ID(filesField))
		}
	}
	if err == nil && values.Get(keepField) != "" {
		page.SetFlash(c, page.ToneOK, "complaints.form.kept_now")
		return c.Redirect(http.StatusSeeOther, complainAddress(s, ref)+"#"+form.ID(filesField))
	}
	var filed complaint.Filed
	if err == nil {
		in := complaint.NewCase{Token: b.Token, Kind: b.Kind, Subject: s, Ref: ref, Reason: b.Reason, Words: b.Words, Files: unkept}
		if s == complaint.OfTerminal {
			in.Item = b.Item
		}
		filed, err = h.Cases.File(ctx, who, in)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showAbout(c, status, s, ref, &state)
	}
	if err != nil {
		return err
	}
	return h.sent(c, filed)
}

// sent leads to the case that was filed, or to the one that was there before.
func (h *Complaints) sent(c echo.Context, filed complaint.Filed) error {
	if filed.Before {
		page.SetFlash(c, page.ToneInfo, "complaints.before")
	}
	return c.Redirect(http.StatusSeeOther, caseAddress(filed.Number))
}

// KeepDraft answers POST /complaints/draft while somebody writes.
func (h *Complaints) KeepDraft(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	s, ref := subjectOf(c)
	var d complaint.Draft
	if s == complaint.OfNothing {
		if d, _, err = h.Cases.ReadDraft(ctx, who, s, ref); err != nil {
			return err
		}
	}
	b := begunOf(&d)
	b.take(values)
	content, err := b.content()
	if err == nil {
		err = h.Cases.SaveDraft(ctx, who, s, ref, content, nil)
	}
	full := errors.Is(err, complaint.ErrDraftsFull)
	if !page.IsHTMX(c.Request()) && (err == nil || full || fault.Is(err, fault.Invalid)) {
		return c.Redirect(http.StatusSeeOther, complainPath) // nobody writes there
	}
	p := printer(c)
	switch {
	case full:
		return page.Render(c, http.StatusOK, portal.DraftKept(p.T("case.drafts_full", "n", complaint.MaxDrafts, "files", complaint.MaxDraftFiles)))
	case fault.Is(err, fault.Invalid):
		return page.Render(c, http.StatusOK, portal.DraftKept(p.T("complaints.form.not_kept")))
	case err != nil:
		return err
	}
	return page.Render(c, http.StatusOK, portal.DraftKept(p.T("complaints.form.kept", "time", p.Time(h.Clock.Now()))))
}

// DropDraft answers POST /complaints/draft/drop: what the reader had begun to write
// about something is thrown away.
func (h *Complaints) DropDraft(c echo.Context) error {
	s, ref := subjectOf(c)
	if err := h.Cases.DropDraft(c.Request().Context(), signin.WhoOf(c), s, ref); err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "complaints.begun.dropped")
	return c.Redirect(http.StatusSeeOther, complaintsPath)
}

// begun shows what somebody has begun to write, with where to go on.
func (w *caseWords) begun(b *complaint.Begun) portal.ComplaintBegun {
	p, title := w.p, ""
	switch {
	case b.Subject == complaint.OfDeduction && b.Item != "":
		line := deduction.Line{Kind: deduction.Kind(b.LineKind), Item: b.Item}
		title = p.T("complaints.new.line", "day", w.day(b.On), "fee", lineName(p, &line))
	case b.Subject == complaint.OfDeduction:
		title = p.T("complaints.new.title_deduction")
	case b.Subject == complaint.OfNotice:
		title = p.T("complaints.new.title_notice")
	case b.Subject == complaint.OfTerminal:
		title = shownAs(p, b.Alias, b.Ref)
	default:
		title = p.T("complaints.new.title")
	}
	return portal.ComplaintBegun{
		On: page.Link{Label: title, Href: complainAddress(b.Subject, b.Ref)}, Part: p.T("complaints.begun.at", "moment", w.moment(b.UpdatedAt)), Drop: aboutAt(dropPath, b.Subject, b.Ref),
	}
}

// complainPresenter writes the page on which something is complained of.
type complainPresenter struct {
	p       *i18n.Printer
	words   caseWords
	subject complaint.Subject
	ref     string
	draft   complaint.Draft
	state   form.State

	about portal.ComplainAbout
	items []fee.Item // that a terminal pays for
	item  fee.Item   // of a deduction
}

// showAbout shows the page about a subject: with the state of its answer, or with
// what was begun before.
func (h *Complaints) showAbout(c echo.Context, status int, s complaint.Subject, ref string, state *form.State) error {
	v := &complainPresenter{p: printer(c), subject: s, ref: ref}
	v.words = caseWords{p: v.p, now: h.Clock.Now(), today: h.today()}
	before, err := h.readAbout(c, v)
	if err != nil {
		return err
	}
	kind := complaint.Kind(c.QueryParam(kindField))
	if before != "" && kind != complaint.Question && state == nil {
		return h.sent(c, complaint.Filed{Number: before, Before: true})
	}
	b := begunOf(&v.draft)
	if kind == complaint.Question || b.Kind == "" {
		b.Kind = complaint.Complaint
	}
	if kind == complaint.Question {
		b.Kind = kind
	}
	v.state = form.Filled(b.values())
	if state != nil {
		v.state = *state
	}
	frame := h.frame(c, complaintsPath, "complaints.new.title")
	props := v.props()
	frame.Title = props.Heading.Title
	frame.Crumbs = []page.Link{{Label: v.p.T("complaints.title"), Href: complaintsPath}, {Label: props.Heading.Title}}
	return page.Render(c, status, portal.Complain(frame, props))
}

// readAbout reads what the page is about, with the draft, in one round trip. It
// returns the number of the complaint that there is already, if any.
func (h *Complaints) readAbout(c echo.Context, v *complainPresenter) (before string, err error) {
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	more := db.NewBatch()
	complaint.AddDraft(more, who, v.subject, v.ref, &v.draft)
	if v.subject == complaint.OfDeduction {
		complaint.AddAbout(more, who.MerchantID, v.ref, &before)
	}
	r := db.Along(h.DB, more)
	switch v.subject {
	case complaint.OfDeduction:
		d, err := deduction.ReadDetailPage(ctx, r, h.Plans.Plans(), h.Policy(), who.MerchantID, v.ref, h.today())
		if err != nil {
			return "", err
		}
		v.ofDeduction(d, h.Plans.Plans())
	case complaint.OfNotice:
		l, err := notice.ReadLetterPage(ctx, r, who.MerchantID, v.ref)
		if err != nil {
			return "", err
		}
		w := noticeWords{p: v.p, today: h.today()}
		v.about = portal.ComplainAbout{Lead: w.title(&l.Sent), Text: v.p.T("inbox.letter.lead", "kind", w.kind(&l.Sent), "moment", v.words.moment(l.CreatedAt))}
	default:
		t, err := stop.Read(ctx, r, h.Plans.Plans().Fee, who.MerchantID, v.ref, h.today())
		if err != nil {
			return "", err
		}
		v.about = portal.ComplainAbout{Lead: shownAs(v.p, t.Alias, t.SN), Text: v.p.T("stop.lead", "shop", t.Shop, "tail", v.p.Tail(t.SN))}
		for i := range t.Fees {
			if plan := h.Plans.Plans().Fee(t.Fees[i].PlanID); plan != nil && !slices.Contains(v.items, plan.Item) {
				v.items = append(v.items, plan.Item)
			}
		}
	}
	return before, nil
}

func (v *complainPresenter) ofDeduction(d *deduction.DetailPage, plans planNames) {
	line := &d.Line
	v.item = line.Item
	tag := tagOf(v.p, line, plans.ByID(line.PlanID))
	money := lineMoney(v.p, line)
	v.about = portal.ComplainAbout{
		Lead:  v.p.T("complaints.new.line", "day", v.words.day(line.On), "fee", lineName(v.p, line)),
		Text:  terminalName(v.p, d.Terminal.Alias, d.Terminal.SN),
		Money: money, Tag: tag, Said: explain.Short(v.p, listed(line, plans.ByID(line.PlanID))),
	}
}

func (v *complainPresenter) props() portal.ComplainProps {
	p, s := v.p, &v.state
	question := s.Value(kindField) == string(complaint.Question)
	props := portal.ComplainProps{
		Heading: components.Heading{Title: v.title(question), Lead: p.T("complaints.new.lead")},
		About:   v.about, State: *s, Action: complainAddress(v.subject, v.ref), Keep: draftPath + strings.TrimPrefix(complainAddress(v.subject, v.ref), complainPath),
		Hidden: []components.Hidden{{Name: tokenField, Value: s.Value(tokenField)}, {Name: kindField, Value: string(complaint.Complaint)}},
		Words:  v.words.wordsField(s, question), Files: v.words.filesField(s), Drafted: v.words.drafted(&v.draft),
		Submit: p.T("complaints.new.submit"),
		Other:  page.Link{Label: p.T("complaints.new.question"), Href: complainAddress(v.subject, v.ref) + "&" + kindField + "=" + string(complaint.Question)},
	}
	if question {
		props.Heading.Lead = p.T("complaints.new.question_lead")
		props.Hidden[1].Value = string(complaint.Question)
		props.Submit = p.T("complaints.new.submit_question")
		props.Action = props.Other.Href
		props.Other = page.Link{Label: p.T("complaints.new.complaint"), Href: complainAddress(v.subject, v.ref)}
	} else {
		props.Reason, props.Reasons = v.words.reasonField(s), v.words.reasons(v.subject, v.item)
		props.Attached = v.attached()
		if v.subject != complaint.OfDeduction || v.holdable() {
			props.Holds = p.T("complaints.new.holds")
		}
	}
	if v.subject == complaint.OfTerminal && len(v.items) > 0 {
		props.Item = &components.Field{Name: itemField, Label: p.T("complaints.form.item"), Value: s.Value(itemField), Error: s.Error(itemField)}
		props.Items = []components.Option{{Label: p.T("complaints.form.item_none")}}
		for _, item := range v.items {
			props.Items = append(props.Items, components.Option{Value: string(item), Label: explain.ItemName(p, item)})
		}
	}
	return props
}

func (v *complainPresenter) title(question bool) string {
	switch {
	case question:
		return v.p.T("complaints.new.title_question")
	case v.subject == complaint.OfDeduction:
		return v.p.T("complaints.new.title_deduction")
	case v.subject == complaint.OfNotice:
		return v.p.T("complaints.new.title_notice")
	default:
		return v.p.T("complaints.new.title_terminal")
	}
}

// holdable reports whether the fee of the line is one that is taken by cycle, or
// once: a complaint holds those alone.
func (v *complainPresenter) holdable() bool {
	return v.item != "" && v.item != fee.Transaction && v.item != fee.Withdrawal && v.item != deduction.ItemOther
}

// attached lists what goes with the complaint by itself.
func (v *complainPresenter) attached() []string {
	switch v.subject {
	case complaint.OfDeduction:
		return []string{
			v.p.T("complaints.attached.explanation"), v.p.T("complaints.attached.agreement"), v.p.T("complaints.attached.notices"), v.p.T("complaints.attached.settlement"),
		}
	case complaint.OfNotice:
		return []string{v.p.T("complaints.attached.message")}
	default:
		return []string{v.p.T("complaints.attached.terminal"), v.p.T("complaints.attached.agreement")}
	}
}

var reasonOptions = map[complaint.Reason]struct{ label, hint string }{
	complaint.NeverAgreed:  {"complaints.reason.never_agreed", "complaints.reason.never_agreed_hint"},
	complaint.NotTold:      {"complaints.reason.not_told", ""},
	complaint.TooMuch:      {"complaints.reason.too_much", ""},
	complaint.Twice:        {"complaints.reason.twice", ""},
	complaint.StoppedFee:   {"complaints.reason.stopped", ""},
	complaint.TerminalGone: {"complaints.reason.gone", ""},
	complaint.Deposit:      {"complaints.reason.deposit", ""},
	complaint.Other:        {"complaints.reason.other", "complaints.reason.other_hint"},
}

// reasons are what may be wrong with a subject.
func (w *caseWords) reasons(s complaint.Subject, item fee.Item) (all []components.Option) {
	for _, r := range complaint.Reasons {
		if r == complaint.Deposit && s == complaint.OfDeduction && item != fee.DeviceDeposit {
			continue
		}
		words := reasonOptions[r]
		o := components.Option{Value: string(r), Label: w.p.T(words.label)}
		if words.hint != "" {
			o.Hint = w.p.T(words.hint)
		}
		all = append(all, o)
	}
	return all
}

func (w *caseWords) reasonField(s *form.State) components.Field {
	return components.Field{Name: reasonField, Label: w.p.T("complaints.form.reason"), Value: s.Value(reasonField), Error: s.Error(reasonField), Required: true}
}

func (w *caseWords) wordsField(s *form.State, required bool) components.Field {
	f := components.Field{
		Name: wordsField, Label: w.p.T("complaints.form.words"), Hint: w.p.T("complaints.form.words_hint"), Value: s.Value(wordsField), Error: s.Error(wordsField),
		Optional: w.p.T("complaints.form.optional"),
	}
	if required {
		f.Label, f.Hint, f.Optional, f.Required = w.p.T("complaints.form.question"), "", "", true
	}
	return f
}

func (w *caseWords) filesField(s *form.State) components.Field {
	return components.Field{
		Name: filesField, Label: w.p.T("complaints.form.files"), Error: s.Error(filesField), Optional: w.p.T("complaints.form.optional"),
		Hint: w.p.T("complaints.form.files_hint", "n", complaint.MaxFiles),
	}
}

// drafted are the files that are there already.
func (w *caseWords) drafted(d *complaint.Draft) (all []portal.DraftedFile) {
	for i := range d.Files {
		f := &d.Files[i]
		all = append(all, portal.DraftedFile{Text: w.file(f), ID: f.ID, Remove: w.p.T("complaints.form.remove", "name", f.Name)})
	}
	return all
}
