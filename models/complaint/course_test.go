package complaint

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// clockOf returns a clock of a case now.
func (w *world) clockOf(number string, round int, name worktime.Name) worktime.Clock {
	w.t.Helper()
	for _, c := range w.now(number).Clocks {
		if c.Round == round && c.Name == name {
			return c
		}
	}
	w.t.Fatalf("%s has no clock %s of round %d", number, name, round)
	return worktime.Clock{}
}

func TestACaseGoesFromFilingToClosing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.Assign(t.Context(), chen, number, wang.ID))
		w.wantState(number, worktime.Accepted)
		w.must(w.Reply(t.Context(), wang, number, "收到，在查"))
		w.wantState(number, worktime.Investigating)
		w.must(w.AskMerchant(t.Context(), wang, number, "请发小票"))
		w.wantState(number, worktime.AwaitingMerchant)
		w.must(w.AddFiles(t.Context(), w.zhou, number, []Upload{pictureOf1}))
		w.wantState(number, worktime.Investigating)
		w.decide(wang, number, Upheld, 3600)
		w.wantState(number, worktime.Decided)
		refund, err := w.ProposeRefund(t.Context(), wang, number, 3600)
		w.must(err)
		w.wantState(number, worktime.RefundPending)
		w.must(w.SendRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund))
		w.must(w.PayRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund))
		w.must(w.PayRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund))
		w.wantState(number, worktime.Closed)
		w.must(w.Rate(t.Context(), w.zhou, number, 5, "很快"))
		w.wantFault(w.Rate(t.Context(), w.zhou, number, 1, ""), fault.Conflict, "rated again")
		intaketest.WantTexts(t, w.d, `select string_agg(kind, ' ') from (select kind from case_events order by seq) e`,
			"filed taken_up investigation_begun person_replied person_replied merchant_asked merchant_answered decision_made refund_begun case_closed")
	})
}

func TestTheFirstReplyByAPersonStopsTheFirstClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.clock.Advance(time.Hour)
		w.must(w.Note(t.Context(), wang, number, "像是重复"))
		if c := w.clockOf(number, 1, worktime.FirstContact); !c.StoppedAt.IsZero() {
			t.Error("a note stopped the clock")
		}
		w.must(w.Reply(t.Context(), wang, number, "在查"))
		if c := w.clockOf(number, 1, worktime.FirstContact); !c.StoppedAt.Equal(after(time.Hour)) || c.Elapsed != time.Hour {
			t.Errorf("the clock stopped at %s after %s", c.StoppedAt, c.Elapsed)
		}
	})
}

func TestAskingTheMerchantPausesAndAskingACarrierDoesNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		due := w.clockOf(number, 1, worktime.Resolution).DueAt
		inquiry, err := w.AskThird(t.Context(), wang, number, Inquiry{Whom: Carrier, Name: "中国移动", Body: "这张卡停了吗？", DueOn: date.MustParse("2026-11-25")})
		w.must(err)
		w.clock.Advance(time.Hour)
		if c := w.clockOf(number, 1, worktime.Resolution); c.Paused || !c.DueAt.Equal(due) {
			t.Errorf("the carrier is waited for: %+v", c)
		}
		w.must(w.AskMerchant(t.Context(), wang, number, "请发小票"))
		if c := w.clockOf(number, 1, worktime.Resolution); !c.Paused || !c.DueAt.IsZero() {
			t.Errorf("the merchant is not waited for: %+v", c)
		}
		w.clock.Advance(time.Hour)
		w.must(w.ThirdAnswered(t.Context(), wang, number, inquiry, "停了"))
		w.wantFault(w.ThirdAnswered(t.Context(), wang, number, inquiry, "停了"), fault.Conflict, "answered twice")
		w.wantState(number, worktime.AwaitingMerchant)
		w.must(w.MerchantAnswered(t.Context(), wang, number, "电话里说没有小票"))
		c := w.clockOf(number, 1, worktime.Resolution)
		if want := date.MustParse("2026-11-30").At(10, 0); c.Paused || !c.DueAt.Equal(want) {
			t.Errorf("due at %s after an hour's pause, want an hour of work after %s", c.DueAt, due)
		}
	})
}

func TestReassigningChangesNoClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		before := w.now(number)
		w.must(w.Assign(t.Context(), chen, number, wang.ID))
		w.must(w.BulkAssign(t.Context(), chen, []string{number}, lin.ID))
		after := w.now(number)
		for i := range before.Clocks {
			if !before.Clocks[i].DueAt.Equal(after.Clocks[i].DueAt) {
				t.Errorf("%s was due at %s, and is at %s", before.Clocks[i].Name, before.Clocks[i].DueAt, after.Clocks[i].DueAt)
			}
		}
		if h := w.head(number); h.ownerID != lin.ID || h.ownerName != lin.Name {
			t.Errorf("the owner is %s", h.ownerName)
		}
		w.wantFault(w.Assign(t.Context(), wang, number, lin.ID), fault.Forbidden, "support hands a case to others")
		w.must(w.Assign(t.Context(), wang, number, wang.ID))
		w.wantFault(w.Assign(t.Context(), chen, number, qian.ID), fault.Invalid, "an auditor as owner")
		w.wantFault(w.BulkAssign(t.Context(), chen, []string{number, "C2026-0101-01"}, lin.ID), fault.NotFound, "one that is not there")
		if h := w.head(number); h.ownerID != wang.ID {
			t.Error("one of several went through")
		}
	})
}

