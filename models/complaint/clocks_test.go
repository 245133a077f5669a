package complaint

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/worktime"
)

// A course is what happens to a complaint that is filed on monday, and by when its
// clocks are due then, on the calendar and the policy shipped.
type course struct {
	name  string
	goes  func(w *world, number string) (goesOn string)
	round int
	want  map[worktime.Name]string // Shanghai; of the reply deadline the end of its last day
}

// unchanged is when the clocks of a complaint are due of which nothing is known
// but its filing.
var unchanged = map[worktime.Name]string{worktime.FirstContact: "2026-11-23 18:00", worktime.Resolution: "2026-11-27 18:00", worktime.Reply: "2026-12-09 00:00"}

// other is unchanged but for one clock.
func other(name worktime.Name, due string) map[worktime.Name]string {
	all := map[worktime.Name]string{}
	for n, d := range unchanged {
		all[n] = d
	}
	all[name] = due
	return all
}

var courses = []course{
	{"nothing happens to it", func(_ *world, number string) string { return number }, 1, unchanged},
	{"it is handed on twice", func(w *world, number string) string {
		w.at("2026-11-23", 10, 0)
		w.must(w.Assign(w.t.Context(), chen, number, wang.ID))
		w.at("2026-11-25", 9, 0)
		w.must(w.Assign(w.t.Context(), chen, number, lin.ID))
		return number
	}, 1, unchanged},
	{"one that was filed later is merged into it", func(w *world, number string) string {
		w.at("2026-11-24", 10, 0)
		return w.merge(w.again(), number)
	}, 1, unchanged},
	{"another is split off", func(w *world, number string) string {
		w.at("2026-11-25", 15, 0)
		return w.split(number)
	}, 1, unchanged},
	{"what was split off is merged with one that was filed before it was", func(w *world, number string) string {
		w.at("2026-11-24", 10, 0)
		between := w.again()
		w.at("2026-11-25", 15, 0)
		return w.merge(between, w.split(number))
	}, 1, unchanged},
	{"a carrier, an agent and another department are waited for", func(w *world, number string) string {
		for _, whom := range []Whom{Carrier, Agent, Department} {
			_, err := w.AskThird(w.t.Context(), wang, number, Inquiry{Whom: whom, Name: "某处", Body: "请查", DueOn: date.MustParse("2026-11-25")})
			w.must(err)
		}
		return number
	}, 1, unchanged},
	{"the merchant is asked for an hour of work across a night", func(w *world, number string) string {
		w.at("2026-11-23", 17, 30)
		w.must(w.AskMerchant(w.t.Context(), wang, number, "请发小票"))
		w.at("2026-11-24", 9, 30)
		w.must(w.Write(w.t.Context(), w.zhou, number, "没有了", nil))
		return number
	}, 1, other(worktime.Resolution, "2026-11-30 10:00")},
	{"the merchant is asked twice before it answers", func(w *world, number string) string {
		w.at("2026-11-24", 9, 0)
		w.must(w.AskMerchant(w.t.Context(), wang, number, "请发小票"))
		w.at("2026-11-24", 10, 0)
		w.must(w.AskMerchant(w.t.Context(), wang, number, "还有合同"))
		w.at("2026-11-24", 11, 0)
		w.must(w.MerchantAnswered(w.t.Context(), wang, number, "电话里说没有"))
		return number
	}, 1, other(worktime.Resolution, "2026-11-30 11:00")},
	{"one is merged into it and another split off while the merchant is asked", func(w *world, number string) string {
		w.at("2026-11-24", 9, 0)
		w.must(w.AskMerchant(w.t.Context(), wang, number, "请发小票"))
		w.at("2026-11-24", 10, 0)
		number = w.split(w.merge(w.again(), number))
		w.at("2026-11-24", 11, 0)
		w.must(w.Write(w.t.Context(), w.zhou, number, "没有了", nil))
		return number
	}, 1, other(worktime.Resolution, "2026-11-30 11:00")},
	{"its deadline is extended", func(w *world, number string) string {
		w.at("2026-11-25", 9, 0)
		w.must(w.ExtendDeadline(w.t.Context(), wang, number, 30, "等运营商"))
		return number
	}, 1, other(worktime.Reply, "2026-12-24 00:00")},
	{"a review is asked for after an extension", func(w *world, number string) string {
		w.must(w.ExtendDeadline(w.t.Context(), wang, number, 30, "等运营商"))
		w.at("2026-11-23", 11, 0)
		w.decide(wang, number, NotUpheld, 0)
		w.at("2026-12-01", 10, 0)
		w.must(w.AskReview(w.t.Context(), w.zhou, number, "不对"))
		return number
	}, 2, map[worktime.Name]string{worktime.FirstContact: "2026-12-02 10:00", worktime.Resolution: "2026-12-08 10:00", worktime.Reply: "2026-12-17 00:00"}},
	{"it is reopened on the last day for that", func(w *world, number string) string {
		w.at("2026-11-23", 11, 0)
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.Accept(w.t.Context(), w.zhou, number))
		w.at("2026-12-07", 9, 0)
		goesOn, err := w.Reopen(w.t.Context(), w.zhou, number, "又来了")
		w.must(err)
		return goesOn
	}, 1, map[worktime.Name]string{worktime.FirstContact: "2026-11-23 18:00", worktime.Resolution: "2026-12-11 16:00", worktime.Reply: "2026-12-23 00:00"}},
}

