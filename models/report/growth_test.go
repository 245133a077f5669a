package report

import (
	"context"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// buffered is a database that counts the buffers that batches touch.
type buffered struct {
	*db.DB
	buffers int64
}

func (b *buffered) Read(ctx context.Context, batch *db.Batch) error {
	n, err := b.Buffers(ctx, batch)
	b.buffers += n
	if err != nil {
		return err
	}
	return b.DB.Read(ctx, batch)
}

// mostMore is how many more buffers a statement may touch of ten times the
// days. Reading the days themselves took 83 more for a month, 19 for a year.
const mostMore = 12

func TestAStatementOfTenTimesTheDaysTouchesHardlyMore(t *testing.T) {
	d := dbtest.Postgres(t)
	plans := publish(t, d)
	const terminals = 30
	for merchant, days := range map[int64]int{1: 3, 2: 30} {
		w := newWorld(merchant)
		for i := range int64(terminals) {
			id := merchant*100 + i
			w.terminal(id, 2)
			for day := range days {
				w.settlement(id, sold(id, date.MustParse("2026-10-01").AddDays(day).String(), 3, 1000_00, 6_00))
			}
		}
		w.write(t, d)
	}
	if err := d.Analyze(t.Context(), "settlements", "bill_lines", "settled_months", "charged_months", "terminals"); err != nil {
		t.Fatal(err)
	}
	month, _ := ParsePeriod("2026-10")
	year, _ := ParsePeriod("2026")
	for what, read := range map[string]func(r db.Reader, merchant int64) (Total, error){
		"month": func(r db.Reader, merchant int64) (Total, error) {
			page, err := ReadMonth(t.Context(), r, plans, merchant, month, "")
			if err != nil {
				return Total{}, err
			}
			return page.Total, nil
		},
		"year": func(r db.Reader, merchant int64) (Total, error) {
			page, err := ReadYear(t.Context(), r, plans, merchant, year, today)
			if err != nil {
				return Total{}, err
			}
			return page.Total, nil
		},
	} {
		buffers := map[int64]int64{}
		for merchant, days := range map[int64]int64{1: 3, 2: 30} {
			counted := &buffered{DB: d}
			total, err := read(counted, merchant)
			if err != nil {
				t.Fatal(err)
			}
			if total.Settlements != terminals*days {
				t.Errorf("the %s of merchant %d has %d settlements; want %d", what, merchant, total.Settlements, terminals*days)
			}
			buffers[merchant] = counted.buffers
		}
		if buffers[2] > buffers[1]+mostMore {
			t.Errorf("the %s touches %d buffers for 3 days and %d for 30; want at most %d more", what, buffers[1], buffers[2], mostMore)
		}
		t.Logf("the %s touches %d and %d buffers", what, buffers[1], buffers[2])
	}
}