func TestTheDeadlineIsExtendedOnceWithAReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.wantFault(w.ExtendDeadline(t.Context(), wang, number, 61, "等运营商"), fault.Invalid, "61 days")
		w.wantFault(w.ExtendDeadline(t.Context(), wang, number, 60, " "), fault.Invalid, "no reason")
		w.must(w.ExtendDeadline(t.Context(), wang, number, 60, "等运营商"))
		if c := w.clockOf(number, 1, worktime.Reply); c.LastDay != date.Of(monday).AddDays(60) {
			t.Errorf("the last day is %s", c.LastDay)
		}
		w.wantFault(w.ExtendDeadline(t.Context(), wang, number, 60, "再等"), fault.Conflict, "a second time")
		intaketest.WantTexts(t, w.d, `select remark from case_events where kind = 'deadline_extended'`, "等运营商")
	})
}

func TestACaseIsDecidedOnlyWithAllThatADecisionNeeds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		amount := func(n money.Fen) *money.Fen { return &n }
		good := Judgement{Upheld, "重复提交", "这笔收了两次", amount(3600), false}
		for name, change := range map[string]func(*Judgement){
			"no finding":               func(j *Judgement) { j.Finding = "" },
			"answered":                 func(j *Judgement) { j.Finding = Answered },
			"no root cause":            func(j *Judgement) { j.RootCause = " " },
			"no reason":                func(j *Judgement) { j.Reason = "" },
			"no amount though due":     func(j *Judgement) { j.Amount = nil },
			"more than was taken":      func(j *Judgement) { j.Amount = amount(3601) },
			"less than nothing":        func(j *Judgement) { j.Amount = amount(-1) },
			"money though not upheld":  func(j *Judgement) { j.Finding = NotUpheld },
			"a root cause without end": func(j *Judgement) { j.RootCause = strings.Repeat("因", MaxRootCause+1) },
		} {
			j := good
			change(&j)
			w.wantFault(w.Decide(t.Context(), wang, number, j), fault.Invalid, name)
		}
		w.wantFault(w.Decide(t.Context(), qian, number, good), fault.Forbidden, "an auditor")
		w.must(w.Decide(t.Context(), wang, number, good))
		w.wantFault(w.Decide(t.Context(), wang, number, good), fault.Conflict, "a second time")
		intaketest.WantTexts(t, w.d, `select finding || ' ' || amount_fen || ' ' || suggested_fen || ' ' || round from case_decisions`, "upheld 3600 3600 1")
	})
}

func TestTheRulesSuggestWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for ref, want := range map[string]money.Fen{lawful: 0, twice: 3600, dearly: 500} {
			due, err := w.head(w.file(ref)).due(t.Context(), w.d)
			w.must(err)
			if due.Suggested != want {
				t.Errorf("%s: %d fen are suggested, want %d", ref, due.Suggested, want)
			}
		}
	})
}

func TestAWithdrawnCaseHoldsNothingAndIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.wantFault(w.Withdraw(t.Context(), w.wu, number), fault.Forbidden, "a viewer")
		w.wantFault(w.Withdraw(t.Context(), w.li, number), fault.NotFound, "another merchant")
		w.must(w.Withdraw(t.Context(), w.zhou, number))
		w.wantState(number, worktime.Withdrawn)
		if got := w.held(); got != "" {
			t.Errorf("%q is held", got)
		}
		w.wantFault(w.Write(t.Context(), w.zhou, number, "等等", nil), fault.Conflict, "writing")
		_, err := w.Reopen(t.Context(), w.zhou, number, "等等")
		w.wantFault(err, fault.Conflict, "reopening")
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "等等"), fault.Conflict, "a review")
		if again := w.file(twice); again == number || w.held() != "sim_data" {
			t.Errorf("filed again as %s, %q is held", again, w.held())
		}
	})
}

func TestAcceptingADecisionClosesTheCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(lawful)
		w.wantFault(w.Accept(t.Context(), w.zhou, number), fault.Conflict, "before the decision")
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.wantState(number, worktime.Closed)

		number = w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.wantState(number, worktime.Decided) // the money is still to come
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "不对"), fault.Conflict, "a review after accepting")
	})
}

