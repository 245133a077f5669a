package explain

import "github.com/mingbai/mingbai/models/fee"

func (w *writer) badAmount(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.bad_amount.failed", "amount", w.e.Amount)
	}
	return w.p.T("explain.bad_amount.passed", "amount", w.e.Amount)
}

func (w *writer) saleUnknown(s fee.Status) string {
	switch {
	case s == fee.Failed:
		return w.p.T("explain.sale_unknown.failed", "amount", w.e.Amount)
	case w.countKnown() && w.sales() > 1:
		return w.p.N("explain.sale_unknown.several", w.sales(), "sale", *w.c.Request.Sale)
	}
	return w.p.T("explain.sale_unknown.passed", "sale", *w.c.Request.Sale)
}

func (w *writer) wrongMethod(s fee.Status) string {
	covers := nameOf(w.p, methodsInText, w.c.Plan.Method, "fees.method_in_text.any")
	method := nameOf(w.p, methodsInText, w.c.Request.Method, "fees.method_in_text.any")
	switch s {
	case fee.Failed:
		return w.p.T("explain.wrong_method.failed", "covers", covers, "method", method, "amount", w.e.Amount)
	case fee.Unchecked:
		return w.p.T("explain.wrong_method.unchecked", "covers", covers)
	}
	return w.p.T("explain.wrong_method.passed", "covers", covers, "method", method)
}

func (w *writer) amountOver(s fee.Status) string {
	expected, amount := w.e.Verdict.Expected, w.e.Amount
	switch {
	case s == fee.Failed && w.taken():
		return w.p.T("explain.amount_over.taken", "expected", expected, "amount", amount, "over", w.over())
	case s == fee.Failed:
		return w.p.T("explain.amount_over.asked", "expected", expected, "amount", amount, "over", w.over())
	case s == fee.Unchecked:
		return w.amountNotCompared()
	case amount <= 0:
		return w.p.T("explain.amount_over.nothing", "amount", amount)
	case amount > expected:
		return w.p.N("explain.amount_over.rounding", w.sales(), "expected", expected, "amount", amount, "gap", amount.Minus(expected))
	case amount < expected:
		return w.p.N("explain.amount_over.rounding", w.sales(), "expected", expected, "amount", amount, "gap", expected.Minus(amount))
	case w.taken():
		return w.p.T("explain.amount_over.exact", "expected", expected, "amount", amount)
	}
	return w.p.T("explain.amount_over.exact_asked", "expected", expected, "amount", amount)
}

// amountNotCompared says why there was no amount to compare with.
func (w *writer) amountNotCompared() string {
	switch {
	case w.e.Verdict.Reasons.Has(fee.SaleUnknown):
		return w.p.T("explain.amount_over.no_sale", "amount", w.e.Amount)
	case w.e.Facts.Price == nil:
		return w.p.T("explain.amount_over.no_price", "amount", w.e.Amount)
	}
	return w.p.T("explain.amount_over.not_owed", "amount", w.e.Amount)
}

func (w *writer) amountUnder(fee.Status) string {
	expected, amount := w.e.Verdict.Expected, w.e.Amount
	key := "explain.amount_under.asked"
	if w.taken() {
		key = "explain.amount_under.taken"
	}
	return w.p.T(key, "expected", expected, "amount", amount, "under", expected.Minus(amount))
}

func (w *writer) notItemised(fee.Status) string {
	if w.mixed() {
		return w.p.T("explain.not_itemised.mixed", "amount", w.e.Amount)
	}
	return w.p.N("explain.not_itemised.bounded", w.sales(), "amount", w.e.Amount)
}

func (w *writer) exceedsSale(s fee.Status) string {
	net := *w.c.Request.SaleNet
	if s == fee.Failed {
		return w.p.T("explain.exceeds_sale.failed", "net", net, "amount", w.e.Amount)
	}
	return w.p.T("explain.exceeds_sale.passed", "net", net, "amount", w.e.Amount)
}

func (w *writer) capExceeded(s fee.Status) string {
	limit, total := w.c.Plan.Cap12m, w.e.Facts.TakenYear.Plus(w.e.Amount)
	if s == fee.Failed {
		return w.p.T("explain.cap_exceeded.failed", "total", total, "cap", limit)
	}
	return w.p.T("explain.cap_exceeded.passed", "total", total, "cap", limit)
}

func (w *writer) ownLimit(s fee.Status) string {
	limit, total := *w.c.Enrolment.OwnLimit, w.e.Facts.TakenMonth.Plus(w.e.Amount)
	month := w.p.Month(w.e.On)
	switch {
	case s == fee.Failed && limit == 0:
		if w.c.Plan.Item == fee.Overage {
			return w.p.T("explain.own_limit.off", "fee", w.fee(), "amount", w.e.Amount)
		}
		return w.p.T("explain.own_limit.stopped", "fee", w.fee(), "amount", w.e.Amount)
	case s == fee.Failed:
		return w.p.T("explain.own_limit.failed", "month", month, "total", total, "limit", limit)
	}
	return w.p.T("explain.own_limit.passed", "month", month, "total", total, "limit", limit)
}
