package complaint

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// passedOn files a case about the counter that an authority passed on.
func (w *world) passedOn(number string, due string) string {
	w.t.Helper()
	f, err := w.FileForCaller(w.t.Context(), wang, "M1", Caller{Channel: ByAuthority, Authority: "12363", Number: number, DueOn: date.MustParse(due)},
		NewCase{Kind: Question, Words: "为什么？"})
	w.must(err)
	return f.Number
}

func TestAnAuthoritysDeadlineIsSortedByAndKeptThroughAMerge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		soon, late := date.MustParse("2026-11-23"), w.passedOn("京-1", "2026-12-30")
		first, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: "？"})
		w.must(err)
		w.clock.Advance(time.Hour)
		pressing := w.passedOn("京-2", soon.String())
		queue := func(v View) string {
			t.Helper()
			q, err := ReadQueue(t.Context(), w.d, wang, v, Mark{}, w.clock.Now())
			w.must(err)
			var got []string
			for _, r := range q.Rows {
				got = append(got, r.Number+" "+r.NextDueAt.In(time.UTC).Format("02T15"))
			}
			return strings.Join(got, ", ")
		}
		resolution := w.now(late).NextDue().Format("02T15")
		want := fmt.Sprintf("%s %s, %s 23T16", late, resolution, pressing)
		if w.now(late).NextDue().After(worktime.EndOf(soon)) {
			want = fmt.Sprintf("%s 23T16, %s %s", pressing, late, resolution)
		}
		if got := queue(Authority); got != want {
			t.Errorf("authorities' cases are %s, want %s", got, want)
		}
		kept, err := w.Merge(t.Context(), wang, first.Number, pressing)
		if w.must(err); kept != first.Number {
			t.Fatalf("%s goes on, want %s", kept, first.Number)
		}
		intaketest.WantTexts(t, w.d, `select authority || ' ' || authority_number from cases where number = '`+first.Number+`'`, "12363 京-2")
		if got := queue(Authority); !strings.Contains(got, first.Number) {
			t.Errorf("after the merge: %s; %s is missing", got, first.Number)
		}
		off, err := w.Split(t.Context(), wang, first.Number, OfNothing, "", "", Other, "另一件")
		w.must(err)
		if got := queue(Authority); !strings.Contains(got, off) {
			t.Errorf("after the split: %s; %s is missing", got, off)
		}
	})
}

func TestAFormOfACaseThatWentOnIsRefusedAndOneSentTwiceCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		lines := w.head(number).lines
		wangs, lins := w.From(Shown{Token: "f1", Lines: lines}), w.From(Shown{Token: "f2", Lines: lines})
		w.must(wangs.Reply(t.Context(), wang, number, "在查"))
		w.must(wangs.Reply(t.Context(), wang, number, "在查了"))
		intaketest.WantTexts(t, w.d, `select body from case_posts where kind = 'reply'`, "在查")
		w.wantFault(lins.Decide(t.Context(), lin, number, Judgement{Finding: NotUpheld, RootCause: "无", Reason: "按约定"}), fault.Conflict, "a decision on what was shown before")
		w.wantFault(lins.Assign(t.Context(), lin, number, lin.ID), fault.Conflict, "an assignment on what was shown before")
		again := w.From(Shown{Token: "f2", Lines: w.head(number).lines})
		w.must(again.Assign(t.Context(), lin, number, lin.ID))

		other := w.file(dearly)
		merge := w.From(Shown{Token: "f3", Lines: w.head(number).lines})
		var group sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			group.Go(func() { _, errs[i] = merge.Merge(t.Context(), wang, number, other) })
		}
		group.Wait()
		for _, err := range errs {
			w.must(err)
		}
		split := w.From(Shown{Token: "f4", Lines: w.head(number).lines})
		for range 2 {
			_, err := split.Split(t.Context(), wang, number, OfNothing, "", "", Other, "另一件")
			w.must(err)
		}
		intaketest.WantTexts(t, w.d, `select cast(count(*) as text) from case_links where kind = 'split'`, "1")
	})
}

func TestACaseIsFoundByNumberMerchantAndTerminal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		other, err := w.FileForCaller(t.Context(), wang, "M2", Caller{Channel: ByPhone}, NewCase{Kind: Complaint, Subject: OfTerminal, Ref: stall, Item: fee.SimData, Reason: TooMuch})
		w.must(err)
		for text, want := range map[string]string{
			strings.ToLower(number): number, "M1": number, "老街面馆": number, counter: number, " " + stall + " ": other.Number, "M9": "",
		} {
			ctx, counted := db.Count(t.Context())
			found, err := FindCases(ctx, w.d, wang, text, w.clock.Now())
			w.must(err)
			var got string
			for _, f := range found.Rows {
				got += f.Number
			}
			if got != want || counted.Statements() > 2 || len(found.People) != 3 {
				t.Errorf("%q finds %q in %d statements, want %q in two", text, got, counted.Statements(), want)
			}
		}
		_, err = FindCases(t.Context(), w.d, staff.Actor{ID: "st_8", Roles: []staff.Role{staff.Operator}}, number, w.clock.Now())
		w.wantFault(err, fault.Forbidden, "an operator")
	})
}

func TestEvidenceIsReadAsItWasKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		k, err := ReadDesk(t.Context(), w.d, wang, w.file(twice), w.clock.Now())
		w.must(err)
		if k.Known.Verdict != fee.Deny || !hasWord(k.Known.Reasons, "duplicate_cycle") || k.Known.Amount != 3600 || k.Known.Ref != twice {
			t.Errorf("known is %+v", k.Known)
		}
		e, err := fee.Explain(k.Known.Case)
		w.must(err)
		if got := e.Verdict.Reasons.String(); got != k.Known.Reasons {
			t.Errorf("explained again, the reasons are %q, want %q", got, k.Known.Reasons)
		}
		if len(k.People) != 3 || len(k.Reachables) != 3 || k.Terminals != 1 || k.Sampled != nil {
			t.Errorf("people %v, reachable %v, %d terminals, sampled %v", k.People, k.Reachables, k.Terminals, k.Sampled)
		}
	})
}

func TestWhoIsReachedIsReadWholeOnlyForAReasonOnRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		_, err := w.Unmask(t.Context(), wang, number, " ")
		w.wantFault(err, fault.Invalid, "without a reason")
		_, err = w.Unmask(t.Context(), qian, number, "看看")
		w.wantFault(err, fault.Forbidden, "an auditor")
		intaketest.WantTexts(t, w.d, `select action from audit_entries where action = 'case.unmask'`)
		all, err := w.Unmask(t.Context(), wang, number, "回电")
		w.must(err)
		var phones string
		for _, p := range all {
			phones += p.Name + p.Phone + " "
		}
		if !strings.Contains(phones, "周老板+8613800006621") {
			t.Errorf("reachable are %s", phones)
		}
		intaketest.WantTexts(t, w.d, `select actor_id || ' ' || subject from audit_entries where action = 'case.unmask'`, wang.ID+" "+w.head(number).id)
	})
}

func TestANumberToCallIsKeptApartFromWhatIsSaidAndIsTheFirstToBeReached(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := NewCase{Kind: Question, Words: "请回电话", Phone: "021-5555 0101"}
		_, err := w.File(t.Context(), w.zhou, in)
		w.wantFault(err, fault.Invalid, "a number where no call is wanted")
		in.Kind, in.Phone = Callback, "问我老婆"
		_, err = w.File(t.Context(), w.zhou, in)
		w.wantFault(err, fault.Invalid, "what is no number")
		in.Phone = "021-5555 0101"
		f, err := w.File(t.Context(), w.zhou, in)
		w.must(err)
		read, err := ReadPage(t.Context(), w.d, w.zhou.MerchantID, f.Number, w.clock.Now())
		if err != nil || read.CallPhone != "+862155550101" {
			t.Errorf("the merchant reads %q, %v", read.CallPhone, err)
		}
		k, err := ReadDesk(t.Context(), w.d, wang, f.Number, w.clock.Now())
		w.must(err)
		want := Reachable{Name: "周老板", Phone: "+862155550101", Call: true}
		if len(k.Reachables) != 4 || k.Reachables[0] != want {
			t.Errorf("staff read %+v, want %+v first", k.Reachables, want)
		}
		other, err := w.File(t.Context(), w.zhou, NewCase{Kind: Callback, Words: "还是请回电话"})
		w.must(err)
		goesOn := w.merge(f.Number, other.Number)
		all, err := w.Unmask(t.Context(), wang, goesOn, "回电")
		if err != nil || len(all) != 4 || all[0] != want {
			t.Errorf("of what it was merged into %+v, %v", all, err)
		}
		intaketest.WantTexts(t, w.d, `select body from case_posts where body like '%5555%' union all select body from messages where body like '%5555%'
			union all select cast(details as text) from audit_entries where cast(details as text) like '%5555%'`)
		for _, one := range []struct {
			erased string
			kept   []string
		}{{w.li.UserID, []string{"+862155550101"}}, {w.zhou.UserID, nil}} {
			w.must(w.d.Write(t.Context(), func(tx *db.Tx) error { return ForgetNumbers(t.Context(), tx, one.erased) }))
			intaketest.WantTexts(t, w.d, `select call_phone from cases where call_phone <> ''`, one.kept...)
		}
	})
}

