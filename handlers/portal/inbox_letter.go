package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// Letter answers GET /inbox/{id}: what was sent, in the words in which it was,
// over which channels, and what became of it. Opening it counts as reading it.
func (h *Portal) Letter(c echo.Context) error {
	actor, ctx := guard.ActorOf(c), c.Request().Context()
	read, err := notice.ReadLetterPage(ctx, h.DB, actor.MerchantID, c.Param("id"))
	if err != nil {
		return err
	}
	if actor.Look == "" && isLookedAt(c.Request()) {
		if err := notice.See(ctx, h.DB, h.Clock.Now(), actor.MerchantID, &read.Sent); err != nil {
			return err
		}
	}
	v := letterPresenter{noticeWords: noticeWords{p: printer(c), today: h.today()}, page: read, actor: &actor, plans: h.Plans.Plans()}
	frame := h.frame(c, inboxPath, "inbox.title")
	props := v.props()
	frame.Title = props.Heading.Title
	frame.Crumbs = []page.Link{{Label: v.p.T("inbox.title"), Href: inboxPath}, {Label: v.kind(&read.Sent)}}
	return page.Render(c, http.StatusOK, portal.Letter(frame, props))
}

// isLookedAt reports whether somebody asks for a page to see it: not a browser
// that fetches ahead what may be opened next.
func isLookedAt(r *http.Request) bool {
	return r.Method == http.MethodGet && !strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch")
}

// AcknowledgeLetter answers POST /inbox/{id}/acknowledge.
func (h *Portal) AcknowledgeLetter(c echo.Context) error {
	if err := notice.Acknowledge(c.Request().Context(), h.DB, h.Clock.Now(), signin.WhoOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, letterAddress(c.Param("id")), "inbox.acknowledge.done")
}

// letterPresenter turns what was sent into finished texts.
type letterPresenter struct {
	noticeWords
	page  *notice.LetterPage
	actor *guard.Actor
	plans planNames
}

func (v *letterPresenter) props() portal.LetterProps {
	p, s := v.p, &v.page.Sent
	props := portal.LetterProps{
		Heading: components.Heading{Title: v.title(s), Lead: p.T("inbox.letter.lead", "kind", v.kind(s), "moment", v.moment(s.CreatedAt))},
		Lang:    v.lang(s), About: v.about(),
	}
	words := &s.Copies[0]
	props.Words, props.WordsLang = paragraphs(words.Body), v.langOf(words)
	if c := s.Inbox(); c != nil {
		if c.AcknowledgedAt.IsZero() {
			props.Acknowledge = letterAddress(s.ID) + "/acknowledge"
		} else {
			props.Acknowledged = p.T("inbox.acknowledge.was", "moment", v.moment(c.AcknowledgedAt))
		}
	}
	for i := range s.Copies {
		c := &s.Copies[i]
		sent := portal.LetterCopy{Name: v.channel(c.Channel), To: masked(c.Channel, c.To), Tag: v.state(c), Steps: v.steps(c)}
		if i > 0 && c.Body != words.Body {
			sent.Subject, sent.Words, sent.Lang = c.Subject, paragraphs(c.Body), v.langOf(c)
		}
		if c.Code != "" {
			sent.Receipt = page.Link{Label: p.T("inbox.letter.receipt"), Href: receiptAddress(c.Code)}
		}
		props.Copies = append(props.Copies, sent)
	}
	return props
}

// langOf is the language of a copy's words, where it is another than the page's.
func (v *letterPresenter) langOf(c *notice.Copy) string {
	if c.Locale == string(v.p.Locale()) {
		return ""
	}
	return c.Locale
}

// paragraphs takes a text apart at its line breaks.
func paragraphs(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// about leads to what the letter tells of, each once.
func (v *letterPresenter) about() (links []page.Link) {
	seen := map[string]bool{}
	for i := range v.page.About {
		link := aboutLink(&v.noticeWords, v.page.Kind, &v.page.About[i], v.actor)
		if link.Href != "" && !seen[link.Href] {
			seen[link.Href] = true
			links = append(links, link)
		}
	}
	if n := v.page.Lines - len(v.page.About); n > 0 && v.actor.Can(account.SeeTerminals) {
		links = append(links, page.Link{Label: v.p.N("inbox.letter.more", n), Href: terminalsPath})
	}
	if v.actor.Can(account.ManageComplaints) && v.page.Kind != notice.Complaint && len(v.page.About) > 0 {
		links = append(links, page.Link{Label: v.p.T("inbox.letter.complain"), Href: complainAddress(complaint.OfNotice, v.page.ID)})
	}
	return links
}

// aboutLink leads to one of the things that a letter tells of, as far as the
// reader may see it.
func aboutLink(w *noticeWords, kind notice.Kind, a *notice.About, actor *guard.Actor) page.Link {
	switch {
	case kind == notice.Complaint && !(a.IsCase() && actor.Can(account.SeeComplaints)):
	case kind == notice.Complaint:
		return page.Link{Label: w.p.T("inbox.letter.case", "number", a.Ref), Href: caseAddress(a.Ref)}
	case kind.Event() == notice.EventFeeChange && actor.Can(account.SeeAgreements):
		return page.Link{Label: w.p.T("inbox.letter.change"), Href: feeChangeAddress(a.Ref)}
	case a.IsDeduction() && actor.Can(account.SeeFees):
		return page.Link{Label: w.p.T("inbox.letter.deduction", "terminal", shownAs(w.p, a.Alias, a.SN)), Href: deductionPath + a.Ref}
	case a.SN != "" && actor.Can(account.SeeTerminals):
		return page.Link{Label: w.p.T("inbox.letter.terminal", "terminal", shownAs(w.p, a.Alias, a.SN)), Href: terminalAddress(a.SN)}
	}
	return page.Link{}
}

// receiptAddress is the address at which anyone may check a code.
func receiptAddress(code string) string { return "/receipts/" + url.PathEscape(code) }
