package notice

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

func TestTheQuietHoursEndBeforeAnythingIsSent(t *testing.T) {
	night := Default(1)
	afternoon, never := night, night
	afternoon.QuietFrom, afternoon.QuietTo = 13*60, 15*60
	never.QuietFrom, never.QuietTo = 0, 0
	for _, tt := range []struct {
		p        Preferences
		at, want time.Time
	}{
		{night, sunday.At(20, 59), sunday.At(20, 59)},
		{night, sunday.At(21, 0), sunday.AddDays(1).At(8, 0)},
		{night, sunday.At(0, 0), sunday.At(8, 0)},
		{night, sunday.At(7, 59), sunday.At(8, 0)},
		{night, sunday.At(8, 0), sunday.At(8, 0)},
		{night, date.MustParse("2028-02-29").At(23, 30), date.MustParse("2028-03-01").At(8, 0)},
		{night, date.MustParse("2026-12-31").At(22, 0), date.MustParse("2027-01-01").At(8, 0)},
		{afternoon, sunday.At(12, 59), sunday.At(12, 59)},
		{afternoon, sunday.At(14, 0), sunday.At(15, 0)},
		{never, sunday.At(3, 0), sunday.At(3, 0)},
	} {
		if got := tt.p.afterQuiet(tt.at.UTC()); !got.Equal(tt.want) {
			t.Errorf("quiet from %d to %d: got %s after %s, want %s", tt.p.QuietFrom, tt.p.QuietTo, got.In(date.Shanghai), tt.at, tt.want)
		}
	}
}

func TestWhatGuardsTheMerchantDoesNotWait(t *testing.T) {
	p := Default(1)
	midnight := sunday.At(23, 50).UTC()
	for k, want := range map[Kind]time.Time{
		Stopped: midnight, OnHold: midnight, Security: midnight,
		Taken: sunday.AddDays(1).At(8, 0).UTC(), Failed: sunday.AddDays(1).At(8, 0).UTC(), Upcoming: sunday.AddDays(1).At(8, 0).UTC(),
	} {
		if got := p.moment(k, midnight, false, time.Time{}); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", k, got.In(date.Shanghai), want.In(date.Shanghai))
		}
	}
}

func TestTheQuietHoursNeverMakeAnAnnouncementTooLate(t *testing.T) {
	p := Default(1)
	due := sunday.AddDays(2)
	last := p.lastMoment(due, fee.DefaultPolicy)
	if want := sunday.AddDays(1).Start(); !last.Equal(want) {
		t.Fatalf("the last moment is %s, want %s", last, want)
	}
	evening := sunday.At(22, 0).UTC()
	if got := p.moment(Upcoming, evening, false, last); !got.Equal(evening) {
		t.Errorf("got %s, want it at once: the quiet hours end after the last moment", got.In(date.Shanghai))
	}
	if got, want := p.moment(Upcoming, evening, false, last.AddDate(0, 0, 1)), sunday.AddDays(1).At(8, 0); !got.Equal(want) {
		t.Errorf("with a day to spare: got %s, want %s", got.In(date.Shanghai), want)
	}
	late := sunday.AddDays(1).At(0, 30).UTC()
	if got, want := p.moment(Upcoming, late, false, last), sunday.AddDays(1).At(8, 0); !got.Equal(want) {
		t.Errorf("too late anyhow: got %s, want %s", got.In(date.Shanghai), want)
	}
	if got := p.moment(Upcoming, evening, true, time.Time{}); !got.Equal(evening) {
		t.Errorf("in the portal alone: got %s, want it at once", got.In(date.Shanghai))
	}
}

func TestAnEarlyEnoughLeadIsAddedWhereNoneIs(t *testing.T) {
	strict := fee.DefaultPolicy
	strict.NoticeHours = 49
	for _, tt := range []struct {
		leads     []int
		inboxOnly bool
		policy    fee.Policy
		want      []int
	}{
		{[]int{7, 1}, false, fee.DefaultPolicy, []int{7, 1}},
		{[]int{1}, false, fee.DefaultPolicy, []int{2, 1}},
		{[]int{2}, false, fee.DefaultPolicy, []int{2}},
		{[]int{1}, false, strict, []int{4, 1}},
		{[]int{7, 1}, true, fee.DefaultPolicy, []int{8, 7, 1}},
		{[]int{15}, true, fee.DefaultPolicy, []int{15}},
	} {
		p := Default(1)
		p.Leads = LeadsOf(tt.leads...)
		if tt.inboxOnly {
			p.Matrix[EventUpcoming] = nil
		}
		if got := p.LeadsInForce(tt.policy).Days(); !slices.Equal(got, tt.want) {
			t.Errorf("%v, in the portal alone: %v, %d hours: got %v, want %v", tt.leads, tt.inboxOnly, tt.policy.NoticeHours, got, tt.want)
		}
	}
}

// life is a charge over some months: what is foreseen of it on each day.
type life struct {
	p       *Preferences
	policy  fee.Policy
	first   date.Date
	charges []*charge // by day; nil: not foreseen
	hour    int
}

