package report

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
)

// Export is what a file holds of a statement. Each function that is there is
// called with its part, one after another in the order of the fields; an error
// ends the reading. What they are given they may not keep.
type Export struct {
	Summary    func(*Summary) error
	Terminal   func(*Terminal) error   // each terminal in each month, by month and serial number
	Settlement func(*Settlement) error // each settlement, by day and serial number
	Apart      func(*Line) error       // each deduction apart from settlements, oldest first, those not taken included
}

// Summary is a statement without its parts.
type Summary struct {
	Months []MonthTotal // those that have begun, in order
	Total  Total
	Rates  [3]Rate // as in Month
}

// Read reads a merchant's statement as it is at one moment, however many
// terminals there are: what it holds in memory grows with the fees that are
// taken apart from the settlements' own columns, and with nothing else.
func (e Export) Read(ctx context.Context, r db.Reader, plans *disclosure.Plans, merchantID int64, period Period, today date.Date) error {
	s := span{merchantID, max(period.From, Oldest(today)), period.Next()}
	t := newTotals(plans)
	t.every, t.terminals = e.Terminal != nil, map[cell]*Total{}
	b := db.NewBatch()
	t.addFees(b, s)
	if e.Summary != nil {
		e.addSummary(b, s, t, today)
	}
	if e.Terminal != nil {
		b.Add(activeTerminals+` order by a.month, t.sn`, s.both(), func(rows db.Rows) error { return e.eachTerminal(rows, t) })
	}
	if e.Settlement != nil {
		b.Add(selectSettlements+` order by s.settled_on, t.sn, s.id`, s.days(), func(rows db.Rows) error {
			return eachSettlement(rows, e.Settlement)
		})
	}
	if e.Apart != nil {
		b.Add(selectLines+` where l.merchant_id = $1 and l.kind = 'deduction' and l.settlement_ref is null and l.at >= $2 and l.at < $3
			order by l.at, l.id`, s.instants(), e.eachApart)
	}
	if err := r.Read(ctx, b); err != nil {
		return fmt.Errorf("report: the statement of %s as a file: %w", period, err)
	}
	return nil
}

// addSummary puts the last statements that the summary needs into the batch, and
// hands it on with the last of them.
func (e Export) addSummary(b *db.Batch, s span, t *totals, today date.Date) {
	charged := newRates(t.plans)
	charged.add(b, s)
	b.Add(settledByMonth, s.days(), func(rows db.Rows) error {
		if err := t.readSettled(rows); err != nil {
			return err
		}
		summary := &Summary{Months: t.begun(s, today)}
		for i := range summary.Months {
			summary.Total.Add(&summary.Months[i].Total)
		}
		summary.Rates = charged.of(&summary.Total)
		return e.Summary(summary)
	})
}

func (e Export) eachTerminal(rows db.Rows, t *totals) error {
	return db.Each(rows, func() error {
		var one Terminal
		if err := scanTerminal(rows, &one); err != nil {
			return err
		}
		if fees := t.terminals[cell{one.Month, one.ID}]; fees != nil {
			one.Total.Add(fees)
		}
		one.Total.finish()
		return e.Terminal(&one)
	})
}

func (e Export) eachApart(rows db.Rows) error {
	return db.Each(rows, func() error {
		var l Line
		if err := l.scan(rows); err != nil {
			return err
		}
		return e.Apart(&l)
	})
}
