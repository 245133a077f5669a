package complaint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestAComplaintHasANumberItsEvidenceAndHoldsItsFee(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f, err := w.File(t.Context(), w.zhou, NewCase{
			Token: "f1", Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Words: " 收过了 ", Files: []Upload{pictureOf1},
		})
		w.must(err)
		if f != (Filed{"C2026-1123-01", false}) {
			t.Fatalf("filed %+v", f)
		}
		w.wantState(f.Number, worktime.Received)
		if got := w.held(); got != "sim_data" {
			t.Errorf("held: %q, want the fee", got)
		}
		facts := w.text(`select facts from case_evidence`)
		sum := sha256.Sum256([]byte(facts))
		if got := w.text(`select hash from case_evidence`); got != hex.EncodeToString(sum[:]) {
			t.Errorf("the hash is %s, want that of the facts", got)
		}
		var s snapshot
		w.must(json.Unmarshal([]byte(strings.ReplaceAll(facts, `"case":`, `"facts":`)), &s))
		if s.Line.Ref != twice || s.Verdict.Decision != "deny" || !strings.Contains(s.Verdict.Reasons, "duplicate_cycle") || s.Verdict.Cycle != 2 || len(s.Checks) != 5 {
			t.Errorf("the evidence is %s", facts)
		}
		if !strings.Contains(facts, `"accepted":[{"version":1,"on":"2025-01-10"`) {
			t.Errorf("the acceptance is not in the evidence: %s", facts)
		}
		intaketest.WantTexts(t, w.d, `select kind || ' ' || author_name || ' ' || body from case_posts`, "message 周老板 收过了")
		intaketest.WantTexts(t, w.d, `select name || ' ' || type from case_files`, "小票.png image/png")
		intaketest.WantTexts(t, w.d, `select kind || ' ' || ref from notices where kind = 'complaint'`, "complaint "+f.Number)
		intaketest.WantTexts(t, w.d, `select action || ' ' || actor_id from audit_entries where action like 'case.%'`, "case.file u_1")
	})
}

func TestAFormSentTwiceFilesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := NewCase{Token: "f1", Kind: Question, Words: "这笔是什么？", Files: []Upload{pictureOf1}}
		first, err := w.File(t.Context(), w.zhou, in)
		w.must(err)
		again, err := w.File(t.Context(), w.zhou, in)
		w.must(err)
		if again != (Filed{first.Number, true}) {
			t.Errorf("again: %+v, want %s", again, first.Number)
		}
		intaketest.WantTexts(t, w.d, `select (select count(*) from cases) || ' ' || (select count(*) from case_posts) || ' ' || (select count(*) from case_files)`, "1 1 1")
		_, err = w.File(t.Context(), w.li, in)
		w.wantFault(err, fault.NotFound, "another merchant with the form's token")
	})
}

func TestASecondComplaintAboutALineLeadsToTheFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		in := NewCase{Token: "f2", Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: NotTold, Words: "也没通知", Files: []Upload{pictureOf1}}
		for range 2 {
			again, err := w.File(t.Context(), w.zhou, in)
			w.must(err)
			if again != (Filed{first, true}) {
				t.Errorf("again: %+v, want %s", again, first)
			}
			w.clock.Advance(time.Hour)
		}
		intaketest.WantTexts(t, w.d, `select body from case_posts`, "也没通知")
		intaketest.WantTexts(t, w.d, `select name from case_files`, "小票.png")
		in.Token = "f3"
		f, err := w.FileForCaller(t.Context(), wang, "M1", Caller{Channel: ByAuthority, Authority: "12363", Number: "京-77", DueOn: date.MustParse("2026-12-04")}, in)
		if w.must(err); f != (Filed{first, true}) {
			t.Errorf("passed on: %+v, want %s", f, first)
		}
		intaketest.WantTexts(t, w.d, `select authority_number || ' ' || authority_due_on from cases`, "京-77 2026-12-04")
	})
}

func TestAComplaintAgainAboutADecidedCycleIsLinkedAndHoldsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		w.decide(wang, first, Upheld, 3600)
		if got := w.held(); got != "" {
			t.Errorf("after the decision %q is held", got)
		}
		again := w.file("D2") // the same cycle
		if got := w.held(); got != "" {
			t.Errorf("complained again: %q is held", got)
		}
		intaketest.WantTexts(t, w.d, `select a.number || ' ' || l.kind || ' ' || b.number from case_links l join cases a on a.id = l.case_id join cases b on b.id = l.other_id`, again+" again "+first)
		w.file(lawful) // another cycle
		if got := w.held(); got != "sim_data" {
			t.Errorf("another cycle: %q is held, want the fee", got)
		}
	})
}