var lives = rapid.Custom(func(r *rapid.T) *life {
	l := &life{policy: fee.DefaultPolicy, first: sunday, hour: rapid.IntRange(0, 23).Draw(r, "hour")}
	p := Default(1)
	if own := choices.Draw(r, "choice"); own != nil {
		p = *own
	}
	l.p = &p
	l.policy.NoticeHours = rapid.SampledFrom([]int{24, 24, 48}).Draw(r, "hours")
	on := l.first.AddDays(rapid.IntRange(0, 60).Draw(r, "on"))
	now := &charge{from: on, on: on, amount: 3600, version: 1}
	for range 200 {
		switch rapid.IntRange(0, 60).Draw(r, "what happens") {
		case 0:
			next := *now
			next.amount, next.version = money.Fen(rapid.IntRange(30, 50).Draw(r, "yuan")*100), now.version+1
			now = &next
		case 1:
			next := *now
			next.waits = !now.waits
			now = &next
		case 3:
			next := *now
			next.on = on.AddDays(rapid.IntRange(0, 30).Draw(r, "scheduled"))
			next.isScheduled = true
			now = &next
		case 2:
			l.charges = append(l.charges, nil)
			continue
		}
		l.charges = append(l.charges, now)
	}
	return l
})

// TestAChargeIsToldInTimeAsItIsAndAgainWhileItStaysOpen follows charges through
// half a year in which prices change, complaints come and go, and what was
// foreseen is cancelled and comes back.
func TestAChargeIsToldInTimeAsItIsAndAgainWhileItStaysOpen(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := lives.Draw(r, "life")
		rules := &replanning{key: chargeKey{1, 101, 1, 1}, p: l.p, policy: l.policy}
		open := 0 // days for which the charge has been there as it is, none of them waiting for us
		for i, c := range l.charges {
			today := l.first.AddDays(i)
			if i > 0 && c != nil && l.charges[i-1] != nil && *c == *l.charges[i-1] && !c.waits {
				open++
			} else {
				open = 0
			}
			rules.charge, rules.now = c, today.At(l.hour, 0).UTC()
			for again := range 2 { // the second run finds nothing to do
				out := rules.replan()
				if again > 0 && len(out.news)+len(out.drop)+len(out.again) > 0 {
					r.Fatalf("%s: planned again: %+v", today, out)
				}
				rules.apply(out)
			}
			rules.tell(today.AddDays(1).Start())
			seen := map[int]bool{}
			told := 0
			for _, n := range rules.notices {
				if n.plannedOn == today && n.kind != CalledOff {
					told++
				}
				if !n.againOn.IsZero() {
					seen[int(n.againOn)] = true
				}
			}
			if told > 1 {
				r.Fatalf("%s: told %d times on one day: %+v", today, told, rules.notices)
			}
			if c == nil || c.waits {
				continue
			}
			last := rules.last()
			first := firstLead(l.policy, l.p.InboxOnly())
			due := c.on.DaysSince(today) < first
			switch {
			case due && (last == nil || last.kind == CalledOff):
				r.Fatalf("%s: the charge of %s was not announced", today, c.on)
			case last != nil && last.kind != CalledOff && last.amount != c.amount:
				r.Fatalf("%s: %d was told, and %d is foreseen", today, last.amount, c.amount)
			case due && last.plannedOn.AddDays(l.policy.NoticeMaxDays) <= today:
				r.Fatalf("%s: the last notice is of %s", today, last.plannedOn)
			case due && open > 0 && len(seen) == 0:
				r.Fatalf("%s: nothing will be told again: %+v", today, rules.notices)
			}
			if last != nil && last.kind != CalledOff && last.dueOn < c.on {
				r.Fatalf("%s: %s was told, and %s is foreseen", today, last.dueOn, c.on)
			}
		}
	})
}

// apply does what the database would with a plan.
func (r *replanning) apply(out plan) {
	is := func(a, b *planned) bool { return a.kind == b.kind && a.leadDays == b.leadDays && a.round == b.round }
	for _, gone := range out.drop {
		r.notices = slices.DeleteFunc(r.notices, func(n planned) bool { return is(&n, &gone) })
	}
	for _, changed := range out.again {
		for i := range r.notices {
			if is(&r.notices[i], &changed) {
				r.notices[i].againOn = changed.againOn
			}
		}
	}
	for _, n := range out.news {
		one := planned{
			kind: n.Kind, leadDays: n.LeadDays, round: n.Round, periodFrom: n.PeriodFrom, dueOn: n.DueOn, amount: n.Amount, version: n.Version,
			plannedOn: date.Of(r.now), plannedAt: r.now, notBefore: n.NotBefore, againOn: n.againOn,
		}
		if !slices.ContainsFunc(r.notices, func(o planned) bool { return is(&o, &one) }) {
			r.notices = append(r.notices, one)
		}
	}
}

// tell has letters written until an instant.
func (r *replanning) tell(until time.Time) {
	for i := range r.notices {
		r.notices[i].isTold = r.notices[i].isTold || r.notices[i].notBefore.Before(until)
	}
}

