package gate

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

var compliance = staff.Actor{ID: "s_xu", Name: "许", Roles: []staff.Role{staff.Compliance}}

// try goes on with the trial until there is nothing more.
func (b *bench) try(t *testing.T) {
	t.Helper()
	for {
		n, err := Try(t.Context(), b.d, b.clock)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (b *bench) rules(t *testing.T) *Rules {
	t.Helper()
	r, err := ReadRules(t.Context(), b.d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFiguresTakeTwoPeopleAndATrial(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		next := setting.DefaultGate
		next.SecondAbove = 10_000
		wrong := next
		wrong.SpikePercent, wrong.TokenLasts = 100, 0
		propose := func(by staff.Actor, g setting.Gate, reason string) error {
			return Propose(t.Context(), b.d, b.clock.Now(), by, g, reason)
		}
		switchOn := func(by staff.Actor, number int) error {
			return SwitchOn(t.Context(), b.d, b.clock.Now(), by, number)
		}
		for _, c := range []struct {
			name string
			err  error
			want fault.Kind
		}{
			{"support", propose(lin, next, "why"), fault.Forbidden}, {"no reason", propose(he, next, " "), fault.Invalid},
			{"figures that may not be", propose(he, wrong, "why"), fault.Invalid}, {"nothing different", propose(he, setting.DefaultGate, "why"), fault.Conflict},
			{"none there", switchOn(he, 1), fault.NotFound},
		} {
			if !fault.Is(c.err, c.want) {
				t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
			}
		}
		if err := propose(he, next, "smaller ones went wrong"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			err  error
			want fault.Kind
		}{
			{"a second proposal", propose(compliance, next, "why"), fault.Conflict}, {"before it was tried", switchOn(compliance, 1), fault.Conflict},
		} {
			if !fault.Is(c.err, c.want) {
				t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
			}
		}
		b.try(t)
		if err := switchOn(he, 1); !fault.Is(err, fault.Forbidden) {
			t.Errorf("one's own: got %v", err)
		}
		if err := switchOn(compliance, 1); err != nil {
			t.Fatal(err)
		}
		r := b.rules(t)
		if r.Now != next || r.Open != nil || len(r.Proposed) != 1 || r.Proposed[0].State != ProposalOn || r.Proposed[0].Was != setting.DefaultGate || r.Proposed[0].EndedBy != "许" {
			t.Errorf("got %+v", r)
		}
		if err := switchOn(compliance, 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("switched on twice: got %v", err)
		}
		if err := propose(compliance, setting.DefaultGate, "back"); err != nil {
			t.Fatal(err)
		}
		if err := Withdraw(t.Context(), b.d, b.clock.Now(), compliance, 2); err != nil {
			t.Fatal(err)
		}
		if r := b.rules(t); r.Now != next || len(r.Proposed) != 2 || r.Proposed[0].State != ProposalWithdrawn {
			t.Errorf("got %+v", r)
		}
		intaketest.WantTexts(t, b.d, `select action || ' ' || actor_id from audit_entries where action like 'gate.%rules%' order by 1`,
			"gate.propose_rules s_he", "gate.propose_rules s_xu", "gate.rules_on s_xu", "gate.withdraw_rules s_xu")
	})
}

func TestATrialSaysWhatOtherFiguresWouldHaveDone(t *testing.T) {
	each(t, 10, func(t *testing.T, b *bench) {
		figures := setting.DefaultGate
		figures.SpikeLeast = 3
		b.set(figures)
		b.sell(t, "A7", 1, 20)
		var last Answer
		for terminal := range 5 { // the fourth and fifth are held
			last = b.authorize(b.sim(terminal))
		}
		for range 3 {
			if _, err := b.batch(b.service(0)); err != nil { // the same again, denied
				t.Fatal(err)
			}
		}
		wide, err := b.batch(b.service(1), b.service(2))
		if err != nil || !wide.Held {
			t.Fatalf("got %+v, %v; want twice as many held", wide, err)
		}
		b.clock.Advance(time.Hour)
		for _, c := range []struct {
			name   string
			change func(g *setting.Gate)
			want   []string
		}{
			{"looser", func(g *setting.Gate) { g.SpikeLeast, g.SecondAbove, g.BatchWidth = 4, 60_000, 100 }, []string{"batch_band 1/1/0/1", "second 4/2/0/2", "spike 5/2/0/1"}},
			{"tighter", func(g *setting.Gate) { g.SpikePercent, g.SpikeLeast, g.SecondAbove = 200, 2, 1000 }, []string{"batch_band 1/1/0/0", "second 4/2/2/0", "spike 5/2/1/0"}},
		} {
			next := figures
			c.change(&next)
			if err := Propose(t.Context(), b.d, b.clock.Now(), he, next, c.name); err != nil {
				t.Fatal(err)
			}
			b.try(t)
			b.try(t) // nothing is counted twice
			r := b.rules(t)
			var got []string
			for _, d := range r.Trial.Days {
				if d.On != date.Of(start) {
					t.Errorf("a day of its own: %+v", d)
				}
				got = append(got, fmt.Sprintf("%s %d/%d/%d/%d", d.Rule, d.Tried, d.Caught, d.Gained, d.Lost))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
			if err := Withdraw(t.Context(), b.d, b.clock.Now(), he, r.Open.Number); err != nil {
				t.Fatal(err)
			}
		}
		if last.State != "held" {
			t.Errorf("the fifth is %s", last.State)
		}
		intaketest.WantTexts(t, b.d, `select proposal || ' ' || rule || ' ' || place from gate_trial_examples where rule = 'spike' order by proposal, place`, "1 spike 1", "2 spike 1")
	})
}

func TestATrialGoesOnWithWhatIsDecidedLater(t *testing.T) {
	each(t, 3, func(t *testing.T, b *bench) {
		next := setting.DefaultGate
		next.SecondAbove = 1000
		b.retried(t, 0)
		b.clock.Advance(time.Hour)
		if err := Propose(t.Context(), b.d, b.clock.Now(), he, next, "try it"); err != nil {
			t.Fatal(err)
		}
		b.try(t)
		b.retried(t, 1)
		b.try(t) // too young
		if days := b.rules(t).Trial.Days; len(days) != 1 || days[0].Gained != 1 {
			t.Fatalf("got %+v, want one more", days)
		}
		b.clock.Advance(time.Hour)
		b.try(t)
		r := b.rules(t)
		if len(r.Trial.Days) != 1 || r.Trial.Days[0].Gained != 2 || len(r.Trial.Examples) != 2 || !r.Open.TriedAt.Equal(b.clock.Now()) {
			t.Errorf("got %+v and %v, want two more", r.Trial, r.Open.TriedAt)
		}
	})
}
