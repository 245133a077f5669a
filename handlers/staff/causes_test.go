package staff_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

// chargeTwice adds merchants of an agent's of whom the year was taken twice, and
// returns the number of a complaint of the first.
func (s *site) chargeTwice(merchants int) (number string) {
	s.t.Helper()
	s.furnish()
	now, opened := s.clock.Now(), date.MustParse("2025-12-10")
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, now)
	}
	for n := 2; n < 2+merchants; n++ {
		ref, sn := fmt.Sprintf("M%d", n), fmt.Sprintf("82000009%04d", n)
		intaketest.File(s.t, s.db, now, merchant.StageMerchants, merchant.TakeMerchants, merchant.Row{Ref: ref, Name: "店" + ref, Contact: "李老板", OpenedOn: opened})
		intaketest.File(s.t, s.db, now, merchant.StageTerminals, merchant.TakeTerminals, merchant.TerminalRow{SN: sn, MerchantRef: ref, Alias: "收银台", ActivatedOn: opened, AgentRef: "A-7"})
		intaketest.File(s.t, s.db, now, enrolment.Stage, enrolment.Take, enrolment.Row{
			SN: sn, Plan: "sim-annual-36", AnchorOn: opened, Version: 1, AcceptedOn: opened, AcceptedBy: "李老板", AcceptedVia: enrolment.ViaApp,
		})
		row := func(kind string, on date.Date) deduction.Row {
			return deduction.Row{Ref: kind + ref, SN: sn, Item: fee.SimData, Plan: "sim-annual-36", At: on.At(18, 0).UTC(), PeriodFrom: opened, State: fee.Posted, Origin: fee.OriginCore, Amount: 3600}
		}
		intaketest.File(s.t, s.db, now, stage, deduction.TakeDeductions, row("D", opened), row("T", opened.AddDays(3)))
	}
	if _, err := deduction.JudgePending(s.t.Context(), s.db, clock.At(now), fee.DefaultPolicy, nil); err != nil {
		s.t.Fatal(err)
	}
	var line string
	if err := s.db.QueryRow(s.t.Context(), `select id from deductions where ref = 'TM2'`).Scan(&line); err != nil {
		s.t.Fatal(err)
	}
	f, err := s.cases.FileForCaller(s.t.Context(), takenDown, "M2", complaint.Caller{Channel: complaint.ByPhone}, complaint.NewCase{
		Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: line, Reason: complaint.Twice,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return f.Number
}

func TestWhatIsFoundInOneCaseIsPutRightForAll(t *testing.T) {
	s := newSite(t)
	number := s.chargeTwice(4)
	lin, lead, reader := s.join("lin", staff.Support), s.join("lead", staff.Lead), s.join("reader", staff.Auditor)
	at := "/admin/cases/" + number

	found := lin.Get(at).Is(http.StatusOK).Click("找同样原因的").Is(http.StatusOK).Says("4 台", "4 家商户", "¥108.00", "有投诉在办", "店M5", "流量卡费，第 1 版")
	lin.Get(at+"/cause?plan=yes&from=2025-12-01&to=2026-11-01").Says("8 笔", "按规则不用退")
	lin.Get(at + "/cause?agent=yes&rule=duplicate_cycle&from=2026-01-01&to=2026-11-01").Says("一笔也没有找到")
	lin.Get(at+"/cause?from=2026-01-01&to=x").Is(http.StatusOK).Says("至少选一样", "写上找到哪天")
	reader.Get(at + "/cause").Is(http.StatusOK).Says("你可以看，不能提")
	if sheet := lin.Get(at + "/cause/csv?plan=yes&rule=duplicate_cycle&from=2025-12-01&to=2026-11-01").Is(http.StatusOK).Text(); strings.Count(sheet, "\r\n") != 5 || !strings.Contains(sheet, "36.00") {
		t.Errorf("the file holds\n%s", sheet)
	}

	form := found.FormWith(at+"/cause", "seen", "4")
	form.Submit().Is(http.StatusUnprocessableEntity).Says("选要做什么：退钱", "写上原因出在哪里", "写几句给商户看的话")
	form.Tick("refund", "yes").Tick("stop", "yes").Set("reason", "同一期提交了两次").Set("words", "同一年收了两次，多收的退给你。")
	one := form.Submit().Follow().Says("提了，等另一位同事批准", "等人批准", "这是你提的")
	path := one.URL.Path
	form.Submit().Follow().Is(http.StatusOK) // sent twice
	lin.Get("/admin/causes").Says("同一期提交了两次", number)
	lin.Get(at).Says("等人批准")
	reader.Get(path).Is(http.StatusOK).Says("你可以看，不能批准")
	lead.Get("/admin").Says("同因处理等你批准")
	lead.Get(path).Form(path + "/refuse").Submit().Is(http.StatusUnprocessableEntity)
	lead.Get(path).Form(path+"/approve").Submit().Follow().Says("开始办", "在办", "1 / 12")
	if len(s.held.all) != 1 {
		t.Errorf("got %d jobs, want one that works it", len(s.held.all))
	}
	lin.Get(path).Form(path + "/halt").Submit().Follow().Says("停下了")
	lead.Get(path).Form(path+"/continue").Submit().Follow().Says("接着办", "在办")
	if _, err := s.causes.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := lin.Get(path).Is(http.StatusOK).Says("办完了", "¥36.00", "没办", "有投诉在办", "店M3")
	if strings.Contains(done.Body, "every 2s") {
		t.Error("a page of what is done asks how far it has come")
	}
	lin.Fragment(path, "progress").Is(http.StatusOK).Says("办完了").SaysNot("店M3")
	lin.Get(path + "?kind=refund&show=skipped").Says("店M2").SaysNot("店M3")
	if sheet := lin.Get(path + "/csv").Is(http.StatusOK).Text(); strings.Count(sheet, "\r\n") != 1+4+4+4 {
		t.Errorf("the file holds\n%s", sheet)
	}
	lin.Get(at).Says("办完了")
}

func TestAnActionIsReadInEnglishToo(t *testing.T) {
	s := newSite(t)
	number := s.chargeTwice(2)
	lin := s.join("lin", staff.Support)
	lin.Speak("en")
	form := lin.Get("/admin/cases/"+number+"/cause").Is(http.StatusOK).Says("Find the same cause", "2 terminals", "A complaint is open").FormWith("/admin/cases/"+number+"/cause", "seen", "2")
	form.Tick("refund", "yes").Set("reason", "Sent twice").Set("words", "One year was taken twice.").Submit().Follow().Says("Waits for approval", "Left out", "A complaint is open", "You proposed this one")
}

func TestAnActionThatIsRefusedPutsNothingRight(t *testing.T) {
	s := newSite(t)
	at := "/admin/cases/" + s.chargeTwice(2)
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	form := lin.Get(at+"/cause").Is(http.StatusOK).FormWith(at+"/cause", "seen", "2")
	path := form.Tick("refund", "yes").Set("reason", "同一期提交了两次").Set("words", "多收的退给你。").Submit().Follow().URL.Path
	refuse := lead.Get(path).Form(path+"/refuse").Set("remark", "先查代理商")
	refuse.Submit().Follow().Says("没有批准", "先查代理商", "lead")
	lead.Post(path+"/approve", map[string][]string{"csrf": {refuse.Value("csrf")}}).Is(http.StatusConflict)
	if n, err := s.causes.Work(t.Context()); err != nil || len(s.held.all) != 0 {
		t.Errorf("%d lines were worked, %v, and %d jobs are to work them; want none", n, err, len(s.held.all))
	}
	lin.Get(path).Says("没有批准")
}