func TestOnlyAComplaintHoldsAndHasTheReplyDeadline(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, kind := range []Kind{Question, Callback, Invoice, Stop, Complaint} {
			f, err := w.File(t.Context(), w.zhou, NewCase{Kind: kind, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Words: "请看一下"})
			w.must(err)
			held, names := "", []worktime.Name{worktime.FirstContact, worktime.Resolution}
			if kind == Complaint {
				held, names = "sim_data", append(names, worktime.Reply)
			}
			if got := w.held(); got != held {
				t.Errorf("a case of the kind %s holds %q, want %q", kind, got, held)
			}
			var got []worktime.Name
			for _, c := range w.now(f.Number).Clocks {
				got = append(got, c.Name)
			}
			if !slices.Equal(got, names) {
				t.Errorf("a case of the kind %s has the clocks %v, want %v", kind, got, names)
			}
			if kind != Complaint {
				w.wantFault(w.ExtendDeadline(t.Context(), wang, f.Number, 30, "等运营商"), fault.Conflict, string(kind)+" has no deadline to extend")
			}
		}
	})
}

func TestWhatCantBeFiledIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		good := NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice}
		for name, c := range map[string]struct {
			change func(*NewCase)
			want   fault.Kind
		}{
			"no kind":              {func(n *NewCase) { n.Kind = "" }, fault.Invalid},
			"no reason":            {func(n *NewCase) { n.Reason = "" }, fault.Invalid},
			"the rules' reason":    {func(n *NewCase) { n.Reason = BrokenRule }, fault.Invalid},
			"other and no words":   {func(n *NewCase) { n.Reason = Other }, fault.Invalid},
			"too many words":       {func(n *NewCase) { n.Words = strings.Repeat("长", MaxWords+1) }, fault.Invalid},
			"a subject without id": {func(n *NewCase) { n.Ref = "" }, fault.Invalid},
			"a program":            {func(n *NewCase) { n.Files = []Upload{{"a.png", []byte("#!/bin/sh")}} }, fault.Invalid},
			"another's line":       {func(n *NewCase) { n.Ref = w.lines["D9"] }, fault.NotFound},
			"another's terminal":   {func(n *NewCase) { n.Subject, n.Ref = OfTerminal, stall }, fault.NotFound},
			"no such letter":       {func(n *NewCase) { n.Subject, n.Ref = OfNotice, "l_1" }, fault.NotFound},
		} {
			in := good
			c.change(&in)
			_, err := w.File(t.Context(), w.zhou, in)
			w.wantFault(err, c.want, name)
		}
		_, err := w.File(t.Context(), w.wu, good)
		w.wantFault(err, fault.Forbidden, "a viewer")
		intaketest.WantTexts(t, w.d, `select count(*) || '' from cases`, "0")
	})
}

func TestAnAuthoritysCaseBearsItsNumberAndDeadline(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := NewCase{Kind: Complaint, Subject: OfTerminal, Ref: counter, Item: "sim_data", Reason: NeverAgreed}
		due := date.MustParse("2026-12-04")
		_, err := w.FileForCaller(t.Context(), wang, "M1", Caller{Channel: ByAuthority, Authority: "12363"}, in)
		w.wantFault(err, fault.Invalid, "without number and deadline")
		_, err = w.FileForCaller(t.Context(), qian, "M1", Caller{Channel: ByPhone}, in)
		w.wantFault(err, fault.Forbidden, "an auditor")
		_, err = w.FileForCaller(t.Context(), wang, "M9", Caller{Channel: ByPhone}, in)
		w.wantFault(err, fault.Invalid, "no such merchant")
		f, err := w.FileForCaller(t.Context(), wang, "M1", Caller{Channel: ByAuthority, Authority: "12363", Number: "京-77", DueOn: due}, in)
		w.must(err)
		intaketest.WantTexts(t, w.d, `select number || ' ' || channel || ' ' || authority || ' ' || authority_number || ' ' || authority_due_on || ' ' || filed_name from cases`,
			f.Number+" authority 12363 京-77 2026-12-04 王")
		intaketest.WantTexts(t, w.d, `select ref from notices where kind = 'complaint'`, f.Number)
		if got := w.held(); got != "sim_data" {
			t.Errorf("held: %q, want the fee", got)
		}
		_, err = w.FileForCaller(t.Context(), wang, "M2", Caller{Channel: ByPhone, Number: "京-78"}, NewCase{Kind: Question, Words: "问一下"})
		w.wantFault(err, fault.Invalid, "a number of nobody's")
		_, err = w.FileForCaller(t.Context(), wang, "M2", Caller{Channel: ByPhone, Authority: "12363", Number: "京-78", DueOn: due}, NewCase{Kind: Question, Words: "问一下"})
		w.must(err)
		intaketest.WantTexts(t, w.d, `select channel || ' ' || authority || ' ' || authority_number || ' ' || authority_due_on from cases where channel = 'phone'`, "phone 12363 京-78 2026-12-04")
	})
}

