package explain

import "github.com/mingbai/mingbai/models/fee"

// Next is what happens next and what the merchant can do.
type Next struct {
	Lines []string
	Links []Link
}

func (w *writer) next() Next {
	n := Next{Lines: append(w.nextCharge(), w.advice()...)}
	if w.ctx.Pages.Terminal != "" {
		n.Links = append(n.Links, Link{w.p.T("explain.next.terminal", "terminal", w.terminal()), w.ctx.Pages.Terminal})
	}
	if w.ctx.Pages.Agreements != "" {
		n.Links = append(n.Links, Link{w.p.T("explain.next.agreements"), w.ctx.Pages.Agreements})
	}
	return n
}

// nextCharge says when the fee is taken next, and how much.
func (w *writer) nextCharge() []string {
	price := w.e.Facts.Price
	switch next := w.ctx.Next; {
	case next != nil && next.Holds != 0:
		return []string{
			w.p.T("explain.next.charge", "on", next.On, "amount", next.Amount),
			w.p.T("explain.next.held"),
		}
	case next != nil:
		return []string{w.p.T("explain.next.charge", "on", next.On, "amount", next.Amount)}
	case w.ctx.Kind == KindOther:
		return nil
	case w.c.Enrolment == nil:
		return []string{w.p.T("explain.next.not_agreed", "fee", w.fee())}
	case !w.c.Enrolment.CancelledOn.IsZero() && !w.c.Plan.HasCycles():
		return []string{w.p.T("explain.next.stopped_each", "cancelled", w.c.Enrolment.CancelledOn)}
	case !w.c.Enrolment.CancelledOn.IsZero():
		return []string{w.p.T("explain.next.stopped", "cancelled", w.c.Enrolment.CancelledOn)}
	case w.c.Plan.Kind() == fee.OneOff:
		return []string{w.p.T("explain.next.once")}
	case w.c.Plan.HasCycles():
		return []string{w.p.T("explain.next.none")}
	case price == nil, w.mixed():
		return nil
	case price.Kind == fee.PerSale:
		return []string{w.p.T("explain.next.per_sale", "price", Price(w.p, *price))}
	}
	return []string{w.p.T("explain.next.per_item", "price", Price(w.p, *price))}
}

// advice says what there is for the merchant to do, which is often nothing.
func (w *writer) advice() []string {
	decision := w.e.Verdict.Decision
	switch {
	case w.ctx.State == fee.Denied && w.e.Amount > 0:
		return []string{w.p.T("explain.next.nothing_stopped", "amount", w.e.Amount)}
	case w.ctx.State == fee.Held && w.e.Amount > 0:
		return append([]string{w.p.T("explain.next.nothing_held", "amount", w.e.Amount)}, w.afterCheck()...)
	case w.ctx.State != fee.Posted && w.ctx.State != fee.Authorized && w.ctx.State != "":
		return []string{w.p.T("explain.next.nothing")}
	case w.overReturned():
		return []string{w.p.T("explain.next.nothing")}
	case decision == fee.Allow && !w.e.Verdict.Reasons.Has(fee.NotItemised):
		return []string{w.p.T("explain.next.nothing")}
	case w.ctx.Operator.Hotline == "":
		return nil
	case w.ctx.Ref == "":
		return []string{w.p.T("explain.next.call", "hotline", w.ctx.Operator.Hotline)}
	}
	return []string{w.p.T("explain.next.call_with", "hotline", w.ctx.Operator.Hotline, "ref", w.ctx.Ref)}
}
