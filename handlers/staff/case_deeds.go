package staff

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/form"
)

// Each form of a case's page has names of its own, so that what is wrong with one
// is said there.
const (
	replyForm  = "reply_"
	noteForm   = "note_"
	askForm    = "ask_"
	answerForm = "answer_"
	thirdForm  = "third_"
	assignForm = "assign_"
	extendForm = "extend_"
	mergeForm  = "merge_"
	splitForm  = "split_"
	decideForm = "decide_"
	refundForm = "refund_"
)

// Reply answers POST /admin/cases/{number}/reply.
func (h *CasePages) Reply(c echo.Context) error {
	return h.act(c, replyForm, "admin_cases.did.replied", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.Reply(ctx, by, number, v.Get(replyForm+"words"))
	})
}

// Note answers POST /admin/cases/{number}/note: what is written there stays in the
// house.
func (h *CasePages) Note(c echo.Context) error {
	return h.act(c, noteForm, "admin_cases.did.noted", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.Note(ctx, by, number, v.Get(noteForm+"note"))
	})
}

// AskMerchant answers POST /admin/cases/{number}/ask.
func (h *CasePages) AskMerchant(c echo.Context) error {
	return h.act(c, askForm, "admin_cases.did.asked", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.AskMerchant(ctx, by, number, v.Get(askForm+"words"))
	})
}

// MerchantAnswered answers POST /admin/cases/{number}/answer: takes down what the
// merchant said to staff.
func (h *CasePages) MerchantAnswered(c echo.Context) error {
	return h.act(c, answerForm, "admin_cases.did.answered", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.MerchantAnswered(ctx, by, number, v.Get(answerForm+"words"))
	})
}

// AskThird answers POST /admin/cases/{number}/third.
func (h *CasePages) AskThird(c echo.Context) error {
	return h.act(c, thirdForm, "admin_cases.did.third", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		due, _ := date.Parse(v.Get(thirdForm + "due_on"))
		_, err := cases.AskThird(ctx, by, number, complaint.Inquiry{
			Whom: complaint.Whom(v.Get(thirdForm + "whom")), Name: v.Get(thirdForm + "name"), Body: v.Get(thirdForm + "words"), DueOn: due,
		})
		return err
	})
}

// ThirdAnswered answers POST /admin/cases/{number}/third/{inquiry}: takes down
// what a carrier, an agent or a department answered.
func (h *CasePages) ThirdAnswered(c echo.Context) error {
	prefix := inquiryForm(c.Param("inquiry"))
	return h.act(c, prefix, "admin_cases.did.third_answered", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.ThirdAnswered(ctx, by, number, c.Param("inquiry"), v.Get(prefix+"words"))
	})
}

func inquiryForm(id string) string { return id + "_" }

// Assign answers POST /admin/cases/{number}/assign.
func (h *CasePages) Assign(c echo.Context) error {
	return h.act(c, assignForm, "admin_cases.did.assigned", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.Assign(ctx, by, number, v.Get(assignForm+"owner"))
	})
}

// Extend answers POST /admin/cases/{number}/extend.
func (h *CasePages) Extend(c echo.Context) error {
	return h.act(c, extendForm, "admin_cases.did.extended", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		return cases.ExtendDeadline(ctx, by, number, v.Number(extendForm+"days"), v.Get(extendForm+"words"))
	})
}

// Merge answers POST /admin/cases/{number}/merge.
func (h *CasePages) Merge(c echo.Context) error {
	return h.act(c, mergeForm, "admin_cases.did.merged", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		_, err := cases.Merge(ctx, by, number, v.Get(mergeForm+"other"))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "case.merge_unlike") // a page offers none but those that can be
		}
		return err
	})
}

// Split answers POST /admin/cases/{number}/split.
func (h *CasePages) Split(c echo.Context) error {
	return h.act(c, splitForm, "admin_cases.did.split", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		subject, ref := complaint.OfNothing, v.Get(splitForm+"subject")
		if ref != "" {
			subject = complaint.OfTerminal
		}
		_, err := cases.Split(ctx, by, number, subject, ref, fee.Item(v.Get(splitForm+"item")), complaint.Reason(v.Get(splitForm+"reason")), v.Get(splitForm+"words"))
		if fault.Is(err, fault.NotFound) {
			return wrongField("subject", "case.subject_not_found")
		}
		return err
	})
}

// Decide answers POST /admin/cases/{number}/decide.
func (h *CasePages) Decide(c echo.Context) error {
	return h.act(c, decideForm, "admin_cases.did.decided", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		j := complaint.Judgement{Finding: complaint.Finding(v.Get(decideForm + "finding")), RootCause: v.Get(decideForm + "root_cause"), Reason: v.Get(decideForm + "reason")}
		amount, err := amountOf(v, decideForm)
		j.Amount, j.Illegible = amount, err != nil // which the others are told with
		return cases.Decide(ctx, by, number, j)
	})
}

// ProposeRefund answers POST /admin/cases/{number}/refund.
func (h *CasePages) ProposeRefund(c echo.Context) error {
	return h.act(c, refundForm, "admin_cases.did.refund", func(ctx context.Context, cases *complaint.Cases, by staff.Actor, number string, v form.Values) error {
		amount, err := amountOf(v, refundForm)
		if err != nil {
			return err
		}
		if amount == nil {
			amount = new(money.Fen)
		}
		_, err = cases.ProposeRefund(ctx, by, number, *amount)
		return err
	})
}

// amountOf reads an amount in yuan; nil where none was written.
func amountOf(v form.Values, prefix string) (*money.Fen, error) {
	text := v.Digits(prefix + "amount")
	if text == "" {
		return nil, nil
	}
	amount, err := money.ParseYuan(text)
	if err != nil {
		return nil, wrongField("amount", "admin_cases.amount_unreadable")
	}
	return &amount, nil
}