func TestADeniedDeductionOpensItsOwnCaseOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.file(twice)
		for i, want := range []int{1, 0} { // the one about which nobody has complained
			n, err := w.OpenDenied(t.Context(), date.MustParse("2025-01-01").Start())
			w.must(err)
			if n != want {
				t.Errorf("run %d opened %d, want %d", i+1, n, want)
			}
		}
		intaketest.WantTexts(t, w.d, `select c.reason || ' ' || c.channel || ' ' || c.filed_by || ' ' || d.ref from cases c join deductions d on d.id = c.subject_ref where c.channel = 'itself'`,
			"broken_rule itself cases "+dearly)
		intaketest.WantTexts(t, w.d, `select count(*) || '' from notices where kind = 'complaint'`, "2")
		n, err := w.OpenDenied(t.Context(), monday)
		if w.must(err); n != 0 {
			t.Errorf("%d cases of what was taken before", n)
		}
	})
}

func TestAQuestionAboutADeniedDeductionDoesNotStandInForItsCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Subject: OfDeduction, Ref: w.lines[twice], Words: "这笔是什么？"})
		w.must(err)
		for i, want := range []int{2, 0} {
			n, err := w.OpenDenied(t.Context(), date.MustParse("2025-01-01").Start())
			if w.must(err); n != want {
				t.Errorf("run %d opened %d, want %d", i+1, n, want)
			}
		}
		if got := w.held(); got != "sim_data service" && got != "service sim_data" {
			t.Errorf("%q is held, want both fees", got)
		}
	})
}

func TestADraftFollowsAcrossDevicesUntilItIsFiled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		line := w.lines[twice]
		w.must(w.SaveDraft(t.Context(), w.zhou, OfDeduction, line, json.RawMessage(`{"words":"收"}`), []Upload{pictureOf1}))
		w.must(w.SaveDraft(t.Context(), w.zhou, OfDeduction, line, json.RawMessage(`{"words":"收过"}`), []Upload{pictureOf1}))
		w.wantFault(w.SaveDraft(t.Context(), w.wu, OfDeduction, line, json.RawMessage(`{}`), nil), fault.Forbidden, "a viewer")
		d, found, err := w.ReadDraft(t.Context(), w.zhou, OfDeduction, line)
		w.must(err)
		if !found || string(d.Content) != `{"words":"收过"}` || len(d.Files) != 1 {
			t.Errorf("read %+v, %t", d, found)
		}
		number := w.file(twice)
		f, content, err := w.OpenFile(t.Context(), w.zhou, number, d.Files[0].ID)
		if w.must(err); f.Name != pictureOf1.Name || len(content) == 0 {
			t.Errorf("the case has the file %+v of %d bytes, want the draft's", f, len(content))
		}
		if _, found, err := w.ReadDraft(t.Context(), w.zhou, OfDeduction, line); err != nil || found {
			t.Errorf("the draft is there after filing: %t, %v", found, err)
		}
	})
}

