package portal

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// turn is something that changes a case's course, and is asked about first.
type turn struct {
	path   string // of its page below the case's
	title  string
	text   string
	submit string
	words  string // label of what has to be said; empty: nothing has
	warn   bool
	may    func(v *casePresenter) bool // whether it can be done now
	do     func(ctx context.Context, cases *complaint.Cases, who account.Who, number, words string) (goesOn string, err error)
	done   string
}

var (
	reviewTurn = turn{
		path: "/review", title: "complaints.turn.review", text: "complaints.turn.review_text", submit: "complaints.turn.review_submit", words: "complaints.turn.review_words",
		may: func(v *casePresenter) bool { return v.page.MayBeReviewed(v.today) },
		do: func(ctx context.Context, cases *complaint.Cases, who account.Who, number, words string) (string, error) {
			return number, cases.AskReview(ctx, who, number, words)
		},
		done: "complaints.done.review",
	}
	reopenTurn = turn{
		path: "/reopen", title: "complaints.turn.reopen", text: "complaints.turn.reopen_text", submit: "complaints.turn.reopen_submit", words: "complaints.turn.reopen_words",
		may: func(v *casePresenter) bool { return v.page.State == worktime.Closed && v.page.MergedInto == "" },
		do: func(ctx context.Context, cases *complaint.Cases, who account.Who, number, words string) (string, error) {
			return cases.Reopen(ctx, who, number, words)
		},
		done: "complaints.done.reopened",
	}
	withdrawTurn = turn{
		path: "/withdraw", title: "complaints.turn.withdraw", text: "complaints.turn.withdraw_text", submit: "complaints.turn.withdraw_submit", warn: true,
		may: func(v *casePresenter) bool { return v.page.State.UnderWay() && v.page.MergedInto == "" },
		do: func(ctx context.Context, cases *complaint.Cases, who account.Who, number, _ string) (string, error) {
			return number, cases.Withdraw(ctx, who, number)
		},
		done: "complaints.done.withdrawn",
	}
)

// AskReview answers GET /complaints/{number}/review.
func (h *Complaints) AskReview(c echo.Context) error {
	return h.askTurn(c, http.StatusOK, &reviewTurn, form.State{})
}

// SendReview answers POST /complaints/{number}/review.
func (h *Complaints) SendReview(c echo.Context) error { return h.doTurn(c, &reviewTurn) }

// AskReopen answers GET /complaints/{number}/reopen.
func (h *Complaints) AskReopen(c echo.Context) error {
	return h.askTurn(c, http.StatusOK, &reopenTurn, form.State{})
}

// SendReopen answers POST /complaints/{number}/reopen.
func (h *Complaints) SendReopen(c echo.Context) error { return h.doTurn(c, &reopenTurn) }

// AskWithdraw answers GET /complaints/{number}/withdraw.
func (h *Complaints) AskWithdraw(c echo.Context) error {
	return h.askTurn(c, http.StatusOK, &withdrawTurn, form.State{})
}

// SendWithdraw answers POST /complaints/{number}/withdraw.
func (h *Complaints) SendWithdraw(c echo.Context) error { return h.doTurn(c, &withdrawTurn) }

// askTurn asks whether it shall be. Where it can't, it says so.
func (h *Complaints) askTurn(c echo.Context, status int, t *turn, state form.State) error {
	v, err := h.readCase(c)
	if err != nil {
		return err
	}
	at := caseAddress(v.page.Number)
	frame := h.frame(c, complaintsPath, t.title)
	p := frame.T
	frame.Crumbs = []page.Link{{Label: p.T("complaints.title"), Href: complaintsPath}, {Label: v.page.Number, Href: at}, {Label: frame.Title}}
	text := p.T(t.text, "days", v.page.Policy.ReopenDays)
	if t == &reviewTurn && len(v.page.Refunds) > 0 {
		text = p.Sentences(text, p.T("complaints.turn.review_refund"))
	}
	props := portal.CaseTurnProps{
		Heading: components.Heading{Title: frame.Title, Lead: v.what(&v.page.Listed) + " · " + v.page.Number}, State: state, Action: at + t.path,
		Text: text, Submit: components.Button{Label: p.T(t.submit)}, Back: page.Link{Label: p.T("complaints.turn.back"), Href: at},
	}
	if !t.may(v) && state.Refused() {
		return h.showCase(c, status, state, form.State{})
	}
	if !t.may(v) {
		props.Text, props.Submit.Label = p.T("complaints.turn.not_now"), ""
		return page.Render(c, status, portal.CaseTurn(frame, props))
	}
	if t.warn {
		props.Submit.Look = components.Warning
	}
	if t.words != "" {
		props.Words = &components.Field{Name: wordsField, Label: p.T(t.words), Value: state.Value(wordsField), Error: state.Error(wordsField), Required: true}
	}
	return page.Render(c, status, portal.CaseTurn(frame, props))
}

func (h *Complaints) doTurn(c echo.Context, t *turn) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	goesOn, err := t.do(c.Request().Context(), h.Cases, signin.WhoOf(c), c.Param("number"), values.Get(wordsField))
	if state, status, ok := refusedForm(c, values, err); ok {
		return h.askTurn(c, status, t, state)
	}
	if err != nil {
		return err
	}
	return done(c, caseAddress(goesOn), t.done)
}
