package staff_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

func TestACaseIsFiledForACallerAndForAnAuthority(t *testing.T) {
	s := newSite(t)
	s.furnish()
	intaketest.Exec(t, s.db, `insert into users (id, phone, name, created_at) values ('u_7', '+8613800006621', '周老板', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_7', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants`)
	lin, auditor := s.join("lin", staff.Support), s.join("auditor", staff.Auditor)
	auditor.Get("/admin/cases/new").Is(http.StatusForbidden)
	lin.Get("/admin/cases").Click("代商户登记").Is(http.StatusOK)
	lin.Get("/admin/cases/new?find=9999").Says("没找到")
	for _, text := range []string{"M1", "6621", sold, "%E8%80%81%E8%A1%97%E9%9D%A2%E9%A6%86"} {
		lin.Get("/admin/cases/new?find="+text).Says("老街面馆", "周**").SaysNot("13800006621")
	}
	lin.Get("/admin/cases/new?merchant=M9").Is(http.StatusNotFound)
	ask := lin.Get("/admin/cases/new?find=M1").Click("老街面馆").Is(http.StatusOK)
	form := ask.Form("/admin/cases/new")
	form.Submit().Is(http.StatusUnprocessableEntity).Says("选来电、来信，还是主管部门转来")
	form.Set("channel", "authority").Submit().Is(http.StatusUnprocessableEntity).Says("写明是哪个部门转来的", "写上那个部门给的编号")
	form.Set("authority", "12363").Set("number", "京-77").Set("due_on", "2026-11-26").Set("subject", "terminal:"+sold).Set("item", "sim_data").
		Set("reason", "never_agreed").Set("words", "没同意").Attach("files", "信.png", picture())
	form.Submit().Follow().Says("登记好了，编号 C2026-1123-01", "12363 转来", "京-77", "信.png", "没同意")
	form.Submit().Follow().Says("C2026-1123-01")
	lin.Get("/admin/cases?view=authority").Says("C2026-1123-01", "主管部门要求11月26日前答复")
	intaketest.WantTexts(t, s.db, `select count(*) || '' from cases`, "1")
	intaketest.WantTexts(t, s.db, `select ref from notices where kind = 'complaint'`, "C2026-1123-01")
	file := lin.Get("/admin/cases/C2026-1123-01").Click("信.png").Is(http.StatusOK)
	if got := file.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("the file is sent as %q", got)
	}
}

func TestACannedReplyIsFilledInBeforeItIsSent(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("")
	lin := s.join("lin", staff.Support)
	lin.Get("/admin/canned").Says("还没有常用回复").Click("写一条").Form("/admin/canned/new").Set("name", "问小票").Set("zh", "{谁}").Submit().
		Is(http.StatusUnprocessableEntity).Says("{谁} 填不了", "写上这条回复的正文")
	lin.Get("/admin/canned/new").Form("/admin/canned/new").Set("name", "问小票").Set("zh", "{merchant}您好，{number} 请发小票。{me}").Set("en", "Please send the receipt for {fee}. {me}").Submit().Follow().Says("保存了", "问小票")
	choose := lin.Get(at).Form(at)
	filled := choose.Submit().Is(http.StatusOK).Says("填进了「问小票」")
	if got, want := filled.Form(at+"/reply").Value("reply_words"), "老街面馆您好，C2026-1123-01 请发小票。lin"; got != want {
		t.Errorf("filled in it is %q, want %q", got, want)
	}
	if got, want := choose.Set("in", "en").Submit().Form(at+"/reply").Value("reply_words"), "Please send the receipt for SIM data. lin"; got != want {
		t.Errorf("in English it is %q, want %q", got, want)
	}
	intaketest.WantTexts(t, s.db, `select body from case_posts where kind = 'reply'`)
	edit := lin.Get("/admin/canned").Click("问小票")
	id := edit.URL.Path
	edit.Form(id).Set("name", "要小票").Submit().Follow().Says("要小票")
	edit.Form(id).Set("name", "再改").Submit().Is(http.StatusConflict)
	edit.Form(id + "/remove").Submit().Follow().Says("还没有常用回复")
}

func TestALeadSeesTheLoadAndHandsCasesToOthers(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("")
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	lin.Get("/admin/board").Is(http.StatusForbidden)
	lin.Get("/admin/cases?view=unassigned").Form("/admin/cases/assign").Tick("cases", number).Submit().Follow()
	lin.Get("/admin/cases?owner=" + lead.id).Is(http.StatusOK).SaysNot("lead 的工单")
	of := lead.Get("/admin/board").Is(http.StatusOK).Says("lin", "近 30 天").Click("lin").Says("lin 的工单", number)
	of.Form("/admin/cases/assign").Tick("cases", number).Set("owner", lead.id).Submit().Follow().Says("分派了 1 件", "这里没有工单")
	lead.Speak("en").Get("/admin/board").Says("SLA board", "lead")
}

