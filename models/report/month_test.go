package report

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

func readMonth(t *testing.T, d *db.DB, merchantID int64, name, after string) *Month {
	t.Helper()
	month, ok := ParsePeriod(name)
	if !ok {
		t.Fatalf("%s is no period", name)
	}
	plans := publishedAgain(t, d)
	page, err := ReadMonth(t.Context(), d, plans, merchantID, month, after)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestSettlementsThatDoNotAddUpAreListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d)
		w := newWorld(1)
		w.terminal(1, 2)
		for day := 1; day <= 25; day++ {
			s := sold(1, fmt.Sprintf("2026-10-%02d", day), 2, 1000_00, 6_00)
			if day > 10 {
				s.PaidOut -= 3_00
			}
			w.settlement(1, s)
		}
		w.write(t, d)
		page := readMonth(t, d, 1, "2026-10", "")
		if page.Total.Gaps != 15 || page.Total.Gap != -45_00 {
			t.Errorf("%d settlements differ by %d; want 15 by -4500", page.Total.Gaps, page.Total.Gap)
		}
		if len(page.Gaps) != linesShown || page.Gaps[0].On != date.MustParse("2026-10-25") || page.Gaps[0].Settlement.Gap() != -3_00 {
			t.Errorf("the list is %+v; want the latest %d, each 3 yuan short", page.Gaps, linesShown)
		}
	})
}

func TestWhatTookMostTooMuchIsListedFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d)
		w := newWorld(1)
		w.terminal(1, 2)
		for day := 1; day <= 9; day++ {
			w.settlement(1, sold(1, fmt.Sprintf("2026-10-%02d", day), 2, 1000_00, money.Fen(700+10*(day%5))))
		}
		w.write(t, d)
		page := readMonth(t, d, 1, "2026-10", "")
		if page.Denied != 9 || page.Held != 0 || len(page.Doubted) != doubtsShown {
			t.Fatalf("%d denied, %d held, %d listed; want 9, 0 and %d", page.Denied, page.Held, len(page.Doubted), doubtsShown)
		}
		if got := page.Doubted[0]; got.Amount != 740 || got.On != date.MustParse("2026-10-09") || got.Alias == "" || !got.Verdict.Reasons.Has(fee.AmountOver) {
			t.Errorf("the first is %+v; want the latest of ¥7.40", got)
		}
	})
}

func TestTerminalsAreListedPartByPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d)
		w := newWorld(1)
		for id := int64(1); id <= 120; id++ {
			w.terminal(id, 2)
			if id%2 == 0 {
				w.settlement(id, sold(id, "2026-10-05", 1, 100_00, 60))
			} else {
				w.deduction(id, deduction.Deduction{ID: fmt.Sprintf("d_%d", id), Item: fee.SimData, Amount: 9_00, At: date.MustParse("2026-10-06").At(9, 0), State: fee.Posted})
			}
		}
		w.terminal(121, 2) // did nothing
		w.write(t, d)
		var seen []string
		after := ""
		for range 4 {
			page := readMonth(t, d, 1, "2026-10", after)
			if page.Total.Sales() != 60*100_00 || page.Total.Apart != 60*9_00 {
				t.Fatalf("the month came to %+v", page.Total)
			}
			for _, one := range page.Terminals {
				seen = append(seen, one.SN)
				if one.Total.AllFees() != 60 && one.Total.AllFees() != 9_00 {
					t.Errorf("%s came to %+v", one.SN, one.Total)
				}
			}
			if after = page.More; after == "" {
				break
			}
		}
		if len(seen) != 120 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 120 {
			t.Errorf("got %d terminals: %v; want each of 120 once, by serial number", len(seen), seen)
		}
	})
}

func TestNobodySeesAnotherMerchantsStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		for merchantID := int64(1); merchantID <= 2; merchantID++ {
			w := newWorld(merchantID)
			w.terminal(merchantID, 2)
			s := sold(merchantID, "2026-10-05", 2, 1000_00, 9_00)
			s.PaidOut += money.Fen(merchantID)
			w.settlement(merchantID, s)
			w.deduction(merchantID, deduction.Deduction{ID: fmt.Sprintf("d_%d", merchantID), Item: fee.SimData, Amount: money.Fen(merchantID), At: date.MustParse("2026-10-06").At(9, 0), State: fee.Posted})
			w.write(t, d)
		}
		page := readMonth(t, d, 2, "2026-10", "")
		if page.Total.Settlements != 1 || page.Total.Gap != 2 || page.Total.Apart != 2 || len(page.Terminals) != 1 || page.Terminals[0].ID != 2 ||
			len(page.Gaps) != 1 || len(page.Apart) != 1 || len(page.Doubted) != 2 || page.Denied != 2 {
			t.Errorf("merchant 2 sees %+v", page)
		}
		if page := readMonth(t, d, 3, "2026-10", ""); !page.Total.IsEmpty() || len(page.Terminals) != 0 || len(page.Doubted) != 0 {
			t.Errorf("merchant 3, who has nothing, sees %+v", page)
		}
		err := Export{
			Terminal: func(one *Terminal) error { return ofMerchant2(one.SN) }, Settlement: func(s *Settlement) error { return ofMerchant2(s.SN) },
			Apart: func(l *Line) error { return ofMerchant2(l.SN) },
		}.Read(t.Context(), d, plans, 2, YearOf(today), today)
		if err != nil {
			t.Error(err)
		}
	})
}

func ofMerchant2(sn string) error {
	if sn != "820000000002" {
		return fmt.Errorf("merchant 2 is given terminal %s", sn)
	}
	return nil
}

func TestAStatementIsOneRoundTrip(t *testing.T) {
	d := dbtest.Postgres(t)
	plans := publish(t, d)
	w := newWorld(1)
	w.terminal(1, 2)
	w.settlement(1, sold(1, "2026-10-05", 2, 1000_00, 6_00))
	w.write(t, d)
	for name, read := range map[string]func(db.Reader, *testing.T) (int, error){
		"month": func(r db.Reader, t *testing.T) (int, error) {
			ctx, count := db.Count(t.Context())
			_, err := ReadMonth(ctx, r, plans, 1, MonthOf(date.MustParse("2026-10-01")), "")
			return count.RoundTrips(), err
		},
		"year": func(r db.Reader, t *testing.T) (int, error) {
			ctx, count := db.Count(t.Context())
			_, err := ReadYear(ctx, r, plans, 1, YearOf(today), today)
			return count.RoundTrips(), err
		},
	} {
		if trips, err := read(d, t); err != nil || trips != 1 {
			t.Errorf("a %s takes %d round trips, %v; want 1", name, trips, err)
		}
	}
}

func TestAYearBeginsWithTheOldestMonthThatIsShown(t *testing.T) {
	d := dbtest.SQLite(t)
	plans := publish(t, d)
	w := newWorld(1)
	w.terminal(1, 2)
	for _, day := range []string{"2023-10-31", "2023-11-01", "2023-12-31", "2024-01-01"} {
		w.settlement(1, sold(1, day, 1, 100_00, 60))
	}
	w.write(t, d)
	year, _ := ParsePeriod("2023")
	page, err := ReadYear(t.Context(), d, plans, 1, year, today)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Months) != 2 || page.Months[0].Month != date.MustParse("2023-11-01") || page.Total.Settlements != 2 {
		t.Errorf("2023 is %+v; want November and December, a settlement each", page)
	}
	if before, _ := ParsePeriod("2022"); before.Shown(today) || !year.Shown(today) || !MonthOf(date.MustParse("2023-11-30")).Shown(today) || MonthOf(date.MustParse("2023-10-31")).Shown(today) {
		t.Error("what is shown does not begin with November 2023")
	}
}

func TestAPeriodReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := date.MustParse("2026-11-22").AddDays(rapid.IntRange(-400_000, 400_000).Draw(t, "days"))
		for _, p := range []Period{MonthOf(day), YearOf(day)} {
			if got, ok := ParsePeriod(p.String()); !ok || got != p || !p.Holds(day) || p.Holds(p.Before()) || p.Holds(p.Next()) {
				t.Errorf("%s reads back as %+v; want %+v around %s", p, got, p, day)
			}
		}
	})
	for _, text := range []string{"", "26", "2026-1", "2026-13", "2026-00", "0000", "abcd", "2026-ab", "2026-10-01", "２０２６"} {
		if p, ok := ParsePeriod(text); ok {
			t.Errorf("%q is read as %s", text, p)
		}
	}
}
