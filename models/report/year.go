package report

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/money"
)

// Year is a year's statement.
type Year struct {
	Months []MonthTotal // those that have begun and are still shown, in order
	Total  Total
	Rate   money.Rate // all fees of all sales
	Rated  bool       // Rate is known: there were sales
}

// ReadYear reads a merchant's statement of a year, in one round trip.
func ReadYear(ctx context.Context, r db.Reader, plans *disclosure.Plans, merchantID int64, year Period, today date.Date) (*Year, error) {
	from := max(year.From, Oldest(today))
	t := newTotals(plans)
	b := db.NewBatch()
	t.add(b, span{merchantID, from, year.Next()})
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("report: the statement of %s: %w", year, err)
	}
	y := &Year{Months: t.begun(span{merchantID, from, year.Next()}, today)}
	for i := range y.Months {
		y.Total.Add(&y.Months[i].Total)
	}
	y.Rate, y.Rated = share(y.Total.AllFees(), y.Total.Sales())
	return y, nil
}