// again files a complaint about the terminal.
func (w *world) again() string {
	w.t.Helper()
	f, err := w.File(w.t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfTerminal, Ref: counter, Item: "sim_data", Reason: NeverAgreed})
	w.must(err)
	return f.Number
}

func (w *world) merge(number, other string) string {
	w.t.Helper()
	goesOn, err := w.Merge(w.t.Context(), wang, number, other)
	w.must(err)
	return goesOn
}

func (w *world) split(number string) string {
	w.t.Helper()
	off, err := w.Split(w.t.Context(), wang, number, OfNothing, "", "", Other, "另一件")
	w.must(err)
	return off
}

// set makes a calendar and a policy those for cases to come.
func (w *world) set(c *worktime.Calendar, p worktime.Policy) {
	w.t.Helper()
	s, err := ReadSettings(w.t.Context(), w.d)
	w.must(err)
	w.must(w.SetCalendar(w.t.Context(), chen, s.Calendar.Version, c, "改"))
	w.must(w.SetPolicy(w.t.Context(), shen, s.Policy.Version, Policy{Policy: p, SecondAbove: s.Policy.SecondAbove}))
}

// TestTheClocksOfACaseCountAsItWasFiledWhateverHappensToIt sets a calendar of days
// off and a policy of short clocks as soon as each case is filed.
func TestTheClocksOfACaseCountAsItWasFiledWhateverHappensToIt(t *testing.T) {
	var off []date.Date
	for day := date.Of(monday).AddDays(1); day < date.Of(monday).AddDays(12); day++ {
		off = append(off, day)
	}
	closed, err := worktime.NewCalendar(worktime.Shipped().Week(), off, nil)
	if err != nil {
		t.Fatal(err)
	}
	short := worktime.Policy{FirstContactMinutes: 30, ResolutionMinutes: 60, ReplyDays: 2, ReplyMaxDays: 3, ReviewDays: 14, ReopenDays: 14}
	each(t, func(t *testing.T, w *world) {
		for _, c := range courses {
			w.clock.MoveTo(monday)
			w.set(worktime.Shipped(), worktime.DefaultPolicy)
			number := w.again()
			w.set(closed, short)
			number = c.goes(w, number)
			for name, want := range c.want {
				if got := w.clockOf(number, c.round, name).DueAt.In(date.Shanghai).Format("2006-01-02 15:04"); got != want {
					t.Errorf("%s: the clock %s is due at %s, want %s", c.name, name, got, want)
				}
			}
		}
	})
}

func TestWhatIsSaidByNobodyAnswersNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.OpenDenied(t.Context(), anchor.Start()) // tells the merchant
		w.must(err)
		number := w.text(`select number from cases order by number limit 1`)
		w.must(w.Assign(t.Context(), chen, number, wang.ID)) // tells it who has the case
		w.must(w.Note(t.Context(), wang, number, "像是重复"))
		_, err = w.AskThird(t.Context(), wang, number, Inquiry{Whom: Agent, Name: "某代理", Body: "请查", DueOn: date.Of(monday)})
		w.must(err)
		w.clock.Advance(time.Hour)
		if c := w.clockOf(number, 1, worktime.FirstContact); !c.StoppedAt.IsZero() || c.Elapsed != time.Hour {
			t.Errorf("the first clock stands at %s, stopped at %s", c.Elapsed, c.StoppedAt)
		}
		w.must(w.Reply(t.Context(), wang, number, "在查"))
		if c := w.clockOf(number, 1, worktime.FirstContact); !c.StoppedAt.Equal(after(time.Hour)) {
			t.Errorf("a person's reply stopped the first clock at %s", c.StoppedAt)
		}
	})
}

// TestABreachStaysOnRecord holds it against all that moves clocks afterwards.
func TestABreachStaysOnRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.at("2026-12-09", 9, 0) // all three are over
		w.must(w.ExtendDeadline(t.Context(), wang, number, 60, "等运营商"))
		w.must(w.AskMerchant(t.Context(), wang, number, "请发小票"))
		w.must(w.Write(t.Context(), w.zhou, number, "没有了", nil))
		off := w.split(number)
		goesOn := w.merge(w.again(), number)
		w.decide(wang, goesOn, NotUpheld, 0)
		w.must(w.AskReview(t.Context(), w.zhou, goesOn, "不对"))
		w.decide(lin, goesOn, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, goesOn))
		_, err := w.Reopen(t.Context(), w.zhou, goesOn, "又来了")
		w.must(err)
		_, err = w.Warnings(t.Context())
		w.must(err)
		for _, one := range []string{number, off} {
			const breaches = `select string_agg(clock, ' ') from (select a.clock from case_alarms a join cases c on c.id = a.case_id
				where c.number = $1 and a.kind = 'breach' and a.round = 1 order by a.clock) a`
			if got := w.text(breaches, one); got != "first_contact reply resolution" {
				t.Errorf("%s: breaches of %s are on record", one, got)
			}
			if got := w.text(`select case when breached then 'breached' else '' end from cases where number = $1`, one); got == "" {
				t.Errorf("%s is breached no longer", one)
			}
		}
	})
}