func TestWhatSomebodyBeganIsListedTheLatestFirstAndOnlyToThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		list := func(who account.Who) (begun []Begun) {
			t.Helper()
			b := db.NewBatch()
			AddBegun(b, who, &begun)
			w.must(w.d.Read(t.Context(), b))
			return begun
		}
		line := w.lines[twice]
		w.must(w.SaveDraft(t.Context(), w.zhou, OfDeduction, line, json.RawMessage(`{}`), nil))
		w.clock.Advance(time.Minute)
		w.must(w.SaveDraft(t.Context(), w.zhou, OfNothing, "", json.RawMessage(`{}`), nil))
		w.clock.Advance(time.Minute)
		w.must(w.SaveDraft(t.Context(), w.zhou, OfTerminal, "gone", json.RawMessage(`{}`), nil))
		got := list(w.zhou)
		if len(got) != 3 || got[0].Ref != "gone" || got[0].Alias != "" || got[1].Subject != OfNothing || got[2].Ref != line || got[2].Item == "" || got[2].On.IsZero() {
			t.Errorf("listed %+v", got)
		}
		if others := list(w.li); len(others) > 0 {
			t.Errorf("somebody else reads %+v", others)
		}
	})
}

func TestSomebodyKeepsOnlySoMuchUnsent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		keep := func(ref string, files int) error {
			var uploads []Upload
			for i := range files {
				uploads = append(uploads, Upload{"a.pdf", fmt.Appendf(nil, "%%PDF-1.4\n%d\n%%%%EOF\n", i)})
			}
			return w.SaveDraft(t.Context(), w.zhou, OfTerminal, ref, json.RawMessage(`{}`), uploads)
		}
		for i := range MaxDraftFiles / MaxFiles {
			w.must(keep(fmt.Sprint("f", i), MaxFiles))
		}
		if err := keep("f", 1); !errors.Is(err, ErrDraftsFull) {
			t.Errorf("a file too many: got %v", err)
		}
		for i := range MaxDrafts - MaxDraftFiles/MaxFiles {
			w.must(keep(fmt.Sprint("w", i), 0))
		}
		if err := keep("w", 0); !errors.Is(err, ErrDraftsFull) {
			t.Errorf("a draft too many: got %v", err)
		}
		w.must(keep("w0", 0)) // what is kept can be gone on with
		w.must(w.SaveDraft(t.Context(), w.zhou, OfNothing, "", json.RawMessage(`{}`), []Upload{pictureOf1}))
		w.must(w.SaveDraft(t.Context(), w.li, OfTerminal, "w", json.RawMessage(`{}`), []Upload{pictureOf1})) // somebody else's
		w.must(w.DropDraft(t.Context(), w.zhou, OfTerminal, "f0"))
		w.must(keep("w", MaxFiles))
	})
}

func TestAFileOfADraftIsForgottenWithIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, forget := range map[string]func(fileID string) error{
			"taken out":   func(fileID string) error { return w.RemoveDraftFile(t.Context(), w.zhou, fileID) },
			"thrown away": func(string) error { return w.DropDraft(t.Context(), w.zhou, OfNothing, "") },
			"left alone":  func(string) error { _, err := w.ForgetDrafts(t.Context(), monday.AddDate(0, 3, 0)); return err },
			"filed too late": func(string) error { // the form was filed before, on another device
				in := NewCase{Token: "f9", Kind: Question, Words: "问", FromScratch: true}
				for range 2 {
					if _, err := w.File(t.Context(), w.zhou, in); err != nil {
						return err
					}
					w.must(w.SaveDraft(t.Context(), w.zhou, OfNothing, "", json.RawMessage(`{}`), []Upload{pictureOf1}))
				}
				_, err := w.File(t.Context(), w.zhou, in)
				return err
			},
		} {
			w.must(w.SaveDraft(t.Context(), w.zhou, OfNothing, "", json.RawMessage(`{}`), []Upload{pictureOf1}))
			d, _, err := w.ReadDraft(t.Context(), w.zhou, OfNothing, "")
			w.must(err)
			w.wantFault(w.RemoveDraftFile(t.Context(), w.li, d.Files[0].ID), fault.NotFound, "another merchant")
			w.must(forget(d.Files[0].ID))
			if d, _, err := w.ReadDraft(t.Context(), w.zhou, OfNothing, ""); err != nil || len(d.Files) != 0 {
				t.Errorf("%s: %d files are left, %v", name, len(d.Files), err)
			}
		}
		if got := w.text(`select count(*) || '' from case_files`); got != "1" {
			t.Errorf("%s files belong to cases, want the one that was filed", got)
		}
	})
}

