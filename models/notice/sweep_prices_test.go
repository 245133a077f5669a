package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// newPrice publishes that 36 yuan become 45 on a day, and opens the change for
// the merchants, of which each has two terminals.
func (s *sketch) newPrice(on date.Date, openedAt time.Time, merchants ...int) {
	s.t.Helper()
	long := time.Unix(0, 0).UTC()
	s.together(func() {
		for v, p := range []struct {
			fen int
			on  date.Date
		}{{3600, on.AddMonths(-24)}, {4500, on}} {
			s.exec(`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
				values ($1, 1, $5, $2, $3, 31, true, '', $4)`, v+1, p.on.AddDays(-40), p.on, long, v+1)
			s.exec(`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
				values (1, $1, $5, $2, $3, 31, 'recurring', $4, 12, 'accrue', '{}')`, v+1, p.on.AddDays(-40), p.on, p.fen, v+1)
		}
		for _, m := range merchants {
			s.openChange(m, on, openedAt)
		}
	})
}

func (s *sketch) openChange(m int, on date.Date, at time.Time) {
	s.t.Helper()
	s.exec(`insert into fee_changes (id, merchant_id, plan_id, from_version, to_version, disclosure_version_id, effective_on, opened_at) values ($1, $2, 1, 1, 2, 2, $3, $4)`,
		fmt.Sprintf("fc_%d", m), m, on, at)
	for n := 1; n <= 2; n++ {
		terminal := m*100 + n
		s.exec(`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values ($1, $2, $3, 1, '2025-01-01')`, terminal, m, terminal)
		s.exec(`insert into fee_change_terminals (change_id, enrolment_id, merchant_id, terminal_id, reckoned_to, taken_fen, agreed_fen, would_fen, lines, not_checked)
			values ($1, $2, $3, $5, $4, 3600, 3600, 4500, 1, 0)`, fmt.Sprintf("fc_%d", m), terminal, m, on, terminal)
	}
}

