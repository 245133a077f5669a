package notice

import (
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

func TestChoicesAreKeptAsTheyWereMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		who := s.someone("u_1", 1, account.Finance)
		now := clock.At(sunday.At(12, 0).UTC())
		p := Default(1)
		p.Locale, p.Leads, p.QuietFrom, p.QuietTo, p.SendMinute, p.UsagePercent, p.LowBalance = "en", LeadsOf(30, 3), 23*60, 7*60, 7*60, 50, 2000
		p.Matrix[EventUpcoming], p.Matrix[EventTaken] = Channels{Email, SMS}, nil
		if err := SetPreferences(t.Context(), d, now, who, p); err != nil {
			t.Fatal(err)
		}
		got, err := GetPreferences(t.Context(), d, 1)
		if err != nil || got.Locale != "en" || got.Leads != p.Leads || got.QuietFrom != 23*60 || got.QuietTo != 7*60 || got.SendMinute != 7*60 ||
			got.UsagePercent != 50 || got.LowBalance != 2000 || !got.UpdatedAt.Equal(now.Now()) ||
			!slices.Equal(got.ChannelsOf(Changed), Channels{Email, SMS}) || len(got.ChannelsOf(Refunded)) != 0 || !slices.Equal(got.ChannelsOf(Security), Channels{WeChat, SMS}) {
			t.Errorf("got %+v, %v", got, err)
		}
		if other, err := GetPreferences(t.Context(), d, 2); err != nil || !other.UpdatedAt.IsZero() || other.Leads != LeadsOf(7, 1) {
			t.Errorf("another merchant has %+v, %v", other, err)
		}
		if err := SetPreferences(t.Context(), d, now, s.someone("u_22", 2, account.Viewer), Default(2)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a viewer: %v", err)
		}
		var entries int
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'preferences.set' and merchant_id = 1`).Scan(&entries); err != nil || entries != 1 {
			t.Errorf("%d entries of the record, %v", entries, err)
		}
	})
}

func TestChoicesThatCantBeAreRefused(t *testing.T) {
	for want, spoil := range map[string]func(p *Preferences){
		"preferences.locale_missing": func(p *Preferences) { p.Locale = "fr" },
		"preferences.leads_missing":  func(p *Preferences) { p.Leads = 0 },
		"preferences.leads_wrong":    func(p *Preferences) { p.Leads = LeadsOf(31) },
		"preferences.quiet_wrong":    func(p *Preferences) { p.QuietTo = 1440 },
		"preferences.quiet_long":     func(p *Preferences) { p.QuietFrom, p.QuietTo, p.SendMinute = 12*60, 8*60, 9*60 },
		"preferences.send_at_wrong":  func(p *Preferences) { p.SendMinute = -1 },
		"preferences.send_at_quiet":  func(p *Preferences) { p.SendMinute = 22 * 60 },
		"preferences.matrix_wrong":   func(p *Preferences) { p.Matrix[EventTaken] = Channels{SMS, SMS} },
		"preferences.usage_wrong":    func(p *Preferences) { p.UsagePercent = 0 },
		"preferences.balance_wrong":  func(p *Preferences) { p.LowBalance = -1 },
	} {
		p := Default(1)
		spoil(&p)
		wantFault(t, p.check(), fault.Invalid, want)
	}
	p := Default(1)
	p.Matrix[EventTaken] = Channels{Inbox}
	wantFault(t, p.check(), fault.Invalid, "preferences.matrix_wrong")
	p = Default(1)
	if err := p.check(); err != nil {
		t.Errorf("the usual choices: %v", err)
	}
}

func TestWhoChoosesAnewIsToldByTheNewChoice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 2)
		who := s.someone("u_1", 1, account.Owner)
		s.foresee(101, 1, sunday.AddDays(7), 3600, "")
		s.foresee(102, 1, sunday.AddDays(12), 3600, "")
		s.foresee(201, 1, sunday.AddDays(12), 3600, "")
		s.sweep(sunday.At(8, 0))
		s.want("upcoming 101/1 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11")
		p := Default(1)
		p.Leads, p.SendMinute = LeadsOf(12), 18*60
		if err := SetPreferences(t.Context(), d, clock.At(sunday.At(9, 0).UTC()), who, p); err != nil {
			t.Fatal(err)
		}
		s.sweep(sunday.At(9, 1))
		s.want(
			"upcoming 101/1 lead 12 round 1: 2026-11-29 3600 from 11-22 09:01 again 2027-01-11",
			"upcoming 102/1 lead 12 round 1: 2026-12-04 3600 from 11-22 18:00 again 2027-01-11")
		s.foresee(103-1, 2, sunday.AddDays(13), 900, "")
		s.sweep(sunday.AddDays(1).At(0, 1))
		if got := s.notices(); !slices.Contains(got, "upcoming 102/2 lead 12 round 1: 2026-12-05 900 from 11-23 18:00 again 2027-01-12") {
			t.Errorf("the next day: got %q", got)
		}
	})
}

// TestTheNextLettersAreThoseThatCome compares what is foreseen with what then
// happens.
func TestTheNextLettersAreThoseThatCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 12)
		for n := 1; n <= 12; n++ {
			s.foresee(100+n, 1, sunday.AddDays(3+n%4*5), 3600, "")
			s.foresee(200+n, 1, sunday.AddDays(3), 3600, "")
		}
		p := Default(1)
		p.Leads = LeadsOf(1) // the day before alone: an earlier day is added
		s.prefer(p)
		s.sweep(sunday.At(9, 0))
		s.gather(sunday.At(12, 0), postOf(SMS))
		next, err := Next(t.Context(), d, 1, sunday.At(13, 0).UTC(), 5)
		if err != nil || len(next) != 5 {
			t.Fatalf("got %+v, %v", next, err)
		}
		i := 0
		for day := range 15 {
			for _, hour := range []int{0, 10} {
				at := sunday.AddDays(day).At(13+hour, 0)
				s.sweep(at)
				n := s.gather(at, postOf(SMS))
				if n == 0 || i == len(next) {
					continue
				}
				got := map[date.Date]int{}
				err := d.Query(t.Context(), func(rows db.Rows) error {
					return db.Each(rows, func() error {
						var on date.Date
						var lines int
						err := rows.Scan(&on, &lines)
						got[on] = lines
						return err
					})
				}, `select due_on, (select count(*) from notices n where n.letter_id = l.id) from letters l where merchant_id = 1 and created_at = $1`, at.UTC())
				if err != nil {
					t.Fatal(err)
				}
				for range got {
					if i == len(next) {
						break
					}
					f := next[i]
					if got[f.Letter.DueOn] != f.Lines || date.Of(f.At) != date.Of(at) {
						t.Errorf("letter %d: foreseen for %s about %s with %d lines, came %s: %v", i, f.At, f.Letter.DueOn, f.Lines, at, got)
					}
					if len(f.Letter.Lines) == 0 || len(f.Letter.Lines) > linesForeseen || f.Letter.Lines[0].SN == "" || !slices.Equal(f.Channels, Channels{WeChat, SMS}) {
						t.Errorf("letter %d: %+v", i, f)
					}
					i++
				}
			}
		}
		if i != len(next) {
			t.Errorf("%d letters came of %d", i, len(next))
		}
	})
}