func TestACaseClosesAfterTwoWeeksWithoutAWord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		silent, spoken, owed := w.file(lawful), w.file(twice), w.file(dearly)
		w.decide(wang, silent, NotUpheld, 0)
		w.decide(wang, spoken, NotUpheld, 0)
		w.decide(wang, owed, Upheld, 500)
		w.at("2026-12-01", 9, 0)
		w.must(w.Write(t.Context(), w.zhou, spoken, "再想想", nil))
		for _, step := range []struct {
			day  string
			want int
		}{{"2026-12-07", 0}, {"2026-12-08", 1}, {"2026-12-15", 0}, {"2026-12-16", 1}, {"2027-01-16", 0}} {
			w.at(step.day, 1, 0)
			n, err := w.Close(t.Context())
			if w.must(err); n != step.want {
				t.Errorf("on %s %d closed, want %d", step.day, n, step.want)
			}
		}
		w.wantState(owed, worktime.Decided)
	})
}

func TestWarningsAndBreachesAreNotedOnceEach(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.file(twice)
		noted := `select clock || ' ' || kind from case_alarms order by at, clock, kind`
		for _, step := range []struct {
			day          string
			hour, minute int
			want         []string
		}{
			{"2026-11-23", 16, 0, nil},
			{"2026-11-23", 16, 30, []string{"first_contact warning"}}, // not at 16:07 yet
			{"2026-11-23", 18, 0, []string{"first_contact warning"}},  // all of it, and not more
			{"2026-11-24", 8, 0, []string{"first_contact warning"}},   // nobody works yet
			{"2026-11-24", 9, 1, []string{"first_contact warning", "first_contact breach"}},
			{"2026-11-24", 9, 2, []string{"first_contact warning", "first_contact breach"}},
		} {
			w.at(step.day, step.hour, step.minute)
			_, err := w.Warnings(t.Context())
			w.must(err)
			intaketest.WantTexts(t, w.d, noted, step.want...)
		}
		w.must(w.Reply(t.Context(), wang, "C2026-1123-01", "抱歉，晚了"))
		if got := w.text(`select case when breached then 'breached' else '' end from cases`); got != "breached" {
			t.Error("the breach went off the record with the reply")
		}
	})
}

func TestWhoElseHasACaseOpenIsSeenUntilItExpires(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		others := func(by staff.Actor, want ...string) {
			t.Helper()
			w.must(w.Lock(t.Context(), by, number))
			k, err := ReadDesk(t.Context(), w.d, by, number, w.clock.Now())
			w.must(err)
			var got []string
			for _, o := range k.Openers {
				got = append(got, o.Name)
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s sees %v, want %v", by.Name, got, want)
			}
		}
		others(wang)
		others(qian, wang.Name) // who only reads
		others(lin, wang.Name)
		w.must(w.Unlock(t.Context(), wang, number))
		others(lin)
		w.clock.Advance(11 * time.Minute)
		others(wang)
		w.wantFault(w.Lock(t.Context(), wang, "C2026-0101-01"), fault.NotFound, "no such case")
	})
}

func TestAFileIsOpenedByTheCasesPeopleAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.AddFiles(t.Context(), w.zhou, number, []Upload{pictureOf1}))
		id := w.text(`select id from case_files`)
		f, content, err := w.OpenFile(t.Context(), w.wu, number, id)
		if w.must(err); f.Name != "小票.png" || len(content) == 0 {
			t.Errorf("opened %+v with %d bytes", f, len(content))
		}
		_, _, err = w.OpenFile(t.Context(), w.li, number, id)
		w.wantFault(err, fault.NotFound, "another merchant")
		_, _, err = w.StaffOpenFile(t.Context(), wang, number, id)
		w.must(err)
		intaketest.WantTexts(t, w.d, `select actor_id from audit_entries where action = 'case.open_file'`, wang.ID)
	})
}

func TestTheMerchantIsToldOfEachStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.Assign(t.Context(), chen, number, wang.ID))
		w.must(w.Assign(t.Context(), chen, number, lin.ID))
		w.must(w.Note(t.Context(), lin, number, "像是重复"))
		w.must(w.Reply(t.Context(), lin, number, "在查"))
		w.must(w.AskMerchant(t.Context(), lin, number, "请发小票"))
		w.must(w.ExtendDeadline(t.Context(), lin, number, 30, "等运营商"))
		w.decide(lin, number, NotUpheld, 0)
		w.must(w.AskReview(t.Context(), w.zhou, number, "不对"))
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, number))
		_, err := w.Reopen(t.Context(), w.zhou, number, "又扣了")
		w.must(err)
		w.must(w.Withdraw(t.Context(), w.zhou, number))
		w.wantTold(number, "filed", "assigned", "reply", "ask", "extended", "decided", "review", "decided", "closed", "reopened", "withdrawn")
	})
}

// wantTold fails the test unless the merchant was told of the steps, in order.
func (w *world) wantTold(number string, want ...string) {
	w.t.Helper()
	var got []string
	err := w.d.Query(w.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var facts db.JSON
			err := rows.Scan(&facts)
			var f struct{ Step, Number string }
			if err == nil {
				err = json.Unmarshal(facts, &f)
			}
			got = append(got, f.Step)
			return err
		})
	}, `select facts from notices where kind = 'complaint' and ref = $1 order by round`, number)
	w.must(err)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Errorf("the merchant was told of %v, want %v", got, want)
	}
}