func TestACannedReplyIsWrittenInBothLanguagesAndFilledIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.SaveCanned(t.Context(), wang, Canned{Name: "问小票", ZhCN: "{whose}，请发小票", En: ""})
		w.wantFault(err, fault.Invalid, "an unknown place and no English")
		cannedID, err := w.SaveCanned(t.Context(), wang, Canned{Name: "问小票", ZhCN: "{merchant}：请发 {number} 的小票", En: "{merchant}: please send the receipt"})
		w.must(err)
		_, err = w.SaveCanned(t.Context(), lin, Canned{Name: "问小票", ZhCN: "a", En: "b"})
		w.wantFault(err, fault.Invalid, "a name that is taken")
		_, err = w.SaveCanned(t.Context(), lin, Canned{ID: cannedID, Version: 1, Name: "要小票", ZhCN: "请发 {number} 的小票", En: "{number}"})
		w.must(err)
		_, err = w.SaveCanned(t.Context(), wang, Canned{ID: cannedID, Version: 1, Name: "要票", ZhCN: "a", En: "b"})
		w.wantFault(err, fault.Conflict, "changed since")
		_, err = w.SaveCanned(t.Context(), qian, Canned{Name: "x", ZhCN: "a", En: "b"})
		w.wantFault(err, fault.Forbidden, "an auditor")
		c, err := ReadCanned(t.Context(), w.d, wang, cannedID)
		w.must(err)
		if got := c.Fill(false, map[string]string{"number": "C1"}); got != "请发 C1 的小票" || c.Fill(true, nil) != "" {
			t.Errorf("filled in it is %q", got)
		}
		w.must(w.RemoveCanned(t.Context(), wang, cannedID))
		w.must(w.RemoveCanned(t.Context(), wang, cannedID))
		all, err := ListCanned(t.Context(), w.d, wang)
		if w.must(err); len(all) != 0 {
			t.Errorf("after the removal there are %v", all)
		}
		_, err = w.SaveCanned(t.Context(), lin, Canned{Name: "要小票", ZhCN: "a", En: "b"})
		w.must(err)
	})
}

func TestOneInTwentyClosedCasesIsLookedAtAgainByAnotherLead(t *testing.T) {
	drawn := 0
	for i := range 20_000 {
		if isSampled(fmt.Sprintf("C2026-%04d-%02d", i/100, i%100)) {
			drawn++
		}
	}
	if drawn < 850 || drawn > 1150 {
		t.Errorf("of 20,000 cases %d are drawn, want about 1,000", drawn)
	}
	each(t, func(t *testing.T, w *world) {
		var numbers []string
		for len(numbers) == 0 || !isSampled(numbers[len(numbers)-1]) {
			f, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: "？"})
			w.must(err)
			numbers = append(numbers, f.Number)
		}
		number := numbers[len(numbers)-1]
		for _, one := range []string{numbers[0], number} {
			if s := w.now(one).State; s.UnderWay() {
				w.must(w.Decide(t.Context(), chen, one, Judgement{Finding: Answered, Reason: "是这样"}))
				w.must(w.Accept(t.Context(), w.zhou, one))
			}
		}
		s, err := ReadSamples(t.Context(), w.d, chen)
		w.must(err)
		if len(s.Waiting) != 1 || s.Waiting[0].Number != number {
			t.Fatalf("waiting are %+v, want %s", s.Waiting, number)
		}
		good := Marks{5, 4, 5, "清楚"}
		w.wantFault(w.ReviewSample(t.Context(), chen, number, good), fault.Forbidden, "one's own decision")
		w.wantFault(w.ReviewSample(t.Context(), wang, number, good), fault.Forbidden, "support")
		other := staff.Actor{ID: "st_9", Name: "周", Roles: []staff.Role{staff.Lead}}
		w.wantFault(w.ReviewSample(t.Context(), other, number, Marks{5, 0, 5, ""}), fault.Invalid, "a mark is missing")
		if numbers[0] != number {
			w.wantFault(w.ReviewSample(t.Context(), other, numbers[0], good), fault.NotFound, "none of the sample")
		}
		w.must(w.ReviewSample(t.Context(), other, number, good))
		w.wantFault(w.ReviewSample(t.Context(), other, number, good), fault.Conflict, "twice")
		s, err = ReadSamples(t.Context(), w.d, chen)
		w.must(err)
		if len(s.Waiting) != 0 || len(s.Reviewed) != 1 || s.Reviewed[0].Marks != good || s.Reviewed[0].By != "周" {
			t.Errorf("the sample is %+v", s)
		}
	})
}

func TestRefundsThatWaitForASecondPersonAreListed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.SetPolicy(t.Context(), shen, 1, Policy{Policy: worktime.DefaultPolicy, SecondAbove: 1000}))
		second := w.file(dearly)
		w.decide(wang, number, Upheld, 3600)
		w.decide(wang, second, Upheld, 500+1000)
		for _, one := range []string{number, second} {
			_, err := w.ProposeRefund(t.Context(), wang, one, 1500)
			w.must(err)
		}
		all, more, err := ListProposed(t.Context(), w.d, chen, Mark{})
		w.must(err)
		if len(all) != 1 || all[0].Number != second || all[0].Amount != 1500 || all[0].Granted != 1500 || more.ID != "" {
			t.Fatalf("waiting are %+v", all)
		}
		for id, want := range map[string]int{wang.ID: 0, chen.ID: 1} {
			n := -1
			b := db.NewBatch()
			CountProposed(b, id, &n)
			w.must(w.d.Read(t.Context(), b))
			if n != want {
				t.Errorf("%d wait for %s, want %d", n, id, want)
			}
		}
		for range 2 {
			w.must(w.ApproveRefund(t.Context(), chen, all[0].ID))
		}
	})
}
