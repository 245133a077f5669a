package complaint

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		good := Judgement{Upheld, "重复提交", "这笔收了两次", amount(3600)}
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

func TestARefundAboveTheLimitTakesASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := Policy{Policy: worktime.DefaultPolicy, SecondAbove: 3000}
		w.must(w.SetPolicy(t.Context(), chen, 1, p))
		number := w.file(twice)
		_, err := w.ProposeRefund(t.Context(), wang, number, 3600)
		w.wantFault(err, fault.Conflict, "before the decision")
		w.decide(chen, number, Upheld, 3600)
		_, err = w.ProposeRefund(t.Context(), chen, number, 3601)
		w.wantFault(err, fault.Invalid, "more than was decided")
		refund, err := w.ProposeRefund(t.Context(), chen, number, 3600)
		w.must(err)
		w.wantState(number, worktime.Decided)
		_, err = w.ProposeRefund(t.Context(), wang, number, 1)
		w.wantFault(err, fault.Invalid, "more than is left")
		w.wantFault(w.SendRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund), fault.Conflict, "sent before it is approved")
		w.wantFault(w.ApproveRefund(t.Context(), chen, refund), fault.Forbidden, "one's own")
		w.wantFault(w.ApproveRefund(t.Context(), wang, refund), fault.Forbidden, "support")
		second := staff.Actor{ID: "st_9", Name: "赵", Roles: []staff.Role{staff.Compliance}}
		w.must(w.ApproveRefund(t.Context(), second, refund))
		w.wantFault(w.RefuseRefund(t.Context(), second, refund, "不对"), fault.Conflict, "answered twice")
		w.wantState(number, worktime.RefundPending)
	})
}

func TestARefundInPartsTakesASecondPersonFromTheLimitOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.SetPolicy(t.Context(), chen, 1, Policy{Policy: worktime.DefaultPolicy, SecondAbove: 3000}))
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		for _, part := range []struct {
			amount money.Fen
			want   RefundState
		}{{2000, RefundApproved}, {1000, RefundApproved}, {1, RefundProposed}} {
			w.clock.Advance(time.Minute)
			refund, err := w.ProposeRefund(t.Context(), wang, number, part.amount)
			w.must(err)
			if got := w.text(`select state from refund_proposals where id = $1`, refund); got != string(part.want) {
				t.Errorf("a part of %v: got %s, want %s", part.amount, got, part.want)
			}
		}
	})
}

func TestALineIsNotGivenBackTwiceByTwoCases(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		w.decide(wang, first, Upheld, 3600)
		again := w.file(twice)
		w.decide(wang, again, Upheld, 3600) // nobody has proposed anything yet
		var all sync.WaitGroup
		var refused atomic.Int32
		for _, number := range []string{first, again} {
			all.Go(func() {
				if _, err := w.ProposeRefund(t.Context(), lin, number, 2000); fault.Is(err, fault.Invalid) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := w.text(`select cast(sum(amount_fen) as text) from refund_proposals`); refused.Load() != 1 || got != "2000" {
			t.Errorf("%s fen are to be given back, %d were refused; want 2000, the other 2000 being more than the 3600 that were taken", got, refused.Load())
		}
		third := w.file(twice)
		amount := money.Fen(1601)
		w.wantFault(w.Decide(t.Context(), wang, third, Judgement{Upheld, "重复提交", "收了两次", &amount}), fault.Invalid, "more than the others leave")
		w.decide(wang, third, Upheld, 1600)
		_, err := w.ProposeRefund(t.Context(), lin, third, 1600)
		w.must(err)
		w.must(w.giveBack(twice, "", 3600))
		w.at("2026-12-20", 9, 0)
		_, err = w.Close(t.Context())
		w.must(err)
		for _, number := range []string{first, again, third} { // though one of them granted more
			w.wantState(number, worktime.Closed)
		}
	})
}

func TestARefusedRefundMayBeProposedAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.SetPolicy(t.Context(), chen, 1, Policy{Policy: worktime.DefaultPolicy}))
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		refund, err := w.ProposeRefund(t.Context(), wang, number, 1800)
		w.must(err)
		w.must(w.RefuseRefund(t.Context(), chen, refund, "要退全部"))
		w.wantState(number, worktime.Decided)
		refund, err = w.ProposeRefund(t.Context(), wang, number, 3600)
		w.must(err)
		w.must(w.ApproveRefund(t.Context(), chen, refund))
		w.wantState(number, worktime.RefundPending)
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