func (s *sketch) accept(m, terminal int, at time.Time) {
	s.t.Helper()
	s.exec(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values ($1, $2, 2, $3, '', 'portal', $4)`, terminal, m, date.Of(at), at)
}

// prices lists who was to be told of a price, how many days ahead, and when.
func (s *sketch) prices() (all []string) {
	s.t.Helper()
	err := s.d.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var lead int
			var from db.Time
			err := rows.Scan(&merchantID, &lead, &from)
			all = append(all, fmt.Sprintf("%d: %d days, %s", merchantID, lead, from.In(date.Shanghai).Format("01-02 15:04")))
			return err
		})
	}, `select merchant_id, lead_days, not_before from notices where kind = 'fee_change' order by merchant_id, lead_days desc`)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestANewPriceIsToldThreeTimesToWhoHasNotAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 5, 2)
		on := sunday.AddDays(35)
		s.sweep(sunday.At(9, 0))
		s.newPrice(on, sunday.At(9, 30).UTC(), 1, 2, 3, 4)
		for day := range 37 {
			today := sunday.AddDays(day)
			switch day {
			case 10: // the second accepts for one terminal of two, the third for both; the fourth objects
				s.accept(2, 201, today.At(9, 0).UTC())
				s.accept(3, 301, today.At(9, 0).UTC())
				s.accept(3, 302, today.At(9, 0).UTC())
				s.exec(`insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at)
					values ('fa_1', 'fc_4', 4, 'objected', 2, 'u_1', '', '', '', '', $1)`, today.At(9, 0).UTC())
			case 20: // the fifth takes terminals on so late that it is asked late
				s.together(func() { s.openChange(5, on, today.At(9, 0).UTC()) })
			}
			s.sweep(today.At(0, 5))
			s.sweep(today.At(11, 0))
		}
		want := []string{
			"1: 30 days, 11-27 10:00", "1: 7 days, 12-20 10:00", "1: 0 days, 12-27 10:00",
			"2: 30 days, 11-27 10:00", "2: 7 days, 12-20 10:00", "2: 0 days, 12-27 10:00",
			"3: 30 days, 11-27 10:00",
			"4: 30 days, 11-27 10:00",
			"5: 30 days, 12-12 10:00", "5: 7 days, 12-20 10:00", "5: 0 days, 12-27 10:00",
		}
		if got := s.prices(); !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
		if n := s.gather(sunday.AddDays(40).At(12, 0), postOf(SMS)); n == 0 {
			t.Error("no letter was written")
		}
		drafts, err := readDrafts(t.Context(), d, `n.kind = 'fee_change' and n.merchant_id = 1 and n.lead_days = 7`)
		if err != nil || len(drafts) != 1 {
			t.Fatal(drafts, err)
		}
		f := drafts[0].Lines[0].Facts
		if f.Before != 3600 || f.After != 4500 || f.On != on || f.Terminals != 2 || f.YearMore != 1800 {
			t.Errorf("the facts are %+v", f)
		}
	})
}

// TestTheNextLettersTellOfNewPrices compares what is foreseen of new prices with
// what the sweep then plans.
func TestTheNextLettersTellOfNewPrices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 4, 2)
		on := sunday.AddDays(35)
		s.sweep(sunday.At(9, 0))
		s.newPrice(on, sunday.At(9, 30).UTC(), 1, 2, 3)
		s.accept(2, 201, sunday.At(9, 40).UTC())
		s.accept(2, 202, sunday.At(9, 40).UTC())
		s.exec(`insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at)
			values ('fa_1', 'fc_3', 3, 'objected', 2, 'u_1', '', '', '', '', $1)`, sunday.At(9, 40).UTC())
		foreseen := func(at time.Time) (got []string) {
			for m := int64(1); m <= 4; m++ {
				next, err := Next(t.Context(), d, m, at.UTC(), 9)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range next {
					l := f.Letter.Lines[0]
					got = append(got, fmt.Sprintf("%d: %d days, %s", m, l.LeadDays, f.At.In(date.Shanghai).Format("01-02 15:04")))
					if f.Letter.Kind != FeeChange || f.Letter.DueOn != on || f.Lines != 1 || l.Item != fee.SimData || f.Letter.Total != 0 || f.Letter.MerchantID != m {
						t.Errorf("foreseen is %+v", f)
					}
				}
			}
			return got
		}
		all := []string{"1: 30 days, 11-27 10:00", "1: 7 days, 12-20 10:00", "1: 0 days, 12-27 10:00", "3: 30 days, 11-27 10:00"}
		if got := foreseen(sunday.At(12, 0)); !slices.Equal(got, all) {
			t.Errorf("foreseen are %q\nwant %q", got, all)
		}
		for day := range 36 {
			s.sweep(sunday.AddDays(day).At(0, 5))
			if day == 5 { // planned, and not sent yet
				if got := foreseen(sunday.AddDays(day).At(9, 0)); !slices.Equal(got, all) {
					t.Errorf("while one waits, foreseen are %q\nwant %q", got, all)
				}
			}
		}
		if got := s.prices(); !slices.Equal(got, all) {
			t.Errorf("planned are %q\nwant %q", got, all)
		}
		if s.gather(sunday.AddDays(36).At(12, 0), postOf(SMS)); len(foreseen(sunday.AddDays(36).At(12, 0))) != 0 {
			t.Errorf("once all is told, foreseen are %q", foreseen(sunday.AddDays(36).At(12, 0)))
		}
	})
}

func TestANewPriceIsNotToldToWhomNoFeeIsLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 2)
		s.newPrice(sunday.AddDays(30), sunday.At(9, 0).UTC(), 1)
		s.exec(`update enrolments set cancelled_on = $1 where merchant_id = 1`, sunday.AddDays(2))
		s.sweep(sunday.At(11, 0))
		if got := s.prices(); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})
}

// withdraw takes the new price back.
func (s *sketch) withdraw(at time.Time) {
	s.t.Helper()
	s.exec(`insert into disclosure_withdrawal_proposals (id, version_id, reason, staff_id, staff_name, at) values (1, 2, '{}', 'x', '', $1)`, at)
	s.exec(`insert into disclosure_withdrawals (version_id, proposal_id, staff_id, staff_name, at) values (2, 1, 'y', '', $1)`, at)
}

func TestAPriceThatIsWithdrawnIsToldNoMoreAndCalledOffToWhomItWasTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 3, 2)
		on := sunday.AddDays(30)
		s.newPrice(on, sunday.At(9, 0).UTC(), 1, 2)
		s.sweep(sunday.At(9, 0))
		if n := s.gather(sunday.At(10, 0), postOf(SMS)); n != 2 {
			t.Fatalf("%d were told, want 2", n)
		}
		s.together(func() { s.openChange(3, on, sunday.At(10, 30).UTC()) })
		s.sweep(sunday.At(20, 0)) // the third is told the next morning, and is not once the price is withdrawn
		s.exec(`update notices set not_before = $1 where merchant_id = 3`, sunday.AddDays(1).At(10, 0).UTC())
		s.withdraw(sunday.At(22, 0).UTC())
		for day := range 32 {
			s.sweep(sunday.AddDays(day).At(22, 30))
			s.gather(sunday.AddDays(day).At(22, 40), postOf(SMS))
			s.gather(sunday.AddDays(day+1).At(11, 0), postOf(SMS))
		}
		var got []string
		for _, m := range s.messages() {
			if strings.Contains(m, "sms") {
				got = append(got, m)
			}
		}
		if len(got) != 4 || !strings.Contains(strings.Join(got[:2], ""), "fee_change") || !strings.Contains(got[2], "1 change_off") || !strings.Contains(got[3], "2 change_off") {
			t.Errorf("got %q", got)
		}
		drafts, err := readDrafts(t.Context(), d, `n.kind = 'change_off' and n.merchant_id = 1`)
		if err != nil || len(drafts) != 1 {
			t.Fatal(drafts, err)
		}
		if f := drafts[0].Lines[0].Facts; f.Before != 3600 || f.After != 4500 || f.On != on || drafts[0].DueOn != on {
			t.Errorf("the facts are %+v", f)
		}
	})
}

func TestWhoAnswersBeforeTheHourIsNotAskedAnyMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 3, 2)
		s.newPrice(sunday.AddDays(30), sunday.At(0, 1).UTC(), 1, 2, 3)
		s.sweep(sunday.At(0, 5))
		at := sunday.At(8, 30).UTC()
		s.accept(1, 101, at)
		s.accept(1, 102, at)
		s.exec(`insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at)
			values ('fa_1', 'fc_2', 2, 'objected', 2, 'u_1', '', '', '', '', $1)`, at)
		if n := s.gather(sunday.At(10, 0), postOf(SMS)); n != 1 {
			t.Errorf("%d letters, want that of the third merchant", n)
		}
		if got, want := s.prices(), []string{"3: 30 days, 11-22 10:00"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