func TestTheLogAndWhatWasSaidStayAsTheyWere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.Write(t.Context(), w.zhou, number, "在吗", nil))
		w.decide(wang, number, Upheld, 3600)
		for _, table := range []string{"calendars", "case_policies", "case_events", "case_posts", "case_evidence", "case_decisions"} {
			for _, statement := range []string{"delete from " + table, "update " + table + " set " + map[bool]string{true: "set_by = ''", false: "case_id = ''"}[table == "calendars" || table == "case_policies"]} {
				if _, err := w.d.SQL().ExecContext(t.Context(), statement); err == nil {
					t.Errorf("%s went through", statement)
				}
			}
		}
	})
}

func TestTheShippedCalendarAndPolicyAreVersionOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, err := LatestCalendar(t.Context(), w.d)
		w.must(err)
		got, err := json.Marshal(c.Calendar)
		w.must(err)
		want, err := json.Marshal(worktime.Shipped())
		w.must(err)
		if c.Version != 1 || string(got) != string(want) {
			t.Errorf("version %d: %s, want %s", c.Version, got, want)
		}
		p, err := latestPolicy(t.Context(), w.d)
		w.must(err)
		if p.Version != 1 || p.Policy != worktime.DefaultPolicy || p.SecondAbove != 50_000 {
			t.Errorf("the policy is %+v", p)
		}
	})
}

func TestANewCalendarAndPolicyChangeNothingForACaseUnderWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		before := w.now(number)
		closed, err := worktime.NewCalendar(worktime.Shipped().Week(), []date.Date{date.MustParse("2026-11-24")}, nil)
		w.must(err)
		w.wantFault(w.SetCalendar(t.Context(), wang, 1, closed, "盘点"), fault.Forbidden, "support")
		w.must(w.SetCalendar(t.Context(), chen, 1, closed, "盘点"))
		w.wantFault(w.SetCalendar(t.Context(), chen, 1, closed, "盘点"), fault.Conflict, "on what was shown before")
		p := Policy{Policy: worktime.DefaultPolicy, SecondAbove: 10_000}
		p.FirstContactMinutes = 60
		w.must(w.SetPolicy(t.Context(), shen, 1, p))
		w.must(w.Note(t.Context(), wang, number, "看过了"))
		if after := w.now(number); !after.NextDue().Equal(before.NextDue()) {
			t.Errorf("due at %s, before %s", after.NextDue(), before.NextDue())
		}
		if got := w.now(w.file(dearly)).NextDue(); !got.Equal(after(time.Hour)) {
			t.Errorf("a new case is due at %s, want within an hour", got)
		}
	})
}

func TestACaseAboutAMessageKnowsItsFeeAndKeepsWhatWasSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		intaketest.Exec(t, w.d, `insert into letters (id, merchant_id, kind, created_at, state, channels, step) select 'l_1', id, 'upcoming', '2026-11-20 00:00:00+00:00', 'told', 'sms', 1 from merchants where ref = 'M1'`,
			`insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, not_before, planned_at, letter_id)
				select t.merchant_id, 'upcoming', t.id, p.id, 3, '2026-11-20 00:00:00+00:00', '2026-11-20 00:00:00+00:00', 'l_1' from terminals t, plans p where t.sn = '820000018093' and p.code = 'sim-annual-36'`,
			`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, body, content_hash, created_at, not_after, state, next_at)
				select 'm_1', 'upcoming', 'sms', id, 'l_1', '+8613800006621', 'zh-CN', '会扣', 'ab12', '2026-11-20 00:00:00+00:00', '2026-11-27 00:00:00+00:00', 'delivered', '2026-11-20 00:00:00+00:00' from merchants where ref = 'M1'`)
		in := NewCase{Kind: Complaint, Subject: OfNotice, Ref: "l_1", Reason: NeverAgreed}
		_, err := w.File(t.Context(), w.li, in)
		w.wantFault(err, fault.NotFound, "another merchant's message")
		_, err = w.File(t.Context(), w.zhou, in)
		w.must(err)
		intaketest.WantTexts(t, w.d, `select item || ' ' || cycle from cases`, "sim_data 3")
		if got := w.held(); got != "sim_data" {
			t.Errorf("held: %q, want the fee", got)
		}
		facts := w.text(`select facts from case_evidence`)
		if !strings.Contains(facts, `"id":"m_1"`) || !strings.Contains(facts, `"content_hash":"ab12"`) || strings.Contains(facts, "6621") {
			t.Errorf("the evidence is %s; want the message without whom it went to", facts)
		}
	})
}