func TestAReviewGetsAnotherPersonAndNewClocksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, NotUpheld, 0)
		w.at("2026-12-07", 10, 0) // the last day
		w.must(w.AskReview(t.Context(), w.zhou, number, "小票上写着两次"))
		w.wantState(number, worktime.Investigating)
		if h := w.head(number); h.ownerID != "" {
			t.Errorf("%s still has it", h.ownerName)
		}
		if got := w.held(); got != "sim_data" {
			t.Errorf("%q is held, want the fee", got)
		}
		if c := w.clockOf(number, 2, worktime.Resolution); !c.StartedAt.Equal(w.clock.Now()) || c.Target != 2250*time.Minute {
			t.Errorf("the new clock is %+v", c)
		}
		amount := money.Fen(3600)
		w.wantFault(w.Decide(t.Context(), wang, number, Judgement{Upheld, "重复提交", "收了两次", &amount}), fault.Forbidden, "the same person")
		w.wantFault(w.Assign(t.Context(), chen, number, wang.ID), fault.Invalid, "handed to the same person")
		w.must(w.Reply(t.Context(), wang, number, "转给同事了"))
		if h := w.head(number); h.ownerID != "" {
			t.Errorf("%s took it up again", h.ownerName)
		}
		w.decide(lin, number, Upheld, 3600)
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "还是不对"), fault.Conflict, "a second review")
		intaketest.WantTexts(t, w.d, `select staff_id || ' ' || round from case_decisions order by number`, "st_1 1", "st_2 2")
	})
}

func TestTheDeadlineOfAReviewIsExtendedByItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		extended := func() int {
			p, err := ReadPage(t.Context(), w.d, w.zhou.MerchantID, number, w.clock.Now())
			w.must(err)
			return p.Extended().Days
		}
		w.must(w.ExtendDeadline(t.Context(), wang, number, 40, "等运营商"))
		if got := extended(); got != 40 {
			t.Errorf("got %d days, want 40", got)
		}
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.AskReview(t.Context(), w.zhou, number, "不对"))
		if got := extended(); got != 0 {
			t.Errorf("the review is said to be extended to %d days", got)
		}
		w.must(w.ExtendDeadline(t.Context(), lin, number, 30, "等代理商"))
		if got := extended(); got != 30 {
			t.Errorf("got %d days, want 30", got)
		}
	})
}

func TestAReviewIsAskedForWithinTwoWeeks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, NotUpheld, 0)
		w.at("2026-12-08", 0, 0)
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "不对"), fault.Conflict, "a day late")
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

func TestReopeningResumesTheCaseAndLaterFilesANewOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.clock.Advance(time.Hour)
		w.decide(wang, number, NotUpheld, 0)
		_, err := w.Reopen(t.Context(), w.zhou, number, "又扣了")
		w.wantFault(err, fault.Conflict, "one that is not closed")
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.at("2026-12-07", 9, 0)
		same, err := w.Reopen(t.Context(), w.zhou, number, "又扣了")
		w.must(err)
		w.wantState(number, worktime.Investigating)
		if c := w.clockOf(number, 1, worktime.Resolution); same != number || c.Elapsed != time.Hour || !c.StoppedAt.IsZero() {
			t.Errorf("%s goes on with %+v", same, c)
		}
		if got := w.held(); got != "sim_data" {
			t.Errorf("%q is held, want the fee", got)
		}
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.at("2026-12-22", 9, 0)
		for range 2 {
			other, err := w.Reopen(t.Context(), w.zhou, number, "还是不对")
			if w.must(err); other != "C2026-1222-01" {
				t.Errorf("%s goes on, want a new case", other)
			}
		}
		w.wantState(number, worktime.Closed)
		w.wantState("C2026-1222-01", worktime.Received)
		if got := w.held(); got != "" {
			t.Errorf("the new one holds %q", got)
		}
		intaketest.WantTexts(t, w.d, `select kind from case_links`, "reopened")
	})
}

