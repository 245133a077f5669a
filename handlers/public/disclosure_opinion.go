package public

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// The fields of the form.
const (
	opinionField = "opinion"
	hashField    = "hash" // of the text that the reader saw
)

// Opinion answers GET /disclosures/{slug}/opinion: a draft that merchants are
// asked about, what it would change, and the form for who is signed in.
func (h *Disclosures) Opinion(c echo.Context) error {
	return h.showOpinion(c, http.StatusOK, form.State{})
}

// GiveOpinion answers POST /disclosures/{slug}/opinion.
func (h *Disclosures) GiveOpinion(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	actor, slug := guard.ActorOf(c), c.Param("slug")
	by := disclosure.Voice{MerchantID: actor.MerchantID, UserID: actor.UserID, Name: actor.Name}
	_, err = disclosure.GiveOpinion(c.Request().Context(), h.DB, h.Clock.Now(), by, slug, values.Get(hashField), values.Raw(opinionField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showOpinion(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "disclosures.opinion.thanks")
	return c.Redirect(http.StatusSeeOther, opinionHref(slug))
}

func (h *Disclosures) showOpinion(c echo.Context, status int, state form.State) error {
	plans, slug := h.Plans.Plans(), c.Param("slug")
	open := plans.Opening(slug, h.today())
	if open == nil && plans.Disclosure(slug) == nil {
		return fault.New(fault.NotFound, "disclosures.not_found")
	}
	actor, known, err := h.Guard.Current(c)
	if err != nil {
		known = false
	}
	var own []disclosure.Opinion
	if known && actor.MerchantID != 0 {
		if own, err = disclosure.OwnOpinions(c.Request().Context(), h.DB, actor.MerchantID, slug); err != nil {
			return err
		}
	}
	frame := guard.Page(c, "disclosures.opinion.title")
	w := disclosureWords{p: frame.T, plans: plans, today: h.today()}
	frame.Crumbs = []page.Link{{Label: frame.T.T("disclosures.title"), Href: disclosed.Path}, {Label: frame.T.T("disclosures.opinion.title")}}
	props := w.opinion(slug, open, own, state)
	if open != nil && known && actor.MerchantID != 0 {
		props.Field = &components.Field{
			Name: opinionField, Label: frame.T.T("disclosures.opinion.label"), Hint: frame.T.T("disclosures.opinion.hint"),
			Value: state.Value(opinionField), Error: state.Error(opinionField), Required: true,
		}
	}
	return page.Render(c, status, public.Opinion(frame, props))
}

// opinion puts the page into words: of a draft that is open, or where none is, of
// what the merchant said before.
func (w *disclosureWords) opinion(slug string, open *disclosure.Opening, own []disclosure.Opinion, state form.State) public.OpinionProps {
	p := w.p
	var said []public.OwnOpinion
	for i := range own {
		o := &own[i]
		one := public.OwnOpinion{Said: p.T("disclosures.opinion.said", "name", o.By, "at", o.At), Lines: strings.Split(o.Text, "\n"), Answer: p.T("disclosures.opinion.waiting")}
		if !o.AnsweredAt.IsZero() {
			one.Answer, one.Reply = p.T("disclosures.opinion.answered", "at", o.AnsweredAt), strings.Split(o.Answer, "\n")
		}
		said = append(said, one)
	}
	if open == nil {
		return public.OpinionProps{
			Heading: components.Heading{Title: p.T("disclosures.opinion.closed_title"), Lead: p.T("disclosures.opinion.closed")}, State: state,
			OwnTitle: p.T("disclosures.opinion.own"), Own: said, Back: page.Link{Label: p.T("disclosures.all"), Href: disclosed.Href(slug, 0)},
		}
	}
	var before disclosure.Content
	if d := w.plans.Disclosure(open.Slug); d != nil {
		base := d.Shown(w.today)
		for i := range d.Versions {
			if v := &d.Versions[i]; v.Withdrawn == nil && v.Number > base.Number {
				base = v // the draft follows the newest, in effect or not
			}
		}
		before = w.plans.Content(d, base)
	}
	props := public.OpinionProps{
		Heading: components.Heading{
			Title: p.T("disclosures.opinion.heading", "title", w.in(open.Content.Title)), Lead: p.T("disclosures.opinion.lead", "day", open.UntilOn),
		},
		State: state, Action: opinionHref(open.Slug), ChangesTitle: p.T("disclosures.opinion.changes"),
		Changes: disclosed.Changes(p, &before, &open.Content), FormTitle: p.T("disclosures.opinion.form"), Hash: components.Hidden{Name: hashField, Value: open.Hash},
		Submit: p.T("disclosures.opinion.submit"), SignIn: p.T("disclosures.opinion.sign_in"),
		SignInLink: page.Link{Label: p.T("layout.sign_in"), Href: guard.LoginPath + "?" + url.Values{guard.NextParam: {opinionHref(open.Slug)}}.Encode()},
		OwnTitle:   p.T("disclosures.opinion.own"), Own: said, TextTitle: p.T("disclosures.opinion.text"), Content: disclosed.Content(p, &open.Content),
	}
	return props
}
