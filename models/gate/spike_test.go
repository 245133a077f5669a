package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/setting"
)

func TestWhatIsUsualIsTheMostThatWeeksMonthsAndYearsExplain(t *testing.T) {
	sunday := date.MustParse("2026-11-22")
	days := func(n func(back int, d date.Date) int64) map[date.Date]int64 {
		all := map[date.Date]int64{}
		for back := 1; back <= 400; back++ {
			if d := sunday.AddDays(-back); n(back, d) != 0 {
				all[d] = n(back, d)
			}
		}
		return all
	}
	for _, c := range []struct {
		name string
		n    func(back int, d date.Date) int64
		want usual
	}{
		{"nothing before", func(int, date.Date) int64 { return 0 }, usual{}},
		{"thirteen days are too few", func(back int, _ date.Date) int64 { return only(back <= 13, 9) }, usual{}},
		{"fourteen days are enough", func(back int, _ date.Date) int64 { return only(back <= 14, 9) }, usual{14, 9, 0}},
		{"every day the same", func(int, date.Date) int64 { return 7 }, usual{91, 7, 0}},
		{"one day out of line is none that is usual", func(back int, _ date.Date) int64 { return 7 + only(back == 10, 900) }, usual{91, 7, 0}},
		{"Sundays are other days", func(_ int, d date.Date) int64 { return 7 + only(d.Weekday() == sunday.Weekday(), 43) }, usual{91, 50, 0}},
		{"the same day of a month", func(_ int, d date.Date) int64 { _, _, day := d.Civil(); return 7 + only(day == 21, 100) }, usual{91, 107, 0}},
		{"the same day a year ago", func(_ int, d date.Date) int64 { return 7 + only(d == date.MustParse("2025-11-23"), 300) }, usual{91, 307, 0}},
		{"days that differ", func(back int, _ date.Date) int64 { return 10 + 10*int64(back%2) }, usual{91, 20, 10}},
	} {
		if got := usualOf(sunday, days(c.n)); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	s := setting.Gate{SpikePercent: 300, SpikeLeast: 20}
	for _, c := range []struct {
		u    usual
		want int64
	}{{usual{91, 1, 0}, 20}, {usual{91, 7, 0}, 21}, {usual{91, 7, 3}, 25}} {
		if got := c.u.most(s); got != c.want {
			t.Errorf("%+v: up to %d are expected, want %d", c.u, got, c.want)
		}
	}
}

func only(is bool, n int64) int64 {
	if is {
		return n
	}
	return 0
}

// sell has an agent stand behind all terminals, with so many deductions of a year
// on each of so many days before, as a file brings them.
func (b *bench) sell(t *testing.T, agent string, perDay, days int) {
	t.Helper()
	intaketest.Exec(t, b.d, `update terminals set agent_ref = '`+agent+`'`)
	var rows []deduction.Row
	for back := range days {
		for n := range perDay {
			rows = append(rows, deduction.Row{
				Ref: fmt.Sprintf("H%d-%d", back, n), SN: "T9", Item: fee.SimData, Plan: "sim-36", Amount: 3600, At: start.AddDate(0, 0, -1-back), State: fee.Posted, Origin: fee.OriginCore,
			})
		}
	}
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, start)
	}
	intaketest.File(t, b.d, start, stage, deduction.TakeDeductions, rows...)
}