func TestAnOldCaseIsNotReopenedBesideOneAboutTheSameLine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.file(twice)
		w.decide(wang, old, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, old))
		w.at("2026-12-15", 9, 0)
		again := w.file(twice)
		for _, words := range []string{"还是不对", "还有这一张"} {
			if got, err := w.Reopen(t.Context(), w.zhou, old, words); err != nil || got != again {
				t.Fatalf("%s goes on, %v; want %s", got, err, again)
			}
			w.clock.Advance(time.Second)
		}
		intaketest.WantTexts(t, w.d, `select string_agg(body, ' ') from (select o.body from case_posts o join cases c on c.id = o.case_id where c.under_way order by o.at, o.id) p`, "还是不对 还有这一张")
	})
}

func TestMergingKeepsTheEarliestFilingAndItsClocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		early := w.file(twice)
		due := w.now(early).NextDue()
		w.clock.Advance(2 * time.Hour)
		late := w.file(dearly)
		question, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: "？"})
		w.must(err)
		_, err = w.Merge(t.Context(), wang, early, question.Number)
		w.wantFault(err, fault.Conflict, "a complaint and a question")
		kept, err := w.Merge(t.Context(), wang, late, early)
		if w.must(err); kept != early || !w.now(early).NextDue().Equal(due) {
			t.Errorf("%s goes on, due at %s; want %s at %s", kept, w.now(early).NextDue(), early, due)
		}
		w.wantFault(w.Reply(t.Context(), wang, late, "在查"), fault.Conflict, "the one that was merged")
		if got := w.held(); got != "sim_data service" && got != "service sim_data" {
			t.Errorf("%q is held, want both fees", got)
		}
		if again := w.file(dearly); again != early {
			t.Errorf("complained again: %s, want %s", again, early)
		}
		w.decide(wang, early, Upheld, 3600)
		if got := w.held(); got != "" {
			t.Errorf("%q is held after the decision", got)
		}
		w.must(w.AskReview(t.Context(), w.zhou, early, "服务费呢？"))
		if got := w.held(); got != "sim_data service" && got != "service sim_data" {
			t.Errorf("%q is held in the review, want both fees", got)
		}
		w.decide(lin, early, Upheld, 3600)
		if got := w.held(); got != "" {
			t.Errorf("%q is held after the review", got)
		}
	})
}

func TestASplitInheritsTheClocksAndTheOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.clock.Advance(time.Hour)
		w.must(w.AskMerchant(t.Context(), wang, number, "请发小票"))
		w.clock.Advance(time.Hour)
		off, err := w.Split(t.Context(), wang, number, OfDeduction, w.lines[dearly], "", TooMuch, "另一笔")
		w.must(err)
		a, b := w.now(number), w.now(off)
		if a.State != b.State || len(a.Clocks) != len(b.Clocks) {
			t.Fatalf("%+v, split off %+v", a, b)
		}
		for i := range a.Clocks {
			if a.Clocks[i] != b.Clocks[i] {
				t.Errorf("the clocks are %+v and %+v", a.Clocks[i], b.Clocks[i])
			}
		}
		if h := w.head(off); h.ownerID != wang.ID || h.number == number {
			t.Errorf("%s belongs to %q", h.number, h.ownerName)
		}
		_, err = w.Split(t.Context(), wang, number, OfDeduction, w.lines[dearly], "", TooMuch, "另一笔")
		w.wantFault(err, fault.Conflict, "split off twice")
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

func TestARefundInPartsIsToldPartByPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		var parts []string
		for range 2 {
			refund, err := w.ProposeRefund(t.Context(), wang, number, 1800)
			w.must(err)
			parts = append(parts, refund)
		}
		for i, want := range []worktime.State{worktime.RefundPending, worktime.Closed} {
			w.must(w.PayRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, parts[i]))
			w.wantState(number, want)
		}
		w.wantTold(number, "filed", "decided", "refund", "refunded", "closed")
	})
}

func TestMoneyGivenBackByAnEarlierDecisionIsNotCountedAgainstALaterOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		first := w.refunded(number, 1000)
		w.must(w.giveBack(twice, first[0], 1000))
		w.wantState(number, worktime.Closed)
		w.clock.Advance(time.Hour)
		_, err := w.Reopen(t.Context(), w.zhou, number, "还差二十六块")
		w.must(err)
		w.decide(wang, number, Upheld, 2600) // what was taken and not given back
		if k, err := ReadDesk(t.Context(), w.d, wang, number, w.clock.Now()); err != nil || k.Left() != 2600 {
			t.Fatalf("got %v left of the later decision, %v; want 26.00", k.Left(), err)
		}
		w.clock.Advance(time.Second)
		_, err = w.ProposeRefund(t.Context(), wang, number, 2601)
		w.wantFault(err, fault.Invalid, "more than the later decision grants")
		second, err := w.ProposeRefund(t.Context(), wang, number, 2600)
		w.must(err)
		k, err := ReadDesk(t.Context(), w.d, wang, number, w.clock.Now())
		w.must(err)
		for i, want := range []string{first[0], second} {
			if got := k.RefundsOf(i); len(got) != 1 || got[0].ID != want {
				t.Errorf("decision %d has the refunds %+v, want %s", i, got, want)
			}
		}
		if k.Left() != 0 {
			t.Errorf("got %v left, want nothing", k.Left())
		}
		w.must(w.giveBack(twice, second, 2600))
		w.wantState(number, worktime.Closed)
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

func TestAFormSentByTwoAtOnceFilesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		numbers := make([]string, 4)
		for i := range numbers {
			all.Go(func() {
				f, err := w.File(t.Context(), w.zhou, NewCase{Token: "f1", Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Files: []Upload{pictureOf1}})
				if numbers[i] = f.Number; err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if numbers = slices.Compact(numbers); len(numbers) != 1 {
			t.Errorf("filed %v", numbers)
		}
		intaketest.WantTexts(t, w.d, `select (select count(*) from cases) || ' ' || (select count(*) from case_files) || ' ' || (select count(*) from disputes)`, "1 1 1")
	})
}

func TestADraftSentByTwoAtOnceKeepsItsFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		line := w.lines[twice]
		w.must(w.SaveDraft(t.Context(), w.zhou, OfDeduction, line, json.RawMessage(`{}`), []Upload{pictureOf1}))
		var all sync.WaitGroup
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Lock(t.Context(), lockOfMerchant(w.zhou.MerchantID)); err != nil {
				return err
			}
			for range 2 {
				all.Go(func() {
					_, err := w.File(t.Context(), w.zhou, NewCase{Token: "f1", Kind: Complaint, Subject: OfDeduction, Ref: line, Reason: Twice})
					if err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // both have come as far as the lock, if the database lets them
			return nil
		})
		w.must(err)
		all.Wait()
		var number, fileID string
		w.must(w.d.QueryRow(t.Context(), `select c.number, f.id from case_files f join cases c on c.id = f.case_id`).Scan(&number, &fileID))
		if _, content, err := w.OpenFile(t.Context(), w.zhou, number, fileID); err != nil || len(content) == 0 {
			t.Errorf("%d bytes of the file are there, %v", len(content), err)
		}
	})
}

func TestOfTwoDecisionsAtOnceOneCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		amount := money.Fen(3600)
		var all sync.WaitGroup
		var refused atomic.Int32
		for _, by := range []staff.Actor{wang, lin, chen} {
			all.Go(func() {
				if err := w.Decide(t.Context(), by, number, Judgement{Upheld, "重复提交", "收了两次", &amount}); fault.Is(err, fault.Conflict) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n != 2 {
			t.Errorf("%d of three were refused, want two", n)
		}
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_decisions`, "1")
	})
}

func TestALineIsNotPutRightOverTheHeadOfWhoHasJustTakenItsCaseUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.OpenDenied(t.Context(), time.Time{})
		w.must(err)
		number := w.text(`select number from cases where subject_ref = $1`, w.lines[twice])
		var became []Righted
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			h, err := lock(t.Context(), tx, 0, number)
			if err != nil {
				return err
			}
			all.Go(func() {
				err := w.d.Write(t.Context(), func(tx *db.Tx) (err error) {
					became, err = w.PutRightIn(t.Context(), tx, Together{RootCause: "重复提交", Reason: "收了两次", By: wang, Second: chen}, []Righting{{w.zhou.MerchantID, w.lines[twice], 3600}})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has come as far as the case, if the database lets it
			if err := h.engage(t.Context(), tx, w.clock.Now(), lin); err != nil {
				return err
			}
			return h.keep(t.Context(), tx, w.clock.Now())
		}))
		all.Wait()
		if len(became) != 1 || became[0].Why != UnderComplaint {
			t.Errorf("got %+v, want it left to who works on the case", became)
		}
		w.wantState(number, worktime.Investigating)
	})
}

func TestALineThatIsBeingPutRightGetsNoOtherCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Lock(t.Context(), lockOfMerchant(w.zhou.MerchantID)); err != nil {
				return err
			}
			all.Go(func() {
				if _, err := w.OpenDenied(t.Context(), time.Time{}); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has found the line, if the database lets it
			_, err := w.PutRightIn(t.Context(), tx, Together{RootCause: "重复提交", Reason: "收了两次", By: wang, Second: chen}, []Righting{{w.zhou.MerchantID, w.lines[twice], 3600}})
			return err
		}))
		all.Wait()
		if got := w.text(`select count(*) || '' from cases where subject_ref = $1`, w.lines[twice]); got != "1" {
			t.Errorf("%s cases are about the line, want the one by which it is put right", got)
		}
	})
}

func TestAComplaintAboutALineWhoseCaseEndsMeanwhileIsFiled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		var again Filed
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			h, err := lock(t.Context(), tx, 0, first)
			if err != nil {
				return err
			}
			all.Go(func() {
				var err error
				again, err = w.File(t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Words: "收了两次"})
				if err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has found the case, if the database lets it
			if err := h.add(t.Context(), tx, w.clock.Now(), ofStaff(wang), worktime.Event{Kind: worktime.CaseWithdrawn}, ""); err != nil {
				return err
			}
			return h.keep(t.Context(), tx, w.clock.Now())
		}))
		all.Wait()
		if again.Number == first || again.Before {
			t.Errorf("got %+v, want a case of its own", again)
		}
	})
}

func TestWhatIsSentTwiceIsSaidOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		for range 2 {
			w.must(w.Write(t.Context(), w.zhou, number, "看小票", []Upload{pictureOf1}))
			w.must(w.Reply(t.Context(), wang, number, "在查"))
			w.must(w.Note(t.Context(), wang, number, "像是重复"))
		}
		want := "3 1 2"
		counts := `select (select count(*) from case_posts) || ' ' || (select count(*) from case_files) || ' ' || (select count(*) from notices where kind = 'complaint')`
		intaketest.WantTexts(t, w.d, counts, want)
		w.must(w.Write(t.Context(), w.zhou, number, "看小票", []Upload{{"b.pdf", []byte("%PDF-1.4\n%%EOF\n")}}))
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_files`, "2") // another file is news
		w.clock.Advance(time.Hour)
		w.must(w.Reply(t.Context(), wang, number, "在查"))
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_posts`, "5")
	})
}