func TestACaseAboutATerminalKeepsWhatWasAgreedForIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.File(t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfTerminal, Ref: counter, Reason: NeverAgreed})
		w.must(err)
		if got := w.held(); got != "" {
			t.Errorf("%q is held though no fee was named", got)
		}
		if facts := w.text(`select facts from case_evidence`); !strings.Contains(facts, `"plan":"sim-annual-36"`) || !strings.Contains(facts, `"accepted_on":"2025-01-10","via":"app"`) {
			t.Errorf("the evidence is %s", facts)
		}
	})
}

func TestAPictureIsDrawnOnlyForWhoMayAddItWhereThereIsRoom(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		fill := func(table, columns, values string, files int) {
			for i := range files {
				intaketest.Exec(t, w.d, fmt.Sprintf(`insert into %s (id, merchant_id, %s, name, type, bytes, sum, at) values ('cf_%s_%d', %d, %s, 'a.pdf', 'application/pdf', 1, '', '2026-11-23 01:00:00+00:00')`,
					table, columns, table, i, w.zhou.MerchantID, values))
			}
		}
		full, over := w.file(twice), w.file(dearly)
		fill("case_files", "case_id, by_id, by_name", "'"+w.head(full).id+"', 'u_1', '周老板'", MaxCaseFiles-1)
		fill("case_draft_files", "user_id, subject, subject_ref", "'u_1', 'terminal', 'x'", MaxFiles)
		w.must(w.Withdraw(ctx, w.zhou, over))
		broken := []Upload{{"a.png", []byte("\x89PNG\r\n\x1a\n")}, {"b.png", []byte("\x89PNG\r\n\x1a\n")}} // which drawing finds out
		filing := func(who account.Who, line string) error {
			_, err := w.File(ctx, who, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: line, Reason: TooMuch, Files: broken})
			return err
		}
		calling := func(by staff.Actor, merchant string) error {
			_, err := w.FileForCaller(ctx, by, merchant, Caller{Channel: ByPhone}, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: TooMuch, Files: broken})
			return err
		}
		keeping := func(who account.Who, ref string) error {
			return w.SaveDraft(ctx, who, OfTerminal, ref, json.RawMessage(`{}`), broken)
		}
		const sound = "case.file_damaged"
		for name, c := range map[string]struct {
			err  error
			want string // the key, or the kind
		}{
			"an owner files":                              {filing(w.zhou, w.lines[lawful]), sound},
			"a viewer files":                              {filing(w.wu, w.lines[lawful]), string(fault.Forbidden)},
			"another merchant files":                      {filing(w.li, w.lines[lawful]), "case.subject_not_found"},
			"about a line whose complaint is full":        {filing(w.zhou, w.lines[twice]), "case.files_full"},
			"an owner writes":                             {w.Write(ctx, w.zhou, w.file(lawful), "看这张", broken), sound},
			"a viewer writes":                             {w.Write(ctx, w.wu, full, "看这张", broken[:1]), string(fault.Forbidden)},
			"another merchant writes":                     {w.Write(ctx, w.li, full, "看这张", broken[:1]), "case.not_found"},
			"an owner writes into a case that is full":    {w.Write(ctx, w.zhou, full, "看这张", broken), "case.files_full"},
			"an owner adds one where there is room":       {w.AddFiles(ctx, w.zhou, full, broken[:1]), sound},
			"an owner adds to a case that has ended":      {w.AddFiles(ctx, w.zhou, over, broken), "case.ended"},
			"a caller's case":                             {calling(wang, "M1"), "case.files_full"},
			"a caller's case of another merchant's line":  {calling(wang, "M2"), "case.subject_not_found"},
			"a caller's case of a merchant unknown":       {calling(wang, "M9"), "case.merchant_unknown"},
			"an auditor takes a case in":                  {calling(qian, "M1"), string(fault.Forbidden)},
			"an owner keeps":                              {keeping(w.zhou, "y"), sound},
			"an owner keeps more in a draft that is full": {keeping(w.zhou, "x"), "case.files_full"},
			"a viewer keeps":                              {keeping(w.wu, "y"), string(fault.Forbidden)},
		} {
			f, ok := errors.AsType[*fault.Error](c.err)
			if !ok {
				t.Errorf("%s: got %v, want %s", name, c.err, c.want)
				continue
			}
			got := []string{string(f.Kind), f.Key}
			for _, field := range f.Fields {
				got = append(got, field.Key)
			}
			if !slices.Contains(got, c.want) {
				t.Errorf("%s: got %v, want %s", name, got, c.want)
			}
		}
	})
}