// set puts other figures in place at once.
func (b *bench) set(g setting.Gate) {
	b.t.Helper()
	err := b.d.Write(b.t.Context(), func(tx *db.Tx) error { return setting.SetGateIn(b.t.Context(), tx, core.Actor, b.clock.Now(), g) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func codes(own []deduction.OwnHold) string {
	var all []string
	for _, o := range own {
		all = append(all, o.Code)
	}
	return strings.Join(all, " ")
}

func TestADayOutOfLineIsHeldAndRaisesOneAlarm(t *testing.T) {
	each(t, 10, func(t *testing.T, b *bench) {
		figures := setting.DefaultGate
		figures.SpikeLeast = 3
		b.set(figures)
		b.sell(t, "A7", 1, 20)
		for terminal := range 3 {
			want(t, b.authorize(b.sim(terminal)), fee.Allow, "", fee.Authorized)
		}
		want(t, b.authorize(b.sim(0)), fee.Deny, "duplicate_cycle", fee.Denied) // is none
		held := b.authorize(b.sim(3))
		want(t, held, fee.Hold, "", fee.Held)
		day := deduction.AgentDay{Agent: "A7", On: date.Of(start), Deductions: 4, Most: 3, Usual: 1, Spread: 0, Days: 20}
		if codes(held.Own) != deduction.OwnSpike || *held.Own[0].Day != day {
			t.Fatalf("held for %+v, want a spike of %+v", held.Own, day)
		}
		other := b.service(4)
		want(t, b.authorize(other), fee.Allow, "", fee.Authorized) // another plan has a day of its own
		all, err := b.batch(b.sim(4), b.sim(5))
		if err != nil || codes(all.Answers[0].Own) != deduction.OwnSpike || all.Answers[1].Own[0].Day.Deductions != 6 {
			t.Fatalf("got %+v, %v; want both held with the fifth and sixth", all.Answers, err)
		}
		raised, _, err := alarm.List(t.Context(), b.d, false, "", "")
		if err != nil || len(raised) != 1 || raised[0].Kind != alarm.Spike || raised[0].Ref != held.ID || raised[0].Facts.Count != 4 || raised[0].Facts.Most != 3 || raised[0].Facts.Name != "A7" {
			t.Fatalf("raised are %+v, %v", raised, err)
		}
		out, err := b.gate.Release(t.Context(), he, held.ID, "a campaign that was announced")
		if err != nil || out.WaitsForSecond {
			t.Fatal(out, err)
		}
		released, err := b.gate.Find(t.Context(), held.ID)
		if err != nil {
			t.Fatal(err)
		}
		want(t, released, fee.Allow, "", fee.Authorized)
		if !released.Own[0].Waived || *released.Own[0].Day != day {
			t.Errorf("kept of the hold: %+v", released.Own)
		}
		intaketest.WantTexts(t, b.d, `select waived from gate_releases`, "spike")
		intaketest.WantTexts(t, b.d, `select reason from gate_steps where step = 'released'`, "spike: a campaign that was announced")
		replayed, err := Replay(t.Context(), b.d, held.ID)
		if err != nil || len(replayed) != 2 || !slices.ContainsFunc(replayed, func(r Replayed) bool { return r.Reasons == "spike" && *r.Facts.Day == day }) {
			t.Fatalf("made again: %+v, %v", replayed, err)
		}
		for _, r := range replayed {
			if !r.Same {
				t.Errorf("made again it is %+v", r)
			}
		}
	})
}

func TestWhatWasTakenUnaskedCountsAndIsNotHeld(t *testing.T) {
	each(t, 10, func(t *testing.T, b *bench) {
		figures := setting.DefaultGate
		figures.SpikeLeast = 1
		b.set(figures)
		b.sell(t, "A7", 1, 14)
		for terminal := range 4 {
			a, err := b.record(b.sim(terminal))
			if err != nil {
				t.Fatal(err)
			}
			want(t, a, fee.Allow, "", fee.Posted)
		}
		raised, _, err := alarm.List(t.Context(), b.d, false, alarm.Spike, "")
		if err != nil || len(raised) != 1 || raised[0].Facts.Count != 4 {
			t.Errorf("raised are %+v, %v; want one with the fourth, beyond three times the usual one", raised, err)
		}
		want(t, b.authorize(b.sim(5)), fee.Hold, "", fee.Held)
	})
}

func TestWithoutAnAgentOrAHistoryNothingIsExpectedOfADay(t *testing.T) {
	each(t, 10, func(t *testing.T, b *bench) {
		figures := setting.DefaultGate
		figures.SpikeLeast = 1
		b.set(figures)
		for terminal := range 3 {
			a := b.authorize(b.sim(terminal))
			want(t, a, fee.Allow, "", fee.Authorized)
		}
		intaketest.WantTexts(t, b.d, `select agent_ref from agent_days`)
		b.sell(t, "A7", 1, 13)
		for terminal := 3; terminal < 6; terminal++ {
			want(t, b.authorize(b.sim(terminal)), fee.Allow, "", fee.Authorized)
		}
	})
}