func TestClosedCasesOfTheSampleAreMarkedByALead(t *testing.T) {
	s := newSite(t)
	s.furnish()
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	lead.Get("/admin/board/sample").Says("没有等着抽查的")
	number := s.complain("")
	by := staff.Actor{ID: lin.id, Name: "lin", Roles: []staff.Role{staff.Support}}
	if err := s.cases.Decide(t.Context(), by, number, complaint.Judgement{Finding: complaint.NotUpheld, RootCause: "无", Reason: "按约定"}); err != nil {
		t.Fatal(err)
	}
	intaketest.Exec(t, s.db, `insert into case_samples (case_id, drawn_at) select id, '2026-11-23 02:00:00+00:00' from cases`)
	action := "/admin/board/sample/" + number
	form := lead.Get("/admin").Says("等着抽查的工单").Click("等着抽查的工单").Form(action)
	form.Submit().Is(http.StatusUnprocessableEntity).Says("打一到五分")
	form.Set(number+"_facts", "5").Set(number+"_words", "4").Set(number+"_outcome", "5").Submit().Follow().Says("评好了", "评过的", number)
	lin.Get("/admin/board/sample").Is(http.StatusForbidden)
}

func TestACalendarIsPreviewedAndSavedAsANewVersion(t *testing.T) {
	s := newSite(t)
	lead, support := s.join("lead", staff.Lead), s.join("lin", staff.Support)
	support.Get("/admin/settings/calendar").Is(http.StatusForbidden)
	page := lead.Get("/admin/settings/calendar").Is(http.StatusOK).Says("09:00-12:00 13:30-18:00", "现在提出一件投诉", "出厂自带", "2026年11月24日 10:00")
	form := page.Form("/admin/settings/calendar")
	form.Set("mon", "09:00-12:00 11:00-18:00").Set("closed", "国庆").Press("保存新的一版").Is(http.StatusUnprocessableEntity).Says("这一天的时段不对", "国庆 不是日子")
	form.Set("mon", "09:00-18:00").Set("tue", "").Set("closed", "2026-11-25").Set("note", "周二休息")
	form = form.Press("先看看结果").Is(http.StatusOK).Says("2026年11月23日 17:30").SaysNot("保存了").Form("/admin/settings/calendar")
	form.Press("保存新的一版").Follow().Says("保存了", "周二休息", "lead")
	form.Press("保存新的一版").Is(http.StatusConflict).Says("刚才有人改过")
	intaketest.WantTexts(t, s.db, `select max(version) || '' from calendars`, "2")
}

func TestAPolicyIsPreviewedAndSavedAsANewVersion(t *testing.T) {
	s := newSite(t)
	lead, nora, shen := s.join("lead", staff.Lead), s.join("nora", staff.Auditor), s.join("shen", staff.Compliance)
	lead.Get("/admin/settings/policy").Is(http.StatusOK).Says("由合规改", "2250", "5 号令").SaysNot("保存新的一版")
	nora.Get("/admin/settings/policy").Is(http.StatusOK)
	form := shen.Get("/admin/settings/policy").Is(http.StatusOK).Says("首次联系", "2026年12月8日", "来源：人民银行 2020 年第 5 号令").Form("/admin/settings/policy")
	form.Set("first_contact", "x").Set("second_above", "很多").Set("reply", "99").Submit().Is(http.StatusUnprocessableEntity).Says("写一个整数", "金额写成", "答复期限最多 15 天")
	form.Set("first_contact", "60").Set("second_above", "100.00").Set("reply", "15").Set("reply_max", "10").Submit().Is(http.StatusUnprocessableEntity).
		Says("有 1 处", "不能比答复期限的 15 天短").SaysNot("首次联系最多")
	form.Set("reply_max", "60")
	form.Set("reply", "10").Press("先看看结果").Says("2026年12月3日").Form("/admin/settings/policy").Press("保存新的一版").Follow().Says("保存了", "答复期限：15 → 10", "¥500.00 → ¥100.00")
	intaketest.WantTexts(t, s.db, `select second_above_fen || ' ' || reply_days from case_policies where version = 2`, "10000 10")
}

// picture is a small picture.
func picture() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestWhoeverHasACaseHandsItOn(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("")
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	lin.Get(at).Form(at+"/assign").Set("assign_owner", lin.id).Submit().Follow().Says("换好了")
	lead.Get(at).Form(at+"/assign").Set("assign_owner", lead.id).Submit().Follow().Says("换好了")
	intaketest.WantTexts(t, s.db, `select owner_id from cases`, lead.id)
	lin.Get("/admin/cases").Says("这里没有工单")
}

func TestTwoCasesAreMadeOneAndOneTwo(t *testing.T) {
	s := newSite(t)
	s.furnish()
	first := s.complain("我没有同意过")
	s.clock.Advance(time.Hour)
	second := s.complain("我又没有同意过")
	lin := s.join("lin", staff.Support)
	merge := lin.Get("/admin/cases/"+second).Form("/admin/cases/"+second+"/merge").Set("merge_other", first)
	merge.Submit().Follow().Says("合并了", "已并入 "+first)
	lin.Get("/admin/cases?view=all").Says(first).SaysNot(second)

	at := "/admin/cases/" + first
	split := lin.Get(at).Form(at+"/split").Set("split_reason", "twice").Set("split_words", "另一件：收了两次")
	split.Set("split_subject", "9999").Submit().Is(http.StatusUnprocessableEntity)
	split.Set("split_subject", sold).Set("split_item", "sim_data").Submit().Follow().Says("拆出来了", "C2026-1123-03")
	lin.Get("/admin/cases/C2026-1123-03").Is(http.StatusOK).Says("另一件：收了两次", "拆出")
	intaketest.WantTexts(t, s.db, `select reason from cases order by number`, "never_agreed", "never_agreed", "twice")
}
