package explain

import (
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// Price writes an agreed price with its free period or its bounds, without a
// full stop.
func Price(p *i18n.Printer, price fee.Price) string {
	base := barePrice(p, &price)
	switch {
	case price.Kind == fee.OneOff && price.FreeDays > 0:
		return p.N("fees.price.once_after_days", price.FreeDays, "price", base)
	case price.Kind == fee.OneOff && price.FreeMonths > 0:
		return p.N("fees.price.once_after_months", price.FreeMonths, "price", base)
	case price.Kind == fee.Recurring && price.FreeDays > 0:
		return p.N("fees.price.free_days", price.FreeDays, "price", base)
	case price.Kind == fee.Recurring && price.FreeMonths > 0:
		return p.N("fees.price.free_months", price.FreeMonths, "price", base)
	}
	return base
}

// barePrice is the price without its free period.
func barePrice(p *i18n.Printer, price *fee.Price) string {
	switch price.Kind {
	case fee.PerSale:
		return salePrice(p, price)
	case fee.PerItem:
		return p.T("fees.price.each", "amount", price.Amount)
	case fee.OneOff:
		return p.T("fees.price.once", "amount", price.Amount)
	}
	if key, ok := priceCycles[price.CycleMonths]; ok {
		return p.T(key, "amount", price.Amount)
	}
	return p.N("fees.price.months", price.CycleMonths, "amount", price.Amount)
}

var priceCycles = map[int]string{1: "fees.price.month", 3: "fees.price.quarter", 6: "fees.price.half_year", 12: "fees.price.year"}

func salePrice(p *i18n.Printer, price *fee.Price) string {
	rate := p.Percent(int64(price.Rate))
	capped := price.Cap > 0 && price.Cap < money.Max
	switch {
	case price.Min > 0 && capped:
		return p.T("fees.price.sale_bounded", "rate", rate, "min", price.Min, "cap", price.Cap)
	case price.Min > 0:
		return p.T("fees.price.sale_min", "rate", rate, "min", price.Min)
	case capped:
		return p.T("fees.price.sale_cap", "rate", rate, "cap", price.Cap)
	}
	return p.T("fees.price.sale", "rate", rate)
}

// Every says how often a cycle of so many months comes: 一年一次, once a year.
func Every(p *i18n.Printer, months int) string {
	if key, ok := everyCycles[months]; ok {
		return p.T(key)
	}
	return p.N("fees.every.months", months)
}

var everyCycles = map[int]string{1: "fees.every.month", 3: "fees.every.quarter", 6: "fees.every.half_year", 12: "fees.every.year"}

// length says how long a cycle is: 一年, the year.
func length(p *i18n.Printer, months int) string {
	if key, ok := cycleLengths[months]; ok {
		return p.T(key)
	}
	return p.N("fees.length.months", months)
}

var cycleLengths = map[int]string{1: "fees.length.month", 3: "fees.length.quarter", 6: "fees.length.half_year", 12: "fees.length.year"}