// last returns the notice that was planned last.
func (r *replanning) last() *planned {
	if len(r.notices) == 0 {
		return nil
	}
	last := slices.MaxFunc(r.notices, func(a, b planned) int { return a.compare(&b) })
	return &last
}

func TestAPriceThatChangesIsTakenBackBeforeAnybodyWasTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		s.sweep(sunday.At(0, 1))
		s.forget(101)
		s.foresee(101, 2, sunday.AddDays(7), 4500, "")
		s.sweep(sunday.At(9, 0))
		s.want("upcoming 101/2 lead 7 round 1: 2026-11-29 4500 from 11-22 10:00 again 2027-01-11")
	})
}

func TestWhatWasToldAndIsAnotherNowIsCorrectedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		s.sweep(sunday.At(0, 1))
		s.gathered(sunday.At(10, 0))
		s.forget(101)
		s.foresee(101, 2, sunday.AddDays(7), 4500, "")
		for hour := range 3 {
			s.sweep(sunday.AddDays(1).At(15+hour, 0))
		}
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00",
			"changed 101/2 lead 0 round 2: 2026-11-29 4500 from 11-23 15:00 again 2027-01-12")
		var facts string
		if err := d.QueryRow(t.Context(), `select cast(facts as text) from notices where kind = 'changed'`).Scan(&facts); err != nil {
			t.Fatal(err)
		}
		var f Facts
		scanFacts(t, facts, &f)
		if f.Before != 3600 || f.On != sunday.AddDays(7) {
			t.Errorf("the facts are %s", facts)
		}
	})
}

func TestWhatWasToldAndWillNotComeIsCalledOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 3)
		for _, terminal := range []int{101, 102, 103} {
			s.foresee(terminal, 2, sunday.AddDays(7), 3600, "")
		}
		s.sweep(sunday.At(0, 1))
		s.exec(`delete from notices where terminal_id = 103`) // nobody was told
		s.gathered(sunday.At(10, 0))
		for _, terminal := range []int{101, 102, 103} {
			s.forget(terminal)
		}
		// The second was taken: it is done.
		s.exec(`insert into bill_lines (merchant_id, id, terminal_id, kind, item, plan_id, at, on_date, seq, amount_fen, refunded_fen, state, origin, decision, reasons,
			expected_fen, version, cycle_index, cycle_from, settles, judged_at, rules)
			values (1, 'd_1', 102, 'deduction', 'sim_data', 1, $1, $2, 1, 3600, 0, 'posted', 'core', 'allow', '', 3600, 1, 2, $2, true, $1, '1')`, sunday.At(11, 0).UTC(), sunday)
		s.sweep(sunday.At(12, 0))
		s.gathered(sunday.At(12, 30))
		s.sweep(sunday.At(13, 0))
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00",
			"called_off 101/2 lead 0 round 2: 2026-11-29 3600 from 11-22 12:00",
			"upcoming 102/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11")
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		s.sweep(sunday.At(14, 0))
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00",
			"called_off 101/2 lead 0 round 2: 2026-11-29 3600 from 11-22 12:00",
			"upcoming 101/2 lead 7 round 3: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11",
			"upcoming 102/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11")
	})
}

func TestAChargeThatStaysOpenIsToldAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		for day := range 130 {
			s.sweep(sunday.AddDays(day).At(0, 5))
			s.sweep(sunday.AddDays(day).At(14, 0))
			s.gathered(sunday.AddDays(day).At(14, 0))
		}
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00",
			"upcoming 101/2 lead 1 round 1: 2026-11-29 3600 from 11-28 10:00",
			"upcoming 101/2 lead 0 round 2: 2027-01-17 3600 from 01-17 10:00",
			"upcoming 101/2 lead 0 round 3: 2027-03-08 3600 from 03-08 10:00 again 2027-04-27")
	})
}

func TestAChargeThatWaitsForOurAnswerIsAnnouncedOnceWeGaveIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "reported_gone")
		s.sweep(sunday.At(9, 0))
		s.sweep(sunday.AddDays(3).At(9, 0))
		s.want()
		s.forget(101)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		s.sweep(sunday.AddDays(4).At(9, 30))
		s.want("upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-26 09:30 again 2027-01-15")
	})
}

func TestTwoSweepsAtOnePlanEverythingOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 5, 20)
		for m := 1; m <= 5; m++ {
			for n := 1; n <= 20; n++ {
				s.foresee(m*100+n, 1, sunday.AddDays(n%9), 3600, "")
			}
		}
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := Sweep(t.Context(), d, fixed(sunday.At(9, 0)), fee.DefaultPolicy)
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		got := s.notices()
		s.exec(`delete from notices`)
		s.exec(`delete from notice_sweeps`)
		s.exec(`insert into forecast_changes (terminal_id) select id from terminals where true on conflict do nothing`)
		s.sweep(sunday.At(9, 0))
		s.want(got...)
		if n := s.sweep(sunday.At(9, 1)); n != 0 {
			t.Errorf("another run planned %d", n)
		}
	})
}

func scanFacts(t *testing.T, text string, f *Facts) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), f); err != nil {
		t.Fatal(err)
	}
}

// fixed is a clock that stands still.
type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f).UTC() }
