package portal

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
)

// Cells of files are texts, counts (int64), money.Fen, money.Rate, date.Date or
// serialNumber; nil is an empty one.

// serialNumber is a text that may be all digits and is no number.
type serialNumber string

// table is a table of a file while it is written.
type table interface {
	row(cells ...any) error
}

// dayHeads are the headings of a month's rows.
func (f *statementFile) dayHeads() []any {
	p := f.p
	return []any{
		p.T("statements.file.date"), p.T("statements.file.shop"), p.T("statements.file.terminal"), p.T("statements.file.sn"), p.T("statements.file.what"),
		p.T("statements.file.card_count"), p.T("statements.file.card"), p.T("statements.file.card_fee"),
		p.T("statements.file.qr_count"), p.T("statements.file.qr"), p.T("statements.file.qr_fee"),
		p.T("statements.file.payout_count"), p.T("statements.file.payout_fee"), p.T("statements.file.other_fee"),
		p.T("statements.file.apart"), p.T("statements.file.fees"), p.T("statements.file.returned"),
		p.T("statements.file.paid"), p.T("statements.file.gap"), p.T("statements.file.check"), p.T("statements.file.ref"),
	}
}

// settlementRow is a terminal's settlement of a day.
func (f *statementFile) settlementRow(s *report.Settlement) []any {
	check := f.p.T("statements.year.even")
	if s.Gap() != 0 {
		check = f.p.N("statements.year.gaps", 1)
	}
	return []any{
		s.On, s.Shop, s.Alias, serialNumber(s.SN), f.p.T("statements.file.settlement"),
		s.CardCount, s.Card, s.CardFee, s.QRCount, s.QR, s.QRFee, s.PayoutCount, s.PayoutFee, s.OtherFee,
		nil, s.Fees(), nil, s.PaidOut, s.Gap(), check, s.Ref,
	}
}

// apartRow is a deduction apart from settlements. Of one that was not taken it
// says so, and counts nothing.
func (f *statementFile) apartRow(l *report.Line) []any {
	var amount, returned money.Fen
	switch l.State {
	case fee.Posted, fee.Authorized:
		amount, returned = l.Amount, l.Refunded
	case fee.Refunded:
		amount, returned = l.Amount, l.Amount
	}
	tag := explain.TagOf(f.p, listed(&l.Line, f.plans.ByID(l.PlanID)))
	return []any{
		l.On, l.Shop, l.Alias, serialNumber(l.SN), lineName(f.p, &l.Line),
		nil, nil, nil, nil, nil, nil, nil, nil, nil,
		amount, amount, returned, nil, nil, tag.Word, l.ID,
	}
}

// terminalHeads are the headings of terminals, with one for each fee.
func (f *statementFile) terminalHeads(fees []report.Fee) []any {
	p := f.p
	heads := []any{
		p.T("statements.file.month"), p.T("statements.file.shop"), p.T("statements.file.terminal"), p.T("statements.file.sn"),
		p.T("statements.file.card_count"), p.T("statements.file.card"), p.T("statements.file.qr_count"), p.T("statements.file.qr"),
	}
	for i := range fees {
		heads = append(heads, feeName(p, &fees[i]))
	}
	return append(heads,
		p.T("statements.file.fees"), p.T("statements.file.apart"), p.T("statements.file.returned"), p.T("statements.file.paid"), p.T("statements.file.gap"))
}

// terminalRow is what a terminal did in a month.
func (f *statementFile) terminalRow(t *report.Terminal, fees []report.Fee) []any {
	row := []any{t.Month, t.Shop, t.Alias, serialNumber(t.SN), t.Total.CardCount, t.Total.Card, t.Total.QRCount, t.Total.QR}
	for i := range fees {
		own := t.Total.Fee(fees[i].Kind, fees[i].Item)
		row = append(row, own.Sum())
	}
	return append(row, t.Total.AllFees(), t.Total.Apart, t.Total.Returned, t.Total.PaidOut, t.Total.Gap)
}

// summary writes a statement's figures below each other.
func (f *statementFile) summary(s *report.Summary, t table) error {
	p, total := f.p, &s.Total
	rows := [][]any{
		{p.T("statements.file.merchant"), f.merchant},
		{p.T("statements.file.period"), f.name},
		{p.T("statements.file.as_of"), f.asOf},
		{p.T("statements.file.unit")},
		nil,
		{p.T("statements.account.sales"), total.Sales()},
		{p.T("statements.account.settled"), -total.SettledFees()},
		{p.T("statements.account.due"), total.Sales().Minus(total.SettledFees())},
		{p.T("statements.account.paid_really"), total.PaidOut},
		{p.T("statements.account.gap"), total.Gap},
		nil,
		{p.T("statements.account.apart"), total.Apart},
		{p.T("statements.account.fees"), total.AllFees()},
		{p.T("statements.account.returned"), -total.Returned},
		{p.T("statements.account.kept"), total.Kept()},
		nil,
		{p.T("statements.file.fee"), p.T("statements.file.settled"), p.T("statements.file.apart"), p.T("statements.file.sum")},
	}
	for i := range total.Fees {
		one := &total.Fees[i]
		rows = append(rows, []any{feeName(p, one), one.Settled, one.Apart, one.Sum()})
	}
	rows = append(rows, []any{p.T("statements.file.sum"), total.SettledFees(), total.Apart, total.AllFees()}, nil)
	if f.period.IsYear() {
		rows = append(rows, f.monthRows(s)...)
	} else {
		rows = append(rows, f.rateRows(s)...)
	}
	for _, row := range rows {
		if err := t.row(row...); err != nil {
			return err
		}
	}
	return nil
}

// monthRows is what each month of a year came to.
func (f *statementFile) monthRows(s *report.Summary) [][]any {
	p := f.p
	rows := [][]any{{
		p.T("statements.file.month"), p.T("statements.year.sales"), p.T("statements.file.settled"), p.T("statements.file.apart"),
		p.T("statements.file.fees"), p.T("statements.year.paid"), p.T("statements.file.gap"),
	}}
	row := func(name string, t *report.Total) {
		rows = append(rows, []any{name, t.Sales(), t.SettledFees(), t.Apart, t.AllFees(), t.PaidOut, t.Gap})
	}
	for i := range s.Months {
		row(report.MonthOf(s.Months[i].Month).String(), &s.Months[i].Total)
	}
	row(p.T("statements.year.sum"), &s.Total)
	return rows
}

// rateRows sets what sales cost against what was agreed.
func (f *statementFile) rateRows(s *report.Summary) [][]any {
	p := f.p
	rows := [][]any{{
		p.T("statements.rates.way"), p.T("statements.rates.count"), p.T("statements.rates.sales"), p.T("statements.rates.fee"),
		p.T("statements.rates.effective"), p.T("statements.rates.agreed"),
	}}
	for i := range s.Rates {
		r := &s.Rates[i]
		row := []any{wayName(p, r.Method), r.Count, r.Sales, r.Fee, p.T("statements.rates.unknown"), p.T("statements.rates.unclear")}
		if r.Rated {
			row[4] = r.Effective
		}
		if r.Agreed.Unclear == "" {
			row[5] = r.Agreed.Rate
		}
		rows = append(rows, append(row, joinRemarks(f.agreed(r))))
	}
	return rows
}
